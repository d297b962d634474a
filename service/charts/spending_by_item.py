"""Budget, recorded and approved amounts of the items."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from domain.indicator import fulfilment
from service.charts.chart import (
    LINE_HEIGHT,
    SOLID,
    Chart,
    Layer,
    Margins,
    Spec,
    key,
    pixels,
    plot_width,
    specification,
    text,
    upto,
    values,
    wrapped,
)
from service.wording.wording import Wording

MARGINS = Margins(top=24, right=6, bottom=4, left=4)
ITEMS_MAX = 16  # the smaller ones of a longer budget are added up
BAR, THIN, ROW, VALUE_WIDTH = 14, 6, 40, 60


class Item(NamedTuple):
    """An item of the budget and what became of it, CZK."""

    name: str
    budget: Decimal
    recorded: Decimal
    approved: Decimal


def spending_by_item(items: Sequence[Item], wording: Wording) -> Chart:
    """Wide bars of the budget, in them narrow ones of what is recorded, marks of the approved."""
    shown = _largest(items, wording)
    total = _sum("", items)
    columns = ("item", "budget", "recorded", "approved")
    return Chart(
        name="spending_by_item",
        title=wording.text("charts.spending_by_item.title"),
        alternative=wording.text(
            "charts.spending_by_item.alternative",
            count=wording.number(len(items)),
            recorded=wording.money(total.recorded),
            approved=wording.money(total.approved),
            budget=wording.money(total.budget),
        ),
        spec=_spec(shown, wording),
        columns=tuple(wording.text(f"shared.{name}") for name in columns),
        rows=tuple(
            (
                one.name,
                *(wording.money(amount) for amount in (one.budget, one.recorded, one.approved)),
            )
            for one in shown
        ),
    )


def _largest(items: Sequence[Item], wording: Wording) -> list[Item]:
    if len(items) <= ITEMS_MAX:
        return list(items)
    budgets = sorted((one.budget for one in items), reverse=True)
    least = budgets[ITEMS_MAX - 2]
    kept = [one for one in items if one.budget >= least][: ITEMS_MAX - 1]
    others = [one for one in items if one not in kept]
    name = wording.counted("charts.spending_by_item.others", len(others))
    return [*kept, _sum(name, others)]


def _sum(name: str, items: Sequence[Item]) -> Item:
    none = Decimal("0.00")
    return Item(
        name,
        sum((one.budget for one in items), none),
        sum((one.recorded for one in items), none),
        sum((one.approved for one in items), none),
    )


def _spec(items: Sequence[Item], wording: Wording) -> Spec:
    width = plot_width(MARGINS)
    largest = max([Decimal(1), *(max(one[1:]) for one in items)])
    rows: list[dict[str, object]] = []
    names: list[tuple[int, int, str | list[str]]] = []
    shares: list[tuple[int, int, str | list[str]]] = []
    for index, one in enumerate(items):
        y = index * ROW + LINE_HEIGHT
        amounts = {name: str(getattr(one, name)) for name in ("budget", "recorded", "approved")}
        rows.append({**amounts, "y": y + 5 + BAR // 2})
        names.append((0, y, wrapped(one.name, width - VALUE_WIDTH, 1)))
        share = fulfilment(one.recorded, one.budget)
        if share is not None:
            written = wording.text("charts.percent", value=wording.number(share))
            shares.append((width, y, written))
    entries = [
        ("budget", "square", wording.text("shared.budget")),
        ("recorded", "square", wording.text("shared.recorded")),
        ("approved", "diamond", wording.text("shared.approved")),
    ]
    signs = key(entries, MARGINS.left, -10)
    layers: list[Layer] = [
        _bars(rows, largest, "budget", BAR),
        _bars(rows, largest, "recorded", THIN),
        {
            "data": values(rows, "approved"),
            "mark": {"type": "point", "style": "approved", "shape": "diamond", "size": 60, **SOLID},
            "encoding": {"x": upto("approved", largest), "y": pixels("y")},
        },
        text(names, "label", "left"),
        text(shares, "value", "right"),
        *signs,
    ]
    return specification(len(items) * ROW - 4, MARGINS, layers)


def _bars(rows: Sequence[dict[str, object]], largest: Decimal, field: str, height: int) -> Layer:
    mark = {"type": "bar", "style": field, "orient": "horizontal", "height": height}
    encoding = {"x": upto(field, largest), "y": pixels("y")}
    return {"data": values(rows, field), "mark": mark, "encoding": encoding}
