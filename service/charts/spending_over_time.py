"""Recorded and approved direct costs against the budget, added up over the periods."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from domain.money import round_money
from domain.project import Period
from service.charts.chart import (
    LINE_HEIGHT,
    SOLID,
    Chart,
    Layer,
    Margins,
    Spec,
    apart,
    plot_width,
    rule,
    scale_of,
    sign,
    specification,
    text,
    upto,
    values,
)
from service.wording.wording import Wording

MARGINS = Margins(top=22, right=112, bottom=34, left=34)
HEIGHT, PERIOD_WIDTH = 190, 46
MILLION, THOUSAND = Decimal(1_000_000), Decimal(1000)
SERIES = (("plan", "line"), ("recorded", "circle"), ("approved", "square"))


class Spent(NamedTuple):
    """CZK up to the end of a period: the budget spread evenly over the days, and what was spent.

    None: the period has not begun.
    """

    period: Period
    plan: Decimal
    recorded: Decimal | None
    approved: Decimal | None


class Spending(NamedTuple):
    """The project's spending over time; `recorded_outside` belongs to no period (not yet paid)."""

    start: date
    budget: Decimal
    points: Sequence[Spent]
    recorded_outside: Decimal


def spending_over_time(spending: Spending, wording: Wording) -> Chart:
    """Three lines from nothing at the project's start."""
    last = _last(spending)
    return Chart(
        name="spending_over_time",
        title=wording.text("charts.spending_over_time.title"),
        alternative=wording.text(
            "charts.spending_over_time.alternative",
            recorded=wording.money(last["recorded"]),
            approved=wording.money(last["approved"]),
            budget=wording.money(spending.budget),
        ),
        spec=_spec(spending, wording),
        columns=(
            wording.text("charts.spending_over_time.upto"),
            wording.text("charts.spending_over_time.plan"),
            wording.text("shared.recorded"),
            wording.text("shared.approved"),
        ),
        rows=_rows(spending, wording),
    )


def _rows(spending: Spending, wording: Wording) -> tuple[tuple[str, ...], ...]:
    def written(amount: Decimal | None) -> str:
        return "–" if amount is None else wording.money(amount)

    rows = [
        (wording.day(point.period.end), *(written(amount) for amount in point[1:]))
        for point in spending.points
    ]
    if spending.recorded_outside:
        outside = wording.text("charts.spending_over_time.outside")
        rows.append((outside, "–", wording.money(spending.recorded_outside), "–"))
    return tuple(rows)


def _last(spending: Spending) -> dict[str, Decimal]:
    """The last known value of each series."""
    found = dict.fromkeys((name for name, _ in SERIES), Decimal("0.00"))
    for point in spending.points:
        for name in found:
            value = getattr(point, name)
            found[name] = found[name] if value is None else value
    return found


def _spec(spending: Spending, wording: Wording) -> Spec:
    last = _last(spending)
    steps = scale_of(max(last.values()))
    unit = MILLION if steps[-1] >= MILLION else THOUSAND
    axis = {
        "values": [float(step) for step in steps],
        "labelExpr": f"format(datum.value / {unit}, ',.6~f')",
        "grid": True,
    }
    name = wording.text("charts.millions" if unit == MILLION else "charts.thousands")
    layers: list[Layer] = [
        *(_line(spending, one, shape, steps[-1], axis) for one, shape in SERIES),
        rule((0, HEIGHT), (plot_width(MARGINS), HEIGHT), "base"),
        text([(-MARGINS.left + 4, -10, name)], "quiet", "left"),
        _period_names(spending),
        *_series_names(last, steps[-1], wording),
    ]
    return specification(HEIGHT, MARGINS, layers)


def _line(spending: Spending, name: str, shape: str, largest: Decimal, axis: Spec) -> Layer:
    rows: list[dict[str, object]] = [{"day": 0, "amount": "0.00"}]
    for point in spending.points:
        amount = getattr(point, name)
        if amount is not None:
            day = (point.period.end - spending.start).days + 1
            rows.append({"day": day, "amount": str(amount), "period": point.period.number})
    mark: Spec = {"type": "line", "style": f"{name}_line"}
    if shape != "line":
        point_style = f"{name}_sign"
        mark["point"] = {"style": point_style, "shape": shape, "size": 60, **SOLID}
    encoding = {
        "x": upto("day", Decimal(_days(spending))),
        "y": upto("amount", largest, axis),
    }
    return {"data": values(rows, "amount"), "mark": mark, "encoding": encoding}


def _days(spending: Spending) -> int:
    return (spending.points[-1].period.end - spending.start).days + 1


def _period_names(spending: Spending) -> Layer:
    """Number and last month of the periods below the axis, where there is room from the last."""
    width, days = plot_width(MARGINS), _days(spending)
    rows: list[tuple[int, int, str | list[str]]] = []
    room = width + PERIOD_WIDTH
    for point in reversed(spending.points):
        end = point.period.end
        x = ((end - spending.start).days + 1) * width // days
        if x <= room - PERIOD_WIDTH:
            rows.append((x, HEIGHT + 16, [f"{point.period.number}.", f"{end.month}/{end.year}"]))
            room = x
    return text(rows, "quiet", "center")


def _series_names(last: Mapping[str, Decimal], largest: Decimal, wording: Wording) -> list[Layer]:
    """Each line is named at its height, right of the plot."""
    x = plot_width(MARGINS) + 12
    heights = [HEIGHT - int(last[name] / largest * HEIGHT) for name, _ in SERIES]
    places = apart(heights, 2 * LINE_HEIGHT + 4, HEIGHT - LINE_HEIGHT)
    named = {
        "plan": wording.text("charts.spending_over_time.plan_short"),
        "recorded": wording.text("shared.recorded"),
        "approved": wording.text("shared.approved"),
    }
    layers: list[Layer] = []
    for (name, shape), y in zip(SERIES, places, strict=True):
        amount = wording.number(round_money(last[name]))
        layers.append(sign(x, y, f"{name}_sign", shape))
        layers.append(text([(x + 9, y + 4, named[name])], "label", "left"))
        layers.append(text([(x + 9, y + 4 + LINE_HEIGHT, amount)], "quiet", "left"))
    return layers
