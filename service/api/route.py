"""The kinds of endpoints, run in the bounded thread pool unless they wait, and path parameters.

Each names the permission that it needs, and over what: the project in its path, else the
organisation. `over="visible"` is for handlers that show only what the caller may see.
"""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import get, post
from litestar.params import PathParameter

from service.api.fields import Item
from service.permissions import RIGHTS, Permission

Over = Literal["project", "organisation", "visible"]
NEEDS = "needs"
CHANGES, ADDS_TO = "changes", "adds_to"
NEGOTIATES = "negotiates"  # the handler itself looks at `Accept`
LISTS = "lists"  # the items of a list, which is also answered as CSV
PROJECT = "project_id"
ProjectId = Annotated[UUID, PathParameter(description="The project")]
ActivityId = Annotated[UUID, PathParameter(description="The activity")]
ParticipantId = Annotated[UUID, PathParameter(description="The participant")]
OutputId = Annotated[UUID, PathParameter(description="The output")]
ClaimId = Annotated[UUID, PathParameter(description="The claim")]
DocumentId = Annotated[UUID, PathParameter(description="The document")]
StreamId = Annotated[UUID, PathParameter(description="The record")]
UserId = Annotated[UUID, PathParameter(description="The user")]
MembershipId = Annotated[UUID, PathParameter(description="The membership")]
TokenId = Annotated[UUID, PathParameter(description="The token")]
EndpointId = Annotated[UUID, PathParameter(description="The webhook endpoint")]
OperationId = Annotated[UUID, PathParameter(description="The operation")]
ClientId = Annotated[UUID, PathParameter(description="The client")]


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route needs of its caller; one without is refused to everybody."""

    permission: Permission
    over: Over


def read(
    path: str,
    *,
    permission: Permission,
    over: Over | None = None,
    lists: type[Item] | None = None,
    **options: Any,
) -> get:
    """An endpoint that reads. One that lists names its items and answers through `lists.py`."""
    opt = _opt(path, permission, over) | {LISTS: lists}
    return get(path, sync_to_thread=True, opt=opt, **options)


def write(
    path: str,
    *,
    permission: Permission,
    over: Over | None = None,
    changes: str | None = None,
    adds_to: str | None = None,
    **options: Any,
) -> post:
    """An endpoint that records.

    `changes` is the path parameter of the record that it changes, which needs `If-Match`;
    `adds_to` of one that it only adds a fact to, where `If-Match` may be sent.
    """
    opt = _opt(path, permission, over)
    return post(
        path, sync_to_thread=True, opt={**opt, CHANGES: changes, ADDS_TO: adds_to}, **options
    )


def receive(path: str, *, permission: Permission, **options: Any) -> post:
    """An endpoint that takes a long body piece by piece: asynchronous, it reads and limits it."""
    opt = _opt(path, permission, None) | {CHANGES: None, ADDS_TO: None, NEGOTIATES: True}
    return post(path, opt=opt, request_max_body_size=None, **options)


def follow(
    path: str,
    *,
    permission: Permission,
    over: Over | None = None,
    negotiates: bool = False,
    **options: Any,
) -> get:
    """An endpoint that reads and may wait for long: asynchronous, it holds no thread meanwhile."""
    opt = {**_opt(path, permission, over), NEGOTIATES: negotiates}
    return get(path, opt=opt, **options)


def _opt(path: str, permission: Permission, over: Over | None) -> dict[str, Any]:
    if permission not in RIGHTS:
        raise ValueError(f"{path}: there is no permission {permission!r}")
    of_path: Over = "project" if f"{{{PROJECT}:uuid}}" in path else "organisation"
    return {NEEDS: Needs(permission, over or of_path)}
