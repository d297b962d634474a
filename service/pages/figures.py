"""Numbers on pages: per cent, and bars whose width needs no style."""

from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

BAR_WIDTH, MARK_WIDTH = Decimal(100), Decimal("2.5")
Amount = Decimal | str | int


class Bar(NamedTuple):
    """Of 100: how long it is, where a mark stands in it (None: nowhere), whether it is over."""

    recorded: str
    approved: str | None
    over: bool


def percent(part: Amount, whole: Amount) -> Decimal | None:
    """The part of the whole in per cent, 1 decimal, half up; None of nothing."""
    if not Decimal(whole):
        return None
    exact = Decimal(part) * 100 / Decimal(whole)
    return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)


def spending_bar(budget: Amount, recorded: Amount, approved: Amount) -> Bar:
    """What is recorded of a budget, a mark at what is approved; more than the budget is over."""
    mark = str(min(_width(approved, budget), BAR_WIDTH - MARK_WIDTH)) if Decimal(approved) else None
    return Bar(str(_width(recorded, budget)), mark, Decimal(recorded) > Decimal(budget))


def progress_bar(target: Amount, achieved: Amount) -> Bar:
    """What is achieved of a target."""
    return Bar(str(_width(achieved, target)), None, over=False)


def _width(part: Amount, whole: Amount) -> Decimal:
    share = percent(part, whole) or Decimal(0)
    return min(max(share, Decimal(0)), BAR_WIDTH)
