"""The examples of the description are sent, in an order that follows from their addresses.

Each is sent as soon as the ids in its address are known, again and again while any of them still
gets further, so that no list of operations has to be kept here.
"""

import json
import re
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any

import pytest
from httpx import Request, Response
from jsonschema import Draft202012Validator, ValidationError

from service.api.oauth import FORM
from service.app import openapi_text
from service.operations.importing import FOLDER as ARCHIVE
from tests.service.api.requests import Api

DOCUMENT: dict[str, Any] = json.loads(openapi_text())
Operation = tuple[str, str, dict[str, Any]]  # its path, its method, its description
PARAMETER = re.compile(r"\{(\w+)\}")
DOCUMENTS = "/v1/projects/{project_id}/documents/{document_id}"  # what is corrected
OPERATION = "/v1/operations/{operation_id}"
ENDS = (
    "cancellations",
    "cancellation",
    "revocation",
    "disablement",
    "removal",
)  # sent last: others need it
# The work record and the trip of the examples are of other items than the one that is added.
OTHER_ITEMS = {"1.1.1.1.1": "SD-2", "1.1.2.1": "SD-3"}
# What is refused, by its documented status: what the example of the record itself already says.
REFUSED = {
    **dict.fromkeys(("publish_output", "pay_document", "pay_work", "sign_work", "pay_trip"), 409),
    "download_operation_file": 404,  # nothing does operations here
    "replay_webhook_event": 404,  # the event of the example is in no log
}


@dataclass
class Sent:
    """What was answered, and the ids in it by the address that they are part of."""

    api: Api
    ids: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Response] = field(default_factory=dict)
    client: dict[str, str] = field(default_factory=dict)  # what the token endpoint takes

    def send(self, path: str, method: str, operation: dict[str, Any]) -> bool:
        """Whether the example was taken; not yet while an id of its address is missing."""
        address = self._address(path, operation)
        if address is None:
            return False
        query, headers = _parameters(operation)
        body = self._body(operation)
        headers |= {"Content-Type": ARCHIVE} if "content" in body else {}
        answer = self.api.client.request(
            method,
            address,
            params=query,
            headers=headers | (self.api.headers if path.startswith("/v1/") else {}),
            **body,
        )
        self.answers[operation["operationId"]] = answer
        _check(operation, answer)
        if answer.status_code == 201:
            self._learn(path, answer.json())
        if operation["operationId"] == "make_client":
            self.client = {name: answer.json()[name] for name in ("client_id", "client_secret")}
        if answer.status_code == 202:
            self.ids.setdefault(OPERATION, answer.json()["id"])
        if operation["operationId"] == "make_export" and answer.is_success:
            self.ids[f"{path}/files/{{name}}"] = answer.json()["files"][0]["name"]
        if operation["operationId"] == "add_budget_item":
            self._add_other_items(address, answer.request)
        return answer.is_success

    def refused(self, operation: dict[str, Any]) -> tuple[int, str]:
        """The status and the text of the last answer; 0 if it could not be sent."""
        answer = self.answers.get(operation["operationId"])
        return (answer.status_code, answer.text) if answer else (0, "")

    def _learn(self, path: str, made: dict[str, Any]) -> None:
        """`POST /v1/projects` makes what `/v1/projects/{project_id}` is the address of."""
        below = rf"({re.escape(path)}|/v1/{path.rpartition('/')[2]})/\{{\w+\}}"
        for known in DOCUMENT["paths"]:
            if found := re.match(below, known):
                self.ids.setdefault(found[0], made["id"])

    def _address(self, path: str, operation: dict[str, Any]) -> str | None:
        examples = {
            one["name"]: one["example"]
            for one in operation.get("parameters", ())
            if "example" in one
        }
        address = path
        for found in PARAMETER.finditer(path):
            of_records = self.ids.get(DOCUMENTS) if found[1] == "stream_id" else None
            value = self.ids.get(path[: found.end()]) or of_records or examples.get(found[1])
            if value is None:
                return None
            address = address.replace(found[0], value)
        return address

    def _add_other_items(self, address: str, request: Request) -> None:
        for code, evidence in OTHER_ITEMS.items():
            body = {**json.loads(request.content), "code": code, "evidence": evidence}
            self.api.record(address, body)

    def _body(self, operation: dict[str, Any]) -> dict[str, Any]:
        """As the client takes it: JSON, the form of the token endpoint, or a file."""
        if "requestBody" not in operation:
            return {}
        contents = operation["requestBody"]["content"]
        if FORM in contents:
            return {"data": contents[FORM]["examples"]["typical"]["value"] | self.client}
        if ARCHIVE in contents:
            value = contents[ARCHIVE]["examples"]["typical"]["value"]
            return {"content": value}
        example = contents["application/json"]["examples"]["typical"]
        known = {PARAMETER.findall(path)[-1]: one for path, one in reversed(self.ids.items())}
        return {"json": _with_ids(example["value"], known)}


