"""The one place where a request's token and permission are checked; what is not allowed is denied.

A project that the caller has no role in does not exist for him (404); what he may not do to one
that he sees is forbidden (403). Row-level security lies under this: a token sees its tenant only.
"""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import structlog
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException, PermissionDeniedException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from domain.rejection import NotFound
from projections.facts_in_force import UnknownProject
from service.api.route import NEEDS, PROJECT, Needs
from service.composition import Services
from service.permissions import Permission, Rights
from service.tokens import Identity, authenticate

IDENTITY = "identity"
JWT_DOTS = 2
log = structlog.get_logger("grantledger.identity")
CHALLENGE = 'Bearer realm="grantledger"'
Connected = ASGIConnection[Any, Any, Any, Any]


async def permitted(connection: Connected, handler: BaseRouteHandler) -> None:
    """The guard of `/v1`: a valid token of a user who may do what the route does."""
    identity = await _authenticated(connection)
    check_permitted(identity, handler, connection.path_params.get(PROJECT))
    connection.scope["state"][IDENTITY] = identity


def check_permitted(identity: Identity, handler: BaseRouteHandler, project: UUID | None) -> None:
    """Whether the caller may do what a route does; a denial is logged.

    Raises UnknownProject, PermissionDeniedException.
    """
    if isinstance(handler, HTTPRouteHandler) and "OPTIONS" in handler.http_methods:
        return  # it tells the methods of a path
    needs: Needs | None = handler.opt.get(NEEDS)
    try:
        _check(identity.rights, needs, project)
    except PermissionDeniedException:
        needed = needs.permission if needs else "none"
        log.warning("denied", user=str(identity.user_id), permission=needed)
        raise


async def rights_now(connection: Connected) -> Rights | None:
    """What the caller of a request that goes on may still do; None: the token is taken back."""
    try:
        return (await _authenticated(connection)).rights
    except NotAuthorizedException:
        return None


async def _authenticated(connection: Connected) -> Identity:
    scheme, __, token = connection.headers.get("authorization", "").partition(" ")
    services: Services = connection.app.state.services
    if scheme.lower() != "bearer" or not token:
        detail = "send `Authorization: Bearer` with an access token"
        raise NotAuthorizedException(detail=detail, headers={"WWW-Authenticate": CHALLENGE})
    identity = await sync_to_thread(_identity_of, services, token.strip())
    if identity is None:
        log.warning("token refused")
        headers = {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}
        raise NotAuthorizedException(detail="the token is not accepted", headers=headers)
    return identity


def _identity_of(services: Services, token: str) -> Identity | None:
    """A token of ours is opaque; one with dots is a program's, signed."""
    if token.count(".") == JWT_DOTS:
        return services.access_tokens.authenticate(token)
    return authenticate(services.pool, token)


def _check(rights: Rights, needs: Needs | None, project: UUID | None) -> None:
    if needs is None:
        raise _denied("this")
    match needs.over:
        case "project":
            if project is None or not rights.sees(project):
                raise UnknownProject(str(project))
            allowed = rights.in_project(project)
        case "organisation":
            allowed = rights.in_organisation()
        case "visible":
            allowed = rights.somewhere()
    if needs.permission not in allowed:
        raise _denied(needs.permission)


def check_projects(
    rights: Rights, needed: Iterable[Permission], projects: Collection[UUID], pointer: str
) -> None:
    """What a guard cannot know from the path: a record's projects, or none for the organisation's.

    Raises NotFound at `pointer` when the caller sees none of them, else PermissionDeniedException.
    """
    if projects and not any(rights.sees(project) for project in projects):
        raise NotFound("there is no such record", pointer)
    allowed = [rights.in_project(project) for project in projects] or [rights.in_organisation()]
    for permission in needed:
        if not all(permission in one for one in allowed):
            raise _denied(permission)


def _denied(permission: str) -> PermissionDeniedException:
    return PermissionDeniedException(detail=f"the caller may not do this; needed: {permission}")
