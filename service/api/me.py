"""Who the caller is and what he may do."""

from typing import Annotated
from uuid import UUID

from litestar import Response
from msgspec import Meta

from service.api.caller import AsCaller
from service.api.fields import Id, Item
from service.api.route import read
from service.api.users import MaybeProject, RoleName
from service.permissions import Permission

Permissions = Annotated[list[str], Meta(examples=[["projects.read"]])]


class RoleHeld(Item, frozen=True, kw_only=True):
    """A role in force, and what it allows to this caller."""

    role: RoleName
    project_id: MaybeProject
    permissions: Permissions


class Me(Item, frozen=True, kw_only=True):
    """The caller; `scopes` are the token's, null when it has none of its own."""

    id: Id
    organisation: Annotated[UUID, Meta(examples=["0d9c8f0e-7d9c-4d0e-8c54-50e8bd6c2c0f"])]
    memberships: list[RoleHeld]
    scopes: Annotated[list[str] | None, Meta(examples=[None])]


@read(
    "/me",
    permission="me.read",
    over="visible",
    operation_id="read_me",
    summary="Who am I",
    tags=["access"],
)
def read_me(caller: AsCaller) -> Response[Me]:
    """The caller's roles and what they allow with this token."""
    rights = caller.rights
    held = [
        RoleHeld(role=one.role, project_id=one.project, permissions=_sorted(rights.of(one)))
        for one in rights.memberships
    ]
    scopes = None if rights.scopes is None else sorted(rights.scopes)
    content = Me(id=UUID(caller.actor), organisation=caller.tenant, memberships=held, scopes=scopes)
    return Response(content)


def _sorted(permissions: frozenset[Permission]) -> list[str]:
    return sorted(permissions)
