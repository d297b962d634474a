"""Limits on what comes before the body: the length of the address and the number of headers.

The body has its own limit where it is read, its nesting and lists where it is decoded.
"""

from litestar.types import ASGIApp, Receive, Scope, Send

from service.api.problem import raw_problem

ADDRESS_MAX, HEADERS_MAX = 8_000, 100


def with_request_limits(app: ASGIApp) -> ASGIApp:
    """Refuses with 414 and 431 before anything is looked up."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        kind = _fault(scope) if scope["type"] == "http" else None
        if kind is None:
            await app(scope, receive, send)
            return
        detail = f"at most {ADDRESS_MAX} characters of address and {HEADERS_MAX} headers"
        request_id: str = scope["state"]["request_id"]
        status, headers, body = raw_problem(kind, detail, request_id)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return handle


def _fault(scope: Scope) -> str | None:
    if len(scope["path"]) + len(scope["query_string"]) > ADDRESS_MAX:
        return "uri-too-long"
    if len(list(scope["headers"])) > HEADERS_MAX:
        return "headers-too-large"
    return None
