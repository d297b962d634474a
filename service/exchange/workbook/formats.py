"""How cells look: number formats by kind and language, and the styles of a sheet's parts."""

from collections.abc import Mapping
from typing import Any, Literal

from xlsxwriter.format import Format

from service.wording.wording import Language

Kind = Literal["text", "money", "number", "quantity", "count", "percent", "day", "month", "moment"]
Style = Literal["plain", "card", "total", "heading", "title", "note"]

MONEY = "#,##0.00"
NUMBERS: Mapping[Kind, str] = {
    "money": MONEY,
    "number": "#,##0.00####",
    "quantity": "General",
    "count": "0",
    "percent": '0.00" %"',
}
# English names of months whatever the language of the program that shows the cell.
DAYS: Mapping[Language, Mapping[Kind, str]] = {
    "cs": {
        "day": r"d\.\ m\.\ yyyy",
        "month": r"m\/yyyy",
        "moment": r"d\.\ m\.\ yyyy\ h:mm",
    },
    "en": {
        "day": r"[$-809]d\ mmm\ yyyy",
        "month": r"[$-809]mmm\ yyyy",
        "moment": r"[$-809]d\ mmm\ yyyy\ h:mm",
    },
}
STYLES: Mapping[Style, Mapping[str, Any]] = {
    "plain": {"bottom": 1, "bottom_color": "#D5DAE0"},
    "card": {"bottom": 1, "bottom_color": "#D5DAE0", "text_wrap": False, "align": "left"},
    "total": {"bold": True, "top": 1, "bottom": 1},
    "heading": {"bold": True, "bg_color": "#DDE4EC", "bottom": 1, "text_wrap": True},
    "title": {"bold": True, "font_size": 14, "text_wrap": False},
    "note": {"font_color": "#404850", "text_wrap": False},
}
INDENTED: tuple[Style, ...] = ("plain", "heading", "total", "card")
WRAPPED: Mapping[str, Any] = {"font_size": 10, "valign": "top", "text_wrap": True}


class Formats:
    """The formats of one workbook, each made when it is first asked for."""

    def __init__(self, xlsx: Any, language: Language) -> None:
        self._xlsx, self._numbers = xlsx, {**NUMBERS, **DAYS[language]}
        self._made: dict[tuple[Kind, Style], Format] = {}

    def of(self, kind: Kind, style: Style) -> Format:
        """The format of a kind of value in a part of the sheet."""
        if (kind, style) not in self._made:
            self._made[kind, style] = self._xlsx.add_format(self._properties(kind, style))
        return self._made[kind, style]

    def _properties(self, kind: Kind, style: Style) -> dict[str, Any]:
        """Text is set off from the number at its left; a heading stands as its column does."""
        if kind == "text":
            own: dict[str, Any] = {"align": "left", "indent": int(style in INDENTED)}
        elif style == "heading":
            own = {"align": "right"}
        else:
            own = {"align": "right", "num_format": self._numbers[kind], "text_wrap": False}
        if style == "card":
            own["indent"] = 1
        return {**WRAPPED, **own, **STYLES[style]}
