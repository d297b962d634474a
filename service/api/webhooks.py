"""Webhook endpoints: where an organisation's events are sent to, and with which secret."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from psycopg import Connection

from service.api.caller import AsCaller, Caller
from service.api.lists import Key, of_pages
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit
from service.api.preconditions import version_tag
from service.api.route import EndpointId, read, write
from service.api.users import Made, NothingMore, utc
from service.api.webhook_bodies import (
    WebhookEndpoint,
    WebhookEndpointPage,
    WebhookEndpointToChange,
    WebhookEndpointToMake,
    WebhookSecret,
)
from service.webhooks import endpoints
from service.webhooks.endpoints import Endpoint, Endpoints, Settings
from service.webhooks.signing import secret_text

Show = Callable[[Connection[Any], UUID], object]
PATH = "/webhook-endpoints"
ONE = f"{PATH}/{{endpoint_id:uuid}}"


@read(
    PATH,
    permission="organisation.administer",
    lists=WebhookEndpoint,
    operation_id="list_webhook_endpoints",
    summary="List webhook endpoints",
    tags=["webhooks"],
)
def list_webhook_endpoints(
    caller: AsCaller, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Response[WebhookEndpointPage]:
    """Where events are sent to, and how far each endpoint is."""

    def read_page(most: int, after: Key) -> tuple[list[WebhookEndpoint], Key]:
        pool = caller.services.pool
        found, last = endpoints.endpoints_page(pool, caller.tenant, most, after)
        return [_item(one) for one in found], last

    return of_pages(caller, WebhookEndpointPage, endpoints.LIST.order, read_page, limit, cursor)


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
    return Response(_item(found), headers={"ETag": version_tag(found.version)})


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
    show, found = _shown(caller)
    caller.administer(
        lambda one, new: of_tenant.create(one, new, settings, data.after, caller.actor), show
    )
    return Response(found[0], headers={"Location": f"/v1/webhook-endpoints/{found[0].id}"})


@write(
    f"{ONE}/change",
    permission="organisation.administer",
    changes="endpoint_id",
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
    headers = _changed(
        caller,
        endpoint_id,
        lambda connection: of_tenant.change(connection, endpoint_id, settings, enabled=enabled),
    )
    return Response(Made(id=endpoint_id), headers=headers)


@write(
    f"{ONE}/removal",
    permission="organisation.administer",
    changes="endpoint_id",
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
    _changed(caller, endpoint_id, lambda one: of_tenant.remove(one, endpoint_id))
    return Response(Made(id=endpoint_id))


@write(
    f"{ONE}/secret-rotation",
    permission="organisation.administer",
    changes="endpoint_id",
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
    show, found = _shown(caller, endpoint_id)
    headers = _changed(caller, endpoint_id, lambda one: of_tenant.rotate(one, endpoint_id), show)
    return Response(found[0], headers=headers)


def endpoints_of(caller: Caller) -> Endpoints:
    """The endpoints of the caller's organisation. Raises VaultClosed."""
    services = caller.services
    key = services.vault.key_of_secrets(caller.tenant)
    return Endpoints(key, caller.tenant, services.settings.webhook_hosts)


def _changed(
    caller: Caller,
    endpoint: UUID,
    change: Callable[[Connection[Any]], object],
    show: Show | None = None,
) -> dict[str, str]:
    """Changes an endpoint once, if it is as the caller has seen it; the headers of the answer.

    A repeated request gets no tag: the endpoint may have changed since. Raises StaleVersion.
    """
    precondition, of_tenant = caller.precondition(), endpoints_of(caller)
    headers: dict[str, str] = {}

    def once(connection: Connection[Any], _: UUID) -> None:
        version = of_tenant.version(connection, endpoint)
        if precondition is not None:
            precondition.check(version)
        change(connection)
        headers["ETag"] = version_tag(version + 1)

    caller.administer(once, show)
    return headers


def _shown(caller: Caller, endpoint: UUID | None = None) -> tuple[Show, list[WebhookSecret]]:
    """Reads the newest secret of an endpoint, or of the new one, into a list; in a dry run too."""
    found: list[WebhookSecret] = []

    def show(connection: Connection[Any], new: UUID) -> None:
        of = endpoint or new
        secret = endpoints.secret_of(connection, caller.services.vault, caller.tenant, of)
        found.append(WebhookSecret(id=of, secret=secret_text(secret)))

    return show, found


def _item(found: Endpoint) -> WebhookEndpoint:
    moments: dict[str, datetime | None] = {
        name: utc(getattr(found, name))
        for name in ("disabled_at", "held_until", "attempted_at", "taken_at", "old_secret_until")
    }
    return WebhookEndpoint(
        id=found.endpoint_id,
        version=found.version,
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
