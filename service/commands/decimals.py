"""Decimals in the values of a correction: strings of one form, as in every other command.

`Decimal` alone would take `1e2` and a JSON number, and the log would keep it so for ever.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import msgspec

from domain.event import Fact, Money, Record
from domain.money import parse_decimal, parse_money
from domain.rejection import InvalidValue


def check_decimals(fact: Fact, changes: Mapping[str, Any]) -> None:
    """Raises InvalidValue for a decimal that is not a string of `domain/money.py`."""
    _check_record(type(fact), changes, "/changes")


def _check_record(record: type[Record], values: Mapping[str, Any], pointer: str) -> None:
    hints = get_type_hints(record, include_extras=True)
    for name, value in values.items():
        if name in hints and value is not None:
            _check(hints[name], value, f"{pointer}/{name}")


def _check(hint: Any, value: Any, pointer: str) -> None:
    kinds = {hint, *get_args(hint)}
    if kinds & {Decimal, Money}:
        if not isinstance(value, str):
            raise InvalidValue("expected a decimal as a string, such as 1250.00", pointer)
        parse = parse_money if Money in kinds else parse_decimal
        parse(value, pointer)
    if isinstance(value, float):
        raise InvalidValue("expected no number with a fraction", pointer)
    for kind in kinds:
        if not (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
            continue
        parts = list(value) if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        for index, part in enumerate(parts):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            if isinstance(part, dict):
                at = f"{pointer}/{index}" if isinstance(value, list) else pointer
                _check_record(kind, part, at)  # pyright: ignore
