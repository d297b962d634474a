"""Money and other decimals: how they are read, rounded and written.

Money is CZK with exactly 2 decimals, ROUND_HALF_UP. In JSON every decimal is a string; the
pattern refuses what `Decimal` alone would take: `NaN`, infinities, exponents, JSON numbers.
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from domain.rejection import InvalidValue

MONEY_PATTERN = r"^-?(0|[1-9][0-9]{0,12})\.[0-9]{2}\Z"
AMOUNT_PATTERN = r"^(0|[1-9][0-9]{0,12})\.[0-9]{2}\Z"  # where a negative value has no sense
DECIMAL_PATTERN = r"^-?(0|[1-9][0-9]{0,12})(\.[0-9]{1,9})?\Z"
CENT = Decimal("0.01")
_MONEY = re.compile(MONEY_PATTERN)
_DECIMAL = re.compile(DECIMAL_PATTERN)
_MONEY_MAX = Decimal("9999999999999.99")


def parse_money(text: str, pointer: str = "", *, negative: bool = True) -> Decimal:
    """CZK of a JSON string such as "-4840.00".

    Raises InvalidValue for anything but 2 decimals, for "-0.00", and for a minus sign unless
    `negative`.
    """
    if not _MONEY.fullmatch(text) or text == "-0.00" or (text[0] == "-" and not negative):
        expected = "an amount with 2 decimals such as 1250.00"
        raise InvalidValue(f"expected {expected}", pointer)
    return Decimal(text)


def parse_decimal(text: str, pointer: str = "") -> Decimal:
    """A decimal of a JSON string (hours, FTE, rates), at most 9 decimals.

    Raises InvalidValue for exponents, `NaN`, infinities and a negative zero.
    """
    if not _DECIMAL.fullmatch(text) or (text[0] == "-" and Decimal(text) == 0):
        raise InvalidValue("expected a decimal number such as 7.5", pointer)
    return Decimal(text)


def round_money(value: Decimal) -> Decimal:
    """To the haléř, half up (half away from zero: -0.005 becomes -0.01); never a negative zero."""
    rounded = value.quantize(CENT, ROUND_HALF_UP)
    if abs(rounded) > _MONEY_MAX:
        raise InvalidValue("the amount has more than 13 digits before the decimal point")
    return abs(rounded) if rounded == 0 else rounded


def round_ratio(value: Decimal) -> Decimal:
    """Percentages and means: 2 decimals, half up."""
    return round_money(value)


def money_text(value: Decimal) -> str:
    """The one way money is written: "1250.00", "-4840.00"."""
    return f"{round_money(value):.2f}"
