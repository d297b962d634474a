"""Operations in the database: begun, claimed, advanced, ended, cancelled, tidied away.

Who holds the tenant's lock works on its operations; a statement of a work that lost the lock
changes nothing, because each attempt has a number.
"""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from domain.rejection import NotFound, Rejection
from projections.page_query import PageQuery, Row
from service.operations.files import LocalFile, OperationFiles, Role
from service.operations.operation import AskedBy, Document, Operation, Order, State, TakenOver
from service.store.database import act_for
from service.store.vault import Vault

CHANNEL = "grantledger_operations"
OUTPUT_KEPT_HOURS = 24
KEPT_DAYS = 30
ATTEMPTS_MAX = 3
WAITING_MAX = 50  # of an organisation
BYTES_MAX = 2_000_000_000  # of the files kept for an organisation
COLUMNS = """tenant_id AS tenant, operation_id, kind, project_id AS project, parameters,
        actor, scopes, request_id, state, done, total, attempts, requested_at, started_at,
        updated_at, ended_at, cancel_requested_at, result, problem"""
TAKEN = f"""SELECT (SELECT count(*) FROM ledger.operation
            WHERE tenant_id = %(tenant)s AND state IN ('pending', 'running')),
        (SELECT coalesce(sum(f.size), 0) FROM ledger.operation AS o
            JOIN ledger.operation_file AS f USING (tenant_id, operation_id)
            WHERE o.tenant_id = %(tenant)s AND CASE f.role
                WHEN 'input' THEN o.state IN ('pending', 'running')
                ELSE o.ended_at > now() - interval '{OUTPUT_KEPT_HOURS} hours' END)"""
# Later than all that are there, also when the clock was put back.
BEGIN = """INSERT INTO ledger.operation (tenant_id, operation_id, kind, project_id, parameters,
        actor, scopes, request_id, requested_at)
    VALUES (%(tenant)s, %(operation)s, %(kind)s, %(project)s, %(parameters)s::jsonb,
        %(actor)s, %(scopes)s, %(request)s, greatest(clock_timestamp(),
            (SELECT max(requested_at) + interval '1 microsecond' FROM ledger.operation
                WHERE tenant_id = %(tenant)s)))"""
# The newest first. With an actor only his.
LIST = PageQuery(
    views=(),
    select=f"""SELECT {COLUMNS} FROM ledger.operation WHERE tenant_id = %(tenant)s
        AND (%(actor)s::text IS NULL OR actor = %(actor)s)""",
    order={"requested_at": "timestamptz", "operation_id": "uuid"},
    descending=True,
    filters={
        "kind": "kind = %(only_kind)s",
        "status": "state = %(only_status)s",
        "project_id": "project = %(only_project_id)s::uuid",
    },
)
READ = f"""SELECT {COLUMNS} FROM ledger.operation
    WHERE tenant_id = %(tenant)s AND operation_id = %(operation)s
        AND (%(actor)s::text IS NULL OR actor = %(actor)s)"""
CLAIM = f"""UPDATE ledger.operation SET state = 'running', attempts = attempts + 1, done = 0,
        total = NULL, started_at = clock_timestamp(), updated_at = clock_timestamp()
    WHERE tenant_id = %(tenant)s AND state IN ('pending', 'running')
        AND operation_id = (SELECT operation_id FROM ledger.operation
            WHERE tenant_id = %(tenant)s AND state IN ('pending', 'running')
            ORDER BY requested_at, operation_id LIMIT 1)
    RETURNING {COLUMNS}"""
OF_ATTEMPT = """tenant_id = %(tenant)s AND operation_id = %(operation)s AND state = 'running'
        AND attempts = %(attempts)s"""
ADVANCE = f"""UPDATE ledger.operation
    SET done = %(done)s, total = %(total)s, updated_at = clock_timestamp()
    WHERE {OF_ATTEMPT} RETURNING cancel_requested_at IS NOT NULL"""
GIVE_BACK = f"""UPDATE ledger.operation
    SET state = 'pending', attempts = attempts - 1, updated_at = clock_timestamp()
    WHERE {OF_ATTEMPT}"""
ENDS = f"""ended_at = now(), updated_at = now(), tidy_at = now()
        + CASE WHEN %(output)s THEN interval '{OUTPUT_KEPT_HOURS} hours'
            ELSE interval '{KEPT_DAYS} days' END"""
END = f"""UPDATE ledger.operation SET state = %(state)s, result = %(result)s::jsonb,
        problem = %(problem)s::jsonb, {ENDS}
    WHERE {OF_ATTEMPT}"""
CANCEL = f"""UPDATE ledger.operation SET state = 'cancelled', cancel_requested_at = now(), {ENDS}
    WHERE tenant_id = %(tenant)s AND operation_id = %(operation)s"""
ASK_TO_CANCEL = """UPDATE ledger.operation
    SET cancel_requested_at = coalesce(cancel_requested_at, now())
    WHERE tenant_id = %(tenant)s AND operation_id = %(operation)s"""
TO_TIDY = f"""SELECT operation_id, tidy_at >= ended_at + interval '{KEPT_DAYS} days'
    FROM ledger.operation WHERE tenant_id = %(tenant)s AND tidy_at <= now()
    ORDER BY tidy_at LIMIT 100"""
TIDIED = f"""UPDATE ledger.operation SET tidy_at = ended_at + interval '{KEPT_DAYS} days'
    WHERE tenant_id = %(tenant)s AND operation_id = %(operation)s"""
REMOVE = tuple(
    f"DELETE FROM ledger.{table} WHERE tenant_id = %(tenant)s AND operation_id = %(operation)s"
    for table in ("operation_input", "operation_output", "operation_file", "operation")
)


