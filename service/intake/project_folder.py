"""A folder of CSV files with project.json as typed rows."""

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
    files: dict[str, str] = {}
    project, problems = _read_project(folder, encoding, files)
    tables = {table.name: _read_table(folder, table, encoding, files) for table in TABLES}
    return checked(project, problems, tables, Source(files, NAMES, lambda problem: problem))


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
