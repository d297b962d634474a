"""What became of the events of an endpoint: how far it is, what waits or is dead, what was tried.

Every change says from which position it goes on: when the endpoint was rewound, disabled or removed
meanwhile, the change does nothing and the sender looks anew.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.rejection import InvalidValue
from projections.page_query import PageQuery
from service.feed.reading import LoggedEvent, Wanted, page_of
from service.store.database import Pool, transaction_of
from service.webhooks.schedule import Next
from service.webhooks.sending import Outcome

ATTEMPTS_KEPT = 1000  # of an endpoint; older ones are overwritten
OF_ENDPOINT = "tenant_id = %(tenant)s AND endpoint_id = %(endpoint)s"
DUE = f"""SELECT position, attempts FROM ledger.webhook_delivery
    WHERE {OF_ENDPOINT} AND dead_at IS NULL AND due_at <= clock_timestamp()
    ORDER BY position LIMIT 1"""
# `position` stays where it is when a delivery that waited was tried, else it is the event's.
TRIED = f"""UPDATE ledger.webhook_endpoint SET position = %(to)s, attempts = attempts + 1,
        attempted_at = clock_timestamp(),
        taken_at = CASE WHEN %(delivered)s THEN clock_timestamp() ELSE taken_at END,
        held_until = clock_timestamp() + make_interval(secs => %(hold_s)s)
    WHERE {OF_ENDPOINT} AND position = %(from)s AND disabled_at IS NULL
    RETURNING attempts"""
PASSED = f"""UPDATE ledger.webhook_endpoint SET position = %(to)s
    WHERE {OF_ENDPOINT} AND position = %(from)s AND disabled_at IS NULL RETURNING position"""
LOG = """INSERT INTO ledger.webhook_attempt AS a (tenant_id, endpoint_id, slot, number, position,
        event_id, type, attempt, outcome, status, duration_ms)
    VALUES (%(tenant)s, %(endpoint)s, %(slot)s, %(number)s, %(position)s, %(event)s, %(type)s,
        %(attempt)s, %(outcome)s, %(status)s, %(duration_ms)s)
    ON CONFLICT (tenant_id, endpoint_id, slot) DO UPDATE SET number = excluded.number,
        position = excluded.position, event_id = excluded.event_id, type = excluded.type,
        attempt = excluded.attempt, at = excluded.at, outcome = excluded.outcome,
        status = excluded.status, duration_ms = excluded.duration_ms"""
TAKEN = f"DELETE FROM ledger.webhook_delivery WHERE {OF_ENDPOINT} AND position = %(position)s"
# A removed endpoint gets none: its row is asked for in the same transaction before.
WAITS = """INSERT INTO ledger.webhook_delivery AS d (tenant_id, endpoint_id, position, event_id,
        type, attempts, outcome, due_at, dead_at)
    VALUES (%(tenant)s, %(endpoint)s, %(position)s, %(event)s, %(type)s, %(attempt)s, %(outcome)s,
        clock_timestamp() + make_interval(secs => coalesce(%(after_s)s, 0)),
        CASE WHEN %(after_s)s::float8 IS NULL THEN clock_timestamp() END)
    ON CONFLICT (tenant_id, endpoint_id, position) DO UPDATE SET attempts = excluded.attempts,
        outcome = excluded.outcome, due_at = excluded.due_at, dead_at = excluded.dead_at"""
AGAIN = """INSERT INTO ledger.webhook_delivery AS d
        (tenant_id, endpoint_id, position, event_id, type)
    VALUES (%(tenant)s, %(endpoint)s, %(position)s, %(event)s, %(type)s)
    ON CONFLICT (tenant_id, endpoint_id, position) DO UPDATE SET attempts = 0,
        since = clock_timestamp(), due_at = clock_timestamp(), dead_at = NULL"""
# An endpoint that has taken nothing since a delivery began that is dead now will take nothing.
DISABLE = f"""UPDATE ledger.webhook_endpoint AS w
    SET version = version + 1, disabled_at = clock_timestamp(), disabled_reason = coalesce(
        %(reason)s, 'nothing was taken in all attempts of an event')
    WHERE {OF_ENDPOINT} AND (%(reason)s::text IS NOT NULL OR coalesce(w.taken_at, '-infinity') < (
        SELECT d.since FROM ledger.webhook_delivery AS d WHERE d.tenant_id = w.tenant_id
            AND d.endpoint_id = w.endpoint_id AND d.position = %(position)s))
    RETURNING disabled_reason"""
DELIVERIES = PageQuery(
    views=(),
    select=f"""SELECT position, event_id, type, attempts, outcome, since, due_at, dead_at
        FROM ledger.webhook_delivery WHERE {OF_ENDPOINT}
            AND (%(dead)s::boolean IS NULL OR (dead_at IS NOT NULL) = %(dead)s::boolean)""",
    order={"position": "bigint"},
)
ATTEMPTS = PageQuery(
    views=(),
    select=f"""SELECT number, position, event_id, type, attempt, at, outcome, status, duration_ms
        FROM ledger.webhook_attempt WHERE {OF_ENDPOINT}""",
    order={"number": "bigint"},
    descending=True,
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event that waits for another attempt, or is dead."""

    position: int
    event_id: UUID
    type: str
    attempts: int
    outcome: str | None
    since: datetime
    due_at: datetime
    dead_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """What an attempt was answered; never the answer's body."""

    number: int
    position: int
    event_id: UUID
    type: str
    attempt: int
    at: datetime
    outcome: str
    status: int | None
    duration_ms: int


