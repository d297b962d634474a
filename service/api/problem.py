"""Problem details (RFC 9457): the one shape of every error."""

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from litestar import Response
from msgspec import Meta

from service.api.problem_kinds import KINDS

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:grantledger:problem:"
QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded"


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
    violated_policies: (
        Annotated[Sequence[str], Meta(description="Of `RateLimit-Policy`, with status 429")]
        | msgspec.UnsetType
    ) = msgspec.field(name="violated-policies", default=msgspec.UNSET)


def problem(
    kind: str,
    detail: str,
    request_id: str,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[Problem]:
    """The answer of a problem of a kind in the table, with a link to the page about it."""
    content = problem_content(kind, detail, request_id, errors)
    given = {"Link": help_link(kind), **(headers or {})}
    return Response(content, status_code=content.status, media_type=MEDIA_TYPE, headers=given)


def raw_problem(
    kind: str,
    detail: str,
    request_id: str,
    violated: Sequence[str] | msgspec.UnsetType = msgspec.UNSET,
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    """Status, headers and body of the same, for what answers before there is a handler."""
    body = msgspec.json.encode(problem_content(kind, detail, request_id, violated=violated))
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"link", help_link(kind).encode()),
    ]
    return KINDS[kind].status, headers, body


def help_link(kind: str) -> str:
    """To the page about a kind."""
    return f'</problems/{kind}>; rel="help"'


def problem_content(
    kind: str,
    detail: str,
    request_id: str,
    errors: Sequence[FieldError] = (),
    violated: Sequence[str] | msgspec.UnsetType = msgspec.UNSET,
) -> Problem:
    """What such an answer holds."""
    status, title, _ = KINDS[kind]
    return Problem(
        type=type_of(kind),
        title=title,
        status=status,
        detail=detail,
        instance=f"urn:grantledger:request:{request_id}",
        errors=errors,
        violated_policies=violated,
    )


def type_of(kind: str) -> str:
    """The URI of a kind of problem; one of them is registered by others."""
    return QUOTA_EXCEEDED if kind == "quota-exceeded" else TYPE_PREFIX + kind
