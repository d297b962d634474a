"""Counted participants, added up over the periods, by sex and against the target."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from service.charts.chart import (
    LINE_HEIGHT,
    Chart,
    Layer,
    Margins,
    Spec,
    apart,
    pixels,
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

MARGINS = Margins(top=22, right=98, bottom=34, left=34)
HEIGHT, BAR_MAX, NAME_WIDTH = 180, 46, 30


class Persons(NamedTuple):
    """Persons counted up to the end of a period; None: the period has not begun."""

    period: int
    women: int | None
    men: int | None


def participants_over_time(
    persons: Sequence[Persons], target: Decimal | None, wording: Wording
) -> Chart:
    """Bars of women and men, one on the other, and the target as a line."""
    women, men = _last(persons)
    columns = (
        wording.text("charts.period"),
        wording.text("shared.women"),
        wording.text("shared.men"),
        wording.text("shared.total"),
    )
    return Chart(
        name="participants_over_time",
        title=wording.text("charts.participants_over_time.title"),
        alternative=_alternative(women, men, target, wording),
        spec=_spec(persons, target, wording),
        columns=columns,
        rows=tuple(_row(one, wording) for one in persons),
    )


def _row(one: Persons, wording: Wording) -> tuple[str, ...]:
    if one.women is None or one.men is None:
        return f"{one.period}.", "–", "–", "–"
    counts = (one.women, one.men, one.women + one.men)
    return f"{one.period}.", *(wording.number(count) for count in counts)


def _last(persons: Sequence[Persons]) -> tuple[int, int]:
    """Women and men up to the last period that has begun."""
    known = [(one.women, one.men) for one in persons if one.women is not None]
    women, men = known[-1] if known else (0, 0)
    return women or 0, men or 0


def _alternative(women: int, men: int, target: Decimal | None, wording: Wording) -> str:
    counts = {
        "total": wording.number(women + men),
        "women": wording.number(women),
        "men": wording.number(men),
    }
    if target is None:
        return wording.text("charts.participants_over_time.alternative", **counts)
    return wording.text(
        "charts.participants_over_time.alternative_target",
        **counts,
        target=wording.number(target),
    )


def _spec(persons: Sequence[Persons], target: Decimal | None, wording: Wording) -> Spec:
    women, men = _last(persons)
    steps = scale_of(max(Decimal(women + men), target or Decimal(0)))
    largest = steps[-1]
    axis: Spec = {"values": [int(step) for step in steps if step % 1 == 0], "grid": True}
    width = plot_width(MARGINS)
    layers: list[Layer] = [
        *_bars(persons, largest, axis),
        rule((0, HEIGHT), (width, HEIGHT), "base"),
        text([(-MARGINS.left + 4, -10, wording.text("charts.persons"))], "quiet", "left"),
        _totals(persons, largest, wording),
        _period_names(persons),
        *_names(women, men, target, largest, wording),
    ]
    return specification(HEIGHT, MARGINS, layers)


def _middle(index: int, count: int) -> int:
    return (2 * index + 1) * plot_width(MARGINS) // (2 * count)


def _bars(persons: Sequence[Persons], largest: Decimal, axis: Spec) -> list[Layer]:
    rows = [
        {
            "period": one.period,
            "x": _middle(index, len(persons)),
            "women": one.women,
            "men": one.men,
            "total": one.women + one.men,
        }
        for index, one in enumerate(persons)
        if one.women is not None and one.men is not None
    ]
    wide = min(BAR_MAX, plot_width(MARGINS) * 6 // (10 * len(persons)))
    mark = {"type": "bar", "orient": "vertical", "width": wide}
    women = {"x": pixels("x"), "y": upto("women", largest, axis)}
    men = {"x": pixels("x"), "y": upto("women", largest, axis), "y2": {"field": "total"}}
    return [
        {"data": values(rows), "mark": mark | {"style": "women"}, "encoding": women},
        {"data": values(rows), "mark": mark | {"style": "men"}, "encoding": men},
    ]


def _totals(persons: Sequence[Persons], largest: Decimal, wording: Wording) -> Layer:
    rows: list[tuple[int, int, str | list[str]]] = []
    for index, one in enumerate(persons):
        if one.women is not None and one.men is not None:
            total = one.women + one.men
            y = HEIGHT - int(total / largest * HEIGHT) - 5
            rows.append((_middle(index, len(persons)), y, wording.number(total)))
    return text(rows, "value", "center")


def _period_names(persons: Sequence[Persons]) -> Layer:
    every = -(-len(persons) * NAME_WIDTH // plot_width(MARGINS))
    last = len(persons) - 1
    rows: list[tuple[int, int, str | list[str]]] = [
        (_middle(index, len(persons)), HEIGHT + 16, f"{one.period}.")
        for index, one in enumerate(persons)
        if (last - index) % every == 0
    ]
    return text(rows, "quiet", "center")


def _names(
    women: int, men: int, target: Decimal | None, largest: Decimal, wording: Wording
) -> list[Layer]:
    """Women, men and the target are named at their heights, right of the plot."""
    width = plot_width(MARGINS)
    x = width + 12

    def height(persons: Decimal) -> int:
        return HEIGHT - int(persons / largest * HEIGHT)

    series: list[tuple[str, int, int | Decimal]] = [
        ("women", height(Decimal(women) / 2), women),
        ("men", height(women + Decimal(men) / 2), men),
    ]
    layers: list[Layer] = []
    if target is not None:
        at = height(target)
        layers.append(rule((0, at), (width, at), "target"))
        series.append(("target", at, target))
    places = apart([at for _, at, _ in series], LINE_HEIGHT + 4, HEIGHT - 4)
    for (name, _, count), y in zip(series, places, strict=True):
        shape = "line" if name == "target" else "square"
        words = f"{wording.text(f'charts.participants_over_time.{name}')} {wording.number(count)}"
        layers.append(sign(x, y, name, shape))
        layers.append(text([(x + 9, y + 4, words)], "label", "left"))
    return layers
