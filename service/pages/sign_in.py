"""Signing in with an API token, and signing out."""

import structlog
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect

from service.composition import Services
from service.pages.addresses import local_path
from service.pages.rendering import AnyRequest, page
from service.pages.visitor import SignInNeeded, cookie_name, session_cookie
from service.sessions import begin_session, end_session
from service.tokens import authenticate

TOKEN_LENGTH_MAX = 200
TEMPLATE = "sign_in.html"
log = structlog.get_logger("grantledger.identity")
Form = URLEncodedBody[dict[str, str]]


def sign_in_page(request: AnyRequest, error: SignInNeeded) -> Response[str]:
    """The form in the place of a page that needs a session; a cookie that is dead goes."""
    notice = "ended" if error.ended else ""
    query = f"?{request.url.query}" if request.url.query else ""
    back = request.url.path + query if request.method == "GET" else "/"
    shown = page(request, TEMPLATE, status=401, notice=notice, back=local_path(back))
    shown.headers["WWW-Authenticate"] = 'Bearer realm="grantledger"'
    if error.ended:
        shown.set_cookie(session_cookie(request, ""))
    return shown


@get("/sign-in", include_in_schema=False, sync_to_thread=False)
def show_sign_in(request: AnyRequest, back: FromQuery[str] = "/") -> Response[str]:
    """The form."""
    return page(request, TEMPLATE, notice="", back=local_path(back))


@post("/sign-in", include_in_schema=False, sync_to_thread=True)
def sign_in(request: AnyRequest, data: Form) -> Response[str] | Redirect:
    """Begins a session; a token that is refused gets one answer, whatever the reason."""
    services: Services = request.app.state.services
    token, back = data.get("token", "").strip(), local_path(data.get("back", "/"))
    identity = authenticate(services.pool, token) if len(token) <= TOKEN_LENGTH_MAX else None
    if identity is None:
        log.warning("sign-in refused")
        shown = page(request, TEMPLATE, status=401, notice="refused", back=back)
        shown.headers["WWW-Authenticate"] = 'Bearer realm="grantledger"'
        return shown
    before = request.cookies.get(cookie_name(request))
    if before:
        end_session(services.pool, before)
    session = begin_session(services.pool, identity, token)
    log.info("sign-in", tenant=str(identity.tenant), user=str(identity.user_id))
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
