"""Tokens and clients of the organisation: made, listed without their secrets, taken back."""

from datetime import UTC
from typing import Annotated, Any
from uuid import UUID, uuid5

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta
from psycopg import Connection

from domain.rejection import AlreadyRecorded, InvalidValue, NotFound
from service.api.caller import AsCaller
from service.api.fields import WRITTEN, Body, Id, Item
from service.api.lists import Key, of_pages
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import ClientId, TokenId, read, write
from service.api.users import Made, MaybeMoment, MaybeProject, Moment, NothingMore, utc
from service.clients import (
    CLIENTS,
    Client,
    ClientOrder,
    client_text,
    client_user,
    clients_page,
    new_client,
    revoke_client,
)
from service.permissions import PERMISSIONS
from service.tokens import (
    TOKENS,
    Token,
    TokenOrder,
    UnknownUser,
    new_token,
    revoke,
    tokens_page,
)

TokenName = Annotated[
    str,
    Meta(
        pattern=WRITTEN,
        max_length=100,
        description="Where it is used: no names of persons",
        examples=["accounting"],
    ),
]
Scope = Annotated[
    str, Meta(pattern=r"^[a-z_]+\.[a-z_]+\Z", max_length=60, examples=["documents.record"])
]
MaybeScopes = Annotated[
    Annotated[list[Scope], Meta(max_length=len(PERMISSIONS))] | None,
    Meta(
        description="What it may be used for; null: all that the user may do",
        examples=[["documents.record", "documents.read"]],
    ),
]
Scopes = Annotated[
    list[Scope],
    Meta(
        min_length=1,
        max_length=len(PERMISSIONS),
        description="What its tokens may be used for",
        examples=[["documents.record", "documents.read"]],
    ),
]
ONCE = "the first request made it; the secret is shown only once"


