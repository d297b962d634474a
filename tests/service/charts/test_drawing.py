"""Pictures of the charts: the same everywhere, of any size, told apart without colour."""

import hashlib
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
import vl_convert
from lxml import etree

from service.charts import drawing
from service.charts.drawing import svg
from service.charts.themes import DARK, LIGHT, SCREEN_FONTS, THEMES, Palette, config
from service.wording.wording import LANGUAGES, Language, Wording
from tests.service.charts.sample import sample_charts

SVG = "{http://www.w3.org/2000/svg}"
DRAW_ALL = """
import hashlib
from service.charts.drawing import svg
from service.charts.themes import THEMES
from service.wording.wording import LANGUAGES, Wording
from tests.service.charts.sample import sample_charts
for language in LANGUAGES:
    for chart in sample_charts(Wording(language)):
        for theme in THEMES:
            print(hashlib.sha256(svg(chart, theme, language).encode()).hexdigest())
"""


def drawn_here() -> list[str]:
    return [
        hashlib.sha256(svg(chart, theme, language).encode()).hexdigest()
        for language in LANGUAGES
        for chart in sample_charts(Wording(language))
        for theme in THEMES
    ]


def test_pictures_are_the_same_in_any_zone_and_locale() -> None:
    environment = {**os.environ, "TZ": "Pacific/Auckland", "LC_ALL": "tr_TR.UTF-8"}
    command = [sys.executable, "-c", DRAW_ALL]
    elsewhere = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert elsewhere.stdout.split() == drawn_here()
    assert len(set(drawn_here())) == len(drawn_here()), "control: pictures differ"


def drawn_in(font: str, spec: dict[str, Any]) -> str:
    """The picture in a font, its name taken out."""
    fonts = json.loads(json.dumps(config("light")).replace(SCREEN_FONTS, font))
    drawn = vl_convert.vegalite_to_svg(spec, config=fonts)
    return re.sub(r'font-family="[^"]*"', "", drawn)


def test_no_place_in_a_picture_depends_on_the_fonts_of_the_machine() -> None:
    for chart in sample_charts(Wording("cs")):
        assert drawn_in("monospace", chart.spec) == drawn_in("serif", chart.spec)
    measured = {**sample_charts(Wording("cs"))[1].spec, "autosize": {"type": "pad"}}
    assert drawn_in("monospace", measured) != drawn_in("serif", measured), "control"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_picture_has_a_name_and_a_description_and_no_size(language: Language) -> None:
    for chart in sample_charts(Wording(language)):
        root = etree.fromstring(svg(chart, "light", language))
        title, text = root[0], root[1]
        assert (title.tag, title.text) == (f"{SVG}title", chart.title)
        assert (text.tag, text.text) == (f"{SVG}desc", chart.alternative)
        assert root.get("role") == "img"
        assert root.get("aria-labelledby") == title.get("id")
        assert root.get("aria-describedby") == text.get("id")
        assert root.get("width") is root.get("height") is None
        assert root.get("viewBox", "").startswith("0 0 400 ")
        assert not [e for e in root.iter() if e is not root and e.get("role")]


def test_numbers_on_axes_are_those_of_the_language() -> None:
    chart = sample_charts(Wording("cs"))[1]
    assert ">0,5<" in svg(chart, "light", "cs")
    assert ">0.5<" in svg(chart, "light", "en")


def test_a_picture_is_drawn_once_and_few_are_kept() -> None:
    chart = sample_charts(Wording("cs"))[0]
    drawing._drawn.cache_clear()
    assert svg(chart, "light", "cs") is svg(chart, "light", "cs")
    assert drawing._drawn.cache_info().misses == 1
    assert drawing._drawn.cache_info().maxsize == drawing.KEPT_MAX


def test_nothing_is_loaded_from_elsewhere() -> None:
    chart = sample_charts(Wording("cs"))[0]
    layer = {"data": {"url": "http://127.0.0.1:9/x.json"}, "mark": {"type": "point"}}
    chart.spec["layer"].append(layer)
    with pytest.raises(ValueError, match="External data url not allowed"):
        svg(chart, "light", "cs")


def luminance(colour: str) -> float:
    """Relative luminance as WCAG defines it: what is left of a colour in grey."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def told_apart(palette: Palette) -> bool:
    """Areas that touch differ by lightness; what is drawn stands out from the ground."""
    areas = contrast(palette.strong, palette.warm) >= 1.9
    areas = areas and contrast(palette.strong, palette.pale) >= 3
    marks = (palette.strong, palette.warm_edge, palette.pale_edge, palette.line)
    seen = all(contrast(mark, palette.ground) >= 3 for mark in marks)
    texts = (palette.ink, palette.quiet)
    return areas and seen and all(contrast(text, palette.ground) >= 4.5 for text in texts)


@pytest.mark.parametrize("palette", [LIGHT, DARK])
def test_series_are_told_apart_in_grey(palette: Palette) -> None:
    assert told_apart(palette)
    same_grey = palette._replace(warm="#2e7d32" if palette is LIGHT else "#e08a8a")
    assert not told_apart(same_grey), "control: colours of one lightness"
