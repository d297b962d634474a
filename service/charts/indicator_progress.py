"""Achieved values of the indicators against their targets, as shares of the target."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from domain.indicator import fulfilment
from service.charts.chart import (
    BOLD_WIDTH,
    LINE_HEIGHT,
    Chart,
    Layer,
    Margins,
    Spec,
    key,
    pixels,
    plot_width,
    rules,
    specification,
    text,
    upto,
    values,
    wrapped,
)
from service.wording.wording import Wording

MARGINS = Margins(top=22, right=4, bottom=4, left=4)
INDICATORS_MAX = 16  # more do not fit on a page; all are in the table
BAR, GAP = 12, 12
SHARE_MAX = Decimal(200)


class Indicator(NamedTuple):
    """An indicator with its target and what was achieved."""

    name: str
    target: Decimal
    achieved: int


def indicator_progress(indicators: Sequence[Indicator], wording: Wording) -> Chart:
    """Bars as long as the share of the target; what is above twice the target is cut off."""
    shares = [fulfilment(one.achieved, one.target) for one in indicators]
    return Chart(
        name="indicator_progress",
        title=wording.text("charts.indicator_progress.title"),
        alternative=_alternative(shares, wording),
        spec=_spec(indicators[:INDICATORS_MAX], shares[:INDICATORS_MAX], wording),
        columns=tuple(
            wording.text(f"shared.{name}")
            for name in ("indicator", "target", "achieved", "fulfilment")
        ),
        rows=tuple(
            (
                one.name,
                wording.number(one.target),
                wording.number(one.achieved),
                _share(share, wording),
            )
            for one, share in zip(indicators, shares, strict=True)
        ),
    )


def _spec(
    indicators: Sequence[Indicator], shares: Sequence[Decimal | None], wording: Wording
) -> Spec:
    width = plot_width(MARGINS)
    largest = min(max([Decimal(100), *(share or Decimal(0) for share in shares)]), SHARE_MAX)
    target_x = int(width * 100 / largest)
    names: list[tuple[int, int, str | list[str]]] = []
    written: list[tuple[int, int, str | list[str]]] = []
    bars: list[dict[str, object]] = []
    ticks: list[tuple[tuple[int, int], tuple[int, int]]] = []
    y = LINE_HEIGHT
    for one, share in zip(indicators, shares, strict=True):
        value = _value(one, share, wording)
        lines = wrapped(one.name, width - int(len(value) * BOLD_WIDTH), 2)
        names.append((0, y, lines))
        written.append((width, y, value))
        y += LINE_HEIGHT * (len(lines) - 1) + 5
        shown = min(share or Decimal(0), largest)
        whole = {"target": str(one.target), "achieved": one.achieved}
        bars.append({**whole, "share": str(shown), "y": y + BAR // 2})
        ticks.append(((target_x, y - 3), (target_x, y + BAR + 3)))
        y += BAR + GAP + LINE_HEIGHT
    height = y - GAP - LINE_HEIGHT + 4
    entries = [
        ("recorded", "square", wording.text("shared.achieved")),
        ("target_tick", "tick", wording.text("charts.indicator_progress.whole")),
    ]
    signs = key(entries, MARGINS.left, -10)
    layers: list[Layer] = [
        _bars([{**bar, "share": "100"} for bar in bars], largest, "budget"),
        _bars(bars, largest, "recorded"),
        rules(ticks, "target_tick"),
        text(names, "label", "left"),
        text(written, "value", "right"),
        *signs,
    ]
    return specification(height, MARGINS, layers)


def _bars(rows: Sequence[dict[str, object]], largest: Decimal, style: str) -> Layer:
    mark = {"type": "bar", "style": style, "orient": "horizontal", "height": BAR}
    encoding = {"x": upto("share", largest), "y": pixels("y")}
    return {"data": values(rows, "share"), "mark": mark, "encoding": encoding}


def _value(one: Indicator, share: Decimal | None, wording: Wording) -> str:
    achieved, target = wording.number(one.achieved), wording.number(one.target)
    if share is None:
        return achieved
    of = wording.text("charts.of", part=achieved, whole=target)
    return f"{of} · {_share(share, wording)}"


def _share(share: Decimal | None, wording: Wording) -> str:
    return "–" if share is None else wording.text("charts.percent", value=wording.number(share))


def _alternative(shares: Sequence[Decimal | None], wording: Wording) -> str:
    with_target = [share for share in shares if share is not None]
    return wording.text(
        "charts.indicator_progress.alternative",
        reached=wording.number(sum(share >= 100 for share in with_target)),
        count=wording.number(len(with_target)),
    )
