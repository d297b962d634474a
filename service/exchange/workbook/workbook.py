"""The workbook (XLSX) of a project: figures, lists of documents, how to open each figure.

Sheets are written one after the other and row by row, so that a long list needs no memory of its
size; the file is read back before it is handed out.
"""

from collections.abc import Sequence
from pathlib import Path

from domain.rejection import NotFound
from projections import budget_query, document_list, indicator_query
from service.exchange.export import Files, Kind, Remark, Source
from service.exchange.workbook.addresses import write_addresses
from service.exchange.workbook.book import opened_book
from service.exchange.workbook.documents import write_lists
from service.exchange.workbook.figures import (
    write_budget,
    write_claims,
    write_common_indicators,
    write_indicators,
)
from service.exchange.workbook.findings import write_findings
from service.exchange.workbook.reading_back import Contents, check_workbook
from service.exchange.workbook.summary import write_summary

NAME = "workbook"
MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def write_workbook(source: Source, files: Files) -> Sequence[Remark]:
    """Writes and checks the workbook; with a claim its lists are those of the claim.

    Raises NotFound for a claim that is not there, InvalidExport when the check fails.
    """
    _check_claim(source)
    path = files.path("xlsx")
    contents = write_sheets(source, path)
    files.written(path, MEDIA_TYPE, check_workbook(path, source, contents))
    if source.order.purpose is not None:
        return []
    expected = "a purpose, for suppliers, employees and travellers to be named"
    return [Remark("warning", NAME, None, "persons", None, expected)]


def write_sheets(source: Source, path: Path) -> Contents:
    """Writes the file; returns what it must hold."""
    with opened_book(source, path) as book:
        write_summary(book)
        write_budget(book)
        write_indicators(book)
        write_common_indicators(book)
        write_claims(book)
        write_findings(book)
        lists = write_lists(book)
        write_addresses(book)
    return Contents(book.addresses.written, lists)


def _check_claim(source: Source) -> None:
    number = source.order.claim
    if number is not None and number not in {row["number"] for row in source.facts.of["claim"]}:
        raise NotFound(f"the project has no claim {number} by then")


WORKBOOK = Kind(
    NAME,
    "workbook.kind",
    write_workbook,
    views=tuple(dict.fromkeys((*document_list.VIEWS, *budget_query.VIEWS, *indicator_query.VIEWS))),
    personal="optional",
    of_claim=True,
    in_languages=True,
)
