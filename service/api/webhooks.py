"""Webhook endpoints: where an organisation's events are sent to, and with which secret."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta
from psycopg import Connection

from service.api.caller import AsCaller, Caller
from service.api.fields import NO_NUL, Body, Id, Item
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import EndpointId, read, write
from service.api.users import Made, MaybeMoment, Moment, NothingMore, utc
from service.webhooks import endpoints
from service.webhooks.endpoints import Endpoint, Endpoints, Settings
from service.webhooks.signing import secret_text

POSITION_MAX = 2**53
Url = Annotated[
    str,
    Meta(
        pattern=r"^https?://[!-~]+$",
        max_length=2000,
        description="By https, at a public address, port 443 or 8443; no secrets in it",
        examples=["https://accounting.example.org/grantledger"],
    ),
]
Description = Annotated[
    str,
    Meta(
        pattern=NO_NUL,
        max_length=200,
        description="What it is for: no names of persons",
        examples=["accounting"],
    ),
]
EventType = Annotated[
    str,
    Meta(
        pattern=r"^[a-z-]{1,40}\.[a-z-]{1,40}\.v[1-9][0-9]{0,3}$",
        max_length=90,
        examples=["claim.paid.v1"],
    ),
]
MaybeTypes = Annotated[
    Annotated[list[EventType], Meta(min_length=1, max_length=50)] | None,
    Meta(
        description="Only events with these stored names; null: all", examples=[["claim.paid.v1"]]
    ),
]
OfProject = Annotated[
    UUID | None,
    Meta(
        description="Only events that concern this project and no other; null: all",
        examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"],
    ),
]
Position = Annotated[
    int, Meta(ge=0, le=POSITION_MAX, description="A position of the log", examples=[17])
]
MaybeAfter = Annotated[
    Annotated[int, Meta(ge=0, le=POSITION_MAX)] | None,
    Meta(description="Send what is after this position; null: what is recorded from now on"),
]


class WebhookEndpointToMake(Body, frozen=True, kw_only=True):
    """An endpoint."""

    url: Url
    description: Description = ""
    project_id: OfProject = None
    types: MaybeTypes = None
    after: MaybeAfter = None


class WebhookEndpointToChange(Body, frozen=True, kw_only=True):
    """All that can be changed, anew."""

    url: Url
    description: Description
    project_id: OfProject
    types: MaybeTypes
    enabled: Annotated[
        bool, Meta(description="Enabled anew it goes on where it was", examples=[True])
    ]


class WebhookSecret(Item, frozen=True, kw_only=True):
    """An endpoint's newest secret."""

    id: Id
    secret: Annotated[
        str,
        Meta(
            description="What signatures are verified with (Standard Webhooks)",
            examples=["whsec_…"],
        ),
    ]


class WebhookEndpoint(Item, frozen=True, kw_only=True):
    """An endpoint without its secret."""

    id: Id
    url: Url
    description: Description
    project_id: OfProject
    types: MaybeTypes
    enabled: Annotated[bool, Meta(examples=[True])]
    disabled_at: MaybeMoment
    disabled_reason: Annotated[
        str | None,
        Meta(description="Why nothing is sent", examples=["the endpoint answered 410 Gone"]),
    ]
    position: Annotated[
        int,
        Meta(description="Up to here events were taken or are listed deliveries", examples=[17]),
    ]
    held_until: MaybeMoment
    attempted_at: MaybeMoment
    taken_at: MaybeMoment
    created_at: Moment
    old_secret_until: MaybeMoment


class WebhookEndpointPage(Item, frozen=True, kw_only=True):
    """A page of endpoints in the order in which they were made."""

    items: list[WebhookEndpoint]
    next_cursor: NextCursor


PATH = "/webhook-endpoints"
ONE = f"{PATH}/{{endpoint_id:uuid}}"


