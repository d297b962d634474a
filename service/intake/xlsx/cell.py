"""A cell of a workbook as the text that a CSV file would hold in its place.

A workbook knows numbers, dates and texts apart. What can be read in only one way becomes that text
and is then read by the column's kind; the rest is refused: a code that was turned into a number or
a date has lost what it was.
"""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from service.intake.kind import BadCell, Form

EXACT_DIGITS = 15
AMBIGUOUS_DECIMALS = 3
TEXTS = (Form.TEXT, Form.CODE, Form.CODES)
NUMBERS = (Form.MONEY, Form.NUMBER, Form.WHOLE)


class Unreadable(NamedTuple):
    """A cell that holds nothing of use: an error, a formula without a value."""

    found: str
    expected: str


SheetCell = str | float | bool | datetime | Unreadable


def is_empty(cell: SheetCell) -> bool:
    """Whether a person would see nothing in it."""
    return isinstance(cell, str) and not cell.strip()


def written(cell: SheetCell, form: Form) -> str:
    """The text of a cell for a column of this form. Raises BadCell where it is ambiguous."""
    match cell:
        case str():
            return cell
        case Unreadable():
            raise BadCell(cell.expected)
        case bool():
            if form in TEXTS:
                raise BadCell("a text, not TRUE or FALSE")
            return ("yes" if cell else "no") if form is Form.FLAG else seen(cell)
        case datetime():
            if form in TEXTS:
                raise BadCell("a text, not a date (format the column as text and write it again)")
            return cell.isoformat("T", "minutes") if _is_moment(cell, form) else seen(cell)
        case _:
            return _number(float(cell), form)


def seen(cell: SheetCell) -> str:
    """A cell as a report would show it, before names are masked."""
    match cell:
        case str():
            return cell
        case Unreadable():
            return cell.found
        case bool():
            return "TRUE" if cell else "FALSE"
        case datetime():
            has_time = cell.time() != datetime.min.time()
            return cell.isoformat() if has_time else cell.date().isoformat()
        case _:
            return _digits(_exact(float(cell)))


def _is_moment(cell: datetime, form: Form) -> bool:
    return form is Form.MOMENT and not (cell.second or cell.microsecond)


def _number(number: float, form: Form) -> str:
    exact = _exact(number)
    is_whole = exact == exact.to_integral_value()
    if form in TEXTS:
        if not is_whole:
            raise BadCell("a text: a number does not tell 1.1 from 1.10 (format as text)")
        if exact.adjusted() >= EXACT_DIGITS:
            raise BadCell(f"a text: a number keeps only {EXACT_DIGITS} digits (format as text)")
    if form in (Form.DAY, Form.MOMENT):
        raise BadCell("a date: this number has no date format")
    decimals = 0 if is_whole else -int(exact.as_tuple().exponent)
    # The point of a number separates decimals for certain; a fourth one says so to the kind.
    return _digits(exact) + ("0" if decimals == AMBIGUOUS_DECIMALS else "")


def _digits(exact: Decimal) -> str:
    whole = exact.to_integral_value()
    return f"{whole if exact == whole else exact:f}"


def _exact(number: float) -> Decimal:
    """What was typed: the shortest decimal that is this number (4.1 is saved as 4.0999999…)."""
    return Decimal(repr(number))
