"""How values of a projection's columns go into PostgreSQL: by arrays, or by binary COPY.

The live path sends a column of many rows as one array. Columns that are arrays themselves, and
JSON, travel as texts that the statement casts: `unnest` would flatten an array of arrays.
"""

import json
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from projections.projection import Column

COPY_TYPES = {
    "uuid": "uuid",
    "text": "text",
    "date": "date",
    "numeric": "numeric",
    "bigint": "int8",
    "int": "int4",
    "boolean": "bool",
    "bytea": "bytea",
    "jsonb": "jsonb",
    "timestamp": "timestamp",
    "timestamptz": "timestamptz",
}


def copy_type(column: Column) -> str:
    """The type's name for binary COPY."""
    element, brackets, _ = column.sql_type.partition("[]")
    return COPY_TYPES[element] + brackets


def definition(column: Column) -> str:
    """The column in CREATE TABLE; text sorts by its bytes, on every machine the same."""
    element = column.sql_type.removesuffix("[]")
    collation = ' COLLATE "C"' if element == "text" else ""
    return f'"{column.name}" {column.sql_type}{collation}'


def array_type(column: Column) -> str:
    """The type of an array that holds a value a row."""
    return "text[]" if _travels_as_text(column) else f"{column.sql_type}[]"


def from_array(column: Column, source: str) -> str:
    """The value of one row out of such an array, as an expression."""
    name = f'{source}."{column.name}"'
    return f"{name}::{column.sql_type}" if _travels_as_text(column) else name


def array_of(column: Column, values: Iterable[Any]) -> list[Any]:
    """The values as elements of such an array."""
    convert = _text_of(column) if _travels_as_text(column) else plain(column)
    if convert is _same:
        return list(values)
    return [None if value is None else convert(value) for value in values]


def plain(column: Column) -> Callable[[Any], Any]:
    """How a value becomes one of the column's Python type: sums begin as the integer 0."""
    return Decimal if column.sql_type == "numeric" else _same


def _same(value: Any) -> Any:
    return value


def _travels_as_text(column: Column) -> bool:
    return column.sql_type.endswith("[]") or column.sql_type == "jsonb"


def _text_of(column: Column) -> Callable[[Any], str]:
    return json.dumps if column.sql_type == "jsonb" else _array_literal


def _array_literal(elements: Iterable[Any]) -> str:
    return "{" + ",".join(map(_element, elements)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        value = "\\x" + value.hex()
    escaped = str(value).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
