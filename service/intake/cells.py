"""A cell of a spreadsheet as a value, in every way Czech spreadsheets write it.

A kind of cell is a function from the text of a cell that is not empty to its value; it raises
`BadCell` with what was expected. `canonical` writes a value back in the one way it is compared, so
that the same content in another notation is the same content.
"""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from service.intake.kind import BadCell, Form, Kind, kind

CELL_MAX = 4000
YEARS = range(1900, 2200)
WHOLE_DIGITS_MAX = 13
RATE_DECIMALS_MAX = 9
_SPACE = "[ \u00a0\u202f]"
_NUMBER = re.compile(rf"(-?(?:[0-9]+|[0-9]{{1,3}}(?:{_SPACE}[0-9]{{3}})+))(?:([.,])([0-9]+))?")
_AMBIGUOUS = re.compile(r"[^.,]*[0-9][.,][0-9]{3}")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_CZECH_DAY = re.compile(rf"([0-9]{{1,2}})\.{_SPACE}?([0-9]{{1,2}})\.{_SPACE}?([0-9]{{4}})")
_MOMENT = re.compile(rf"(.+?)(?:T|{_SPACE})([0-9]{{1,2}}):([0-9]{{2}})(?::00)?")
_FLAGS = {"yes": True, "ano": True, "no": False, "ne": False}


def cleaned(cell: str) -> str:
    """The cell without surrounding spaces, composed (NFC), with plain line breaks."""
    text = cell.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", text).strip(" \t\n\u00a0\u202f\ufeff")


