"""What became of the events of a webhook endpoint; sending one again, or all from a position."""

from datetime import UTC
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta
from psycopg import Connection

from service.api.caller import AsCaller, Caller
from service.api.fields import Body, Item
from service.api.lists import Key, of_pages
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit, NextCursor
from service.api.route import EndpointId, read, write
from service.api.users import Made, MaybeMoment, Moment, utc
from service.api.webhook_bodies import EventType, Position
from service.api.webhooks import ONE, endpoints_of
from service.webhooks import deliveries, endpoints
from service.webhooks.deliveries import Attempt, Deliveries, Delivery

OnlyDead = Annotated[
    bool | None,
    QueryParameter(description="Only dead ones, or only those that wait for another attempt"),
]
EventId = Annotated[UUID, Meta(examples=["9a3e0e1b-0d0a-4c57-9f5a-0a7a1b8d3c21"])]
What = Annotated[
    str,
    Meta(
        description="`delivered`; `status`: answered otherwise; or why there was no answer:"
        " `timeout`, `not_connected`, `tls`, `unresolved`, `address_refused`, `not_http`",
        examples=["status"],
    ),
]


class WebhookDelivery(Item, frozen=True, kw_only=True):
    """An event that was not taken, or is to be sent again."""

    position: Position
    event_id: EventId
    type: EventType
    state: Annotated[
        str, Meta(description="`waiting` for another attempt, or `dead`", examples=["waiting"])
    ]
    attempts: Annotated[int, Meta(description="So far", examples=[3])]
    outcome: Annotated[
        str | None, Meta(description="Of the last attempt", examples=["not_connected"])
    ]
    since: Moment
    due_at: MaybeMoment


class WebhookDeliveryPage(Item, frozen=True, kw_only=True):
    """A page of deliveries in the order of the log."""

    items: list[WebhookDelivery]
    next_cursor: NextCursor


class WebhookAttempt(Item, frozen=True, kw_only=True):
    """What an attempt was answered."""

    number: Annotated[int, Meta(description="Of the endpoint's attempts", examples=[120])]
    position: Position
    event_id: EventId
    type: EventType
    attempt: Annotated[int, Meta(description="Of this event", examples=[1])]
    at: Moment
    outcome: What
    status: Annotated[int | None, Meta(description="HTTP status", examples=[503])]
    duration_ms: Annotated[int, Meta(examples=[35])]


class WebhookAttemptPage(Item, frozen=True, kw_only=True):
    """A page of attempts, the last one first; the last 1,000 of an endpoint are kept."""

    items: list[WebhookAttempt]
    next_cursor: NextCursor


class EventToReplay(Body, frozen=True, kw_only=True):
    """An event of the endpoint's, by its position."""

    position: Annotated[
        int, Meta(ge=1, le=2**53, description="The event's `sequence`", examples=[17])
    ]


class WhereToRewind(Body, frozen=True, kw_only=True):
    """From where on all is sent."""

    after: Position


@read(
    f"{ONE}/deliveries",
    permission="organisation.administer",
    lists=WebhookDelivery,
    operation_id="list_webhook_deliveries",
    summary="List what was not taken",
    tags=["webhooks"],
)
def list_webhook_deliveries(
    caller: AsCaller,
    endpoint_id: EndpointId,
    dead: OnlyDead = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[WebhookDeliveryPage]:
    """Events that wait for another attempt, and dead ones, which do not any more."""
    of_endpoint = _deliveries(caller, endpoint_id)

    def read_page(most: int, after: Key) -> tuple[list[WebhookDelivery], Key]:
        found, last = of_endpoint.page(most, after, dead)
        return [_delivery(one) for one in found], last

    order = deliveries.DELIVERIES.order
    return of_pages(caller, WebhookDeliveryPage, order, read_page, limit, cursor)


@read(
    f"{ONE}/attempts",
    permission="organisation.administer",
    lists=WebhookAttempt,
    operation_id="list_webhook_attempts",
    summary="List attempts",
    tags=["webhooks"],
)
def list_webhook_attempts(
    caller: AsCaller,
    endpoint_id: EndpointId,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response[WebhookAttemptPage]:
    """What was sent when, and how it was answered; bodies of answers are not read."""
    of_endpoint = _deliveries(caller, endpoint_id)

    def read_page(most: int, after: Key) -> tuple[list[WebhookAttempt], Key]:
        found, last = of_endpoint.attempts(most, after)
        return [_attempt(one) for one in found], last

    order = deliveries.ATTEMPTS.order
    return of_pages(caller, WebhookAttemptPage, order, read_page, limit, cursor)


@write(
    f"{ONE}/replay",
    permission="organisation.administer",
    operation_id="replay_webhook_event",
    summary="Send an event again",
    tags=["webhooks"],
)
def replay_webhook_event(
    caller: AsCaller, endpoint_id: EndpointId, data: JSONBody[EventToReplay]
) -> Response[Made]:
    """A dead one or any other of the endpoint's; it has all its attempts before it."""
    found = endpoints.endpoint_of(caller.services.pool, caller.tenant, endpoint_id)
    of_endpoint = Deliveries(caller.services.pool, caller.tenant, endpoint_id)

    def again(connection: Connection[Any], _: UUID) -> None:
        of_endpoint.again(connection, found.wanted, data.position)

    caller.administer(again)
    return Response(Made(id=endpoint_id))


@write(
    f"{ONE}/rewind",
    permission="organisation.administer",
    operation_id="rewind_webhook_endpoint",
    summary="Send everything after a position",
    tags=["webhooks"],
)
def rewind_webhook_endpoint(
    caller: AsCaller, endpoint_id: EndpointId, data: JSONBody[WhereToRewind]
) -> Response[Made]:
    """Everything that the endpoint gets after the position, also what was taken before."""
    of_tenant = endpoints_of(caller)

    def rewind(connection: Connection[Any], _: UUID) -> None:
        of_tenant.rewind(connection, endpoint_id, data.after)

    caller.administer(rewind)
    return Response(Made(id=endpoint_id))


def _deliveries(caller: Caller, endpoint: UUID) -> Deliveries:
    """Those of an endpoint that there is. Raises NotFound."""
    endpoints.endpoint_of(caller.services.pool, caller.tenant, endpoint)
    return Deliveries(caller.services.pool, caller.tenant, endpoint)


def _delivery(found: Delivery) -> WebhookDelivery:
    return WebhookDelivery(
        position=found.position,
        event_id=found.event_id,
        type=found.type,
        state="waiting" if found.dead_at is None else "dead",
        attempts=found.attempts,
        outcome=found.outcome,
        since=found.since.astimezone(UTC),
        due_at=utc(found.due_at) if found.dead_at is None else None,
    )


def _attempt(found: Attempt) -> WebhookAttempt:
    return WebhookAttempt(
        number=found.number,
        position=found.position,
        event_id=found.event_id,
        type=found.type,
        attempt=found.attempt,
        at=found.at.astimezone(UTC),
        outcome=found.outcome,
        status=found.status,
        duration_ms=found.duration_ms,
    )
