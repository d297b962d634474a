"""One append: what it stores, what it answers, and what it refuses without storing anything."""

from collections.abc import Iterable
from uuid import UUID, uuid4

import psycopg
import pytest
from eventsourcing.application import AggregateNotFoundError
from eventsourcing.persistence import ProgrammingError, StoredEvent
from psycopg import Connection, errors

from domain.event import Cancelled, Fact, UnknownFact
from service.store.database import Pool, act_for
from service.store.envelope import Envelope
from service.store.leaf import UnfitForLeaf
from service.store.log import (
    Command,
    CommandReused,
    Ledger,
    UnknownTenant,
    VersionConflict,
)
from service.store.urls import Urls
from tests.logs import ACTOR, by, first_wrong, noted, stored_rows


class Notes:
    """A state as the library's repository wants it."""

    def __init__(self, id_: UUID) -> None:
        self.id, self.version = id_, 0
        self.texts: list[str] = []


def read_notes(notes: Notes | None, envelopes: Iterable[Envelope]) -> Notes | None:
    for envelope in envelopes:
        notes = notes or Notes(envelope.originator_id)
        assert isinstance(envelope.fact, Cancelled)
        notes.version = envelope.originator_version
        notes.texts.append(envelope.fact.reason)
    return notes


def test_two_streams_are_saved_together_and_read_by_the_repository(ledger: Ledger) -> None:
    first, second = uuid4(), uuid4()

    recordings = ledger.save(
        noted(first, 1), noted(second, 1, "other"), noted(first, 2), actor=ACTOR, command_id=uuid4()
    )

    assert [recording.notification.id for recording in recordings] == [1, 2, 3]
    notes = ledger.repository.get(first, projector_func=read_notes)
    assert (notes.version, notes.texts) == (2, ["a note", "a note"])
    assert ledger.head() == 3


def test_the_librarys_notifications_page_through_the_log(ledger: Ledger) -> None:
    stream = uuid4()
    ledger.save(*(noted(stream, n) for n in range(1, 6)), actor=ACTOR, command_id=uuid4())
    select = ledger.recorder.select_notifications

    assert [n.id for n in select(1, 10, inclusive_of_start=False)] == [2, 3, 4, 5]
    assert [n.id for n in select(2, 2)] == [2, 3]
    assert [n.id for n in select(None, 10, stop=2)] == [1, 2]
    assert ledger.recorder.max_notification_id() == 5
    with pytest.raises(ProgrammingError):
        select(1, 10, topics=["fact.cancelled.v1"])


def test_a_streams_events_are_selected_by_version(ledger: Ledger) -> None:
    stream = uuid4()
    ledger.save(*(noted(stream, n) for n in range(1, 6)), actor=ACTOR, command_id=uuid4())
    select = ledger.recorder.select_events

    assert [e.originator_version for e in select(stream, gt=1, lte=4)] == [2, 3, 4]
    assert [e.originator_version for e in select(stream, desc=True, limit=2)] == [5, 4]


def test_several_commands_answer_their_own_positions(ledger: Ledger, pool: Pool) -> None:
    first, second, empty = by(), by(request=b"other"), by()
    one, two = uuid4(), uuid4()

    positions = ledger.append(
        [
            (first, [noted(one, 1), noted(two, 1)]),
            (empty, []),
            (second, [noted(one, 2)]),
        ]
    )

    assert positions == [[1, 2], [], [3]]
    assert first_wrong(ledger.tenant, stored_rows(pool, ledger.tenant)) is None
    rows = ledger.events_of_command(second.command_id)
    assert [(row.position, row.stream_id, row.version) for row in rows] == [(3, one, 2)]
    assert rows[0].request_hash == b"other"


def test_a_thousand_events_are_one_transaction(ledger: Ledger, pool: Pool) -> None:
    streams = [uuid4() for _ in range(100)]
    commands = [(by(), [noted(stream, n) for n in range(1, 11)]) for stream in streams]

    positions = ledger.append(commands)

    assert positions == [list(range(n, n + 10)) for n in range(1, 1000, 10)]
    rows = stored_rows(pool, ledger.tenant)
    assert first_wrong(ledger.tenant, rows) is None
    assert len({row[6] for row in rows}) == 1, "one time of recording"


def test_facts_of_many_streams_come_by_one_query_in_version_order(ledger: Ledger) -> None:
    first, second, missing = uuid4(), uuid4(), uuid4()
    ledger.append([(by(), [noted(second, 1, "s"), noted(first, 1, "a"), noted(first, 2, "b")])])

    facts = ledger.facts_of([first, missing, second])

    assert list(facts) == [first, missing, second]
    reasons = [[fact.reason for fact in facts[s] if isinstance(fact, Cancelled)] for s in facts]
    assert reasons == [["a", "b"], [], ["s"]]
    assert ledger.facts_of([]) == {}
    assert [row.version for row in ledger.select_stream_rows(first)] == [1, 2]


@pytest.mark.parametrize("version", [0, 1, 2, 3, 5, 7])
def test_any_version_but_the_next_is_refused_whole(ledger: Ledger, version: int) -> None:
    stream, other = uuid4(), uuid4()
    ledger.append([(by(), [noted(stream, n) for n in (1, 2, 3)])])

    with pytest.raises(VersionConflict):
        ledger.append([(by(), [noted(other, 1), noted(stream, version)])])
    with pytest.raises(VersionConflict):
        ledger.append([(by(), [noted(other, 1)]), (by(), [noted(stream, version)])])

    assert ledger.head() == 3
    assert ledger.append([(by(), [noted(stream, 4)])]) == [[4]]  # control


