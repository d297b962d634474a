"""Colours and fonts of the charts: light, dark, and print.

Series differ in lightness and in shape or outline, so that they are told apart in grey and by
colour-blind readers; every mark has a contrast of 3 : 1 to its ground, text of 4.5 : 1.
"""

from typing import Any, Literal, NamedTuple

Theme = Literal["light", "dark", "print"]
THEMES: tuple[Theme, ...] = ("light", "dark", "print")
SCREEN_FONTS = "system-ui, 'Segoe UI', 'Liberation Sans', 'DejaVu Sans', sans-serif"
PRINT_FONT = "Libertinus Serif"
LABEL_SIZE, SMALL_SIZE = 12, 11


class Palette(NamedTuple):
    """Colours by what they are for; `ground` is that of the page below."""

    ink: str
    quiet: str
    grid: str
    ground: str
    strong: str
    warm: str
    warm_edge: str
    pale: str
    pale_edge: str
    line: str


LIGHT = Palette(
    ink="#1a1f26",
    quiet="#4d5763",
    grid="#e1e5ea",
    ground="#ffffff",
    strong="#17457f",
    warm="#f0a830",
    warm_edge="#7a4d00",
    pale="#dde3ea",
    pale_edge="#66717e",
    line="#b86a00",
)
DARK = Palette(
    ink="#e9edf1",
    quiet="#b4bec9",
    grid="#353d47",
    ground="#14181d",
    strong="#5b9bf0",
    warm="#ffdf9a",
    warm_edge="#ffdf9a",
    pale="#2b333d",
    pale_edge="#93a0ae",
    line="#ffc35c",
)
PALETTES: dict[Theme, Palette] = {"light": LIGHT, "dark": DARK, "print": LIGHT}


def config(theme: Theme) -> dict[str, Any]:
    """The Vega-Lite configuration of a theme."""
    colours = PALETTES[theme]
    font = PRINT_FONT if theme == "print" else SCREEN_FONTS
    return {
        "background": None,
        "font": font,
        "aria": False,
        "view": {"stroke": None},
        "axis": {
            "labelColor": colours.quiet,
            "labelFontSize": SMALL_SIZE,
            "gridColor": colours.grid,
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
            "labelOverlap": False,
            "labelLimit": 0,
            "labelBound": False,
            "labelFlush": False,
            "title": None,
        },
        "text": {"font": font, "fontSize": LABEL_SIZE, "baseline": "alphabetic", "limit": 0},
        "style": _styles(colours),
    }


def _styles(colours: Palette) -> dict[str, Any]:
    return {
        "label": {"color": colours.ink},
        "value": {"color": colours.ink, "fontWeight": "bold"},
        "quiet": {"color": colours.quiet, "fontSize": SMALL_SIZE},
        "budget": {
            "color": colours.pale,
            "stroke": colours.pale_edge,
            "strokeWidth": 1,
        },
        "recorded": {"color": colours.strong},
        "recorded_sign": {"color": colours.strong},
        "recorded_line": {"color": colours.strong, "strokeWidth": 2.5},
        "approved": {"color": colours.warm, "stroke": colours.warm_edge, "strokeWidth": 1},
        "approved_line": {"color": colours.line, "strokeWidth": 2.5},
        "approved_sign": {"color": colours.line},
        "plan_sign": {"color": colours.pale_edge, "strokeWidth": 2},
        "plan_line": {"color": colours.pale_edge, "strokeWidth": 1.5, "strokeDash": [5, 4]},
        "women": {"color": colours.strong},
        "men": {"color": colours.warm, "stroke": colours.warm_edge, "strokeWidth": 1},
        "target": {"color": colours.ink, "strokeWidth": 1.5, "strokeDash": [3, 3]},
        "target_tick": {"color": colours.ink, "strokeWidth": 2},
        "base": {"color": colours.pale_edge, "strokeWidth": 1},
    }
