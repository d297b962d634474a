"""The append of one event in one packet to the server and one back.

In a pipeline of psycopg each statement and the end are packets of their own, for which the server
wakes up each time: half of such an append's time, more on a busy machine. libpq, which psycopg
shows as `pgconn`, sends them together. The parameters are few and of known types, so they are
written in binary here, without psycopg's search for the type of each.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID
from weakref import WeakSet

from psycopg import Connection, errors
from psycopg.abc import PQGen
from psycopg.generators import fetch, pipeline_communicate
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

from service.store import statements

UUID_OID, INT8_OID, TEXT_OID, BYTEA_OID = 2950, 20, 25, 17
PARAMETERS = {
    **dict.fromkeys(("tenant", "stream", "event", "command", "causation"), UUID_OID),
    **dict.fromkeys(("version", "head", "count"), INT8_OID),
    **dict.fromkeys(("type", "actor"), TEXT_OID),
    **dict.fromkeys(("data", "request"), BYTEA_OID),
}
NUMBER = {name: number for number, name in enumerate(PARAMETERS, 1)}
APPEND = re.sub(r"%\((\w+)\)s", lambda name: f"${NUMBER[name[1]]}", statements.APPEND_ONE).encode()
SET_TENANT = b"SELECT set_config('app.tenant', $1, true)"
APPEND_NAME, SET_TENANT_NAME = b"grantledger_append", b"grantledger_set_tenant"
BINARY = 1

_prepared: WeakSet[Connection[Any]] = WeakSet()


def append_one(
    connection: Connection[Any], tenant: UUID, values: Mapping[str, Any]
) -> list[tuple[int]]:
    """Runs `statements.APPEND_ONE` for the tenant; its row, or the error it ended with.

    The connection is in autocommit: without BEGIN a pipeline is one transaction up to its end.
    """
    try:
        return _append(connection, tenant, values)
    except errors.InvalidSqlStatementName:  # psycopg forgets all statements after some errors
        _prepared.discard(connection)
        return _append(connection, tenant, values)


def _append(
    connection: Connection[Any], tenant: UUID, values: Mapping[str, Any]
) -> list[tuple[int]]:
    pgconn, prepare = connection.pgconn, connection not in _prepared
    parameters = [_binary(values[name], oid) for name, oid in PARAMETERS.items()]

    def send() -> None:
        if prepare:
            pgconn.send_prepare(SET_TENANT_NAME, SET_TENANT, [TEXT_OID])
            pgconn.send_prepare(APPEND_NAME, APPEND, list(PARAMETERS.values()))
        pgconn.send_query_prepared(SET_TENANT_NAME, [str(tenant).encode()])
        formats = [BINARY] * len(parameters)
        pgconn.send_query_prepared(APPEND_NAME, parameters, formats, BINARY)
        pgconn.pipeline_sync()

    results = _exchanged(connection, send)
    if prepare and results[1].status == ExecStatus.COMMAND_OK:
        _prepared.add(connection)  # also when the append itself was refused
    for result in results:
        if result.status == ExecStatus.FATAL_ERROR:
            raise errors.error_from_result(result, connection.info.encoding)
    position = results[-2].get_value(0, 0)
    assert position is not None
    return [(int.from_bytes(position, "big"),)]


def _exchanged(connection: Connection[Any], send: Callable[[], None]) -> list[PGresult]:
    """The results up to the end of the pipeline, the end among them."""
    with connection.lock:
        connection.pgconn.enter_pipeline_mode()
        try:
            results = connection.wait(_exchange(connection.pgconn, send))
        except BaseException:
            connection.close()  # in the middle of a pipeline it is of no more use
            raise
        connection.pgconn.exit_pipeline_mode()
    return results


def _exchange(pgconn: PGconn, send: Callable[[], None]) -> PQGen[list[PGresult]]:
    groups = yield from pipeline_communicate(pgconn, deque([send]))
    results = [result for group in groups for result in group]
    while not results or results[-1].status != ExecStatus.PIPELINE_SYNC:
        if result := (yield from fetch(pgconn)):
            results.append(result)
    return results


def _binary(value: Any, oid: int) -> bytes | None:
    """The value as the server keeps it."""
    if value is None:
        return None
    match oid:
        case 2950:
            found: bytes = value.bytes
            return found
        case 20:
            return int(value).to_bytes(8, "big", signed=True)
        case 25:
            return str(value).encode()
        case _:
            return bytes(value)
