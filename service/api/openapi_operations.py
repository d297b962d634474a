"""What the description says of operations: how they begin, and what becomes of each kind."""

from collections.abc import Mapping
from typing import Any

import msgspec

from service.api.export_answers import ExportMade
from service.api.fields import NO_NUL
from service.api.import_answers import ImportResult
from service.api.openapi_examples import Schemas
from service.api.openapi_imports import describe_imports
from service.api.operation_start import PREFER_MAX
from service.api.rebuilds import ViewsRebuilt

RESULTS: Mapping[str, type[msgspec.Struct]] = {
    "export": ExportMade,
    "import": ImportResult,
    "rebuild": ViewsRebuilt,
}
OF_BEGUN = ("Location", "Retry-After", "Preference-Applied")
PREFER: dict[str, Any] = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`respond-async` (RFC 7240) is what happens in any case, and is confirmed",
    "schema": {"type": "string", "maxLength": PREFER_MAX, "pattern": NO_NUL},
    "example": "respond-async",
}


def describe_operations(paths: dict[str, Any], schemas: Schemas) -> None:
    """The headers of what begins or goes on, the results, and a file that is gone."""
    describe_imports(paths)
    for operations in paths.values():
        for operation in operations.values():
            if accepted := operation["responses"].get("202"):
                _add_headers(accepted, OF_BEGUN if _begins(operation) else ("Retry-After",))
            if _begins(operation):
                operation["parameters"].append(PREFER)
    at = "/v1/operations/{operation_id}"
    _add_headers(paths[at]["get"]["responses"]["200"], ("Retry-After",))
    gone = {"$ref": "#/components/responses/Problem410"}
    paths[f"{at}/files/{{name}}"]["get"]["responses"]["410"] = gone
    result = schemas["OperationStatus"]["properties"]["result"]
    known = [{"$ref": f"#/components/schemas/{one.__name__}"} for one in RESULTS.values()]
    result["anyOf"] = [*known, {"type": "null"}]


def _begins(operation: dict[str, Any]) -> bool:
    return "202" in operation["responses"] and "200" not in operation["responses"]


def _add_headers(answer: dict[str, Any], names: tuple[str, ...]) -> None:
    answer["headers"] |= {name: {"$ref": f"#/components/headers/{name}"} for name in names}
