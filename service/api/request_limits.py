"""Limits on what comes before the body: the length of the address and the number of headers.

A compressed body is refused, however small: nobody knows how large it is. Of the body itself
`body_limits.py` limits how it comes, each operation how large it is, its decoding what it holds.
"""

from litestar.types import ASGIApp, Receive, Scope, Send

from service.api.problem import raw_problem

ADDRESS_MAX, HEADERS_MAX = 8_000, 100
HEAD = f"at most {ADDRESS_MAX} characters of address and {HEADERS_MAX} headers"
FAULTS = {
    "uri-too-long": HEAD,
    "headers-too-large": HEAD,
    "unsupported-media-type": "expected a body without Content-Encoding",
}


def with_request_limits(app: ASGIApp) -> ASGIApp:
    """Refuses with 414, 431 and 415 before anything is looked up."""

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        kind = _fault(scope) if scope["type"] == "http" else None
        if kind is None:
            await app(scope, receive, send)
            return
        request_id: str = scope["state"]["request_id"]
        status, headers, body = raw_problem(kind, FAULTS[kind], request_id)
        if kind == "unsupported-media-type":
            headers.append((b"accept-encoding", b"identity"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return handle


def _fault(scope: Scope) -> str | None:
    if len(scope["path"]) + len(scope["query_string"]) > ADDRESS_MAX:
        return "uri-too-long"
    if len(list(scope["headers"])) > HEADERS_MAX:
        return "headers-too-large"
    codings = {value.lower() for name, value in scope["headers"] if name == b"content-encoding"}
    if scope["type"] == "http" and scope["method"] == "POST" and codings - {b"identity"}:
        return "unsupported-media-type"
    return None
