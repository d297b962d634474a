"""Finishes the description of the API: what the framework cannot express or gets wrong.

Works on the finished document, so that each correction can be read as such: problems of every
operation, headers, closed input models, descriptions and examples from the models themselves.
"""

from collections.abc import Iterable, Mapping, Sequence
from inspect import cleandoc
from typing import Any, cast

import msgspec
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import (
    Components,
    Contact,
    License,
    OAuthFlow,
    OAuthFlows,
    SecurityScheme,
    Tag,
)

from service.api.deprecation import DEPRECATED
from service.api.fields import Body, Item
from service.api.health import Health
from service.api.oauth import AccessToken, KeySet, TokenRefused
from service.api.openapi_bulk import OF_ITEMS, bulk_schemas, describe_bulk
from service.api.openapi_events import describe_feed, webhooks
from service.api.openapi_examples import OF_OPERATION, Schemas, example_of
from service.api.openapi_headers import HEADERS, HEADERS_OF_PROBLEM, OF_ALL
from service.api.openapi_limits import add_limits
from service.api.openapi_lists import describe_list
from service.api.openapi_oauth import BASIC, SCHEME, oauth_paths
from service.api.openapi_operations import RESULTS, describe_operations
from service.api.openapi_parameters import EXAMPLES, PARAMETERS, parameters_of
from service.api.problem import MEDIA_TYPE, Problem, type_of
from service.api.problem_kinds import KINDS
from service.api.route import ADDS_TO, CHANGES, LISTS, NEEDS
from service.feed.cloud_event import CloudEvent
from service.permissions import OF_ROLE, RIGHTS, Permission

DESCRIPTION = """The events of grants: recorded once, corrected in the open, every figure explained.

Money and other decimals are strings; whole numbers have no decimal point. A repeated
`Idempotency-Key` gets the first answer. Reads see what was written before. Errors are problems
(RFC 9457) with JSON Pointers to the fields."""
TAGS = {
    "projects": "Legal acts",
    "budget": "Items of the direct costs",
    "indicators": "Targets",
    "activities": "Activities, attendance, questionnaires, helpdesk contacts",
    "participants": "Supported persons, pseudonymous",
    "outputs": "Documents written and published",
    "documents": "Accounting documents, list SD-1",
    "work records": "Work records, list SD-2",
    "trips": "Travel orders, list SD-3",
    "claims": "Payment claims",
    "exchange rates": "Rates of the organisation",
    "corrections": "Corrections and cancellations of any fact",
    "reports": "Figures, and where they come from",
    "exports": "Files for the ministry, the auditor and the desk",
    "findings": "Grant rules that documents break",
    "operations": "Long work: how far it is, its results",
    "audit trail": "Who, when, what, why, before and after",
    "events": "Events as they are recorded, for other programs",
    "webhooks": "Where events are sent to (Standard Webhooks)",
    "access": "Users, roles, tokens, other programs",
    "service": "State of the service",
}
OF_PROGRAM: list[Permission] = [name for name in RIGHTS if name in OF_ROLE["integration"]]
SCOPES = [(str(name), RIGHTS[name].meaning) for name in OF_PROGRAM]
CONFIG = OpenAPIConfig(
    title="grantledger",
    version="1",
    description=DESCRIPTION,
    use_handler_docstrings=True,
    contact=Contact(name="Maintainers of grantledger"),
    license=License(name="EUPL-1.2", identifier="EUPL-1.2"),
    tags=[Tag(name=name, description=description) for name, description in TAGS.items()],
    components=Components(
        security_schemes={
            "token": SecurityScheme(
                type="http",
                scheme="bearer",
                description="An API token, made by `grantledger token create`",
            ),
            SCHEME: BASIC,
            "client": SecurityScheme(
                type="oauth2",
                description="Another program: an access token of ten minutes for its client, a JWT"
                " of RFC9068 made and checked as RFC8725 says",
                flows=OAuthFlows(
                    client_credentials=OAuthFlow(
                        token_url="/oauth/token",  # noqa: S106 an address
                        scopes=dict(SCOPES),
                    )
                ),
            ),
        }
    ),
    security=[{"token": []}],
)
SERVER = {"url": "/", "description": "This installation (production)", "x-internal": False}
READ_PROBLEMS = (400, 401, 403, 404, 405, 406, 409, 414, 429, 431, 500, 503)
OPEN_PROBLEMS = (405, 500, 503)
WRITE_PROBLEMS = (*READ_PROBLEMS, 408, 413, 415, 422, 507)
CHANGE_PROBLEMS = (412, 428)
NOT_CHANGED = {"description": "Not changed since the answer that `If-None-Match` names"}
NOISE = {"deprecated": False, "allowEmptyValue": False, "allowReserved": False}
DESCRIBED = {"200": "Found", "201": "Recorded", "202": "Accepted; it goes on by itself"}
UNRECORDED = ("access", "webhooks", "operations")  # what they change is not in the log
LOCATED = ("register_", "add_", "hold_", "enter_", "submit_", "set_target")
LOCATED_RECORDS = ("record_output", "record_document", "record_work", "record_trip")


