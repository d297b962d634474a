"""CSV that Czech Excel opens by itself: UTF-8 with BOM, semicolons, CRLF.

A cell that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay as
they are.
"""

import csv
import re
from collections.abc import Iterable
from io import StringIO

MEDIA_TYPE = "text/csv"
BOM = "\ufeff"
# Also behind white space or apostrophes, and in full width: some spreadsheets look past those.
FORMULA = re.compile(r"['\s]*[=+\-@＝＋－＠]|'*[\t\r\n]")
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def heading(names: Iterable[str]) -> bytes:
    """The first line of a file, with the BOM before it."""
    return BOM.encode() + lines([names])


def lines(rows: Iterable[Iterable[str]]) -> bytes:
    """Rows as lines of a file, every cell harmless."""
    written = StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula."""
    harmful = FORMULA.match(text) and not NUMBER.fullmatch(text)
    return f"'{text}" if harmful else text
