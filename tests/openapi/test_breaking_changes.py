"""The API takes and gives what it did at the baseline; each kind of break is found.

There is no release yet: the baseline is the description from which on changes are watched. It is
replaced by that of each release.
"""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from service.app import openapi_text
from tests.openapi.breaking_changes import breaking_changes

BASELINE = Path("openapi/baseline.json")
OLD: dict[str, Any] = {
    "paths": {
        "/records/{id}": {
            "post": {
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                    {"name": "order", "in": "query", "schema": {"enum": ["a", "b"]}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Body"}}
                    }
                },
                "responses": {
                    "200": {
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}
                        },
                    },
                    "409": {},
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Body": {
                "type": "object",
                "additionalProperties": False,
                "required": ["text"],
                "properties": {
                    "text": {
                        "type": "string",
                        "minLength": 1,
                        "maxLength": 9,
                        "pattern": "^[a-z]*$",
                    },
                    "kind": {"type": "string", "enum": ["x", "y"]},
                    "count": {"anyOf": [{"type": "integer", "maximum": 9}, {"type": "null"}]},
                    "list": {"type": "array", "maxItems": 9, "items": {"type": "number"}},
                },
            },
            "Answer": {
                "type": "object",
                "required": ["id"],
                "properties": {
                    "id": {"type": "string"},
                    "state": {"type": "string", "enum": ["open"]},
                },
            },
        }
    },
}
Change = Callable[[dict[str, Any], dict[str, Any], dict[str, Any]], object]
BREAKS: dict[str, Change] = {
    "post /records/{id}: removed": lambda post, _, __: post.clear(),
    "parameter order: removed": lambda post, _, __: post["parameters"].pop(),
    "parameter order: words ['b']": lambda post, _, __: post["parameters"][1]["schema"].update(
        enum=["a"]
    ),
    "parameter order: now required": lambda post, _, __: post["parameters"][1].update(
        required=True
    ),
    "parameter since: now required": lambda post, _, __: post["parameters"].append(
        {"name": "since", "in": "query", "required": True, "schema": {"type": "string"}}
    ),
    "body: now required": lambda post, _, __: post["requestBody"].update(required=True),
    "200: removed": lambda post, _, __: post["responses"].pop("200"),
    "409: removed": lambda post, _, __: post["responses"].pop("409"),
    "header ETag: removed": lambda post, _, __: post["responses"]["200"].pop("headers"),
    "200 application/json: removed": lambda post, _, __: post["responses"]["200"][
        "content"
    ].clear(),
    "body/text: minLength 2": lambda _, body, __: body["text"].update(minLength=2),
    "body/text: maxLength 8": lambda _, body, __: body["text"].update(maxLength=8),
    "body/text: pattern ^[a-y]*$": lambda _, body, __: body["text"].update(pattern="^[a-y]*$"),
    "body/text: format uuid": lambda _, body, __: body["text"].update(format="uuid"),
    "body/text: string is not taken": lambda _, body, __: body["text"].update(type="integer"),
    "body/kind: words ['y']": lambda _, body, __: body["kind"].update(enum=["x"]),
    "body/kind: not taken": lambda _, body, __: body.pop("kind"),
    "body/count: maximum 8": lambda _, body, __: body["count"]["anyOf"][0].update(maximum=8),
    "body/count: minimum 0": lambda _, body, __: body["count"]["anyOf"][0].update(minimum=0),
    "body/count: null is not taken": lambda _, body, __: body["count"]["anyOf"].pop(),
    "body/list: maxItems 8": lambda _, body, __: body["list"].update(maxItems=8),
    "body/list[]: number is not taken": lambda _, body, __: body["list"]["items"].update(
        type="integer"
    ),
    "200/state: removed": lambda _, __, answer: answer.pop("state"),
    "200/id: removed": lambda _, __, answer: answer.pop("id"),
    "200/id: null is not taken": lambda _, __, answer: answer.update(
        id={"type": ["string", "null"]}
    ),
    "200/state: words ['closed']": lambda _, __, answer: answer["state"].update(
        enum=["open", "closed"]
    ),
}


def test_nothing_breaks_the_clients_of_the_baseline() -> None:
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    changes = breaking_changes(baseline, json.loads(openapi_text()))
    assert changes == [], "if meant: `cp openapi/openapi.json openapi/baseline.json`"


@pytest.mark.parametrize("found", BREAKS)
def test_a_break_is_found(found: str) -> None:
    new = _changed(BREAKS[found])
    if not new["paths"]["/records/{id}"]["post"]:
        del new["paths"]["/records/{id}"]
    changes = breaking_changes(OLD, new)
    assert len(changes) == 1
    assert changes[0].endswith(found)


def test_a_new_required_value_is_found() -> None:
    new = deepcopy(OLD)
    new["components"]["schemas"]["Body"]["required"].append("kind")
    assert breaking_changes(OLD, new) == ["post /records/{id} body/kind: required"]


def test_a_value_that_answers_need_no_longer_hold_is_found() -> None:
    new = deepcopy(OLD)
    new["components"]["schemas"]["Answer"]["required"] = []
    assert breaking_changes(OLD, new) == ["post /records/{id} 200/id: required"]


def test_what_is_added_breaks_nothing() -> None:
    def add(post: dict[str, Any], body: dict[str, Any], answer: dict[str, Any]) -> None:
        post["parameters"].append({"name": "limit", "in": "query", "schema": {"type": "integer"}})
        post["responses"]["429"] = {}
        body["note"] = {"type": "string"}
        body["kind"]["enum"].append("z")
        body["text"]["maxLength"] = 10
        answer["note"] = {"type": "string"}

    assert breaking_changes(OLD, _changed(add)) == []


def _changed(change: Change) -> dict[str, Any]:
    new = deepcopy(OLD)
    schemas = new["components"]["schemas"]
    post = new["paths"]["/records/{id}"]["post"]
    change(post, schemas["Body"]["properties"], schemas["Answer"]["properties"])
    return new
