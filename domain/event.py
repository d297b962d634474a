"""Facts, their stored names, and their exact bytes.

A fact is a frozen struct without id, version, actor or clock: those are columns beside it. It
carries one `effective_on`: the day (Europe/Prague) on which it took effect. Its stored name
(`project.registered.v1`) is set by the decorator `stored` and never derived from the class, so
that no class path is ever in the log; the registry is closed: an unknown name is an error.

A recorded fact is never edited. `fact.corrected.v1` replaces the values of an earlier fact of the
same stream (given by its version) and says why; `fact.cancelled.v1` takes one back.
"""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from domain.rejection import InvalidValue

NAME_PATTERN = r"^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$"
Money = Annotated[Decimal, "CZK, exactly 2 decimals"]
MONEY_EXPONENT = -2


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Values that are stored: money has exactly 2 decimals, no decimal is `NaN` or infinite."""

    def __post_init__(self) -> None:
        for name, is_money in _decimals(type(self)):
            value: Decimal | None = getattr(self, name)
            if value is None:
                continue
            if not value.is_finite() or (is_money and value.as_tuple().exponent != MONEY_EXPONENT):
                raise InvalidValue(f"{name} is not a decimal that can be stored", f"/{name}")


@cache
def _decimals(record: type[Record]) -> tuple[tuple[str, bool], ...]:
    """The decimal fields of a class of records, and whether each is money."""
    found: list[tuple[str, bool]] = []
    for name, hint in get_type_hints(record, include_extras=True).items():
        kinds = [hint, *get_args(hint)] if get_origin(hint) is not Annotated else [hint]
        if Money in kinds:
            found.append((name, True))
        elif Decimal in kinds:
            found.append((name, False))
    return tuple(found)


class Fact(Record, frozen=True, kw_only=True):
    """What happened. `effective_on`: the day it took effect, local time of Europe/Prague."""

    effective_on: date


class UnknownFact(Exception):
    """A stored name or a class that is not in the registry."""


FactClass = TypeVar("FactClass", bound=type[Fact])
_name_of: dict[type[Fact], str] = {}
_class_of: dict[str, type[Fact]] = {}
_decoder_of: dict[str, msgspec.json.Decoder[Any]] = {}


def stored(name: str) -> Callable[[FactClass], FactClass]:
    """Registers a fact under its stored name `stream.fact.vN`, once and for ever."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise ValueError(f"not a stored name: {name}")

    def register(fact: FactClass) -> FactClass:
        if name in _class_of:
            raise ValueError(f"two facts are stored as {name}")
        _name_of[fact] = name
        _class_of[name] = fact
        _decoder_of[name] = msgspec.json.Decoder(fact, strict=True)
        return fact

    return register


def name_of(fact: type[Fact]) -> str:
    """The stored name of a class of facts. Raises UnknownFact."""
    try:
        return _name_of[fact]
    except KeyError:
        raise UnknownFact(fact.__qualname__) from None


def class_of(name: str) -> type[Fact]:
    """The class of a stored name. Raises UnknownFact."""
    try:
        return _class_of[name]
    except KeyError:
        raise UnknownFact(name) from None


def stored_names() -> list[str]:
    """Every registered name, sorted."""
    return sorted(_class_of)


encode: Callable[[Fact], bytes] = msgspec.json.Encoder(decimal_format="string").encode


def decode(name: str, data: bytes) -> Fact:
    """The fact of a stored name and its exact bytes.

    Raises UnknownFact for a name that is not registered, msgspec.ValidationError for bytes that
    are not of that fact.
    """
    try:
        decoder = _decoder_of[name]
    except KeyError:
        raise UnknownFact(name) from None
    fact: Fact = decoder.decode(data)
    return fact


@stored("fact.corrected.v1")
class Corrected(Fact, frozen=True, kw_only=True):
    """New values for an earlier fact of this stream. `effective_on` is the corrected fact's.

    `version` is the version of the fact first recorded; a second correction names it again.
    `values` are the bytes of the new fact, of the stored name `type`. `reason` is free text
    without names of persons.
    """

    version: int
    type: str
    values: msgspec.Raw
    reason: str


@stored("fact.cancelled.v1")
class Cancelled(Fact, frozen=True, kw_only=True):
    """Takes back the fact first recorded at `version` of this stream. `effective_on` is its own."""

    version: int
    reason: str


def correction(version: int, old: Fact, new: Fact, reason: str) -> Corrected:
    """The event that puts `new` in the place of `old`, recorded at `version`."""
    return Corrected(
        effective_on=old.effective_on,
        version=version,
        type=name_of(type(new)),
        values=msgspec.Raw(encode(new)),
        reason=reason,
    )


def corrected_fact(event: Corrected) -> Fact:
    """The new fact inside a correction."""
    return decode(event.type, bytes(event.values))
