"""The reservation streams that rows take, so that they are loaded by one query for many rows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from service.commands.expenditures import month_stream, number_stream
from service.importing.recording import Recording
from service.importing.row_commands import employee_of


def reserved_streams(recording: Recording, table: str, rows: Sequence[Any]) -> list[UUID]:
    """Numbers of accounting documents, months of the employees (sealed before)."""
    work, staff = recording.work, recording.names.of_staff
    match table:
        case "sd1":
            numbers = [(row.supplier_ico, row.supplier_document_number) for row in rows]
            found = [number_stream(work, *number) for number in numbers]
            return [stream for stream in found if stream is not None]
        case "sd2":
            months = [(staff[employee_of(row)].person, row.month) for row in rows]
            return [month_stream(work, *month) for month in months]
        case _:
            return []
