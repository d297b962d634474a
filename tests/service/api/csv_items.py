"""The items of a list read back from its CSV, by the description of the API alone."""

import csv
import json
import re
from decimal import Decimal
from io import StringIO
from typing import Any

from hypothesis import strategies as st

from domain.money import AMOUNT_PATTERN, DECIMAL_PATTERN, MONEY_PATTERN
from service.app import openapi_text

DOCUMENT: dict[str, Any] = json.loads(openapi_text())
DECIMALS = [  # as the description has them
    pattern.replace(r"\Z", "$") for pattern in (MONEY_PATTERN, AMOUNT_PATTERN, DECIMAL_PATTERN)
]
GUARDED = re.compile(r"^'(?=['\s]*[=+\-@＝＋－＠]|'*[\t\r\n])")
Schema = dict[str, Any]
# What a spreadsheet, a parser of CSV or the guard against formulas could stumble over.
WORDS = st.sampled_from(["documents.read", "duplicate_document", "x"])  # of lists of words
TEXTS = st.text(st.sampled_from("a1 ;\"'=+-@,.|\t\r\n\\＝čŽ{[]}"), max_size=12)


def lists(document: Schema = DOCUMENT) -> dict[str, str]:
    """The paths of the operations whose answer has items, by their ids."""
    return {
        operations["get"]["operationId"]: path
        for path, operations in document["paths"].items()
        if "items" in _answered(operations).get("properties", {})
    }


def item_of(path: str) -> Schema:
    """The schema of an item of a list."""
    return _resolved(_answered(DOCUMENT["paths"][path])["properties"]["items"]["items"])


def items_of(text: str, schema: Schema) -> list[dict[str, Any]]:
    """The items in a CSV file; an empty text that might be null comes back as null."""
    assert text.startswith("\ufeff")
    read = csv.reader(StringIO(text[1:], newline=""), delimiter=";", strict=True)
    columns, *rows = list(read)
    assert columns == _columns(schema)
    found = [dict(zip(columns, row, strict=True)) for row in rows]
    return [_item(row, schema, "") for row in found]


def without_empty_texts(value: Any, schema: Schema) -> Any:
    """An item of JSON as CSV can tell it: an empty text that might be null is null."""
    values = _values(schema)
    if value == "" and len(values) > 1:
        return None
    if isinstance(value, dict) and (properties := values[0].get("properties")):
        return {name: without_empty_texts(one, properties[name]) for name, one in value.items()}
    return value


def made_items(schema: Schema) -> st.SearchStrategy[Any]:
    """Items as hypothesis makes them: of the schema's types, with texts that are not its own."""
    choices = [st.none() if one == {"type": "null"} else _made(one) for one in _values(schema)]
    return st.one_of(choices)


def _made(schema: Schema) -> st.SearchStrategy[Any]:
    match schema:
        case {"type": "object", "properties": dict(properties)}:
            return st.fixed_dictionaries(
                {name: made_items(one) for name, one in properties.items()}
            )
        case {"type": "object"}:
            return st.dictionaries(TEXTS, TEXTS, max_size=2)
        case {"type": "array", "items": inside}:
            [kind] = _values(inside)
            return st.lists(WORDS if kind["type"] == "string" else _made(kind), max_size=3)
        case {"type": "string", "pattern": pattern} if pattern in DECIMALS:
            return st.integers(-(10**12), 10**12).map(lambda one: str(Decimal(one).scaleb(-2)))
        case {"type": "string"}:
            return TEXTS
        case {"type": "integer"}:
            return st.integers(-(2**53), 2**53)
        case {"type": "boolean"}:
            return st.booleans()
        case _:
            raise TypeError(schema)


def _answered(operations: Schema) -> Schema:
    answers = operations.get("get", {}).get("responses", {}).get("200", {})
    return _resolved(answers.get("content", {}).get("application/json", {}).get("schema", {}))


def _resolved(schema: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    return DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


def _values(schema: Schema) -> list[Schema]:
    """What a value may be, null last."""
    found = [_resolved(one) for one in _resolved(schema).get("anyOf", [schema])]
    return sorted(found, key=lambda one: one == {"type": "null"})


def _columns(schema: Schema, above: str = "") -> list[str]:
    found: list[str] = []
    for name, one in schema["properties"].items():
        inside = _values(one)[0]
        nested = "properties" in inside
        found += _columns(inside, f"{above}{name}.") if nested else [above + name]
    return found


def _item(row: dict[str, str], schema: Schema, above: str) -> dict[str, Any]:
    return {
        name: _item(row, _values(one)[0], f"{above}{name}.")
        if "properties" in _values(one)[0]
        else _value(row[above + name], _values(one))
        for name, one in schema["properties"].items()
    }


def _value(cell: str, choices: list[Schema]) -> Any:
    if cell == "" and len(choices) > 1:
        return None
    schema, cell = choices[0], GUARDED.sub("", cell)
    match schema["type"]:
        case "integer":
            return int(cell)
        case "boolean":
            return {"true": True, "false": False}[cell]
        case "object":
            return json.loads(cell)
        case "array" if _values(schema["items"])[0]["type"] == "object":
            return json.loads(cell or "[]")
        case "array":
            inside = _values(schema["items"])
            return (
                [_value(one, inside) for one in cell.split("|")] if cell not in ("", "[]") else []
            )
        case _:
            decimal = schema.get("pattern") in DECIMALS
            return cell.replace(",", ".") if decimal else cell
