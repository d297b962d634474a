"""Text to search in: the clear values of a fact, without accents and case.

The folding is made in Python, so that it is the same on every server; a sealed person and the ids
of records are left out.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any, cast
from unicodedata import combining, normalize

from domain.event import Cancelled, Corrected, Fact, Record, corrected_fact
from domain.person import SealedPerson

BETWEEN = "\n"  # in no folded value: a search never matches across two values


def search_text(reference: str | None, fact: Fact) -> str:
    """What the event of a fact is found by: reference, reason, and the values that it records."""
    match fact:
        case Corrected(reason=reason):
            parts = (reference, reason, *_texts(corrected_fact(fact)))
        case Cancelled(reason=reason):
            parts = (reference, reason)
        case _:
            parts = (reference, *_texts(fact))
    return BETWEEN.join(dict.fromkeys(folded(part) for part in parts if part))


def folded(text: str) -> str:
    """Lower case, without accents, every white space one space: `Dílna  ŽoP` = `dilna zop`.

    NUL, which no text of PostgreSQL holds, is a space.
    """
    plain = text.replace("\0", " ").casefold()
    if not plain.isascii():
        plain = "".join(one for one in normalize("NFKD", plain) if not combining(one)).casefold()
    return " ".join(plain.split())


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case Decimal() | date():
            yield str(value)
        case SealedPerson():
            return
        case Record():
            for name in value.__struct_fields__:
                yield from _texts(getattr(value, name))
        case tuple():
            yield from _each(cast("Iterable[Any]", value))
        case _:
            return


def _each(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        yield from _texts(value)
