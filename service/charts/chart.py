"""A chart: one Vega-Lite specification for page and PDF, in words, and its data as a table.

Specifications name styles (`recorded`, `women`, `label` …); a theme gives them colours. Where
text stands is computed here and not by Vega, which would measure it in whatever fonts a machine
has: so the same data are the same bytes everywhere. Money stays text until it is drawn.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from itertools import pairwise
from typing import Any

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WIDTH = 400  # of every chart; a phone shows it in about its own size
LINE_HEIGHT = 14
CHARACTER_WIDTH = Decimal("6.6")  # of the widest font that may be used, at the size of labels
BOLD_WIDTH = Decimal("7.6")
SOLID = {"filled": True, "opacity": 1}
STEPS = tuple(map(Decimal, ("1", "2", "2.5", "5", "10")))
Spec = dict[str, Any]
Layer = dict[str, Any]


@dataclass(frozen=True)
class Chart:
    """What is shown. In the table the first column names, the others hold figures as written."""

    name: str
    title: str
    alternative: str
    spec: Spec
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Margins:
    """Space around the plot for axes and labels."""

    top: int = 4
    right: int = 4
    bottom: int = 4
    left: int = 4


def specification(height: int, margins: Margins, layers: Sequence[Layer]) -> Spec:
    """A chart of layers; `height` is the plot's, without the margins."""
    return {
        "$schema": SCHEMA,
        "width": plot_width(margins),
        "height": height,
        "padding": {
            "top": margins.top,
            "right": margins.right,
            "bottom": margins.bottom,
            "left": margins.left,
        },
        "autosize": {"type": "none"},
        "layer": list(layers),
    }


def plot_width(margins: Margins) -> int:
    """What the margins leave of the width."""
    return WIDTH - margins.left - margins.right


def values(rows: Iterable[Mapping[str, Any]], *numbers: str) -> Spec:
    """Data of a layer; the fields in `numbers` are decimals written as text."""
    data: Spec = {"values": [dict(row) for row in rows]}
    if numbers:
        data["format"] = {"parse": dict.fromkeys(numbers, "number")}
    return data


def pixels(field: str) -> Spec:
    """A position that the data give as it is."""
    return {"field": field, "type": "quantitative", "scale": None, "axis": None}


def upto(field: str, largest: Decimal, axis: Spec | None = None) -> Spec:
    """A position on a scale from 0 to `largest`."""
    scale = {"domain": [0, float(largest)], "nice": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def text(rows: Iterable[tuple[int, int, str | list[str]]], style: str, align: str) -> Layer:
    """Texts at (x, y): the baseline of their first line; a list is written line by line."""
    placed = [{"x": x, "y": y, "text": words} for x, y, words in rows]
    mark = {"type": "text", "style": style, "align": align, "lineHeight": LINE_HEIGHT}
    encoding = {"x": pixels("x"), "y": pixels("y"), "text": {"field": "text"}}
    return {"data": values(placed), "mark": mark, "encoding": encoding}


def sign(x: int, y: int, style: str, shape: str) -> Layer:
    """What stands for a series beside its name: a symbol of Vega, a short `line` or a `tick`."""
    match shape:
        case "line":
            return rule((x - 6, y), (x + 6, y), style)
        case "tick":
            return rule((x, y - 5), (x, y + 5), style)
        case _:
            mark = {"type": "point", "style": style, "shape": shape, "size": 70}
            placed = values([{"x": x, "y": y}])
            encoding = {"x": pixels("x"), "y": pixels("y")}
            return {"data": placed, "mark": {**mark, **SOLID}, "encoding": encoding}


def rule(start: tuple[int, int], end: tuple[int, int], style: str) -> Layer:
    """A straight line between two points."""
    return rules([(start, end)], style)


def rules(lines: Iterable[tuple[tuple[int, int], tuple[int, int]]], style: str) -> Layer:
    """Straight lines from point to point."""
    rows = [{"x": start[0], "y": start[1], "x2": end[0], "y2": end[1]} for start, end in lines]
    encoding = {
        "x": pixels("x"),
        "y": pixels("y"),
        "x2": {"field": "x2"},
        "y2": {"field": "y2"},
    }
    return {"data": values(rows), "mark": {"type": "rule", "style": style}, "encoding": encoding}


def key(entries: Sequence[tuple[str, str, str]], left: int, y: int) -> list[Layer]:
    """Signs with their names (style, shape, name) in a row; three short ones fit."""
    layers: list[Layer] = []
    x = -left
    for style, shape, name in entries:
        layers.append(sign(x + 6, y - 4, style, shape))
        layers.append(text([(x + 16, y, name)], "label", "left"))
        x += 32 + int(len(name) * CHARACTER_WIDTH)
    return layers


def apart(places: Sequence[int], distance: int, lowest: int) -> list[int]:
    """The places moved so that no two are nearer than `distance`, none below `lowest`."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    moved = list(places)
    for before, index in pairwise(order):
        moved[index] = max(moved[index], moved[before] + distance)
    limit = lowest
    for index in reversed(order):
        moved[index] = min(moved[index], limit)
        limit = moved[index] - distance
    return moved


def wrapped(words: str, width: int, lines: int) -> list[str]:
    """The words in at most `lines` lines of a width in pixels; what does not fit is left out."""
    characters = int(width / CHARACTER_WIDTH)
    return textwrap.wrap(words, characters, max_lines=lines, placeholder=" …") or [""]


def scale_of(largest: Decimal) -> list[Decimal]:
    """Round steps from 0 to at least `largest`, 3 to 6 of them."""
    if largest <= 0:
        return [Decimal(0), Decimal(1)]
    unit = Decimal(10) ** (largest.adjusted() - 1)
    step = next(s * unit * f for f in (1, 10) for s in STEPS if s * unit * f * 5 >= largest)
    count = int((largest / step).to_integral_value(ROUND_CEILING))
    return [step * n for n in range(count + 1)]
