"""Errors as pages: what the table of the API's problems says, in the reader's language."""

from collections.abc import Callable
from typing import Any

from litestar import Response
from litestar.exceptions import HTTPException

from service.api.errors import HANDLERS, of_http, request_id
from service.api.problem import TYPE_PREFIX
from service.pages.rendering import AnyRequest, page
from service.pages.sign_in import sign_in_page
from service.pages.visitor import ForeignForm, SignInNeeded
from service.store.keys import VaultClosed

Handler = Callable[[AnyRequest, Any], Response[Any]]


def as_page(handler: Handler) -> Handler:
    """The same problem as the API's, shown."""

    def handle(request: AnyRequest, error: Exception) -> Response[str]:
        problem = handler(request, error)
        kind = problem.content.type.removeprefix(TYPE_PREFIX)
        return error_page(request, kind, problem.content.status)

    return handle


def error_page(request: AnyRequest, kind: str, status: int) -> Response[str]:
    """What is wrong, what to do, and the id under which the log has it."""
    return page(
        request,
        "error.html",
        status=status,
        kind=kind if kind in SHOWN else _general(status),
        code=status,
        request_id=request_id(request),
    )


def _general(status: int) -> str:
    return "internal-error" if status >= 500 else "malformed-request"


def vault_closed(request: AnyRequest, _: VaultClosed) -> Response[str]:
    """A ledger restored without its vault: what needs no person can be read."""
    return error_page(request, "vault-closed", 503)


def foreign_form(request: AnyRequest, _: ForeignForm) -> Response[str]:
    """A form that was not sent by our own page of this session."""
    return error_page(request, "foreign-form", 403)


def outside_of_pages(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """No route: a page for who asks for one, a problem for programs and below `/v1`."""
    wants_page = "text/html" in request.headers.get("accept", "")
    if request.url.path.startswith("/v1/") or not wants_page:
        return of_http(request, error)
    return as_page(of_http)(request, error)


# The problems that have words of their own (`pages.error.KIND`).
SHOWN = (
    *("malformed-request", "forbidden", "not-found", "method-not-allowed", "foreign-form"),
    *("project-importing", "internal-error", "unavailable", "vault-closed"),
)
PAGE_HANDLERS: dict[int | type[Exception], Handler] = {
    **{kind: as_page(handler) for kind, handler in HANDLERS.items()},
    SignInNeeded: sign_in_page,
    ForeignForm: foreign_form,
    VaultClosed: vault_closed,
}
