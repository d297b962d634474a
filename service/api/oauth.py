"""The token endpoint of OAuth 2.0 (client credentials only) and the public keys.

Its errors have the shape of RFC 6749, not of the other endpoints, because its clients are libraries
that know only that one.
"""

import base64
import binascii
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote_plus

import structlog
from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from msgspec import Meta

from service.access_tokens import UnknownScope
from service.api.fields import Item
from service.clients import ClientInForce, client_in_force, parse_client
from service.composition import Services

FORM = "application/x-www-form-urlencoded"
FIELDS_MAX, BODY_MAX = 20, 10_000
NO_STORE = {"Cache-Control": "no-store"}
BASIC_CHALLENGE = {"WWW-Authenticate": 'Basic realm="grantledger", charset="UTF-8"'}
log = structlog.get_logger("grantledger.identity")


class AccessToken(Item, frozen=True, kw_only=True):
    """An access token of a program (RFC 6749, 5.1); a JWT of RFC 9068."""

    access_token: Annotated[str, Meta(max_length=4_096, examples=["eyJ0eXAiOiJhdCtqd3Qi…"])]
    token_type: Annotated[str, Meta(examples=["Bearer"])]
    expires_in: Annotated[int, Meta(description="Seconds", examples=[600])]
    scope: Annotated[
        str,
        Meta(
            description="What it may do, separated by spaces",
            examples=["documents.read projects.read"],
        ),
    ]


class TokenRefused(Item, frozen=True, kw_only=True):
    """Why there is no token (RFC 6749, 5.2)."""

    error: Annotated[str, Meta(description="For programs", examples=["invalid_scope"])]
    error_description: Annotated[
        str,
        Meta(description="For people", examples=["the client may not have such a scope"]),
    ]


class PublicKey(Item, frozen=True, kw_only=True):
    """A key that access tokens are verified with (RFC 7517, RFC 8037)."""

    kty: Annotated[str, Meta(examples=["OKP"])]
    crv: Annotated[str, Meta(examples=["Ed25519"])]
    x: Annotated[str, Meta(examples=["11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"])]
    kid: Annotated[
        str,
        Meta(
            description="The header of a token names it",
            examples=["9a3e0e1b-0d0a-4c57-9f5a-0a7a1b8d3c21"],
        ),
    ]
    use: Annotated[str, Meta(examples=["sig"])]
    alg: Annotated[str, Meta(examples=["EdDSA"])]


class KeySet(Item, frozen=True, kw_only=True):
    """All keys whose tokens are good."""

    keys: list[PublicKey]


class Refused(Exception):
    """An error of RFC 6749, 5.2."""

    def __init__(self, error: str, text: str) -> None:
        super().__init__(text)
        self.error, self.text = error, text


@post("/oauth/token", include_in_schema=False, status_code=200, request_max_body_size=BODY_MAX)
async def issue_token(
    request: Request[Any, Any, Any],
) -> Response[AccessToken] | Response[TokenRefused]:
    """An access token for a client and its secret (`client_secret_basic` or `_post`)."""
    services: Services = request.app.state.services
    try:
        form = _form(request.content_type[0], await request.body())
        given = _credentials(form, request.headers.get("authorization"))
        content = await sync_to_thread(_issue, services, form, given)
    except Refused as refused:
        status = 401 if refused.error == "invalid_client" else 400
        headers = NO_STORE | (BASIC_CHALLENGE if status == 401 else {})
        why = TokenRefused(error=refused.error, error_description=refused.text)
        return Response(why, status_code=status, headers=headers)
    return Response(content, headers=NO_STORE)


@get("/.well-known/jwks.json", include_in_schema=False, sync_to_thread=True)
def key_set(request: Request[Any, Any, Any]) -> Response[KeySet]:
    """The public keys that access tokens are verified with."""
    services: Services = request.app.state.services
    keys = [PublicKey(**key.public()) for key in services.signing_keys.good()]
    headers = {"Cache-Control": "public, max-age=60"}
    return Response(KeySet(keys=keys), headers=headers, media_type="application/jwk-set+json")


def _issue(services: Services, form: dict[str, str], given: tuple[str, str]) -> AccessToken:
    client = _client(services, *given)
    if form.get("grant_type") != "client_credentials":
        raise Refused("unsupported_grant_type", "expected grant_type=client_credentials")
    try:
        issued = services.access_tokens.issue(client, form.get("scope"))
    except UnknownScope:
        raise Refused("invalid_scope", "the client may not have such a scope") from None
    return AccessToken(
        access_token=issued.token,
        token_type="Bearer",  # noqa: S106 not a secret
        expires_in=issued.life_s,
        scope=" ".join(issued.scopes),
    )


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
