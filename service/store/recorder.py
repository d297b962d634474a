"""The log as the library's application recorder: of one tenant, for as long as a request."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from eventsourcing.persistence import (
    ApplicationRecorder,
    Notification,
    ProgrammingError,
    StoredEvent,
    Subscription,
)

from service.store.database import Pool, in_tenant

PAGE = """SELECT stream_id, version, type, data, position FROM ledger.event
    WHERE tenant_id = %s AND position > %s AND position <= %s ORDER BY position LIMIT %s"""
STREAM = """SELECT stream_id, version, type, data FROM ledger.event WHERE tenant_id = %s
    AND stream_id = %s AND version > %s AND version <= %s ORDER BY version {} LIMIT %s"""
HEAD = "SELECT next_position - 1 FROM ledger.tenant WHERE tenant_id = %s"
LAST = 2**63 - 1

Append = Callable[[Sequence[StoredEvent], dict[str, Any]], list[int]]


class TenantRecorder(ApplicationRecorder):
    """Reads with the library's interface; what appends is given by the ledger."""

    def __init__(self, pool: Pool, tenant: UUID, append: Append) -> None:
        self.pool, self.tenant, self._append = pool, tenant, append

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """The keyword arguments of `save`: those of `service.store.log.Command`."""
        if kwargs.pop("tracking", None) is not None:
            raise ProgrammingError("projections track in their own transaction")
        return self._append(stored_events, kwargs) if stored_events else []

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """The events of one stream."""
        until, most = LAST if lte is None else lte, LAST if limit is None else limit
        query = STREAM.format("DESC" if desc else "ASC")
        values = [self.tenant, originator_id, gt or 0, until, most]
        return [StoredEvent(*row) for row in in_tenant(self.pool, self.tenant, query, values)]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """A page of the tenant's log. Not by topic: gapless positions show a loss."""
        if topics:
            raise ProgrammingError("the log is read whole; who reads it filters")
        after = (start or 0) - (1 if inclusive_of_start and start else 0)
        values = [self.tenant, after, LAST if stop is None else stop, limit]
        return [Notification(*row) for row in in_tenant(self.pool, self.tenant, PAGE, values)]

    def max_notification_id(self) -> int | None:
        """The last position; None: nothing recorded yet."""
        rows = in_tenant(self.pool, self.tenant, HEAD, [self.tenant])
        return rows[0][0] or None if rows else None

    def subscribe(
        self,
        gt: int | None = None,  # noqa: ARG002 the library's signature
        topics: Sequence[str] = (),  # noqa: ARG002
    ) -> Subscription[ApplicationRecorder]:
        """The library's threads lose their place when the server restarts: ours is a runner."""
        raise ProgrammingError("projections have their own runner")
