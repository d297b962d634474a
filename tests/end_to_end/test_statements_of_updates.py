"""Correcting many rows takes the statements of correcting a few; the control asks once a row."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from service.commands.work import Work
from service.composition import Services
from tests.end_to_end.later_files import copy_of, update
from tests.end_to_end.running import SEED_PLUS, imported
from tests.service.intake.edits import edit

COLUMNS = {
    "participants.csv": "municipality",
    "sd2.csv": "last_name",
    "questionnaires.csv": "language",
}
FEW, MANY = 2, 8


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """The statements sent so far."""
    found: list[object] = []
    execute = psycopg.Cursor.execute

    def counting(cursor: psycopg.Cursor, query: object, *given: object, **named: object) -> object:
        found.append(query)
        return execute(cursor, query, *given, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)
    return found


def statements_of(
    services: Services, folder: Path, tmp_path: Path, sent: list[object], rows: int
) -> int:
    """How many statements it takes to correct so many rows of each of the files."""
    project = imported(services, folder)
    later = copy_of(folder, tmp_path / f"later-{rows}-{len(sent)}", with_claims=True)
    for file, column in COLUMNS.items():
        edit(later, file, lambda lines, column=column: respelt(lines, column, rows))
    services.runner.catch_up(project.tenant)  # the views of the first import are no part of it
    before = len(sent)
    done = update(project, later)
    assert (done.problems, done.corrected) == ([], rows * len(COLUMNS))
    return len(sent) - before


def respelt(lines: list[list[str]], column: str, rows: int) -> list[list[str]]:
    at = lines[0].index(column)
    changed = [[*line[:at], "xx", *line[at + 1 :]] for line in lines[1 : rows + 1]]
    return [lines[0], *changed, *lines[rows + 1 :]]


def test_many_corrected_rows_take_no_more_statements_than_few(
    services: Services, tmp_path: Path, sent: list[object]
) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=False)
    few, many = (statements_of(services, folder, tmp_path, sent, rows) for rows in (FEW, MANY))
    assert 0 < few == many


def test_control_a_query_a_row_is_found(
    services: Services, tmp_path: Path, sent: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    load: Callable[..., object] = Work.load

    def loading(work: Work, kind: object, stream: object) -> object:
        work.ledger.head()
        return load(work, kind, stream)

    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=False)
    few = statements_of(services, folder, tmp_path, sent, FEW)
    monkeypatch.setattr(Work, "load", loading)
    assert statements_of(services, folder, tmp_path, sent, FEW) > few
