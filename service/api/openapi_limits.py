"""Every value of the description has its limits, so that clients and linters can rely on them.

What a request may hold is limited by the types of its fields; here is only written out what those
imply. What an answer holds is made of what was taken, so that it has limits by its kind.
"""

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any, cast

from service.api.fields import DAY

Schema = dict[str, Any]
OF_FORMAT = {"uuid": 36, "date": 10, "date-time": 40}
WORDS = re.compile(r"\^\(([\w.:-]+(?:\|[\w.:-]+)*)\)\$")
PATTERNS: Any = import_module("re._parser")  # knows how long a text of a pattern may be
INT32_MAX, INT64_MAX = 2**31 - 1, 2**63 - 1
CONSTRAINTS = ("pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems")
TEXT_OF_ANSWER: Schema = {"maxLength": 100_000, "pattern": r"^[^\x00]*$"}
WHOLE_OF_ANSWER: Schema = {"minimum": -INT64_MAX, "maximum": INT64_MAX}
LIST_OF_ANSWER: Schema = {"maxItems": 100_000}


def add_limits(document: Schema) -> None:
    """Writes the limits into a finished document."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    bodies = [
        schema
        for operation in _operations(document)
        for schema in _of_content(operation.get("requestBody", {}))
    ]
    of_bodies = _reached(bodies, schemas)
    bodies += [schemas[name] for name in of_bodies]
    answers = _answered(document)
    answers += [schemas[name] for name in schemas.keys() - of_bodies]
    for part in _all_parts([*_parameters(document), *bodies, *answers]):
        _write_out(part)
    for part in _all_parts(bodies):
        if part.get("format") in ("date", "date-time"):
            part["pattern"] = f"^{DAY}" + ("$" if part["format"] == "date" else "T")
    for part in _all_parts(answers):
        _limit_answer(part)


def _parameters(document: Schema) -> list[Schema]:
    found: list[Schema] = [*document["components"]["parameters"].values()]
    for operation in _operations(document):
        found += operation.get("parameters", ())
    return [one["schema"] for one in found if "schema" in one]


def _answered(document: Schema) -> list[Schema]:
    found: list[Schema] = [one["schema"] for one in document["components"]["headers"].values()]
    for operation in _operations(document):
        for answer in operation["responses"].values():
            found += _of_content(answer)
    return found


def _operations(document: Schema) -> Iterator[Schema]:
    for operations in document["paths"].values():
        yield from operations.values()


def _of_content(message: Schema) -> list[Schema]:
    return [media["schema"] for media in message.get("content", {}).values()]


def _reached(roots: Iterable[Schema], schemas: dict[str, Schema]) -> set[str]:
    """The names of the schemas that these refer to, also through others."""
    found: set[str] = set()
    waiting = [*roots]
    while waiting:
        for part in _parts(waiting.pop()):
            name = part.get("$ref", "").rpartition("/")[2]
            if name and name not in found:
                found.add(name)
                waiting.append(schemas[name])
    return found


def _all_parts(schemas: Iterable[Schema]) -> Iterator[Schema]:
    for schema in schemas:
        yield from _parts(schema)


def _parts(schema: Schema) -> Iterator[Schema]:
    """A schema and those inside it, not those that it refers to."""
    yield schema
    inside = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inside += [schema[key] for key in ("items", "additionalProperties") if key in schema]
    for part in inside:
        if isinstance(part, dict):
            yield from _parts(cast("Schema", part))


def _write_out(schema: Schema) -> None:
    """What the schema implies: a choice of words, the longest text of a pattern, number formats."""
    if "pattern" in schema:  # as others write the end; Python's `$` lets a line end through
        schema["pattern"] = schema["pattern"].replace(r"\Z", "$")
    match schema.get("anyOf"):
        case [only]:
            del schema["anyOf"]
            schema |= {**only, **schema}
        case [value, {"type": "null"}]:
            value |= {key: schema.pop(key) for key in CONSTRAINTS if key in schema}
        case _:
            pass
    if schema.get("type") == "string":
        _write_out_text(schema)
    elif schema.get("type") == "integer":
        small = schema.get("maximum", INT64_MAX) <= INT32_MAX
        schema["format"] = "int32" if small else "int64"


def _write_out_text(schema: Schema) -> None:
    pattern = schema.get("pattern", "")
    if words := WORDS.fullmatch(pattern):
        del schema["pattern"]
        schema["enum"] = words[1].split("|")
    elif longest := OF_FORMAT.get(schema.get("format", "")):
        schema["maxLength"] = longest
    elif pattern and "maxLength" not in schema:
        longest = int(PATTERNS.parse(pattern).getwidth()[1])
        if longest < PATTERNS.MAXREPEAT:
            schema["maxLength"] = longest


def _limit_answer(schema: Schema) -> None:
    match schema.get("type"):
        case "string" if not schema.keys() & {"enum", "const"}:
            general = dict(TEXT_OF_ANSWER)
            if "format" in schema:
                del general["pattern"]
        case "integer":
            general = WHOLE_OF_ANSWER
        case "array":
            general = LIST_OF_ANSWER
        case _:
            return
    schema |= {key: value for key, value in general.items() if key not in schema}
