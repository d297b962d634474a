"""Each way in which a stored log can differ is found at its position; the control finds nothing.

The differences are made as the administrator, past every policy.
"""

from uuid import UUID, uuid4

import pytest
from psycopg import Connection

from service.store.database import Pool
from service.store.log import Ledger
from service.verification import LogVerified, verify_log
from tests.logs import by, noted

STREAMS, VERSIONS = 3, 4
EVENTS = STREAMS * VERSIONS
CHANGED = 6


def verified(pool: Pool, tenant: UUID) -> LogVerified:
    return verify_log(pool, tenant, lambda _, __: None)


@pytest.fixture
def written(ledger: Ledger) -> UUID:
    """A tenant whose log holds a dozen events of three streams."""
    streams = [uuid4() for _ in range(STREAMS)]
    for version in range(1, VERSIONS + 1):
        for stream in streams:
            ledger.append([(by(), [noted(stream, version)])])
    return ledger.tenant


def test_an_untouched_log_has_no_difference(pool: Pool, written: UUID) -> None:
    assert verified(pool, written) == LogVerified(EVENTS, STREAMS, None)


def test_an_empty_log_has_no_difference(pool: Pool, tenant: UUID) -> None:
    assert verified(pool, tenant) == LogVerified(0, 0, None)


@pytest.mark.parametrize(
    ("change", "position", "said"),
    [
        ("SET actor = 'system:other'", CHANGED, "leaf"),
        ("SET recorded_at = recorded_at + interval '1 microsecond'", CHANGED, "leaf"),
        ("SET causation = gen_random_uuid()", CHANGED, "leaf"),
        ("SET event_id = gen_random_uuid()", CHANGED, "leaf"),
        ("SET data = convert_to(replace(convert_from(data, 'UTF8'), 'a', 'b'), 'UTF8')", 6, "leaf"),
        ("SET leaf_hash = sha256('')", CHANGED, "leaf"),
        ("SET version = 100", CHANGED, "version 100"),
        ("SET stream_id = gen_random_uuid()", CHANGED, "version"),
        ("SET recorded_at = recorded_at - interval '1 hour'", CHANGED, "earlier"),
        ("SET position = 100", CHANGED + 1, "position 6 is missing"),
        ("DELETE", CHANGED + 1, "position 6 is missing"),
    ],
)
def test_a_changed_event_is_found(
    pool: Pool, written: UUID, admin: Connection, change: str, position: int, said: str
) -> None:
    verb = "DELETE FROM ledger.event" if change == "DELETE" else f"UPDATE ledger.event {change}"
    admin.execute(f"{verb} WHERE tenant_id = %s AND position = %s", [written, CHANGED])

    found = verified(pool, written).difference

    assert found is not None
    assert found.position == position
    assert said in found.said


def test_events_cut_off_the_end_are_found(pool: Pool, written: UUID, admin: Connection) -> None:
    admin.execute("DELETE FROM ledger.event WHERE tenant_id = %s AND position > 10", [written])

    found = verified(pool, written).difference

    assert found is not None
    assert found.position == 11


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("""{"effective_on":"2026-03-31","version":1,"reason":"x","more":1}""", "does not decode"),
        ("""{"effective_on":"2026-03-31", "version":1,"reason":"x"}""", "other bytes"),
        ("""{"version":1,"reason":"x","effective_on":"2026-03-31"}""", "other bytes"),
    ],
)
def test_bytes_that_are_not_those_of_the_fact_are_found_although_the_leaf_fits(
    pool: Pool, written: UUID, admin: Connection, data: str, said: str
) -> None:
    from service.store.leaf import LEAF_SQL

    where = "WHERE tenant_id = %s AND position = %s"
    changed = f"UPDATE ledger.event SET data = convert_to(%s, 'UTF8') {where}"
    admin.execute(changed, [data, written, CHANGED])
    admin.execute(f"UPDATE ledger.event SET leaf_hash = {LEAF_SQL} {where}", [written, CHANGED])

    found = verified(pool, written).difference

    assert found is not None
    assert (found.position, said in found.said) == (CHANGED, True)


def test_an_unknown_stored_name_is_found(pool: Pool, written: UUID, admin: Connection) -> None:
    from service.store.leaf import LEAF_SQL

    where = "WHERE tenant_id = %s AND position = %s"
    admin.execute(f"UPDATE ledger.event SET type = 'fact.lost.v1' {where}", [written, CHANGED])
    admin.execute(f"UPDATE ledger.event SET leaf_hash = {LEAF_SQL} {where}", [written, CHANGED])

    found = verified(pool, written).difference

    assert found is not None
    assert "UnknownFact" in found.said
