"""The token endpoint of OAuth 2.0 (client credentials only) and the public keys.

Its errors have the shape of RFC 6749, not of the other endpoints, because its clients are libraries
that know only that one.
"""

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl, unquote_plus

import structlog
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread

from service.access_tokens import UnknownScope
from service.clients import ClientInForce, client_in_force, parse_client
from service.composition import Services

FORM = "application/x-www-form-urlencoded"
FIELDS_MAX, BODY_MAX = 20, 10_000
NO_STORE = {"Cache-Control": "no-store"}
BASIC_CHALLENGE = {"WWW-Authenticate": 'Basic realm="grantledger", charset="UTF-8"'}
log = structlog.get_logger("grantledger.identity")


class Refused(Exception):
    """An error of RFC 6749, 5.2."""

    def __init__(self, error: str, text: str) -> None:
        super().__init__(text)
        self.error, self.text = error, text


@post("/oauth/token", include_in_schema=False, status_code=200, request_max_body_size=BODY_MAX)
async def issue_token(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """An access token for a client and its secret (`client_secret_basic` or `_post`)."""
    services: Services = request.app.state.services
    try:
        form = _form(request.content_type[0], await request.body())
        given = _credentials(form, request.headers.get("authorization"))
        content = await sync_to_thread(_issue, services, form, given)
    except Refused as refused:
        status = 401 if refused.error == "invalid_client" else 400
        headers = NO_STORE | (BASIC_CHALLENGE if status == 401 else {})
        content = {"error": refused.error, "error_description": refused.text}
        return Response(content, status_code=status, headers=headers)
    return Response(content, headers=NO_STORE)


@get("/.well-known/jwks.json", include_in_schema=False, sync_to_thread=True)
def key_set(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
    """The public keys that access tokens are verified with."""
    services: Services = request.app.state.services
    keys = [key.public() for key in services.signing_keys.good()]
    headers = {"Cache-Control": "public, max-age=60"}
    return Response({"keys": keys}, headers=headers, media_type="application/jwk-set+json")


def _issue(services: Services, form: dict[str, str], given: tuple[str, str]) -> dict[str, Any]:
    client = _client(services, *given)
    if form.get("grant_type") != "client_credentials":
        raise Refused("unsupported_grant_type", "expected grant_type=client_credentials")
    try:
        issued = services.access_tokens.issue(client, form.get("scope"))
    except UnknownScope:
        raise Refused("invalid_scope", "the client may not have such a scope") from None
    return {
        "access_token": issued.token,
        "token_type": "Bearer",
        "expires_in": issued.life_s,
        "scope": " ".join(issued.scopes),
    }


def _client(services: Services, client_id: str, secret: str) -> ClientInForce:
    named = parse_client(client_id)
    client = None if named is None else client_in_force(services.pool, *named)
    if client is None or not client.proves(secret):
        log.warning("client refused", client=client_id if client else None)
        raise Refused("invalid_client", "client or secret is not accepted")
    return client


def _form(media_type: str, body: bytes) -> dict[str, str]:
    if media_type != FORM:
        raise Refused("invalid_request", f"expected Content-Type: {FORM}")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError:
        raise Refused("invalid_request", "the body is not a form") from None
    form = dict(pairs)
    if len(form) != len(pairs):
        raise Refused("invalid_request", "a field is there twice")
    return form


def _credentials(form: dict[str, str], header: str | None) -> tuple[str, str]:
    """By one way, not by both."""
    in_form = "client_secret" in form
    if header is None:
        if not in_form or "client_id" not in form:
            raise Refused("invalid_client", "send the client's id and secret")
        return form["client_id"], form["client_secret"]
    if in_form:
        raise Refused("invalid_request", "send the secret in one place only")
    scheme, _, encoded = header.partition(" ")
    try:
        if scheme.lower() != "basic":
            raise ValueError(scheme)
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise Refused("invalid_client", "expected Authorization: Basic") from None
    client_id, _, secret = text.partition(":")
    if form.get("client_id", client_id) != client_id:
        raise Refused("invalid_request", "the form names another client")
    return unquote_plus(client_id), unquote_plus(secret)
