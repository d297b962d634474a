"""Imports: a project's files, read, judged and recorded as by `grantledger import project`.

An attempt that follows one that was cut off goes on where that one was: rows that are recorded are
known. What an import has recorded stays when it is cancelled; the same files complete it.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import msgspec

from service.commands.work import Work
from service.importing.described import described
from service.importing.import_run import rows_of
from service.importing.known_documents import documents_of
from service.importing.order import Order as ImportOrder
from service.importing.run import ChangedMeanwhile, ImportBusy, Outcome, import_project
from service.intake.intake import Intake
from service.intake.project_workbook import read_workbook
from service.intake.zipped_folder import read_zipped_folder
from service.operations.files import LocalFile
from service.operations.operation import Order
from service.operations.running import Kind, Running
from service.permissions import Permission

NAME = "import"
LISTED_MAX = 1000
BUSY_S_MAX, BUSY_S = 60.0, 0.5
WHOLE = "import.json"
LISTS = ("changed", "missing", "problems")
MediaType = Literal[
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/zip"
]
WORKBOOK: MediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FOLDER: MediaType = "application/zip"
FILES: Mapping[MediaType, str] = {WORKBOOK: "project.xlsx", FOLDER: "project.zip"}
Word = Literal["recorded", "nothing_new", "checked", "changed_rows", "bad_rows"]


class ImportToDo(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be imported. With a `reason` rows that changed are corrected for it."""

    media_type: MediaType
    sha256: str
    encoding: str | None
    check_only: bool
    skip_bad_rows: bool
    reason: str | None


def order_of(to_do: ImportToDo, project: UUID | None) -> Order:
    """An import into a project, or of whichever the file is of."""
    return Order(kind=NAME, parameters=msgspec.to_builtins(to_do), project=project)


def _run(running: Running) -> Mapping[str, Any]:
    to_do = msgspec.convert(dict(running.operation.parameters), ImportToDo)
    running.progress(0, None)
    outcome = _imported(running, to_do, _read(running.input(FILES[to_do.media_type]), to_do))
    operation = running.operation
    rows = rows_of(running.services.pool, operation.tenant, operation.operation_id)
    document = described(outcome, dry_run=to_do.check_only)
    word = _word(outcome, to_do, rows)
    return _shortened(running, {"outcome": word, "rows_recorded": rows, **document})


def _read(path: Path, to_do: ImportToDo) -> Intake:
    match to_do.media_type:
        case "application/zip":
            return read_zipped_folder(path, encoding=to_do.encoding)
        case _:
            return read_workbook(path)


def _imported(running: Running, to_do: ImportToDo, intake: Intake) -> Outcome:
    """Waits a while for another import of the project, and for who records into it meanwhile."""
    services, operation = running.services, running.operation
    order = _order(running, to_do)
    until = time.monotonic() + BUSY_S_MAX
    while True:
        running.progress(0, None)
        ledger = services.ledger(operation.tenant)
        work = Work(ledger, services.vault, services.programmes, operation.actor)
        try:
            return import_project(work, intake, order)
        except (ImportBusy, ChangedMeanwhile):
            if time.monotonic() > until:
                raise
            time.sleep(BUSY_S)


def _order(running: Running, to_do: ImportToDo) -> ImportOrder:
    """Into one project no rate of the organisation, unless who asks may record rates."""
    operation = running.operation
    rates = "exchange_rates.record" in running.rights.in_organisation()
    return ImportOrder(
        dry_run=to_do.check_only,
        skip_bad_rows=to_do.skip_bad_rows,
        documents=documents_of(running.services, operation.tenant),
        progress=_reporting(running),
        reason=to_do.reason,
        into=operation.project,
        rates=rates or operation.project is None,
        run=operation.operation_id,
        check=lambda: running.progress(0, None),
    )


def _reporting(running: Running) -> Callable[[int, int], None]:
    def progress(done: int, total: int) -> None:
        if done < total:
            running.progress(done, total)
        else:
            running.claimed.advance(done, total)  # all is recorded: too late for a cancel

    return progress


def _word(outcome: Outcome, to_do: ImportToDo, rows: int) -> Word:
    """What came of it, in a word."""
    if outcome.stopped:
        return "changed_rows"
    if outcome.recorded:
        return "recorded" if rows else "nothing_new"
    would_be = outcome.project is not None and (to_do.skip_bad_rows or not outcome.problems)
    return "checked" if to_do.check_only and would_be else "bad_rows"


def _shortened(running: Running, document: dict[str, Any]) -> Mapping[str, Any]:
    """With the first of long lists and how long they are; the whole of it is a file then."""
    counts = {name: len(document[name]) for name in LISTS}
    if max(counts.values()) > LISTED_MAX:
        path = running.folder / WHOLE
        with path.open("w", encoding="utf-8") as file:
            json.dump(document, file, ensure_ascii=False, indent=1)
        running.keep(LocalFile(path, WHOLE, "application/json"))
    lists = {name: document[name][:LISTED_MAX] for name in LISTS}
    return {**document, **lists, "counts": counts}


def _needs(_: Order) -> Sequence[Permission]:
    return ["imports.run"]


IMPORT = Kind(NAME, _run, _needs)
