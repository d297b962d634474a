"""Signing in with login, password and code, or with an API token; and signing out.

What is wrong gets one answer for each of the two ways. Where there are several organisations a
login needs the id of one; they are never listed.
"""

import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect

from service.composition import Services
from service.identity import tenant_ids
from service.pages.addresses import local_path
from service.pages.rendering import AnyRequest, page
from service.pages.visitor import SignInNeeded, cookie_name, session_cookie
from service.passwords import LOGIN_LENGTH_MAX
from service.permissions import Rights
from service.sessions import begin_session, end_session
from service.sign_in import Attempt, CodeNeeded, SignInBlocked, SignInRefused
from service.sign_in import sign_in as judge
from service.store.keys import VaultClosed
from service.tokens import Identity, authenticate

TOKEN_LENGTH_MAX = 200
FIELD_LENGTH_MAX = 1000  # what is longer is no login, password or code
NOBODY = "x" * (LOGIN_LENGTH_MAX + 1)  # longer than a login can be
TEMPLATE = "sign_in.html"
log = structlog.get_logger("grantledger.identity")
Form = URLEncodedBody[dict[str, str]]


class TokenRefused(Exception):
    """The token is none, or is refused: why, is not said."""


# What is said on the form (`pages.sign_in.NOTICE`), with which status.
REFUSALS: Mapping[type[Exception], tuple[str, int]] = {
    TokenRefused: ("refused", 401),
    SignInRefused: ("wrong", 401),
    CodeNeeded: ("code", 401),
    SignInBlocked: ("blocked", 429),
    VaultClosed: ("closed", 503),
}


def sign_in_page(request: AnyRequest, error: SignInNeeded) -> Response[str]:
    """The form in the place of a page that needs a session; a cookie that is dead goes."""
    notice = "ended" if error.ended else ""
    query = f"?{request.url.query}" if request.url.query else ""
    back = request.url.path + query if request.method == "GET" else "/"
    shown = _form(request, notice, 401, back=local_path(back), several=error.several)
    if error.ended:
        shown.set_cookie(session_cookie(request, ""))
    return shown


@get("/sign-in", include_in_schema=False, sync_to_thread=True)
def show_sign_in(request: AnyRequest, back: FromQuery[str] = "/") -> Response[str]:
    """The form."""
    services: Services = request.app.state.services
    several = len(tenant_ids(services.pool)) > 1
    return _form(request, "", 200, back=local_path(back), several=several)


@post("/sign-in", include_in_schema=False, sync_to_thread=True)
def sign_in(request: AnyRequest, data: Form) -> Response[str] | Redirect:
    """Begins a session, or shows the form again without what is secret."""
    services: Services = request.app.state.services
    back, tenants = local_path(data.get("back", "/")), tenant_ids(services.pool)
    try:
        if "login" in data or "password" in data:
            address = request.client.host if request.client else ""
            session = _by_password(services, tenants, data, address)
        else:
            session = _by_token(services, data.get("token", "").strip())
    except tuple(REFUSALS) as refusal:
        notice, status = REFUSALS[type(refusal)]
        given = {name: data.get(name, "")[:LOGIN_LENGTH_MAX] for name in ("organisation", "login")}
        wait_s = refusal.wait_s if isinstance(refusal, SignInBlocked) else 0
        several = len(tenants) > 1
        return _form(request, notice, status, back=back, several=several, wait_s=wait_s, **given)
    before = request.cookies.get(cookie_name(request))
    if before:
        end_session(services.pool, before)
    return Redirect(back, status_code=303, cookies=[session_cookie(request, session)])


@post("/sign-out", include_in_schema=False, sync_to_thread=True)
def sign_out(request: AnyRequest) -> Redirect:
    """Ends the session at once, here and in every copy of the cookie."""
    services: Services = request.app.state.services
    end_session(services.pool, request.cookies[cookie_name(request)])
    return Redirect(
        "/sign-in",
        status_code=303,
        cookies=[session_cookie(request, "")],
        headers={"Clear-Site-Data": '"cache"'},  # charts are kept by their addresses
    )


def _form(request: AnyRequest, notice: str, status: int, **values: Any) -> Response[str]:
    """The form, with what is said above it and what was given that is not secret."""
    shown = {"login": "", "organisation": "", "wait_s": 0, **values}
    answer = page(request, TEMPLATE, status=status, notice=notice, **shown)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="grantledger"'
    if wait_s := shown["wait_s"]:
        answer.headers["Retry-After"] = str(wait_s)
    return answer


def _by_token(services: Services, token: str) -> str:
    """A session that ends with the token. Tokens are not counted: nobody guesses 256 bits."""
    identity = authenticate(services.pool, token) if len(token) <= TOKEN_LENGTH_MAX else None
    if identity is None:
        log.warning("sign-in refused")
        raise TokenRefused
    log.info("sign-in", tenant=str(identity.tenant), user=str(identity.user_id))
    return begin_session(services.pool, identity, token)


def _by_password(
    services: Services, tenants: list[UUID], data: Mapping[str, str], address: str
) -> str:
    """A session of all that the user may do. Raises what `REFUSALS` names."""
    given = {name: value[:FIELD_LENGTH_MAX] for name, value in data.items()}
    code = given.get("code", "").strip() or given.get("recovery", "")
    tenant, login = _judged_as(tenants, given.get("organisation", ""), given.get("login", ""))
    attempt = Attempt(
        login=login,
        password=given.get("password", ""),
        code="".join(code.split()) or None,  # apps show six digits in two groups
        address=address,
        now=time.time(),
    )
    user = judge(services.pool, services.vault, tenant, attempt)
    return begin_session(services.pool, Identity(tenant, user, Rights(())), None)


def _judged_as(tenants: list[UUID], organisation: str, login: str) -> tuple[UUID, str]:
    """Whose login it is. An id that is none is judged too, as a login that nobody can have.

    So it takes the same work and counts as an attempt, and nobody learns which ids there are.
    """
    if not tenants:
        raise SignInRefused
    if len(tenants) == 1:
        return tenants[0], login
    try:
        wanted = UUID(organisation.strip())
    except ValueError:
        return tenants[0], NOBODY + login
    return (wanted, login) if wanted in tenants else (tenants[0], NOBODY + login)
