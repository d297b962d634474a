"""The description of the API: as committed, valid, and what the app takes and gives."""

import json
import re
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import pytest
from jsonschema import Draft202012Validator, ValidationError
from openapi_spec_validator import validate

from service.api.bulk_body import BulkBody
from service.api.bulk_kinds import KINDS, BulkKind
from service.api.docs_page import MEDIA_TYPES, POLICY, static_file
from service.api.openapi_imports import IMPORTS
from service.api.route import NEEDS
from service.app import ROUTES, openapi_text
from service.permissions import OF_ROLE

COMMITTED = Path("openapi/openapi.json")
DOCUMENT: dict[str, Any] = json.loads(openapi_text())
OPERATIONS = {
    operation["operationId"]: (path, method, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def test_the_committed_description_is_that_of_the_app() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == openapi_text(), "run `make openapi`"


def test_the_description_is_valid() -> None:
    validate(DOCUMENT)


def test_a_broken_description_is_not() -> None:
    broken = json.loads(openapi_text())
    broken["paths"]["/v1/projects"]["get"]["responses"] = 5
    with pytest.raises(Exception, match="5"):
        validate(broken)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_is_described(name: str) -> None:
    path, method, operation = OPERATIONS[name]
    assert operation["summary"]
    assert operation["description"]
    assert operation["tags"]
    assert all(
        parameter.get("description") or "$ref" in parameter
        for parameter in operation.get("parameters", ())
    )
    guarded = path.startswith("/v1/")
    wanted = {"400", "401", "404", "405", "409", "500", "503"} if guarded else {"405", "500", "503"}
    if method == "post" and guarded:
        wanted |= {"413", "415", "422"}
        assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    assert wanted <= operation["responses"].keys()


@pytest.mark.parametrize("name", OPERATIONS)
def test_examples_are_of_their_schemas(name: str) -> None:
    _, __, operation = OPERATIONS[name]
    contents = [
        answer["content"] for answer in operation["responses"].values() if "content" in answer
    ]
    contents += [operation["requestBody"]["content"]] if "requestBody" in operation else []
    for content in contents:
        for media in content.values():
            schema = {**media["schema"], "components": DOCUMENT["components"]}
            for example in media["examples"].values():
                Draft202012Validator(schema).validate(example["value"])


def test_an_example_of_another_schema_is_not() -> None:
    answer = DOCUMENT["paths"]["/v1/projects"]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    whole = {**schema, "components": DOCUMENT["components"]}
    with pytest.raises(ValidationError):
        Draft202012Validator(whole).validate({"items": "none"})


def test_examples_of_bodies_are_taken_by_the_strict_decoders() -> None:
    bodies = {
        handler.operation_id: get_type_hints(handler.fn).get("data")  # type: ignore[union-attr]
        for handler in ROUTES
    }
    bodies |= {kind.operation_id: BulkBody for kind in KINDS}
    for name, (path, __, operation) in OPERATIONS.items():
        if "requestBody" in operation and path.startswith("/v1/") and path not in IMPORTS:
            content = operation["requestBody"]["content"]["application/json"]
            example = json.dumps(content["examples"]["typical"]["value"])
            assert msgspec.json.decode(example, type=bodies[name], strict=True)
        else:
            assert bodies.get(name) is None


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.path)
def test_examples_of_items_are_taken_too_as_json_and_as_lines(kind: BulkKind) -> None:
    content = OPERATIONS[kind.operation_id][2]["requestBody"]["content"]
    [item] = content["application/json"]["examples"]["typical"]["value"]["items"]
    line = content["application/x-ndjson"]["examples"]["typical"]["value"]
    assert json.loads(line) == item
    assert msgspec.json.decode(line, type=kind.body, strict=True)


def test_models_of_bodies_are_closed() -> None:
    for path, __, operation in OPERATIONS.values():
        if "requestBody" in operation and path.startswith("/v1/") and path not in IMPORTS:
            reference = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"]
            model = DOCUMENT["components"]["schemas"][reference.rpartition("/")[2]]
            assert model["additionalProperties"] is False
            assert model["description"]


EXTERNAL = re.compile(
    rb"""(?:src|href|url|action)\s*[=(]\s*["']?\s*(?:https?:)?//""", re.IGNORECASE
)


def test_the_docs_page_loads_nothing_from_elsewhere() -> None:
    page = static_file("docs.html")
    assert not EXTERNAL.search(page)
    loaded = re.findall(rb'(?:src|href)="([^"]+)"', page)
    assert {name for name in loaded if name.startswith(b"/docs/")} == {
        b"/docs/swagger-ui.css",
        b"/docs/swagger-ui-bundle.js",
        b"/docs/docs.js",
    }
    assert "default-src 'none'" in POLICY
    assert not re.search(r"https?:|\*", POLICY)


def test_a_page_that_loads_from_elsewhere_would_be_found() -> None:
    assert EXTERNAL.search(b'<script src="https://cdn.example.org/docs.js"></script>')
    assert EXTERNAL.search(b'<link href="//cdn.example.org/docs.css">')


@pytest.mark.parametrize("name", MEDIA_TYPES)
def test_files_of_the_docs_page_are_in_the_package(name: str) -> None:
    content = static_file(name)
    assert content
    assert b"sourceMappingURL" not in content


def test_an_operation_names_the_scope_that_a_program_needs() -> None:
    scheme = DOCUMENT["components"]["securitySchemes"]["client"]
    scopes = scheme["flows"]["clientCredentials"]["scopes"]
    needed = {one.operation_id: one.opt[NEEDS].permission for one in ROUTES}  # type: ignore[union-attr]
    assert len(needed) > 60
    for _, __, operation in OPERATIONS.values():
        permission = needed.get(operation["operationId"])
        named = [one["client"] for one in operation.get("security", ()) if "client" in one]
        assert named == ([[permission]] if permission in scopes else []), operation["operationId"]
    assert set(scopes) == OF_ROLE["integration"]
