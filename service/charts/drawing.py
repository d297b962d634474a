"""Drawing a chart as SVG: in a theme, with the numbers of a language, by vl-convert.

The same chart is the same bytes; drawing takes tens of milliseconds, so the last ones are kept.
"""

import json
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

import vl_convert

from service.charts.chart import Chart
from service.charts.themes import Theme, config
from service.wording.wording import Language

VEGA_LITE = "6.4"
KEPT_MAX = 256  # drawings of about 10 KB
SVG = "http://www.w3.org/2000/svg"
ElementTree.register_namespace("", SVG)
NUMBERS: dict[Language, dict[str, Any]] = {
    "cs": {"decimal": ",", "thousands": "\u00a0", "grouping": [3], "currency": ["", "\u00a0Kč"]},
    "en": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["CZK\u00a0", ""]},
}


def svg(chart: Chart, theme: Theme, language: Language) -> str:
    """The chart as an SVG image of no fixed size, with its title and alternative text."""
    spec = json.dumps(chart.spec, sort_keys=True)
    return _drawn(spec, chart.name, chart.title, chart.alternative, theme, language)


@lru_cache(maxsize=KEPT_MAX)
def _drawn(
    spec: str, name: str, title: str, alternative: str, theme: Theme, language: Language
) -> str:
    drawn: str = vl_convert.vegalite_to_svg(
        spec,
        vl_version=VEGA_LITE,
        config=config(theme),
        allowed_base_urls=[],
        format_locale=NUMBERS[language],
    )
    root = ElementTree.fromstring(drawn)  # noqa: S314 drawn by ourselves
    for element in root.iter():
        for attribute in ("role", "aria-roledescription", "aria-hidden", "pointer-events"):
            element.attrib.pop(attribute, None)
    for attribute in ("width", "height", "class", "version"):
        root.attrib.pop(attribute, None)
    named = f"chart-{name}-{theme}-{language}".replace("_", "-")
    _describe(root, named, title, alternative)
    return ElementTree.tostring(root, encoding="unicode")


def _describe(root: ElementTree.Element, named: str, title: str, alternative: str) -> None:
    """One image with a name and a description, instead of a heap of shapes."""
    root.set("role", "img")
    root.set("aria-labelledby", f"{named}-title")
    root.set("aria-describedby", f"{named}-text")
    for position, (tag, end, words) in enumerate(
        (("title", "title", title), ("desc", "text", alternative))
    ):
        element = ElementTree.Element(f"{{{SVG}}}{tag}", {"id": f"{named}-{end}"})
        element.text = words
        root.insert(position, element)