@read(
    PATH,
    permission="organisation.administer",
    operation_id="list_webhook_endpoints",
    summary="List webhook endpoints",
    tags=["webhooks"],
)
def list_webhook_endpoints(
    caller: AsCaller, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Response[WebhookEndpointPage]:
    """Where events are sent to, and how far each endpoint is."""
    cursors = caller.cursors()
    after = cursors.read(cursor, endpoints.LIST.order)
    pool = caller.services.pool
    found, last = endpoints.endpoints_page(pool, caller.tenant, limit, after)
    items = [_item(one) for one in found]
    return Response(WebhookEndpointPage(items=items, next_cursor=cursors.after(last)))


@read(
    ONE,
    permission="organisation.administer",
    operation_id="read_webhook_endpoint",
    summary="Read a webhook endpoint",
    tags=["webhooks"],
)
def read_webhook_endpoint(caller: AsCaller, endpoint_id: EndpointId) -> Response[WebhookEndpoint]:
    """One endpoint without its secret."""
    found = endpoints.endpoint_of(caller.services.pool, caller.tenant, endpoint_id)
    return Response(_item(found))


@write(
    PATH,
    permission="organisation.administer",
    operation_id="make_webhook_endpoint",
    summary="Make a webhook endpoint",
    tags=["webhooks"],
)
def make_webhook_endpoint(
    caller: AsCaller, data: JSONBody[WebhookEndpointToMake]
) -> Response[WebhookSecret]:
    """Events are sent to it from now on, or from a position on; the answer has its secret."""
    settings = Settings(
        url=data.url, description=data.description, project=data.project_id, types=data.types
    )
    of_tenant = endpoints_of(caller)
    made = _secret(
        caller, lambda one, new: of_tenant.create(one, new, settings, data.after, caller.actor)
    )
    return Response(made, headers={"Location": f"/v1/webhook-endpoints/{made.id}"})


@write(
    f"{ONE}/change",
    permission="organisation.administer",
    operation_id="change_webhook_endpoint",
    summary="Change, enable or disable a webhook endpoint",
    tags=["webhooks"],
)
def change_webhook_endpoint(
    caller: AsCaller, endpoint_id: EndpointId, data: JSONBody[WebhookEndpointToChange]
) -> Response[Made]:
    """Says anew what the endpoint is; what waits for another attempt waits on."""
    settings = Settings(
        url=data.url, description=data.description, project=data.project_id, types=data.types
    )
    of_tenant, enabled = endpoints_of(caller), data.enabled
    return _done(
        caller,
        endpoint_id,
        lambda connection: of_tenant.change(connection, endpoint_id, settings, enabled=enabled),
    )


@write(
    f"{ONE}/removal",
    permission="organisation.administer",
    operation_id="remove_webhook_endpoint",
    summary="Remove a webhook endpoint",
    tags=["webhooks"],
)
def remove_webhook_endpoint(
    caller: AsCaller, endpoint_id: EndpointId, data: JSONBody[NothingMore]
) -> Response[Made]:
    """Nothing is sent to it any more; its deliveries and attempts are forgotten."""
    del data
    of_tenant = endpoints_of(caller)
    return _done(caller, endpoint_id, lambda one: of_tenant.remove(one, endpoint_id))


@write(
    f"{ONE}/secret-rotation",
    permission="organisation.administer",
    operation_id="rotate_webhook_secret",
    summary="Give a webhook endpoint a new secret",
    tags=["webhooks"],
)
def rotate_webhook_secret(
    caller: AsCaller, endpoint_id: EndpointId, data: JSONBody[NothingMore]
) -> Response[WebhookSecret]:
    """For 24 hours events are signed with the secret before too."""
    del data
    of_tenant = endpoints_of(caller)
    return Response(_secret(caller, lambda one, _: of_tenant.rotate(one, endpoint_id), endpoint_id))


def endpoints_of(caller: Caller) -> Endpoints:
    """The endpoints of the caller's organisation. Raises VaultClosed."""
    services = caller.services
    key = services.vault.key_of_secrets(caller.tenant)
    return Endpoints(key, caller.tenant, services.settings.webhook_hosts)


def _done(
    caller: Caller, endpoint: UUID, change: Callable[[Connection[Any]], object]
) -> Response[Made]:
    def once(connection: Connection[Any], _: UUID) -> None:
        change(connection)

    caller.administer(once)
    return Response(Made(id=endpoint))


def _secret(
    caller: Caller,
    change: Callable[[Connection[Any], UUID], object],
    endpoint: UUID | None = None,
) -> WebhookSecret:
    """Makes a change once; the secret of its endpoint (the new one), also where it is a dry run."""
    found: list[WebhookSecret] = []

    def show(connection: Connection[Any], new: UUID) -> None:
        of = endpoint or new
        secret = endpoints.secret_of(connection, caller.services.vault, caller.tenant, of)
        found.append(WebhookSecret(id=of, secret=secret_text(secret)))

    caller.administer(change, show)
    return found[0]


def _item(found: Endpoint) -> WebhookEndpoint:
    moments: dict[str, datetime | None] = {
        name: utc(getattr(found, name))
        for name in ("disabled_at", "held_until", "attempted_at", "taken_at", "old_secret_until")
    }
    return WebhookEndpoint(
        id=found.endpoint_id,
        url=found.url,
        description=found.description,
        project_id=found.project_id,
        types=found.types,
        enabled=found.disabled_at is None,
        disabled_reason=found.disabled_reason,
        position=found.position,
        created_at=found.created_at.astimezone(UTC),
        **moments,
    )
