"""The append of one event survives what happens to its connection."""

from uuid import UUID, uuid4

import psycopg
import pytest

from service.store.database import Pool
from service.store.log import Command, Ledger, VersionConflict, append
from service.store.one_packet import APPEND_NAME
from service.store.urls import Urls
from tests.logs import ACTOR, first_wrong, noted, stored_rows

KILL = "SELECT pg_terminate_backend(%s)"


def one(ledger: Ledger, stream: UUID, version: int) -> tuple[Command, list]:
    event = ledger.mapper.to_stored_event(noted(stream, version))
    return Command(ACTOR, uuid4()), [event]


def test_statements_that_the_server_forgot_are_prepared_again(ledger: Ledger, urls: Urls) -> None:
    stream = uuid4()
    with psycopg.connect(urls.app, autocommit=True) as connection:
        assert append(connection, ledger.tenant, [one(ledger, stream, 1)]) == [[1]]
        names = "SELECT count(*) FROM pg_prepared_statements WHERE name = %s"
        assert connection.execute(names, [APPEND_NAME.decode()]).fetchone() == (1,)  # control
        connection.execute("DEALLOCATE ALL")
        assert append(connection, ledger.tenant, [one(ledger, stream, 2)]) == [[2]]
        assert append(connection, ledger.tenant, [one(ledger, stream, 3)]) == [[3]]


def test_a_connection_whose_first_append_was_refused_is_used_again(
    ledger: Ledger, urls: Urls, pool: Pool
) -> None:
    stream = uuid4()
    with psycopg.connect(urls.app, autocommit=True) as connection:
        with pytest.raises(VersionConflict):
            append(connection, ledger.tenant, [one(ledger, stream, 2)])
        assert append(connection, ledger.tenant, [one(ledger, stream, 1)]) == [[1]]
        assert append(connection, ledger.tenant, [one(ledger, stream, 2)]) == [[2]]
    assert first_wrong(ledger.tenant, stored_rows(pool, ledger.tenant)) is None


def test_a_tenant_does_not_outlive_its_append(ledger: Ledger, urls: Urls) -> None:
    with psycopg.connect(urls.app, autocommit=True) as connection:
        append(connection, ledger.tenant, [one(ledger, uuid4(), 1)])
        setting = "SELECT current_setting('app.tenant', true)"
        assert connection.execute(setting).fetchone() == ("",)
        assert connection.execute("SELECT count(*) FROM ledger.event").fetchone() == (0,)


def test_a_connection_that_the_server_ended_is_closed_and_nothing_is_stored(
    ledger: Ledger, urls: Urls
) -> None:
    with (
        psycopg.connect(urls.app, autocommit=True) as connection,
        psycopg.connect(str(urls.admin), autocommit=True) as admin,
    ):
        append(connection, ledger.tenant, [one(ledger, uuid4(), 1)])
        admin.execute(KILL, [connection.info.backend_pid])
        with pytest.raises(psycopg.OperationalError):
            append(connection, ledger.tenant, [one(ledger, uuid4(), 1)])
        assert connection.closed
    assert ledger.head() == 1
