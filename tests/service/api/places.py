"""Where requests hold what, by the description: so that no drill misses a new endpoint."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple

from service.api.openapi_examples import example_of
from service.app import openapi_text

Step = str | int
JSON = "application/json"


class Place(NamedTuple):
    """A value in the body of an operation."""

    operation: str
    path: tuple[Step, ...]
    schema: dict[str, Any]
    nullable: bool

    @property
    def pointer(self) -> str:
        return "".join(f"/{step}" for step in self.path)

    def __str__(self) -> str:
        return f"{self.operation} {self.pointer}"

    def put(self, body: Any, value: Any) -> Any:
        """A copy of the body with a value in this place; what is missing on the way is made."""
        changed = deepcopy(body)
        at, schema = changed, request_schemas()[self.operation]
        for step in self.path[:-1]:
            schema = _resolved(_resolved(schema)["items" if step == 0 else "properties"])
            schema = schema if step == 0 else schema[step]
            if isinstance(step, str) and not at.get(step):
                at[step] = example_of(_resolved(schema), _schemas())
            at = at[step]
        last = self.path[-1]
        if last == 0:
            at[:] = [value]
        else:
            at[last] = value
        return changed


@cache
def description() -> dict[str, Any]:
    return json.loads(openapi_text())


@cache
def request_schemas() -> dict[str, dict[str, Any]]:
    """The JSON body of each operation that has one."""
    return {
        operation["operationId"]: operation["requestBody"]["content"][JSON]["schema"]
        for operations in description()["paths"].values()
        for operation in operations.values()
        if JSON in operation.get("requestBody", {}).get("content", {})
    }


def places(wanted: Callable[[Place], bool]) -> list[Place]:
    """All that are wanted, in all request bodies."""
    return [
        place
        for operation, schema in request_schemas().items()
        for place in _places(operation, schema, (), nullable=False)
        if wanted(place)
    ]


def _places(
    operation: str, schema: dict[str, Any], path: tuple[Step, ...], *, nullable: bool
) -> Iterator[Place]:
    nullable = nullable or {"type": "null"} in schema.get("anyOf", ())
    schema = _resolved(schema)
    yield Place(operation, path, schema, nullable)
    for name, part in schema.get("properties", {}).items():
        yield from _places(operation, part, (*path, name), nullable=False)
    if "items" in schema:
        yield from _places(operation, schema["items"], (*path, 0), nullable=False)


def _resolved(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema itself: of a reference what it names, of what may be null what it else is."""
    if "$ref" in schema:
        return _resolved(_schemas()[schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return _resolved(schema["anyOf"][0])
    return schema


def _schemas() -> dict[str, dict[str, Any]]:
    return description()["components"]["schemas"]