class TokenToMake(Body, frozen=True, kw_only=True):
    """A token of a user."""

    user_id: Annotated[UUID, Meta(examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"])]
    name: TokenName
    scopes: MaybeScopes = None
    expires_at: MaybeMoment = None


class ClientToMake(Body, frozen=True, kw_only=True):
    """Another program, in one project or in the whole organisation."""

    name: TokenName
    scopes: Scopes
    project_id: MaybeProject = None
    expires_at: MaybeMoment = None


class TokenMade(Made, frozen=True, kw_only=True):
    """A token, shown once."""

    token: Annotated[str, Meta(description="Shown only now", examples=["gl_…"])]


class ClientMade(Made, frozen=True, kw_only=True):
    """A client, its secret shown once."""

    client_id: Annotated[str, Meta(description="For the token endpoint", examples=["glc_…"])]
    client_secret: Annotated[str, Meta(description="Shown only now", examples=["gls_…"])]


class TokenListed(Item, frozen=True, kw_only=True):
    """A token without itself."""

    id: Id
    user_id: Annotated[UUID, Meta(examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"])]
    name: TokenName
    prefix: Annotated[
        str | None, Meta(description="First characters of the secret", examples=["k3Jd0a"])
    ]
    scopes: MaybeScopes
    created_at: Moment
    expires_at: MaybeMoment
    last_used_at: MaybeMoment
    revoked_at: MaybeMoment


class TokenPage(Item, frozen=True, kw_only=True):
    """A page of tokens, the oldest first."""

    items: list[TokenListed]
    next_cursor: NextCursor


class ClientListed(Item, frozen=True, kw_only=True):
    """A client without its secret."""

    id: Id
    client_id: Annotated[str, Meta(examples=["glc_…"])]
    user_id: Annotated[UUID, Meta(examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"])]
    name: TokenName
    scopes: Scopes
    created_at: Moment
    expires_at: MaybeMoment
    last_used_at: MaybeMoment
    revoked_at: MaybeMoment


class ClientPage(Item, frozen=True, kw_only=True):
    """A page of clients, the oldest first."""

    items: list[ClientListed]
    next_cursor: NextCursor


@read(
    "/tokens",
    permission="organisation.administer",
    lists=TokenListed,
    operation_id="list_tokens",
    summary="List tokens",
    tags=["access"],
)
def tokens(
    caller: AsCaller, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Response[TokenPage]:
    """The tokens of all users, revoked ones too."""

    def read_page(most: int, after: Key) -> tuple[list[TokenListed], Key]:
        found, last = tokens_page(caller.services.pool, caller.tenant, most, after)
        return [_token(one) for one in found], last

    return of_pages(caller, TokenPage, TOKENS.order, read_page, limit, cursor)


@write(
    "/tokens",
    permission="organisation.administer",
    operation_id="make_token",
    summary="Make a token",
    tags=["access"],
)
def make_token(caller: AsCaller, data: JSONBody[TokenToMake]) -> Response[TokenMade]:
    """Makes a token for a user. The answer is the only place where it is seen."""
    order = TokenOrder(data.user_id, data.name, data.expires_at, data.scopes)
    made: list[str] = []

    def make(connection: Connection[Any], new: UUID) -> None:
        try:
            made.append(new_token(connection, caller.tenant, order, new, caller.actor))
        except UnknownUser as unknown:
            raise NotFound(str(unknown), "/user_id") from None
        except ValueError as refused:
            raise InvalidValue(str(refused), "/scopes") from None

    new, first = caller.administer(make)
    if not first:
        raise AlreadyRecorded(ONCE)
    return Response(TokenMade(id=new, token=made[0]))


@write(
    "/tokens/{token_id:uuid}/revocation",
    permission="organisation.administer",
    operation_id="revoke_token",
    summary="Revoke a token",
    tags=["access"],
)
def take_token_back(
    caller: AsCaller, token_id: TokenId, data: JSONBody[NothingMore]
) -> Response[Made]:
    """Refused from the next request on, with the sessions that it began."""
    del data

    def take_back(connection: Connection[Any], _: UUID) -> None:
        if not revoke(connection, caller.tenant, token_id):
            raise NotFound("there is no such token in force", "/token_id")

    caller.administer(take_back)
    return Response(Made(id=token_id))


@read(
    "/clients",
    permission="organisation.administer",
    lists=ClientListed,
    operation_id="list_clients",
    summary="List clients",
    tags=["access"],
)
def clients(
    caller: AsCaller, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Response[ClientPage]:
    """The other programs that may get access tokens."""

    def read_page(most: int, after: Key) -> tuple[list[ClientListed], Key]:
        found, last = clients_page(caller.services.pool, caller.tenant, most, after)
        return [_client(caller.tenant, one) for one in found], last

    return of_pages(caller, ClientPage, CLIENTS.order, read_page, limit, cursor)


@write(
    "/clients",
    permission="organisation.administer",
    operation_id="make_client",
    summary="Make a client",
    tags=["access"],
)
def make_client(caller: AsCaller, data: JSONBody[ClientToMake]) -> Response[ClientMade]:
    """Makes a client for OAuth 2.0 client credentials, at `/oauth/token`."""
    order = ClientOrder(data.name, data.scopes, data.project_id, data.expires_at)
    made: list[str] = []

    def make(connection: Connection[Any], new: UUID) -> None:
        user = client_user(caller.services.vault, caller.tenant, data.name, uuid5(new, "user"))
        made.append(new_client(connection, user, caller.tenant, new, order, caller.actor))

    new, first = caller.administer(make)
    if not first:
        raise AlreadyRecorded(ONCE)
    text = client_text(caller.tenant, new)
    return Response(ClientMade(id=new, client_id=text, client_secret=made[0]))


@write(
    "/clients/{client_id:uuid}/revocation",
    permission="organisation.administer",
    operation_id="revoke_client",
    summary="Revoke a client",
    tags=["access"],
)
def take_client_back(
    caller: AsCaller, client_id: ClientId, data: JSONBody[NothingMore]
) -> Response[Made]:
    """It gets no more tokens, and those that it has are refused from the next request on."""
    del data
    caller.administer(lambda connection, _: revoke_client(connection, caller.tenant, client_id))
    return Response(Made(id=client_id))


def _token(found: Token) -> TokenListed:
    return TokenListed(
        id=found.token_id,
        user_id=found.user_id,
        name=found.name,
        prefix=found.prefix,
        scopes=found.scopes,
        created_at=found.created_at.astimezone(UTC),
        expires_at=utc(found.expires_at),
        last_used_at=utc(found.last_used_at),
        revoked_at=utc(found.revoked_at),
    )


def _client(tenant: UUID, found: Client) -> ClientListed:
    return ClientListed(
        id=found.client_id,
        client_id=client_text(tenant, found.client_id),
        user_id=found.user_id,
        name=found.name,
        scopes=found.scopes,
        created_at=found.created_at.astimezone(UTC),
        expires_at=utc(found.expires_at),
        last_used_at=utc(found.last_used_at),
        revoked_at=utc(found.revoked_at),
    )
