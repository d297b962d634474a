"""Problem details (RFC 9457): the one shape of every error, and the table of their types."""

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

import msgspec
from litestar import Response
from msgspec import Meta

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:grantledger:problem:"


class FieldError(msgspec.Struct, frozen=True):
    """One value that is at fault."""

    pointer: Annotated[
        str,
        Meta(
            description="JSON Pointer (RFC 6901) into the body, or the name of a parameter",
            examples=["/amount"],
        ),
    ]
    detail: Annotated[
        str,
        Meta(description="What was expected", examples=["expected an amount with 2 decimals"]),
    ]


class Problem(msgspec.Struct, frozen=True):
    """Why a request was not done (RFC 9457)."""

    type: Annotated[
        str,
        Meta(
            description="Stable URI of the kind of problem",
            examples=[f"{TYPE_PREFIX}invalid-value"],
        ),
    ]
    title: Annotated[
        str, Meta(description="The same for every problem of the type", examples=["Invalid value"])
    ]
    status: Annotated[int, Meta(ge=400, le=599, description="The HTTP status", examples=[400])]
    detail: Annotated[
        str, Meta(description="This case, for a person", examples=["a value is not accepted"])
    ]
    instance: Annotated[
        str,
        Meta(
            description="This request; the same id is in `X-Request-Id` and in the log",
            examples=["urn:grantledger:request:0b8d2c4e"],
        ),
    ]
    errors: Annotated[Sequence[FieldError], Meta(description="The values at fault, if any")] = ()


class Kind(NamedTuple):
    """A type of problem."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "malformed-request": Kind(400, "Malformed request"),
    "invalid-value": Kind(400, "Invalid value"),
    "position-ahead": Kind(400, "The log has not come to this position"),
    "unknown-reference": Kind(400, "A value names something that does not exist"),
    "unauthenticated": Kind(401, "A valid access token is needed"),
    "forbidden": Kind(403, "Not allowed"),
    "four-eyes": Kind(403, "Another person has to do this"),
    "not-found": Kind(404, "Not found"),
    "method-not-allowed": Kind(405, "Method not allowed"),
    "not-acceptable": Kind(406, "No representation that is accepted"),
    "conflict": Kind(409, "The state of the record forbids it"),
    "already-recorded": Kind(409, "Already recorded"),
    "already-cancelled": Kind(409, "Already cancelled"),
    "already-claimed": Kind(409, "Already in a claim"),
    "held-by-claim": Kind(409, "A submitted claim holds the value"),
    "duplicate-participant": Kind(409, "The person has a record in this project"),
    "not-correctable": Kind(409, "Not corrected directly"),
    "project-importing": Kind(409, "An import of the project has not ended"),
    "changed-meanwhile": Kind(409, "Changed meanwhile"),
    "idempotency-in-progress": Kind(409, "The same request is still running"),
    "stale-version": Kind(412, "The record has changed since it was read"),
    "content-too-large": Kind(413, "The body is too large"),
    "unsupported-media-type": Kind(415, "Only JSON is accepted"),
    "idempotency-mismatch": Kind(422, "The Idempotency-Key was used for another request"),
    "precondition-required": Kind(428, "If-Match is needed"),
    "internal-error": Kind(500, "Internal error"),
    "unavailable": Kind(503, "Not available at the moment"),
    "insufficient-storage": Kind(507, "The database has no space left"),
}
OF_STATUS: dict[int, str] = {
    400: "malformed-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    409: "conflict",
    413: "content-too-large",
    412: "stale-version",
    415: "unsupported-media-type",
    422: "idempotency-mismatch",
    503: "unavailable",
}


def problem(
    kind: str,
    detail: str,
    request_id: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[Problem]:
    """The answer of a problem of a kind in the table."""
    status, title = KINDS[kind]
    content = Problem(
        type=TYPE_PREFIX + kind,
        title=title,
        status=status,
        detail=detail,
        instance=f"urn:grantledger:request:{request_id}",
        errors=errors,
    )
    return Response(content, status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))