def _with_ids(value: Any, known: dict[str, str]) -> Any:
    """Ids of examples are of nothing: those of what was made in their place."""
    match value:
        case dict():
            return {
                name: known.get(name, one) if isinstance(one, str) else _with_ids(one, known)
                for name, one in value.items()
            }
        case list():
            return [_with_ids(one, known) for one in value]
        case _:
            return value


def _parameters(operation: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The examples of what must be sent."""
    query: dict[str, Any] = {}
    headers: dict[str, str] = {}
    for one in operation.get("parameters", ()):
        parameter = _resolved(one)
        if parameter.get("required") and parameter["in"] != "path":
            example = parameter.get("example") or parameter["examples"]["any"]["value"]
            (query if parameter["in"] == "query" else headers)[parameter["name"]] = example
    return query, headers


def _resolved(node: dict[str, Any]) -> dict[str, Any]:
    if reference := node.get("$ref"):
        _, kind, name = reference.rsplit("/", 2)
        return DOCUMENT["components"][kind][name]
    return node


def _check(operation: dict[str, Any], answer: Response) -> None:
    """The answer is one of those that are described."""
    name, status = operation["operationId"], str(answer.status_code)
    assert status in operation["responses"], (name, answer.text)
    described = _resolved(operation["responses"][status])
    media = answer.headers["content-type"].partition(";")[0]
    [schema] = [
        content["schema"]
        for known, content in described["content"].items()
        if fnmatch(media, known)
    ]
    if media.endswith("json"):
        whole = {**schema, "components": DOCUMENT["components"]}
        Draft202012Validator(whole).validate(answer.json())
    assert described["headers"].keys() <= {*map(str.title, answer.headers)} | _maybe(described)


def _maybe(described: dict[str, Any]) -> set[str]:
    return {
        name for name, one in described["headers"].items() if not _resolved(one).get("required")
    }


def _stages() -> list[list[Operation]]:
    """Writes, then many of them at once, then reads, then what ends."""
    found: dict[int, list[Operation]] = {}
    for path, operations in DOCUMENT["paths"].items():
        for method, operation in operations.items():
            write = 1 if path.endswith("/bulk") else 0
            stage = 3 if path.endswith(ENDS) else 2 if method == "get" else write
            found.setdefault(stage, []).append((path, method, operation))
    return [found[stage] for stage in sorted(found)]


def test_every_example_is_answered_as_described(api: Api) -> None:
    sent, waiting = Sent(api), list[Operation]()
    for stage in _stages():
        waiting += stage
        left: list[Operation] = []
        while len(left) != len(waiting):
            left, waiting = waiting, [one for one in waiting if not sent.send(*one)]
    refused = {operation["operationId"]: sent.refused(operation) for _, _, operation in waiting}
    assert {name: status for name, (status, _) in refused.items()} == REFUSED, refused


def test_an_answer_that_is_not_described_is_found(api: Api) -> None:
    operation = DOCUMENT["paths"]["/v1/me"]["get"]
    sent = Sent(api)
    assert sent.send("/v1/me", "get", operation)
    with pytest.raises(AssertionError, match="read_me"):
        sent.send("/v1/me", "get", {**operation, "responses": {}})
    other = DOCUMENT["paths"]["/v1/projects"]["get"]["responses"]
    with pytest.raises(ValidationError):
        sent.send("/v1/me", "get", {**operation, "responses": other})
