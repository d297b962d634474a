"""What a project's files hold, as typed rows checked as a whole before anything is recorded."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from service.intake import references, sums
from service.intake.decisions import check_decisions
from service.intake.people import check_people
from service.intake.problems import Problem
from service.intake.project_file import Project
from service.intake.reading import Reading
from service.intake.rows import Row
from service.intake.table_file import TableRead
from service.intake.tables import TABLES

R = TypeVar("R", bound=Row)
PROJECT = "project"


@dataclass(frozen=True)
class Source:
    """Where rows come from: a folder or a workbook.

    `files`: the SHA-256 of each file found, `names`: the file or sheet of each table and of the
    project, `place` completes a problem by the address of its cell, where there is one.
    """

    files: Mapping[str, str]
    names: Mapping[str, str]
    place: Callable[[Problem], Problem]


@dataclass(frozen=True)
class Intake:
    """What a folder or workbook holds.

    `tables`: the readable rows by table in file order, `refused`: the lines of each table that
    have a problem (of readable rows and of others), `row_ids`: the ids of all rows seen, also of
    refused ones (what is not among them is missing from the file). `fatal`: project or budget
    cannot be used, so nothing can be recorded.
    """

    project: Project | None
    tables: dict[str, list[Row]]
    refused: dict[str, frozenset[int]]
    row_ids: dict[str, frozenset[str]]
    problems: list[Problem]
    source: Source
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


def checked(
    project: Project | None,
    problems: list[Problem],
    tables: dict[str, TableRead],
    source: Source,
) -> Intake:
    """Checks rows against each other and their tables; `problems` are those of the project."""
    reading = Reading(project, source.names[PROJECT], tables)
    _check(reading)
    if expected := sums.check_total(reading):
        assert project is not None
        found = str(project.total_eligible)
        problems.append(Problem(source.names[PROJECT], None, "total_eligible", found, expected))
        project = None
    return Intake(
        project=project,
        tables={name: read.rows for name, read in tables.items()},
        refused={name: frozenset(read.refused) for name, read in tables.items()},
        row_ids={name: frozenset(read.lines) for name, read in tables.items()},
        problems=[source.place(one) for one in (*problems, *_in_order(tables.values()))],
        source=source,
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