class NoRoom(Exception):
    """As many operations of the organisation wait, or as large files are kept, as may."""


class OperationEnded(Rejection):
    """What has succeeded or failed cannot be cancelled any more."""

    code = "operation_ended"


def begin(
    connection: Connection[Any],
    vault: Vault,
    tenant: UUID,
    operation: UUID,
    by: AskedBy,
    order: Order,
    inputs: Sequence[LocalFile] = (),
) -> None:
    """Stores what is to be done with its files, in the caller's transaction; it is begun after.

    Raises NoRoom.
    """
    taken = connection.execute(TAKEN.encode(), {"tenant": tenant}).fetchone()
    if taken is None or taken[0] >= WAITING_MAX or taken[1] >= BYTES_MAX:
        raise NoRoom(str(tenant))
    values = {
        "tenant": tenant,
        "operation": operation,
        "kind": order.kind,
        "project": order.project,
        "parameters": json.dumps(order.parameters),
        "actor": by.actor,
        "scopes": None if by.scopes is None else sorted(by.scopes),
        "request": by.request_id,
    }
    connection.execute(BEGIN, values)
    files = OperationFiles(vault, tenant, operation, "input")
    for file in inputs:
        files.store(connection, file)
    connection.execute(f"NOTIFY {CHANNEL}".encode())


def operation_of(
    connection: Connection[Any],
    tenant: UUID,
    operation: UUID,
    actor: str | None,
    *,
    lock: bool = False,
) -> Operation:
    """An operation; with an actor only if it is his. Raises NotFound."""
    values = {"tenant": tenant, "operation": operation, "actor": actor}
    query = f"{READ} FOR UPDATE" if lock else READ
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        found = cursor.execute(query.encode(), values).fetchone()
    if found is None:
        raise NotFound("there is no such operation")
    return from_row(found)


def from_row(row: Row) -> Operation:
    """An operation of a row."""
    return Operation(**row)


def cancel(
    connection: Connection[Any], vault: Vault, tenant: UUID, operation: UUID, actor: str | None
) -> None:
    """Ends what has not begun, asks what goes on to end. Raises NotFound, OperationEnded."""
    found = operation_of(connection, tenant, operation, actor, lock=True)
    values = {"tenant": tenant, "operation": operation, "output": False}
    match found.state:
        case "pending":
            connection.execute(CANCEL.encode(), values)
            OperationFiles(vault, tenant, operation, "input").forget(connection)
        case "running":
            connection.execute(ASK_TO_CANCEL, values)
        case "cancelled":
            pass
        case _:
            raise OperationEnded(f"the operation has {found.state}")


class Claimed:
    """An operation that this process works on, by the connection that holds the tenant's lock."""

    def __init__(self, connection: Connection[Any], vault: Vault, operation: Operation) -> None:
        self.operation = operation
        self._connection, self._vault = connection, vault
        self._values = {
            "tenant": operation.tenant,
            "operation": operation.operation_id,
            "attempts": operation.attempts,
        }

    def advance(self, done: int, total: int | None) -> bool:
        """Stores how far it is; whether it is asked to end. Raises TakenOver."""
        with self._connection.transaction():
            act_for(self._connection, self.operation.tenant)
            values = {**self._values, "done": done, "total": total}
            row = self._connection.execute(ADVANCE.encode(), values).fetchone()
        if row is None:
            raise TakenOver
        return bool(row[0])

    def end(
        self,
        state: State,
        result: Document | None = None,
        problem: Document | None = None,
        output: Sequence[LocalFile] = (),
    ) -> None:
        """What became of it, with its output: all of it or nothing. Raises TakenOver."""
        ended = {
            "state": state,
            "result": None if result is None else json.dumps(result),
            "problem": None if problem is None else json.dumps(problem),
            "output": bool(output),
        }
        with self._connection.transaction():
            act_for(self._connection, self.operation.tenant)
            if not self._connection.execute(END.encode(), {**self._values, **ended}).rowcount:
                raise TakenOver
            self._files("input").forget(self._connection)
            for file in output:
                self._files("output").store(self._connection, file)

    def give_back(self) -> None:
        """It waits again, as if it had not been begun."""
        with self._connection.transaction():
            act_for(self._connection, self.operation.tenant)
            self._connection.execute(GIVE_BACK.encode(), self._values)

    def _files(self, role: Role) -> OperationFiles:
        return OperationFiles(self._vault, self.operation.tenant, self.operation.operation_id, role)


def claim(connection: Connection[Any], vault: Vault, tenant: UUID) -> Claimed | None:
    """The tenant's oldest that has not ended, begun; by who holds the tenant's lock."""
    with connection.transaction(), connection.cursor(row_factory=dict_row, binary=True) as cursor:
        act_for(connection, tenant)
        row = cursor.execute(CLAIM.encode(), {"tenant": tenant}).fetchone()
    return None if row is None else Claimed(connection, vault, from_row(row))


def tidy(connection: Connection[Any], vault: Vault, tenant: UUID) -> None:
    """Deletes output that was kept for its time, and operations that were."""
    with connection.transaction():
        act_for(connection, tenant)
        for operation, whole in connection.execute(TO_TIDY.encode(), {"tenant": tenant}).fetchall():
            values = {"tenant": tenant, "operation": operation}
            if whole:
                for statement in REMOVE:
                    connection.execute(statement.encode(), values)
            else:
                OperationFiles(vault, tenant, operation, "output").forget(connection)
                connection.execute(TIDIED.encode(), values)
