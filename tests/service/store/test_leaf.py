"""The leaf that the append computes in SQL equals the one that a verifier computes in Python."""

import random
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.store.database import Pool, new_tenant
from service.store.leaf import leaf_hash
from service.store.log import Command, Ledger
from tests.logs import first_wrong, noted, stored_rows

STRANGE = 'aZ09 "\\/\n\t\r\x01\x7f\x85\u2028\ufeffÝžřěŤ€中😀'


def test_a_leaf_is_the_hash_of_the_published_form() -> None:
    """Written out by hand: a verifier in another language must come to the same bytes."""
    row = (
        '["grantledger.leaf.v1","00000000-0000-0000-0000-000000000001",7,'
        '"00000000-0000-0000-0000-000000000002","00000000-0000-0000-0000-000000000003",4,'
        '"fact.cancelled.v1","2026-01-02T03:04:05.000060Z","system:test",'
        '"00000000-0000-0000-0000-000000000005",null,"' + sha256(b"{}").hexdigest() + '"]'
    )

    assert (
        leaf_hash(
            tenant_id=UUID(int=1),
            position=7,
            event_id=UUID(int=2),
            stream_id=UUID(int=3),
            version=4,
            type="fact.cancelled.v1",
            recorded_at=datetime(2026, 1, 2, 3, 4, 5, 60, UTC),
            actor="system:test",
            command_id=UUID(int=5),
            causation=None,
            data=b"{}",
        )
        == sha256(b"\0" + row.encode()).digest()
    )


def test_leaves_of_hundreds_of_random_events_equal_pythons(ledger: Ledger, pool: Pool) -> None:
    pick = random.Random(20260331)

    def uuid() -> UUID:
        return UUID(int=pick.getrandbits(128))

    for size in (1, 1, 1, 2, 3, 5, 8, 13, 200, 400):  # single, several, and many events
        stream = uuid()
        ledger.append(
            [
                (
                    Command(pick.choice(["system:test", str(uuid())]), uuid(), b"", cause),
                    [noted(stream, 1, "".join(pick.choices(STRANGE, k=pick.randrange(80))))],
                )
                for stream, cause in (
                    (stream if number == 0 else uuid(), pick.choice([None, uuid()]))
                    for number in range(size)
                )
            ]
        )

    rows = stored_rows(pool, ledger.tenant)
    assert len(rows) == 634
    assert first_wrong(ledger.tenant, rows) is None


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=5))
def test_any_text_gives_an_equal_leaf_and_is_read_back(pool: Pool, texts: list[str]) -> None:
    with pool.connection() as connection, connection.transaction():
        tenant = new_tenant(connection)
    ledger, stream = Ledger(pool, tenant), UUID(int=1)
    envelopes = [noted(stream, number, text) for number, text in enumerate(texts, 1)]

    ledger.append([(Command("system:test", UUID(int=2)), envelopes)])

    assert first_wrong(tenant, stored_rows(pool, tenant)) is None
    assert ledger.facts_of([stream])[stream] == [envelope.fact for envelope in envelopes]


def test_any_changed_column_is_seen(ledger: Ledger, pool: Pool) -> None:
    """Control: a log in which one value differs from what was recorded is found wrong."""
    ledger.append([(Command("system:test", UUID(int=1)), [noted(UUID(int=2), 1)])])
    (row,) = stored_rows(pool, ledger.tenant)
    changed = {
        1: UUID(int=3),
        4: row[4].replace(b"note", b"word"),
        5: UUID(int=3),
        6: row[6].replace(microsecond=(row[6].microsecond + 1) % 1_000_000),
        7: "system:other",
        8: UUID(int=3),
        10: UUID(int=3),
        11: bytes(32),
    }

    assert first_wrong(ledger.tenant, [row]) is None
    assert first_wrong(UUID(int=3), [row]) == "leaf at position 1"
    for column, value in changed.items():
        wrong = first_wrong(ledger.tenant, [(*row[:column], value, *row[column + 1 :])])
        assert wrong == "leaf at position 1", f"column {column}"
