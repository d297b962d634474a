"""Two connections at the same moment: one command or version is stored once, by one of them."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import Connection

from service.store.database import Pool
from service.store.envelope import FactMapper
from service.store.log import Beside, BesideConflict, VersionConflict, append
from service.store.urls import Urls
from tests.logs import at_once, by, first_wrong, noted, stored_rows

TRIES = 100
STORED = FactMapper().to_stored_event
ROLE = "INSERT INTO identity.membership (tenant_id, user_id, role) VALUES (%s, %s, %s)"


@pytest.fixture(scope="module")
def two(urls: Urls) -> Iterator[list[Connection]]:
    """Two connections as the app's role."""
    with (
        psycopg.connect(urls.app, autocommit=True) as first,
        psycopg.connect(urls.app, autocommit=True) as second,
    ):
        yield [first, second]


def check(pool: Pool, tenant: UUID, events: int) -> None:
    rows = stored_rows(pool, tenant)
    assert len(rows) == events
    assert first_wrong(tenant, rows) is None


def test_one_command_by_two_connections_is_stored_once(
    two: list[Connection], pool: Pool, tenant: UUID
) -> None:
    for expected in range(1, TRIES + 1):
        command = by()
        answers = at_once(  # other streams: only the command's id is the same
            *(partial(append, one, tenant, [(command, [STORED(noted(uuid4(), 1))])]) for one in two)
        )
        assert answers == [[[expected]], [[expected]]]

    check(pool, tenant, TRIES)


def test_one_command_with_rows_beside_it_is_stored_once(
    two: list[Connection], pool: Pool, tenant: UUID
) -> None:
    for expected in range(1, TRIES // 2 + 1):
        command, user = by(), uuid4()
        answers = at_once(
            *(
                partial(
                    append,
                    one,
                    tenant,
                    [(command, [STORED(noted(uuid4(), 1))])],
                    [Beside(ROLE, [tenant, user, "owner"])],
                )
                for one in two
            )
        )
        assert answers == [[[expected]], [[expected]]]

    check(pool, tenant, TRIES // 2)


def test_one_version_by_two_connections_is_stored_once_and_refused_once(
    two: list[Connection], pool: Pool, tenant: UUID
) -> None:
    stream = uuid4()

    for version in range(1, TRIES + 1):
        answers = at_once(
            *(
                partial(append, one, tenant, [(by(), [STORED(noted(stream, version))])])
                for one in two
            )
        )
        kinds = sorted(answers, key=lambda answer: isinstance(answer, Exception))
        assert kinds[0] == [[version]]
        assert isinstance(kinds[1], VersionConflict)

    check(pool, tenant, TRIES)


def test_one_unique_row_beside_two_commands_is_stored_for_one(
    two: list[Connection], pool: Pool, tenant: UUID
) -> None:
    for _ in range(TRIES // 2):
        user = uuid4()
        answers = at_once(
            *(
                partial(
                    append,
                    one,
                    tenant,
                    [(by(), [STORED(noted(uuid4(), 1))])],
                    [Beside(ROLE, [tenant, user, "owner"])],
                )
                for one in two
            )
        )
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert [type(answer) for answer in refused] == [BesideConflict]

    check(pool, tenant, TRIES // 2)


def test_rows_beside_in_opposite_order_do_not_block_each_other(
    two: list[Connection], pool: Pool, tenant: UUID
) -> None:
    for _ in range(TRIES // 2):
        rows = [Beside(ROLE, [tenant, uuid4(), "owner"]) for _ in range(2)]
        answers = at_once(
            *(
                partial(append, one, tenant, [(by(), [STORED(noted(uuid4(), 1))])], beside)
                for one, beside in zip(two, (rows, rows[::-1]), strict=True)
            )
        )
        refused = [answer for answer in answers if isinstance(answer, Exception)]
        assert [type(answer) for answer in refused] == [BesideConflict], "and no deadlock"
