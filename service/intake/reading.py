"""A folder or workbook while it is read: its tables and project, and how a check refuses a row."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from service.intake.problems import Problem, shape, shown
from service.intake.project_file import Project
from service.intake.rows import (
    AccountingDocumentRow,
    DocumentRow,
    Row,
    TravelOrderRow,
    WorkRecordRow,
)
from service.intake.table_file import VOCABULARY, TableRead

R = TypeVar("R", bound=Row)


@dataclass
class Reading:
    """The tables by name; `project` is None when `project_file` cannot be used."""

    project: Project | None
    project_file: str
    tables: dict[str, TableRead]

    def file(self, name: str) -> str:
        """The file or sheet of a table, as messages name it."""
        return self.tables[name].table.file

    def of(self, kind: type[R]) -> list[R]:
        """All readable rows of a kind, refused ones as well, in file order."""
        return [row for row in self.table_of(kind).rows if isinstance(row, kind)]

    def open(self, kind: type[R]) -> list[R]:
        """The rows of a kind that nothing speaks against so far."""
        refused = self.table_of(kind).refused
        return [row for row in self.of(kind) if row.row_number not in refused]

    def table_of(self, kind: type[Row]) -> TableRead:
        """The table of a kind of rows."""
        return next(read for read in self.tables.values() if read.table.row is kind)

    def documents(self) -> Iterator[DocumentRow]:
        """The documents of the three lists that nothing speaks against so far."""
        yield from self.open(AccountingDocumentRow)
        yield from self.open(WorkRecordRow)
        yield from self.open(TravelOrderRow)

    def refuse(self, row: Row, column: str, expected: str, found: object = None) -> None:
        """Says what is wrong with a readable row; by default `found` is the column's cell."""
        read = self.table_of(type(row))
        first = column.split(",")[0]
        if found is None:
            index = [one.name for one in read.table.columns].index(first)
            found = row.cells[index]
        text = str(found)
        is_personal = read.table.column(first).person
        seen = shape(text) if is_personal else shown(text, VOCABULARY)
        read.refuse(row.row_number, column, seen, expected)

    def refuse_file(self, name: str, column: str | None, found: str, expected: str) -> None:
        """Says what is wrong with a file as a whole; its rows are refused by the caller."""
        read = self.tables[name]
        read.problems.append(Problem(read.table.file, None, column, found, expected))
