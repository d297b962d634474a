"""Who visits a page: the session of the cookie, and that a form was sent by our own page.

A page below `/projects` and the front page ask for a session. Every POST must come from this
origin, and within a session bring back its form token.
"""

import hmac
from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler

from service.api.guard import IDENTITY, Connected, check_permitted
from service.api.route import PROJECT
from service.api.strict_query import check_query
from service.composition import Services
from service.identity import tenant_ids
from service.pages.rendering import FORM_TOKEN, AnyRequest
from service.sessions import LIFE_S_MAX, current_session
from service.tokens import Identity

COOKIE = "grantledger"
FORM = "application/x-www-form-urlencoded"


class SignInNeeded(Exception):
    """There is no session; `ended`: there was one; `several`: a login needs its organisation."""

    def __init__(self, *, ended: bool, several: bool) -> None:
        super().__init__()
        self.ended, self.several = ended, several


class ForeignForm(PermissionDeniedException):
    """A form that no page of ours, or one of another session, has sent."""


def cookie_name(connection: Connected) -> str:
    """`__Host-` binds the cookie to this host and to https, so only https can have it."""
    return f"__Host-{COOKIE}" if connection.url.scheme == "https" else COOKIE


def session_cookie(request: AnyRequest, value: str) -> Cookie:
    """The cookie of a session; an empty value takes it away."""
    return Cookie(
        key=cookie_name(request),
        value=value,
        max_age=LIFE_S_MAX if value else 0,
        path="/",
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )


async def signed_in(connection: Connected, _: BaseRouteHandler) -> None:
    """The guard of what needs a session. Raises SignInNeeded."""
    services: Services = connection.app.state.services
    given = connection.cookies.get(cookie_name(connection))
    session = await sync_to_thread(current_session, services.pool, given) if given else None
    if session is None:
        tenants = await sync_to_thread(tenant_ids, services.pool)
        raise SignInNeeded(ended=bool(given), several=len(tenants) > 1)
    state = connection.scope["state"]
    state[FORM_TOKEN], state[IDENTITY] = session.form_token, session.identity


def permitted(connection: Connected, handler: BaseRouteHandler) -> None:
    """The guard of pages, after `signed_in`: what the route needs, as the same route of the API."""
    identity: Identity = connection.scope["state"][IDENTITY]
    check_permitted(identity, handler, connection.path_params.get(PROJECT))


async def check_request(request: Request[Any, Any, Any]) -> None:
    """Raises InvalidValue for an unknown parameter, ForeignForm for a form of others."""
    await check_query(request)
    if request.method != "POST":
        return
    if not _of_this_origin(request) or request.content_type[0] != FORM:
        raise ForeignForm(detail="the form was not sent by a page of this service")
    expected: str | None = request.scope["state"].get(FORM_TOKEN)
    if expected is not None:
        given = (await request.form()).get(FORM_TOKEN, "")
        if not hmac.compare_digest(str(given).encode(), expected.encode()):
            raise ForeignForm(detail="the form is not of this session")


def _of_this_origin(request: Request[Any, Any, Any]) -> bool:
    """By what the browser says, which a page cannot change; no browser: the form token decides."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin")
    if origin is None:
        return True
    return urlsplit(origin).netloc == request.headers.get("host")
