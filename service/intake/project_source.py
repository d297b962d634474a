"""A project's rows, from a folder or from a workbook."""

from pathlib import Path

from service.intake.intake import Intake
from service.intake.project_folder import read_folder
from service.intake.project_workbook import read_workbook


def read_source(path: Path, *, encoding: str | None) -> Intake:
    """Reads and checks whatever stands at the path. `encoding` is for CSV files not in UTF-8."""
    return read_folder(path, encoding=encoding) if path.is_dir() else read_workbook(path)
