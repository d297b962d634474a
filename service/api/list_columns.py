"""A list as CSV: a column for every field of its items, so that no list writes its own.

Nested objects are flattened, `beneficiary.ico`. Decimals have a comma, as Czech spreadsheets read
them. A list of words or numbers is joined by `|`; a list of objects is JSON in its cell. What is
null is empty.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect

from domain.money import AMOUNT_PATTERN, DECIMAL_PATTERN, MONEY_PATTERN
from service.spreadsheet_csv import heading, lines

DECIMALS = (MONEY_PATTERN, AMOUNT_PATTERN, DECIMAL_PATTERN)
WORDS = {True: "true", False: "false"}


class Column(NamedTuple):
    """Where its value is in an item, and whether it is a decimal or a list that may be null."""

    path: tuple[str, ...]
    decimal: bool
    maybe_list: bool

    @property
    def name(self) -> str:
        """The heading."""
        return ".".join(self.path)


@cache
def columns_of(item: type[msgspec.Struct]) -> tuple[Column, ...]:
    """The columns of a list of such items, in the order of their fields."""
    kind = inspect.type_info(item)
    assert isinstance(kind, inspect.StructType)
    return tuple(_columns(kind, ()))


def csv_chunks(
    item: type[msgspec.Struct], batches: Iterable[Sequence[msgspec.Struct]]
) -> Iterator[bytes]:
    """The file, the heading and then a batch of items at a time."""
    columns = columns_of(item)
    yield heading(column.name for column in columns)
    for batch in batches:
        yield csv_lines(columns, (msgspec.to_builtins(one) for one in batch))


def csv_lines(columns: Sequence[Column], items: Iterable[Mapping[str, Any]]) -> bytes:
    """Items, as JSON has them, as lines."""
    return lines([_cell(column, item) for column in columns] for item in items)


def _columns(kind: inspect.StructType, above: tuple[str, ...]) -> Iterator[Column]:
    for field in kind.fields:
        path, types = (*above, field.encode_name), [_plain(one) for one in _choices(field.type)]
        [value] = [one for one in types if not isinstance(one, inspect.NoneType)]
        if isinstance(value, inspect.StructType):
            yield from _columns(value, path)
            continue
        decimal = isinstance(value, inspect.StrType) and value.pattern in DECIMALS
        yield Column(path, decimal, isinstance(value, inspect.ListType) and len(types) > 1)


def _choices(kind: inspect.Type) -> Sequence[inspect.Type]:
    plain = _plain(kind)
    return plain.types if isinstance(plain, inspect.UnionType) else (plain,)


def _plain(kind: inspect.Type) -> inspect.Type:
    """Without the words about it."""
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _cell(column: Column, item: Mapping[str, Any]) -> str:
    value: Any = item
    for name in column.path:
        value = None if value is None else value[name]
    match value:
        case None:
            return ""
        case bool():
            return WORDS[value]
        case str() if column.decimal:
            return value.replace(".", ",")
        case [] if column.maybe_list:
            return "[]"
        case [dict(), *_] | dict():
            return msgspec.json.encode(value, order="sorted").decode()
        case list():
            return "|".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return str(value)
