"""A folder of spreadsheets as typed rows, checked as a whole before anything is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from service.intake import references, sums
from service.intake.csv_file import ENCODINGS, Content, read_content
from service.intake.decisions import check_decisions
from service.intake.people import check_people
from service.intake.problems import Problem
from service.intake.project_file import FILE, Project, read_project
from service.intake.reading import Reading
from service.intake.rows import Row
from service.intake.table_file import TableRead, read_table
from service.intake.tables import TABLES, Table

R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Intake:
    """What a folder holds.

    `tables`: the readable rows by table in file order, `refused`: the lines of each table that
    have a problem (of readable rows and of others), `row_ids`: the ids of all rows seen, also of
    refused ones (what is not among them is missing from the file), `files`: the SHA-256 of each
    file found. `fatal`: project or budget cannot be used, so nothing can be recorded.
    """

    project: Project | None
    tables: dict[str, list[Row]]
    refused: dict[str, frozenset[int]]
    row_ids: dict[str, frozenset[str]]
    problems: list[Problem]
    files: dict[str, str]
    fatal: bool

    @property
    def good(self) -> dict[str, list[Row]]:
        """The rows without problems by table; none when the project itself cannot be used."""
        return {name: self._good(name) for name in self.tables}

    def of(self, kind: type[R]) -> list[R]:
        """The good rows of a kind, in file order."""
        name = next(table.name for table in TABLES if table.row is kind)
        return [row for row in self._good(name) if isinstance(row, kind)]

    def _good(self, name: str) -> list[Row]:
        if self.fatal:
            return []
        return [row for row in self.tables[name] if row.row_number not in self.refused[name]]


def read_folder(folder: Path, *, encoding: str | None = None) -> Intake:
    """Reads and checks all files of a project; writes nothing and never raises for their content.

    `encoding` is for files that are not UTF-8. Raises ValueError for one that is not known.
    """
    if encoding is not None and encoding not in ENCODINGS:
        raise ValueError(f"encoding: expected {' or '.join(ENCODINGS)}")
    files: dict[str, str] = {}
    project, problems = _read_project(folder, encoding, files)
    tables = {table.name: _read_table(folder, table, encoding, files) for table in TABLES}
    reading = Reading(project, tables)
    _check(reading)
    if expected := sums.check_total(reading):
        assert project is not None
        problems.append(
            Problem(FILE, None, "total_eligible", str(project.total_eligible), expected)
        )
        project = None
    return Intake(
        project=project,
        tables={name: read.rows for name, read in tables.items()},
        refused={name: frozenset(read.refused) for name, read in tables.items()},
        row_ids={name: frozenset(read.lines) for name, read in tables.items()},
        problems=[*problems, *_in_order(tables.values())],
        files=files,
        fatal=project is None or not tables["budget"].readable,
    )


def _check(reading: Reading) -> None:
    """Every check between cells, rows and tables; what others refer to is checked first."""
    sums.check_rows(reading)
    check_people(reading)
    references.check_contacts(reading)
    references.check_document_ids(reading)
    for reference in references.SIMPLE:
        references.check_reference(reading, reference)
    references.check_corrections(reading)
    check_decisions(reading)


def _in_order(tables: Iterable[TableRead]) -> list[Problem]:
    """Problems as a person works through them: file by file, whole files first, then by row."""
    return [
        problem
        for read in tables
        for problem in sorted(read.problems, key=lambda problem: problem.row or 0)
    ]


def _read_project(
    folder: Path, encoding: str | None, files: dict[str, str]
) -> tuple[Project | None, list[Problem]]:
    content = _content(folder / FILE, encoding, files)
    if content.text is None:
        return None, [content.problem] if content.problem else []
    return read_project(content.text)


def _read_table(
    folder: Path, table: Table, encoding: str | None, files: dict[str, str]
) -> TableRead:
    content = _content(folder / table.file, encoding, files)
    if content.text is None:
        read = TableRead(table)
        assert content.problem is not None
        read.unreadable(content.problem)
        return read
    return read_table(table, content.text)


def _content(path: Path, encoding: str | None, files: dict[str, str]) -> Content:
    content = read_content(path, encoding)
    if content.sha256 is not None:
        files[path.name] = content.sha256
    return content