def finished(document: dict[str, Any], options: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The document as it is served and committed; `options` are those of the operations."""
    components = document["components"]
    schemas: Schemas = components["schemas"]
    more = {*OF_ITEMS, *RESULTS.values()}
    used = [model for model in _models() if model.__name__ in schemas or model in more]
    schemas |= _schemas_of([*used, AccessToken, TokenRefused, KeySet])
    schemas |= bulk_schemas()
    components["responses"] = {
        f"Problem{status}": _problem(status) for status in (*WRITE_PROBLEMS, *CHANGE_PROBLEMS, 410)
    }
    components["headers"] = HEADERS
    components["parameters"] = PARAMETERS
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            opt = options.get(operation["operationId"], {})
            _finish_operation((path, method, opt), operation, schemas)
            if item := opt.get(LISTS):
                describe_list(operation, item, schemas)
            if needs := opt.get(NEEDS):
                if needs.permission in OF_PROGRAM:
                    operation["security"] = [{"token": []}, {"client": [needs.permission]}]
                operation["description"] += f"\n\nNeeds the permission `{needs.permission}`."
    describe_feed(document["paths"]["/v1/events"]["get"])
    document["webhooks"] = webhooks()
    describe_bulk(document["paths"], schemas)
    describe_operations(document["paths"], schemas)
    document["paths"] |= oauth_paths()
    document["servers"] = [SERVER]
    add_limits(document)
    return _without_noise(document)


def _models() -> Iterable[type[msgspec.Struct]]:
    found: list[type[msgspec.Struct]] = [Body, Item]
    for model in found:
        found += model.__subclasses__()
    return [*found, Health, CloudEvent]


def _schemas_of(models: Sequence[type[msgspec.Struct]]) -> Schemas:
    """As the decoder has them: the framework drops limits inside of what may be null."""
    template = "#/components/schemas/{name}"
    _, found = msgspec.json.schema_components([*models, Problem], ref_template=template)
    for schema in found.values():
        del schema["title"]
        schema["description"] = cleandoc(schema["description"])
    return found


def _problem(status: int) -> dict[str, Any]:
    kinds = {kind: title for kind, (of, title, _) in KINDS.items() if of == status}
    names = HEADERS_OF_PROBLEM.get(status, ())
    examples: dict[str, Any] = {
        kind: {
            "value": {
                "type": type_of(kind),
                "title": title,
                "status": status,
                "detail": title,
                "instance": "urn:grantledger:request:0b8d2c4e",
                "errors": [],
            }
        }
        for kind, title in kinds.items()
    }
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": "; ".join(kinds.values()),
        "headers": _headers((*OF_ALL, *names)),
        "content": {MEDIA_TYPE: {"schema": schema, "examples": examples}},
    }


def _finish_operation(
    at: tuple[str, str, Mapping[str, Any]], operation: dict[str, Any], schemas: Schemas
) -> None:
    path, method, opt = at
    if operation["operationId"] in DEPRECATED:
        operation["deprecated"] = True
    name, responses = operation["operationId"], operation["responses"]
    guarded = path.startswith("/v1/")
    if not guarded:
        operation["security"] = []
    operation.setdefault("parameters", []).extend(
        {"$ref": f"#/components/parameters/{one}"} for one in parameters_of(method, guarded, opt)
    )
    for parameter in operation.get("parameters", ()):
        _finish_parameter(parameter)
    statuses = WRITE_PROBLEMS if method == "post" else READ_PROBLEMS if guarded else OPEN_PROBLEMS
    if opt.get(CHANGES) or opt.get(ADDS_TO):
        statuses = (*statuses, 412) if opt.get(ADDS_TO) else (*statuses, *CHANGE_PROBLEMS)
    responses |= {
        str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in statuses
    }
    for status in ("200", "201", "202"):
        if status in responses:
            recorded = guarded and operation["tags"][0] not in UNRECORDED
            names = _header_names(name, method, recorded) if guarded else ("X-Request-Id",)
            if opt.get(CHANGES) and "ETag" not in names:
                names = (*names, "ETag")
            responses[status]["headers"] = _headers(names)
            if guarded and method == "get" and name not in DOWNLOADS:
                responses["304"] = NOT_CHANGED | {"headers": _headers((*OF_ALL, "ETag"))}
            responses[status]["description"] = DESCRIBED[status]
            _give_example(responses[status]["content"], name, schemas)
    if "requestBody" in operation:
        _give_example(operation["requestBody"]["content"], "", schemas)


def _header_names(name: str, method: str, recorded: bool) -> Sequence[str]:
    names = [*OF_ALL]
    if recorded:
        names.append("Ledger-Position")
    if (method == "get" and name not in DOWNLOADS) or (recorded and method == "post"):
        names.append("ETag")
    if method == "post":
        names.append("Dry-Run")
    if name.startswith("list_") or name == "audit_trail":
        names.append("Link")
    names += DOWNLOADS.get(name, ())
    if method == "post" and (name.startswith(LOCATED) or name in LOCATED_RECORDS):
        names.append("Location")
    return names


# Operations that answer with a file, and the headers of it.
DOWNLOADS = {
    "download_export_file": ("ETag", "Repr-Digest", "Content-Disposition"),
    "download_operation_file": ("ETag", "Repr-Digest", "Content-Disposition"),
    "download_audit_trail": ("Content-Disposition",),
}
MEDIA_TYPES = {"download_audit_trail": "text/csv"}  # of the others: whatever the file is
DOWNLOAD_EXAMPLE = "the bytes of the file"


def _headers(names: Sequence[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _give_example(content: dict[str, Any], name: str, schemas: Schemas) -> None:
    if name in DOWNLOADS:
        media = {"schema": {}, "examples": {"typical": {"value": DOWNLOAD_EXAMPLE}}}
        content.clear()
        content[MEDIA_TYPES.get(name, "*/*")] = media
        return
    [media] = content.values()
    value = OF_OPERATION.get(name) or example_of(media["schema"], schemas)
    media["examples"] = {"typical": {"value": value}}


def _finish_parameter(parameter: dict[str, Any]) -> None:
    """A parameter that may be left out is not one that may be null."""
    schema = parameter.get("schema", {})
    if parameter.get("required") and parameter["name"] in EXAMPLES:
        parameter["example"] = EXAMPLES[parameter["name"]]
    schema.pop("description", None)
    if choices := schema.pop("oneOf", None):
        schema |= next(choice for choice in choices if choice != {"type": "null"})
        schema.pop("default", None)
    if isinstance(schema.get("type"), list):
        schema["type"] = next(name for name in schema["type"] if name != "null")
        schema["enum"] = [value for value in schema["enum"] if value is not None]
    if schema.get("type") == "integer" and "maximum" in schema:
        schema.setdefault("minimum", 0)  # which the framework drops where there may be none


def _without_noise(node: Any) -> Any:
    """Without defaults that are written out, and with whole numbers as such."""
    match node:
        case dict():
            members = cast("dict[str, Any]", node)
            return {
                key: _without_noise(value)
                for key, value in members.items()
                if not (key in NOISE and value is NOISE[key])
            }
        case list():
            return [_without_noise(child) for child in node]  # pyright: ignore[reportUnknownVariableType]
        case float() if node.is_integer():
            return int(node)
        case _:
            return node
