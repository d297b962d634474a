"""Czech and English words, numbers and dates as people read them; pages and reports share them.

Texts are data: `cs/AREA.toml` and `en/AREA.toml` hold the same keys. A text is named
`area.key`, may have `{placeholders}`, and where a count decides its form it is a table of the
plural categories of CLDR (`one`, `few`, `other`).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

Language = Literal["cs", "en"]
LANGUAGES: tuple[Language, ...] = ("cs", "en")
LOCALES: dict[Language, Locale] = {"cs": Locale("cs", "CZ"), "en": Locale("en", "GB")}
PRAGUE = ZoneInfo("Europe/Prague")
MONEY_FORMAT, COUNT_FORMAT = "#,##0.00", "#,##0.###"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Wording:
    """The words of one language."""

    language: Language

    def text(self, key: str, **values: object) -> str:
        """The text `area.key`, its placeholders filled. An unknown key is an error of ours."""
        found = texts(self.language)[key]
        assert isinstance(found, str), f"{key} has plural forms"
        return found.format(**values) if values else found

    def counted(self, key: str, count: int | Decimal, **values: object) -> str:
        """The form of the text for a count; `{count}` in it is the count as written."""
        forms = texts(self.language)[key]
        assert not isinstance(forms, str), f"{key} has no plural forms"
        form = LOCALES[self.language].plural_form(count)
        text = forms.get(form, forms["other"])
        return text.format(count=self.number(count), **values)

    def known(self, key: str, otherwise: str) -> str:
        """The text of a code that data bring; a code that nobody has worded stands as it is."""
        found = texts(self.language).get(key, otherwise)
        return found if isinstance(found, str) else otherwise

    def money(self, value: Decimal | str) -> str:
        """CZK with 2 decimals, groups of three digits apart."""
        return self._signed(Decimal(value), MONEY_FORMAT)

    def number(self, value: Decimal | int | str) -> str:
        """A count or quantity, as many decimals as it has (3 at most)."""
        return self._signed(Decimal(value), COUNT_FORMAT)

    def exact(self, value: Decimal) -> str:
        """A value with every decimal that it has."""
        return self._signed(value, COUNT_FORMAT, rounded=False)

    def month(self, value: date) -> str:
        """The month of a day: `březen 2017`, `March 2017`."""
        return format_date(value, "LLLL y", locale=LOCALES[self.language])

    def day(self, value: date) -> str:
        """A day: `31. 3. 2017`, `31 Mar 2017`."""
        return format_date(value, "medium", locale=LOCALES[self.language])

    def moment(self, value: datetime) -> str:
        """A moment in the time of Prague, to the second."""
        shown = value.astimezone(PRAGUE)
        clock = format_datetime(shown, "HH:mm:ss", locale=LOCALES[self.language])
        return f"{self.day(shown.date())} {clock}"

    def _signed(self, value: Decimal, pattern: str, *, rounded: bool = True) -> str:
        locale = LOCALES[self.language]
        written = format_decimal(abs(value), pattern, locale=locale, decimal_quantization=rounded)
        return f"{MINUS}{written}" if value < 0 else written


@cache
def texts(language: Language) -> Mapping[str, str | Mapping[str, str]]:
    """All texts of a language by `area.key`."""
    found: dict[str, str | Mapping[str, str]] = {}
    folder = files("service.wording").joinpath(language)
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        area = file.name.removesuffix(".toml")
        table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        found.update((f"{area}.{key}", text) for key, text in _flat("", table))
    return found


def _flat(prefix: str, table: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Tables inside tables become dotted keys; a table with `other` is the forms of one text."""
    found: list[tuple[str, Any]] = []
    for key, value in table.items():
        if isinstance(value, dict) and "other" not in value:
            found += _flat(f"{prefix}{key}.", value)  # pyright: ignore[reportUnknownArgumentType]
        else:
            found.append((f"{prefix}{key}", value))  # pyright: ignore[reportUnknownArgumentType]
    return found
