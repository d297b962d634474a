"""What a field or a parameter takes, in words: a refusal says what to send, never what was sent."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, cast

from msgspec import inspect

from domain.money import MONEY_PATTERN

DAY, MOMENT = "2026-03-31", "2026-03-31T12:00:00+02:00"
AN_ID = "5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"
END = re.compile(r"\\Z$")  # as Python writes it
STEP = re.compile(r"\.([^.\[]+)|\[([^\]]*)\]")
OBJECT = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
EXAMPLES = {MONEY_PATTERN: "1250.00"}  # of a pattern, where a parameter has none
OF_TEXTS = {  # by the name of a parameter or a field, where its pattern says too little
    "known_at": f"a position such as 1200, or a time with offset such as {MOMENT}",
    "since": f"a day such as {DAY}, or a time with offset such as {MOMENT}",
    "until": f"a day such as {DAY}, or a time with offset such as {MOMENT}",
    "event_type": "the stored name of an event such as fact.corrected.v1",
    "types": "stored names of events joined by commas, such as claim.submitted.v1,claim.paid.v1",
}


def fault(text: str, model: Any) -> tuple[str, str]:
    """The place that a message of the decoder is about, as a JSON Pointer, and what is taken there.

    The decoder's own words are those of a program, and some repeat what was sent.
    """
    detail, _, path = text.partition(" - at `")
    pointer = pointer_of(path.rstrip("`"))
    named = OBJECT.fullmatch(detail)
    if named is None:
        return pointer, expected_in_body(model, pointer) or detail
    problem, name = named.groups()
    pointer += "/" + name.replace("~", "~0").replace("/", "~1")
    if problem != "missing required":
        return pointer, "there is no such field"
    said = expected_in_body(model, pointer)
    return pointer, "missing" if said is None else f"missing; {said}"


def pointer_of(path: str) -> str:
    """The JSON Pointer of a path as msgspec writes it, such as `$.lines[2].amount`."""
    steps = (name or index for name, index in STEP.findall(path))
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


def expected_in_body(model: Any, pointer: str) -> str | None:
    """What the model of a body takes at a JSON Pointer; None where it has no such place."""
    found = _at(_info(model), pointer)
    if found is None:
        return None
    return f"expected {_phrase(found, pointer.rpartition('/')[2], _example(found), in_json=True)}"


def expected_parameter(model: Any, name: str, example: str | None = None) -> str:
    """What a parameter takes; `model` is the framework's of the handler's signature."""
    found = _at(_info(model), f"/{name}")
    if found is None:
        return "expected what is documented"
    return f"expected {_phrase(found, name, _example(found) or example, in_json=False)}"


@cache
def _info(model: Any) -> inspect.Type:
    return inspect.type_info(model)


def _at(kind: inspect.Type, pointer: str) -> inspect.Type | None:
    found: inspect.Type | None = kind
    for step in pointer.split("/")[1:]:
        if found is None:
            return None
        found = _inside(found, step.replace("~1", "/").replace("~0", "~"))
    return found


def _inside(kind: inspect.Type, step: str) -> inspect.Type | None:
    for one in _meant(kind):
        match one:
            case inspect.StructType(fields=fields):
                return next((field.type for field in fields if field.encode_name == step), None)
            case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
                return item
            case _:
                pass
    return None


def _meant(kind: inspect.Type) -> Iterator[inspect.Type]:
    """The types without what is said about them, and without null."""
    match kind:
        case inspect.Metadata(type=inner):
            yield from _meant(inner)
        case inspect.UnionType(types=types):
            for one in types:
                yield from _meant(one)
        case inspect.NoneType():
            pass
        case _:
            yield kind


def _phrase(kind: inspect.Type, name: str, example: Any, in_json: bool) -> str:
    meant = list(_meant(kind))
    if name in OF_TEXTS and all(isinstance(one, inspect.StrType) for one in meant):
        return OF_TEXTS[name]
    return " or ".join(_words(one, example, in_json) for one in meant) or "null"


def _example(kind: inspect.Type) -> Any:
    """The first example that the model gives and that is none of null."""
    match kind:
        case inspect.Metadata(type=inner):
            extra = cast("dict[str, Any]", kind.extra_json_schema or {})  # pyright: ignore[reportUnknownMemberType]
            given = (one for one in extra.get("examples", []) if one is not None)
            return next(given, None) or _example(inner)
        case inspect.UnionType(types=types):
            return next((found for one in types if (found := _example(one)) is not None), None)
        case _:
            return None


def _words(kind: inspect.Type, example: Any, in_json: bool) -> str:
    match kind:
        case inspect.LiteralType(values=values):
            return f"one of {', '.join(sorted(map(str, values), key=_without_sign))}"
        case inspect.EnumType(cls=cls):
            return f"one of {', '.join(str(one.value) for one in cls)}"
        case inspect.BoolType():
            return "true or false"
        case inspect.IntType(ge=least, le=most):
            return f"a whole number{_span(least, most)}"
        case inspect.DateType():
            return f"a day such as {_shown(DAY, in_json)}"
        case inspect.DateTimeType():
            return f"a time with offset such as {_shown(MOMENT, in_json)}"
        case inspect.UUIDType():
            return f"an id such as {_shown(AN_ID, in_json)}"
        case inspect.StrType():
            return _text(kind, example, in_json)
        case inspect.DecimalType():
            return f"a decimal such as {_shown('1250.00', in_json)}"
        case inspect.ListType() | inspect.VarTupleType():
            return f"a list{_of(kind.min_length, kind.max_length, 'elements')}"
        case _:
            return "an object"


def _text(kind: inspect.StrType, example: Any, in_json: bool) -> str:
    pattern = kind.pattern or ""
    length = _of(kind.min_length, kind.max_length, "characters")
    said = f"a string{length}" if in_json else f"a text{length}"
    if (shown := EXAMPLES.get(pattern, example)) is not None:
        return f"{said} such as {_shown(shown, in_json)}"
    if pattern and not length:
        return f"{said} that matches {END.sub('$', pattern)}"
    return said


def _without_sign(word: str) -> tuple[str, str]:
    """`amount` and then `-amount`, as fields to sort by are."""
    return word.removeprefix("-"), "" if word[0] != "-" else word


def _shown(example: Any, in_json: bool) -> str:
    return json.dumps(example, ensure_ascii=False) if in_json else str(example)


def _span(least: int | None, most: int | None) -> str:
    parts = (("from", least), ("to", most))
    return "".join(f" {word} {number}" for word, number in parts if number is not None)


def _of(least: int | None, most: int | None, things: str) -> str:
    match least, most:
        case None, None:
            return ""
        case None, _:
            return f" of at most {most} {things}"
        case _, None:
            return f" of at least {least} {things}"
        case _:
            return f" of {least} to {most} {things}"
