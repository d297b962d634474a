"""What the description says of bulk requests, whose bodies the framework does not read."""

from typing import Any

import msgspec

from service.api.bulk import BulkAnswer
from service.api.bulk_body import BYTES_MAX, ITEMS_MAX, JSON, NDJSON, BulkBody
from service.api.bulk_kinds import KINDS, BulkKind
from service.api.fields import NO_NUL
from service.api.openapi_examples import Schemas, example_of

TEMPLATE = "#/components/schemas/{name}"
OF_ITEMS = {kind.body for kind in KINDS}
LINES = {
    "type": "string",
    "maxLength": BYTES_MAX,
    "pattern": NO_NUL,
    "description": f"An item a line, at most {ITEMS_MAX:,}; `mode` is in the query",
}
ANSWER_LINES = {
    "type": "string",
    "description": "The answer of an item a line. What stops the request after it has begun to"
    " answer is the last line, of the first item that was not tried",
}


def bulk_schemas() -> Schemas:
    """The bodies of the bulk operations."""
    return {_name(kind): _body(kind) for kind in KINDS}


def describe_bulk(paths: dict[str, Any], schemas: Schemas) -> None:
    """Bodies and answers of the bulk operations, as JSON and as lines."""
    for kind in KINDS:
        operation = paths[f"/v1/projects/{{project_id}}/{kind.path}/bulk"]["post"]
        item = example_of(schemas[kind.body.__name__], schemas)
        given = {"schema": {"$ref": TEMPLATE.format(name=_name(kind))}}
        operation["requestBody"] = {
            "required": True,
            "content": {
                JSON: given | _example({"mode": "continue", "items": [item]}),
                NDJSON: {"schema": LINES} | _example(_line(item)),
            },
        }
        if "version" in schemas[kind.body.__name__]["properties"]:
            operation["responses"]["412"] = {"$ref": "#/components/responses/Problem412"}
        found = operation["responses"]["200"]
        found["description"] = "What became of each item"
        del found["headers"]["ETag"]
        answered: dict[str, Any] = example_of(schemas[BulkAnswer.__name__], schemas)
        [one] = answered["items"]
        one.pop("problem")  # it is recorded
        found["content"][JSON] |= _example(answered)
        found["content"][NDJSON] = {"schema": ANSWER_LINES} | _example(_line(one))


def _name(kind: BulkKind) -> str:
    return "Many" + "".join(word.capitalize() for word in kind.things.split())


def _body(kind: BulkKind) -> dict[str, Any]:
    schema = msgspec.json.schema(BulkBody)["$defs"][BulkBody.__name__]
    schema.pop("title")
    items = {"$ref": TEMPLATE.format(name=kind.body.__name__)}
    listed = {"type": "array", "items": items, "minItems": 1, "maxItems": ITEMS_MAX}
    return {
        **schema,
        "description": f"Many {kind.things}, each as its single operation takes it.",
        "properties": {**schema["properties"], "items": listed},
        "additionalProperties": False,
    }


def _example(value: Any) -> dict[str, Any]:
    return {"examples": {"typical": {"value": value}}}


def _line(value: Any) -> str:
    return msgspec.json.encode(value).decode() + "\n"