def test_a_first_version_that_is_not_one_is_refused(ledger: Ledger) -> None:
    with pytest.raises(VersionConflict):
        ledger.append([(by(), [noted(uuid4(), 2)])])

    assert ledger.head() == 0


def test_versions_within_an_append_follow_one_another(ledger: Ledger) -> None:
    stream = uuid4()

    for versions in ((1, 3), (1, 1), (2, 1)):
        with pytest.raises(VersionConflict):
            ledger.append([(by(), [noted(stream, version) for version in versions])])


def test_a_repeated_command_answers_its_first_positions(ledger: Ledger) -> None:
    stream, command = uuid4(), by()
    first = ledger.append([(command, [noted(stream, 1), noted(stream, 2)])])

    assert ledger.append([(command, [noted(stream, 1), noted(stream, 2)])]) == first
    assert ledger.append([(command, [noted(uuid4(), 1)])]) == first
    assert ledger.append([(command, [noted(stream, 3)])]) == first
    assert ledger.head() == 2


def test_a_command_id_for_another_request_is_refused(ledger: Ledger) -> None:
    command = by()
    ledger.append([(command, [noted(uuid4(), 1)])])

    with pytest.raises(CommandReused):
        ledger.append([(by(command.command_id, b"another"), [noted(uuid4(), 1)])])
    assert ledger.head() == 1


def test_a_recorded_command_among_several_refuses_them_all(ledger: Ledger) -> None:
    command, stream = by(), uuid4()
    ledger.append([(command, [noted(stream, 1)])])

    with pytest.raises(CommandReused):
        ledger.append([(by(), [noted(uuid4(), 1)]), (command, [noted(stream, 2)])])
    with pytest.raises(CommandReused):
        ledger.append([(twice := by(), [noted(uuid4(), 1)]), (twice, [noted(stream, 2)])])
    assert ledger.head() == 1


def test_an_unknown_tenant_has_no_log(pool: Pool) -> None:
    nowhere = Ledger(pool, uuid4())

    for events in (1, 2):
        with pytest.raises(UnknownTenant):
            nowhere.append([(by(), [noted(uuid4(), 1) for _ in range(events)])])
    assert nowhere.head() == 0


@pytest.mark.parametrize("actor", ['a"b', "jan\\x", "žofie", "Jana", "", "a b", "a\n", "x" * 101])
def test_an_actor_that_the_leaf_cannot_hold_is_refused_without_naming_it(
    ledger: Ledger, actor: str
) -> None:
    with pytest.raises(UnfitForLeaf) as refused:
        ledger.save(noted(uuid4(), 1), actor=actor, command_id=uuid4())

    assert not actor.strip() or actor not in str(refused.value)
    assert ledger.head() == 0


def test_a_stored_name_that_the_leaf_cannot_hold_is_refused(ledger: Ledger) -> None:
    event = StoredEvent(uuid4(), 1, 'a".v1', b"{}")

    with pytest.raises(UnfitForLeaf):
        ledger.recorder.insert_events([event], actor=ACTOR, command_id=uuid4())


def test_keywords_of_save_are_those_of_a_command(ledger: Ledger) -> None:
    for keywords in ({}, {"actor": ACTOR}, {"actor": ACTOR, "command_id": uuid4(), "colour": 1}):
        with pytest.raises(TypeError):
            ledger.save(noted(uuid4(), 1), **keywords)


def test_a_fact_that_is_not_registered_is_refused(ledger: Ledger) -> None:
    class Unregistered(Fact, frozen=True, kw_only=True):
        pass

    fact = Unregistered(effective_on=noted(uuid4(), 1).fact.effective_on)
    with pytest.raises(UnknownFact):
        ledger.append([(by(), [Envelope(uuid4(), 1, fact)])])


def test_another_tenant_reads_nothing_of_it(ledger: Ledger, pool: Pool) -> None:
    stream, command = uuid4(), by()
    ledger.append([(command, [noted(stream, 1)])])
    with pool.connection() as connection, connection.transaction():
        other = Ledger(pool, uuid4())
        act_for(connection, other.tenant)
        connection.execute("INSERT INTO ledger.tenant (tenant_id) VALUES (%s)", [other.tenant])

    with pytest.raises(AggregateNotFoundError):
        other.repository.get(stream, projector_func=read_notes)
    assert other.facts_of([stream]) == {stream: []}
    assert other.events_of_command(command.command_id) == []
    assert other.append([(command, [noted(stream, 1)])]) == [[1]], "ids are the tenant's own"


def test_a_position_that_is_taken_is_an_error_of_the_log_not_a_conflict(
    ledger: Ledger, urls: Urls
) -> None:
    ledger.append([(by(), [noted(uuid4(), 1)])])
    assert urls.admin is not None
    with psycopg.connect(urls.admin) as admin:
        admin.execute(
            "UPDATE ledger.tenant SET next_position = 1 WHERE tenant_id = %s", [ledger.tenant]
        )

    with pytest.raises(errors.UniqueViolation, match="event_position"):
        ledger.append([(by(), [noted(uuid4(), 1)])])


def test_a_command_is_what_the_row_says(ledger: Ledger, urls: Urls) -> None:
    command = Command("system:test", uuid4(), b"hash", uuid4())
    stream = uuid4()
    ledger.append([(command, [noted(stream, 1), noted(stream, 2)])])

    query = "SELECT actor, command_id, request_hash, causation, command_index FROM ledger.event"
    connection: Connection
    with ledger.pool.connection() as connection, connection.transaction():
        act_for(connection, ledger.tenant)
        rows = connection.execute(query + " ORDER BY position").fetchall()

    kept = (command.actor, command.command_id, command.request_hash, command.causation)
    assert rows == [(*kept, 0), (*kept, 1)]