def canonical(value: Any) -> str:
    """The one text of a value: the same content in another notation gives the same text."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:f}"
        case datetime():
            return value.isoformat(timespec="minutes")
        case date():
            return value.isoformat()
        case tuple():
            return "|".join(value)  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return str(value)


@kind(Form.TEXT)
def text(cell: str) -> str:
    """Free text on one or more lines."""
    if len(cell) > CELL_MAX:
        raise BadCell(f"a text of at most {CELL_MAX} characters")
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in cell):
        raise BadCell("a text without control characters")
    return cell


def matching(pattern: str, expected: str) -> Kind:
    """A text of a given form, such as a code."""
    compiled = re.compile(pattern, re.ASCII)

    def read(cell: str) -> str:
        if not compiled.fullmatch(cell):
            raise BadCell(expected)
        return cell

    return Kind(read, Form.TEXT)


# Ids have a digit, so that no name passes for one.
row_id = matching(
    r"(?=.{1,40}$)[A-Za-z0-9._-]*[0-9][A-Za-z0-9._-]*",
    "an id of letters, digits and . _ -, with a digit, such as P00001",
)
code = matching(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}", "a code of letters, digits and . _ -")
country = matching(r"[A-Z]{2}", "an ISO country code such as CZ")
language = matching(r"[a-z]{2,3}", "an ISO language code such as cs")
currency_code = matching(r"[A-Z]{3}", "an ISO currency code such as EUR")


@kind(Form.TEXT)
def ico(cell: str) -> str:
    """IČO, 8 digits; a spreadsheet may have dropped the zeros in front."""
    if not re.fullmatch(r"[0-9]{1,8}", cell):
        raise BadCell("an IČO of 8 digits")
    return cell.zfill(8)


def one_of(*values: str) -> Kind:
    """One of a list of codes, written exactly so."""

    def read(cell: str) -> str:
        if cell not in values:
            raise BadCell(f"one of {', '.join(values)}")
        return cell

    return Kind(read, Form.CODE, values)


def some_of(*values: str) -> Kind:
    """Codes joined by `|`, each once."""

    def read(cell: str) -> tuple[str, ...]:
        codes = tuple(part.strip() for part in cell.split("|"))
        if not set(codes) <= set(values) or len(set(codes)) != len(codes):
            raise BadCell(f"some of {', '.join(values)}, joined by |, each once")
        return codes

    return Kind(read, Form.CODES, values)


def refused_or(of: Kind) -> Kind:
    """`refused` alone (the person refused to say), or what the kind reads."""

    def read(cell: str) -> Any:
        if cell == "refused":
            return cell
        try:
            return of(cell)
        except BadCell as bad:
            raise BadCell(f"refused alone, or {bad.expected}") from None

    return Kind(read, of.form, ("refused", *of.codes))


@kind(Form.FLAG)
def flag(cell: str) -> bool:
    """yes/no or ano/ne, in any case."""
    found = _FLAGS.get(cell.casefold())
    if found is None:
        raise BadCell("yes or no (ano or ne)")
    return found


def money(*, negative: bool = True) -> Kind:
    """An amount with at most 2 decimals; spaces may separate thousands."""

    def read(cell: str) -> Decimal:
        number = _number(cell, "an amount with at most 2 decimals such as 1250.00 or 1 250,00", 2)
        if number < 0 and not negative:
            raise BadCell("an amount of 0.00 or more")
        return abs(number.quantize(Decimal("0.01"))) if not number else number + Decimal("0.00")

    return Kind(read, Form.MONEY)


def hours(*, negative: bool = False) -> Kind:
    """Hours (or a count of units) with at most 2 decimals, exact."""

    def read(cell: str) -> Decimal:
        number = _number(cell, "a number with at most 2 decimals such as 7.5", 2)
        if number < 0 and not negative:
            raise BadCell("0 or more")
        return _plain(number)

    return Kind(read, Form.NUMBER)


@kind(Form.NUMBER)
def rate(cell: str) -> Decimal:
    """A rate above 0: `27,029` is 27.029, because rates have no thousands separators."""
    number = _fraction(cell, "a rate without thousands separators such as 27.029")
    if number <= 0:
        raise BadCell("a rate above 0")
    return number


@kind(Form.NUMBER)
def share(cell: str) -> Decimal:
    """A fraction of one."""
    expected = "a fraction from 0 to 1 such as 0.25"
    number = _fraction(cell, expected)
    if not 0 <= number <= 1:
        raise BadCell(expected)
    return number


def whole(least: int = 0, most: int = 10**9) -> Kind:
    """A whole number; spaces may separate thousands."""
    expected = f"a whole number from {least} to {most}" if most < 10**9 else "a whole number"
    if least == 1 and most == 10**9:
        expected = "a whole number above 0"

    def read(cell: str) -> int:
        found = _NUMBER.fullmatch(cell)
        if not found or found[2] or len(found[1]) > WHOLE_DIGITS_MAX:
            raise BadCell(expected)
        number = int(re.sub(_SPACE, "", found[1]))
        if not least <= number <= most:
            raise BadCell(expected)
        return number

    return Kind(read, Form.WHOLE)


@kind(Form.DAY)
def day(cell: str) -> date:
    """A day as 2016-02-01 or 1.2.2016."""
    expected = "a day such as 2016-02-01 or 1.2.2016"
    if found := _ISO_DAY.fullmatch(cell):
        year, month, of_month = (int(part) for part in found.groups())
    elif found := _CZECH_DAY.fullmatch(cell):
        of_month, month, year = (int(part) for part in found.groups())
    else:
        raise BadCell(expected)
    if year not in YEARS:
        raise BadCell(f"a year from {YEARS[0]} to {YEARS[-1]}")
    try:
        return date(year, month, of_month)
    except ValueError:
        raise BadCell("a day that exists, such as 2016-02-01 or 1.2.2016") from None


@kind(Form.DAY)
def month(cell: str) -> date:
    """The first day of a month."""
    first = day(cell)
    if first.day != 1:
        raise BadCell("the first day of the month worked, such as 2016-02-01")
    return first


@kind(Form.MOMENT)
def moment(cell: str) -> datetime:
    """A local time as 2016-02-01T06:10 or 1.2.2016 6:10."""
    found = _MOMENT.fullmatch(cell)
    expected = "a local time such as 2016-02-01T06:10 or 1.2.2016 6:10"
    if not found:
        raise BadCell(expected)
    on, hour, minute = day(found[1]), int(found[2]), int(found[3])
    if hour not in range(24) or minute not in range(60):
        raise BadCell(expected)
    return datetime(on.year, on.month, on.day, hour, minute)  # noqa: DTZ001 (local by definition)


def _number(cell: str, expected: str, decimals_max: int) -> Decimal:
    """A number with optional spaces between thousands; refused where a separator is ambiguous."""
    if _AMBIGUOUS.fullmatch(cell):
        raise BadCell(
            "a number that is not ambiguous: one comma or point before exactly three digits "
            "can be a thousands or a decimal separator (write 1234.00 or 1 234,00)"
        )
    found = _NUMBER.fullmatch(cell)
    if not found or len(found[3] or "") > decimals_max:
        raise BadCell(expected)
    return _decimal(found, expected)


def _fraction(cell: str, expected: str) -> Decimal:
    found = _NUMBER.fullmatch(cell)
    if not found or re.search(_SPACE, cell) or len(found[3] or "") > RATE_DECIMALS_MAX:
        raise BadCell(expected)
    return _plain(_decimal(found, expected))


def _decimal(found: re.Match[str], expected: str) -> Decimal:
    digits = re.sub(_SPACE, "", found[1])
    if len(digits.lstrip("-0")) > WHOLE_DIGITS_MAX:
        raise BadCell(f"{expected}, at most {WHOLE_DIGITS_MAX} digits before the decimals")
    return Decimal(f"{digits}.{found[3] or '0'}")


def _plain(number: Decimal) -> Decimal:
    """Without zeros at the end and without an exponent: 14, 14.0 and 14,00 are one value."""
    if not number:
        return Decimal(0)
    return Decimal(f"{number:f}".rstrip("0").rstrip("."))
