"""Text to search in: the clear values of a fact, without accents and case.

The folding is made in Python, so that it is the same on every server; a sealed person and the ids
of records are left out.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import cast
from unicodedata import combining, normalize

from domain.event import Cancelled, Corrected, Fact, Record, corrected_fact
from domain.person import SealedPerson

BETWEEN = "\n"  # in no folded value: a search never matches across two values


def search_text(reference: str | None, fact: Fact) -> str:
    """What the event of a fact is found by: reference, reason, and the values that it records."""
    parts = [] if reference is None else [reference]
    match fact:
        case Corrected(reason=reason):
            parts.append(reason)
            _collect(corrected_fact(fact), parts)
        case Cancelled(reason=reason):
            parts.append(reason)
        case _:
            _collect(fact, parts)
    return BETWEEN.join(dict.fromkeys(folded(part) for part in parts if part))


def folded(text: str) -> str:
    """Lower case, without accents, every white space one space: `Dílna  ŽoP` = `dilna zop`.

    NUL, which no text of PostgreSQL holds, is a space.
    """
    plain = text.replace("\0", " ").casefold()
    if not plain.isascii():
        plain = "".join(one for one in normalize("NFKD", plain) if not combining(one)).casefold()
    return " ".join(plain.split())


def _collect(value: object, into: list[str]) -> None:
    """Adds the texts of a value: of a record those of its fields, of a list those of its parts."""
    kind = type(value)
    if isinstance(value, str):
        into.append(value)
    elif isinstance(value, date | datetime):
        into.append(value.isoformat())  # as it stands in the event
    elif isinstance(value, Decimal):
        into.append(str(value))
    elif isinstance(value, tuple):
        for part in cast("tuple[object, ...]", value):
            _collect(part, into)
    elif isinstance(value, Record) and kind is not SealedPerson:
        for name in value.__struct_fields__:
            _collect(getattr(value, name), into)
