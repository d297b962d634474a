"""Reading a CSV file as people save it: encoding, separator, quotes, line by line.

A record knows the line of the file on which it begins. What cannot be read as CSV becomes a
problem and reading goes on behind it.
"""

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from service.intake.problems import Problem
from service.intake.xlsx.cell import SheetCell

FILE_BYTES_MAX = 64 * 1024 * 1024
ENCODINGS = ("utf-8", "windows-1250")
SEPARATORS = ",;"
BOM = b"\xef\xbb\xbf"


class Record(NamedTuple):
    """A line of the table; `line` is the line of the file on which it begins.

    In a workbook it is the row of the sheet, and its cells are not only texts.
    """

    line: int
    cells: Sequence[SheetCell]


class Content(NamedTuple):
    """A file as found; without `text` when it cannot be read, and then `problem` says why."""

    sha256: str | None
    text: str | None
    problem: Problem | None


def read_content(path: Path, encoding: str | None) -> Content:
    """The text of a file: UTF-8, or else the given encoding."""
    file = path.name
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            expected = f"at most {FILE_BYTES_MAX} bytes"
            return Content(None, None, Problem(file, None, None, "a larger file", expected))
        data = path.read_bytes()
    except FileNotFoundError:
        return missing(file)
    except OSError as error:
        found = f"a file that cannot be read ({type(error).__name__})"
        return Content(None, None, Problem(file, None, None, found, "a readable file"))
    return content_of(data, file, encoding)


def content_of(data: bytes, file: str, encoding: str | None) -> Content:
    """The text of a file's bytes."""
    decoded = decode(data, file, encoding)
    if isinstance(decoded, Problem):
        return Content(sha256(data).hexdigest(), None, decoded)
    return Content(sha256(data).hexdigest(), decoded, None)


def missing(file: str) -> Content:
    """A file that is not there."""
    return Content(None, None, Problem(file, None, None, "no such file", f"the file {file}"))


def decode(data: bytes, file: str, encoding: str | None) -> str | Problem:
    """UTF-8 with or without BOM; what is not UTF-8 is read in `encoding`, when it is given.

    UTF-8 goes first also then: one file of a folder may well be saved in another encoding than
    the rest, and Czech text in windows-1250 passes for UTF-8 only when every accented letter is a
    capital followed by š, ť or ž.
    """
    try:
        return data.removeprefix(BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        first = error.start + (len(BOM) if data.startswith(BOM) else 0)
    if encoding not in (None, "utf-8") and not data.startswith(BOM):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            return _undecodable(data, error.start, file, f"text in {encoding}")
    expected = "UTF-8; a file in another encoding needs --encoding (or encoding=) windows-1250"
    return _undecodable(data, first, file, expected)


def _undecodable(data: bytes, offset: int, file: str, expected: str) -> Problem:
    row = data.count(b"\n", 0, offset) + 1
    return Problem(file, row, None, f"byte 0x{data[offset]:02X} at offset {offset}", expected)


def separator_of(text: str, columns: Collection[str]) -> str:
    """Comma or semicolon: the one that finds more of the columns in the first line."""
    lines = (line for line in io.StringIO(text, newline="") if line.strip())
    first = next(lines, "")

    def known(separator: str) -> int:
        names = {cell.strip().casefold() for row in _parsed([first], separator) for cell in row}
        return len(names & set(columns))

    return max(SEPARATORS, key=lambda separator: (known(separator), first.count(separator)))


def records(text: str, separator: str, file: str) -> Iterator[Record | Problem]:
    """The records that are not empty, in order, and a problem for each place that is no CSV."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            until = "" if reader.line_num <= line else f" (and on to line {reader.line_num})"
            found = f"a quote that is not closed, or text behind a closing quote{until}"
            yield Problem(file, line, None, found, 'a cell in quotes as "…", a quote in it as ""')
            continue
        if any(cell.strip() for cell in cells):
            yield Record(line, cells)


def _parsed(lines: list[str], separator: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=separator)
    except csv.Error:
        return
