"""Numbers on pages: per cent, and bars whose width needs no style."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

BAR_WIDTH = 100
Amount = Decimal | str | int


class Bar(NamedTuple):
    """Widths of 100: what is approved, what is recorded, and whether it is more than the whole."""

    approved: str
    recorded: str
    over: bool


def percent(part: Amount, whole: Amount) -> Decimal | None:
    """The part of the whole in per cent, 1 decimal, half up; None of nothing."""
    if not Decimal(whole):
        return None
    exact = Decimal(part) * 100 / Decimal(whole)
    return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)


def bar(whole: Amount, recorded: Amount, approved: Amount = 0) -> Bar:
    """A bar of the whole."""
    return Bar(_width(approved, whole), _width(recorded, whole), Decimal(recorded) > Decimal(whole))


def _width(part: Amount, whole: Amount) -> str:
    share = percent(part, whole)
    return str(min(max(share or Decimal(0), Decimal(0)), Decimal(BAR_WIDTH)))
