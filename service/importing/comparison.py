"""The rows of the files against what is recorded of them: new, the same, changed, missing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from service.commands.work import Work
from service.importing.changed_columns import ChangedRow
from service.importing.known_rows import KnownRow
from service.intake.intake import PROJECT, Intake

Known = Mapping[tuple[str, str], KnownRow]


class Due(NamedTuple):
    """A row that is not the same: its content, and what was recorded of it before, if anything."""

    table: str
    row_id: str
    row_number: int | None
    row: Any
    hmac: bytes
    known: KnownRow | None


@dataclass
class Comparison:
    """What is due by table, in file order. `missing`: table and row id of rows not in the files."""

    due: dict[str, list[Due]] = field(default_factory=dict[str, list[Due]])
    same: int = 0
    missing: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    def changed(self) -> list[ChangedRow]:
        """The rows that differ from what was recorded of them."""
        return [
            ChangedRow(one.table, one.row_id, one.row_number or 1)
            for rows in self.due.values()
            for one in rows
            if one.known is not None
        ]


def compared(work: Work, intake: Intake, known: Known) -> Comparison:
    """Compares the good rows of all tables, and the project."""
    found = Comparison()
    for table, rows in intake.good.items():
        found.due[table] = []
        for row in rows:
            hmac = work.vault.hmac(work.tenant, "row", table, *row.cells)
            due = Due(table, row.row_id, row.row_number, row, hmac, known.get((table, row.row_id)))
            _sort_in(found, due)
    project = intake.project
    assert project is not None
    found.due[PROJECT] = []
    content = msgspec.json.encode(project).decode()
    hmac = work.vault.hmac(work.tenant, "row", PROJECT, content)
    _sort_in(found, Due(PROJECT, PROJECT, None, project, hmac, known.get((PROJECT, PROJECT))))
    given = {(table, row_id) for table, ids in intake.row_ids.items() for row_id in ids}
    found.missing = sorted(set(known) - given - {(PROJECT, PROJECT)})
    return found


def _sort_in(found: Comparison, due: Due) -> None:
    if due.known is not None and due.known.hmac == due.hmac:
        found.same += 1
    else:
        found.due[due.table].append(due)
