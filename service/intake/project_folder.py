"""A folder of CSV files with project.json as typed rows."""

from collections.abc import Callable
from pathlib import Path

from service.intake.csv_file import ENCODINGS, Content, read_content
from service.intake.intake import PROJECT, Intake, Source, checked
from service.intake.problems import Problem
from service.intake.project_file import FILE, Project, read_project
from service.intake.table_file import TableRead, read_table
from service.intake.tables import TABLES, Table

NAMES = {PROJECT: FILE, **{table.name: table.file for table in TABLES}}


def read_folder(folder: Path, *, encoding: str | None = None) -> Intake:
    """Reads and checks all files of a project; writes nothing and never raises for their content.

    `encoding` is for files that are not UTF-8. Raises ValueError for one that is not known.
    """
    if encoding is not None and encoding not in ENCODINGS:
        raise ValueError(f"encoding: expected {' or '.join(ENCODINGS)}")
    return read_files(lambda name: read_content(folder / name, encoding))


def read_files(content_of: Callable[[str], Content]) -> Intake:
    """The same of files that `content_of` gives by their names, each asked for once."""
    files: dict[str, str] = {}

    def content(name: str) -> Content:
        found = content_of(name)
        if found.sha256 is not None:
            files[name] = found.sha256
        return found

    project, problems = _read_project(content(FILE))
    tables = {table.name: _read_table(table, content(table.file)) for table in TABLES}
    return checked(project, problems, tables, Source(files, NAMES, lambda problem: problem))


def unreadable(problem: Problem) -> Intake:
    """What is no folder, although it should hold one."""
    tables = {table.name: TableRead(table, readable=False) for table in TABLES}
    return checked(None, [problem], tables, Source({}, NAMES, lambda one: one))


def _read_project(content: Content) -> tuple[Project | None, list[Problem]]:
    if content.text is None:
        return None, [content.problem] if content.problem else []
    return read_project(content.text)


def _read_table(table: Table, content: Content) -> TableRead:
    if content.text is None:
        read = TableRead(table)
        assert content.problem is not None
        read.unreadable(content.problem)
        return read
    return read_table(table, content.text)
