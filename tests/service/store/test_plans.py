"""Planned on an empty table, the statements of the log still go by their index when it is full.

A connection keeps the plan of a prepared statement: one that begins on an empty ledger and imports
into it would keep a plan that reads the tenant's whole log for each command.
"""

import re
from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest
from psycopg import Connection

from service.feed import reading
from service.feed.reading import Wanted
from service.store import recorder, statements
from tests.database import migrated_database

PARAMETER = re.compile(r"%\((\w+)\)[sb]|%[sb]")
STREAM_ID = UUID(int=0)
STREAM, COMMAND, POSITION = "event_stream_version", "event_command", "event_position"


@pytest.fixture(scope="module")
def empty(server_url: tuple[str, dict[str, str]]) -> Iterator[Connection]:
    """The app's role on an empty log, plans made without looking at the parameters."""
    with (
        migrated_database(*server_url) as urls,
        psycopg.connect(urls.app, autocommit=True) as connection,
    ):
        connection.execute("SET plan_cache_mode = force_generic_plan")
        yield connection


def plan(connection: Connection, query: str) -> str:
    """The plan of a statement for whatever parameters."""
    numbers: dict[str, int] = {}

    def number(found: re.Match[str]) -> str:
        name = found[1] or f"unnamed {len(numbers)}"
        return f"${numbers.setdefault(name, len(numbers) + 1)}"

    connection.execute(f"PREPARE asked AS {PARAMETER.sub(number, query)}".encode())
    try:
        values = ", ".join(["NULL"] * len(numbers))
        rows = connection.execute(f"EXPLAIN (VERBOSE) EXECUTE asked({values})".encode()).fetchall()
    finally:
        connection.execute("DEALLOCATE asked")
    return "\n".join(row for (row,) in rows)


def indexes(text: str) -> set[str]:
    """The indexes of the log by which a plan goes, if it goes by nothing else."""
    assert "Seq Scan on ledger.event" not in text, text
    assert "hashed SubPlan" not in text, text
    return set(re.findall(r"event_(?:stream_version|command|position)", text))


@pytest.mark.parametrize(
    ("query", "index"),
    [
        (statements.APPEND_ONE, STREAM),
        (statements.APPEND_MANY, STREAM),
        (statements.OF_COMMANDS, COMMAND),
        (statements.HEADS, STREAM),
        (statements.STREAMS, STREAM),
        (statements.ROWS_OF_STREAM, STREAM),
        (statements.ROWS_OF_COMMAND, COMMAND),
        (recorder.STREAM.format("ASC"), STREAM),
        (recorder.STREAM.format("DESC"), STREAM),
        (recorder.PAGE, POSITION),
    ],
)
def test_a_statement_planned_on_an_empty_log_goes_by_its_index(
    empty: Connection, query: str, index: str
) -> None:
    assert indexes(plan(empty, query)) == {index}


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(within=[], about=STREAM_ID, types=[])])
def test_a_page_of_the_feed_goes_by_position_and_by_stream(
    empty: Connection, wanted: Wanted
) -> None:
    query = reading.PAGE.format(conditions=wanted.conditions())

    assert indexes(plan(empty, query.replace("%%", "%"))) == {POSITION, STREAM}


def test_control_another_order_reads_the_whole_log(empty: Connection) -> None:
    by_position = statements.ROWS_OF_COMMAND.replace("BY command_index", "BY position")

    assert indexes(plan(empty, by_position)) == {POSITION}


def test_control_exists_hashes_the_whole_log(empty: Connection) -> None:
    exists = """SELECT EXISTS (SELECT FROM ledger.event AS e WHERE e.tenant_id = %(tenant)s
        AND e.command_id = c.id) FROM unnest(%(ids)s::uuid[]) AS c (id)"""

    assert "hashed SubPlan" in plan(empty, exists)
