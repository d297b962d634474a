"""Whether the log is what it was when it was written: gapless, every leaf as computed, readable.

The log is read in pages, in the order of its positions, up to the position it had at the start;
the first difference ends the reading. Needs no key: nothing is unsealed.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.event import Corrected, corrected_fact, decode, encode, name_of
from service.store.database import Pool, in_tenant
from service.store.leaf import leaf_hash

PAGE = 2000
HEAD = "SELECT next_position - 1 FROM ledger.tenant WHERE tenant_id = %(tenant)s"
EVENTS = """SELECT position, event_id, stream_id, version, type, data, recorded_at, actor,
        command_id, causation, leaf_hash
    FROM ledger.event
    WHERE tenant_id = %(tenant)s AND position > %(after)s AND position <= %(head)s
    ORDER BY position LIMIT %(page)s"""


class Row(NamedTuple):
    """An event as it is stored."""

    position: int
    event_id: UUID
    stream_id: UUID
    version: int
    type: str
    data: bytes
    recorded_at: datetime
    actor: str
    command_id: UUID
    causation: UUID | None
    leaf_hash: bytes


@dataclass(frozen=True, slots=True)
class Difference:
    """Where the log is not what it should be, and in what."""

    position: int
    said: str


@dataclass(frozen=True, slots=True)
class LogVerified:
    """What was read; `difference` is the first one, None when there is none."""

    events: int
    streams: int
    difference: Difference | None


def verify_log(pool: Pool, tenant: UUID, progress: Callable[[int, int], None]) -> LogVerified:
    """Reads the whole log of a tenant and checks each event."""
    found = in_tenant(pool, tenant, HEAD, {"tenant": tenant})
    head: int = found[0][0] if found else 0
    last, earlier = 0, datetime.min.replace(tzinfo=UTC)
    versions: dict[UUID, int] = {}
    for row in _rows(pool, tenant, head):
        expected = versions.get(row.stream_id, 0) + 1
        said = _order(row, last + 1, expected, earlier) or _content(tenant, row)
        if said:
            return LogVerified(last, len(versions), Difference(row.position, said))
        last, earlier, versions[row.stream_id] = row.position, row.recorded_at, row.version
        if last % PAGE == 0 or last == head:
            progress(last, head)
    if last != head:
        missing = Difference(last + 1, f"no event, although the log counts {head}")
        return LogVerified(last, len(versions), missing)
    return LogVerified(last, len(versions), None)


def _rows(pool: Pool, tenant: UUID, head: int) -> Iterator[Row]:
    values: dict[str, Any] = {"tenant": tenant, "after": 0, "head": head, "page": PAGE}
    while page := in_tenant(pool, tenant, EVENTS, values):
        yield from (Row(*row) for row in page)
        values["after"] = page[-1][0]


def _order(row: Row, position: int, version: int, earlier: datetime) -> str | None:
    if row.position != position:
        return f"position {position} is missing"
    if row.version != version:
        return f"version {row.version} of stream {row.stream_id}, expected {version}"
    if row.recorded_at < earlier:
        return "recorded earlier than the event before it"
    return None


def _content(tenant: UUID, row: Row) -> str | None:
    columns = row._asdict()
    stored = columns.pop("leaf_hash")
    computed = leaf_hash(tenant_id=tenant, **columns)
    if computed != stored:
        return f"the leaf computed from the row is {computed.hex()}, stored is {stored.hex()}"
    try:
        fact = decode(row.type, row.data)
        same = encode(fact) == row.data and name_of(type(fact)) == row.type
        if isinstance(fact, Corrected):
            same = same and encode(corrected_fact(fact)) == bytes(fact.values)
    except Exception as error:  # noqa: BLE001 any way of not being readable; its text may quote data
        return f"{row.type} does not decode ({type(error).__name__})"
    return None if same else f"{row.type} decodes to a fact that is written with other bytes"
