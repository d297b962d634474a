"""What schemathesis checks beside its own checks, and what it need not send."""

from typing import Any

import schemathesis

from service.operations.importing import FILES

# How `service/api` words that a request does not have the documented shape.
OF_SHAPE = {
    "the body is not JSON",
    "a value is not accepted",
    "a parameter is not accepted",
    "the request is not accepted",
}
NUL = "NUL character"  # nowhere taken; a schema cannot say so of values of any kind
NDJSON = "application/x-ndjson"  # a schema cannot say what each line has to hold
UNKNOWN_HEADER = "x-schemathesis-unknown-property"


@schemathesis.serializer(NDJSON)
def as_lines(_: Any, value: Any) -> bytes:
    """A body of lines is described as a text."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.serializer(*FILES)
def as_file(_: Any, value: Any) -> bytes:
    """What is in a file is judged when it is read, not when it is sent."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


@schemathesis.hook
def filter_case(_: Any, case: Any) -> bool:
    """What cannot make a request invalid: headers that are not described are part of HTTP, and
    whatever is sent as a text is one.
    """
    sent_as_text = case.media_type in (NDJSON, *FILES)
    return UNKNOWN_HEADER not in case.headers and not (sent_as_text and _is_json(case.body))


def _is_json(body: Any) -> bool:
    return body is None or isinstance(body, (dict, list, int, float))


@schemathesis.hook
def map_case(_: Any, case: Any) -> Any:
    """JSON Schema takes 7.0 for a whole number; the API wants it written as one."""
    case.body = _with_whole_numbers(case.body)
    return case


def _with_whole_numbers(value: Any) -> Any:
    match value:
        case dict():
            return {name: _with_whole_numbers(one) for name, one in value.items()}
        case list():
            return [_with_whole_numbers(one) for one in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


@schemathesis.check
def not_refused_by_its_shape(_: Any, response: Any, case: Any) -> None:
    """A request that fits the schema is refused by a rule at most, not by how it looks."""
    positive = case.meta is not None and case.meta.generation.mode.is_positive
    if not positive or case.media_type == NDJSON:
        return
    if response.status_code == 400 and case.path.startswith("/v1/"):
        problem = response.json()
        if problem["errors"] and all(NUL in one["detail"] for one in problem["errors"]):
            return
        assert problem["detail"] not in OF_SHAPE, f"fits the schema: {response.text}"
