"""What is wrong with a cell, a row or a file, said without showing who it is about.

A report of problems is printed, logged and sent by mail. So it never shows a word from a cell: a
name may stand in any column of a shifted row. Shown are digits, punctuation and the words that
the tables themselves define (codes, units, column names); in columns that hold persons only the
shape, `31.2.1980` as `99.9.9999`.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import NamedTuple

SHOWN_MAX = 60
NOTHING = "nothing"
# Words of spreadsheets and of money that stand in cells by mistake and name nobody.
HARMLESS = frozenset(
    (
        *("kč", "czk", "eur", "usd", "gbp", "ks", "hod", "hodin", "hours", "min"),
        *("true", "false", "pravda", "nepravda", "null", "none", "nan", "inf"),
        *("ref", "value", "name", "div", "num", "hodnota", "odkaz", "název"),
    )
)
_WORD = re.compile(r"(?<!\w)[A-Z]{1,2}[0-9]{1,8}(?!\w)|[^\W\d_]+")


class Problem(NamedTuple):
    """Where (`row` is the line of the file, None the whole file), what was found and expected.

    In a workbook `file` is the sheet, and `cell` the address as `sd1!H12`, where there is one.
    """

    file: str
    row: int | None
    column: str | None
    found: str
    expected: str
    cell: str | None = None


def sentence(problem: Problem) -> str:
    """A problem as a line of a report."""
    if problem.cell is not None:
        column = "" if problem.column is None else f" ({problem.column})"
        return f"{problem.cell}{column}: found {problem.found}; expected {problem.expected}"
    row = "" if problem.row is None else f", row {problem.row}"
    column = "" if problem.column is None else f", column {problem.column}"
    return f"{problem.file}{row}{column}: found {problem.found}; expected {problem.expected}"


def shape(text: str) -> str:
    """The shape of a text: digits as 9, letters as a; `Jana 1.2.` is `aaaa 9.9.`."""
    return _shortened("".join(_shape_of(character) for character in text)) or NOTHING


def shown(text: str, vocabulary: Collection[str] = ()) -> str:
    """A cell as a report may show it: letters are masked except in known words and row ids."""
    if not text.strip():
        return NOTHING
    known = {word.casefold() for word in vocabulary} | HARMLESS

    def masked(match: re.Match[str]) -> str:
        word = match.group()
        is_row_id, is_letter = word[-1].isdecimal(), len(word) == 1
        return word if is_row_id or is_letter or word.casefold() in known else "a" * len(word)

    printable = "".join(c if c.isprintable() or c in "\u00a0\u202f" else "·" for c in text)
    return _shortened(_WORD.sub(masked, printable))


def _shape_of(character: str) -> str:
    match unicodedata.category(character)[0]:
        case "N":
            return "9"
        case "L" | "M":
            return "a"
        case "C":
            return "·"
        case _:
            return character


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"
