"""The types of the API's fields, and how they become the values of commands.

Decimals are strings in JSON, by the patterns of `domain/money.py`; they become `Decimal` through
that module's functions only.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeVar, get_args, get_type_hints
from uuid import UUID

import msgspec
from msgspec import Meta

from domain.money import AMOUNT_PATTERN, DECIMAL_PATTERN, MONEY_PATTERN, parse_decimal
from domain.rejection import InvalidValue

NO_NUL = r"^[^\x00]*\Z"
WRITTEN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*\Z"  # a line that says something
DAY = "(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"  # of years that are taken
LOCAL_TIME_PATTERN = rf"^{DAY}T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?\Z"
MOMENT_PATTERN = r"^[0-9TtZz:.+ -]{1,40}\Z"  # a position, a day, or a time with offset

Money = Annotated[
    str,
    Meta(pattern=MONEY_PATTERN, description="CZK, 2 decimals", examples=["1250.00"]),
]
Amount = Annotated[
    str,
    Meta(pattern=AMOUNT_PATTERN, description="CZK, 2 decimals, not negative", examples=["1250.00"]),
]
Number = Annotated[
    str,
    Meta(pattern=DECIMAL_PATTERN, description="A decimal as a string", examples=["7.5"]),
]
Reference = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f\x7f]+\Z",
        max_length=100,
        description="The organisation's own number of the record",
        examples=["FP00001"],
    ),
]
Code = Annotated[
    str,
    Meta(pattern=r"^[A-Za-z0-9_.:+-]{1,60}\Z", description="A code", examples=["1.1.4.1"]),
]
Text = Annotated[
    str,
    Meta(
        pattern=NO_NUL,
        max_length=2000,
        description="Free text, kept as written: no names of persons",
        examples=["Workshop materials"],
    ),
]
Name = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x1f\x7f]+\Z",
        max_length=200,
        description="A name; sealed, never shown by other reads",
        examples=["Jana Nováková"],
    ),
]
Reason = Annotated[
    str,
    Meta(
        pattern=NO_NUL,
        min_length=1,
        max_length=2000,
        description="Why, as free text: no names of persons",
        examples=["The amount was misread"],
    ),
]
Version = Annotated[
    int,
    Meta(
        ge=1,
        le=2**53,
        description="The version of a fact; with the record's id it names the fact",
        examples=[1],
    ),
]
MaybeVersion = Annotated[
    int | None, Meta(description="The version of the fact, if there is one", examples=[2])
]
Id = Annotated[
    UUID, Meta(description="The record", examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"])
]
Day = Annotated[date, Meta(description="A day, local time of Prague", examples=["2026-03-31"])]
MaybeDay = Annotated[date | None, Meta(description="A day, if known", examples=["2026-03-31"])]
PeriodNumber = Annotated[
    int, Meta(description="Monitoring period; 0 = outside of all", examples=[1])
]
LocalTime = Annotated[
    str,
    Meta(
        pattern=LOCAL_TIME_PATTERN,
        description="Local date and time without offset",
        examples=["2026-03-31T07:40"],
    ),
]
Currency = Annotated[
    str, Meta(pattern=r"^[A-Z]{3}\Z", description="ISO 4217 code", examples=["CZK"])
]
Country = Annotated[
    str, Meta(pattern=r"^[A-Z]{2}\Z", description="ISO 3166-1 code", examples=["CZ"])
]
Ico = Annotated[
    str,
    Meta(pattern=r"^[0-9]{1,8}\Z", description="IČO, the company number", examples=["27074358"]),
]

T = TypeVar("T", bound=msgspec.Struct)


def word_of(words: Iterable[str], description: str, example: str) -> Meta:
    """Of a text that is one of some words."""
    listed = list(words)
    return Meta(
        pattern=rf"^({'|'.join(listed)})\Z",
        description=f"{description}: {', '.join(listed)}",
        examples=[example],
    )


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a request may hold; anything else is refused."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer holds."""


def command_values(
    target: type[T], given: msgspec.Struct, more: Mapping[str, Any] | None = None, pointer: str = ""
) -> T:
    """The values of a command from a body with the same names; `more` replaces some of them.

    A decimal of the command is read from the body's string. Raises InvalidValue.
    """
    hints = get_type_hints(target)
    values = dict(more or {})
    for name in target.__struct_fields__:
        if name in values:
            continue
        value = getattr(given, name)
        if value is not None and Decimal in (hints[name], *get_args(hints[name])):
            value = parse_decimal(value, f"{pointer}/{name}")
        values[name] = value
    return target(**values)


def local_time(text: str, pointer: str) -> datetime:
    """A local date and time. Raises InvalidValue for a day or time that does not exist."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidValue("expected a date and time such as 2026-03-31T07:40", pointer) from None


def decimal_text(value: Decimal) -> str:
    """A decimal as it is written in answers: all its digits, no exponent."""
    return format(value, "f")


def maybe_decimal(value: Decimal | None) -> str | None:
    """The same where there may be none."""
    return None if value is None else decimal_text(value)