@dataclass(frozen=True, slots=True)
class Attempting:
    """An event, which attempt of it this is, and whether it waited for it."""

    event: LoggedEvent
    attempt: int
    waited: bool


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Of one endpoint, from the position that the sender knows."""

    pool: Pool
    tenant: UUID
    endpoint: UUID

    def due(self, connection: Connection[Any]) -> tuple[int, int] | None:
        """The position of the first delivery that is due, and its attempts so far."""
        return connection.execute(DUE, self._who()).fetchone()

    def passed(self, start: int, to: int) -> None:
        """Nothing of interest up to there."""
        with transaction_of(self.pool, self.tenant) as connection:
            connection.execute(PASSED, {**self._who(), "from": start, "to": to})

    def tried(
        self, start: int, tried: Attempting, outcome: Outcome, following: Next | None
    ) -> bool:
        """Notes an attempt and what follows; None: the event was taken.

        False: the endpoint is not as it was, nothing is noted.
        """
        to = start if tried.waited else tried.event.position
        values = {
            **self._who(),
            **_event(tried.event),
            "from": start,
            "to": to,
            "attempt": tried.attempt,
            "delivered": following is None,
            "outcome": outcome.what,
            "status": outcome.status,
            "duration_ms": outcome.duration_ms,
            "hold_s": None if following is None else following.hold_s,
            "after_s": None if following is None else following.after_s,
            "reason": None if following is None else following.disable,
        }
        with transaction_of(self.pool, self.tenant) as connection:
            row = connection.execute(TRIED, values).fetchone()
            if row is None:
                return False
            numbered = {"number": row[0], "slot": row[0] % ATTEMPTS_KEPT}
            connection.execute(LOG, {**values, **numbered})
            if following is not None:
                connection.execute(WAITS, values)
            elif tried.waited:
                connection.execute(TAKEN, values)
            if following is not None and following.after_s is None:
                connection.execute(DISABLE, values)
        return True

    def again(self, connection: Connection[Any], wanted: Wanted, position: int) -> None:
        """An event is sent once more, if it is one of the endpoint's. Raises InvalidValue."""
        found = page_of(connection, self.tenant, wanted, position - 1, 1).events
        if not found or found[0].position != position:
            raise InvalidValue("the endpoint gets no event of this position", "/position")
        connection.execute(AGAIN, {**self._who(), **_event(found[0])})

    def page(
        self, limit: int, after: tuple[str, ...] | None, dead: bool | None
    ) -> tuple[list[Delivery], tuple[str, ...] | None]:
        """What waits or is dead, in the order of the log."""
        with transaction_of(self.pool, self.tenant) as connection:
            found, last = DELIVERIES.page(connection, {**self._who(), "dead": dead}, limit, after)
        return [Delivery(**row) for row in found], last

    def attempts(
        self, limit: int, after: tuple[str, ...] | None
    ) -> tuple[list[Attempt], tuple[str, ...] | None]:
        """The attempts that are kept, the last one first."""
        with transaction_of(self.pool, self.tenant) as connection:
            found, last = ATTEMPTS.page(connection, self._who(), limit, after)
        return [Attempt(**row) for row in found], last

    def _who(self) -> dict[str, Any]:
        return {"tenant": self.tenant, "endpoint": self.endpoint}


def _event(event: LoggedEvent) -> dict[str, Any]:
    return {"position": event.position, "event": event.event_id, "type": event.type}
