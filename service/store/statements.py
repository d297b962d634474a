"""The statements that append to the log.

One statement takes the positions and the clock under the lock of the tenant's row, which it holds
until the commit (so positions become visible in order), computes the leaves and stores the events.
What does not fit makes it fail, never return less, because whatever else is in the transaction
must fail with it: a stream that is not at the version that was decided on makes `next_position`
NULL, a tenant that does not exist makes an event's columns NULL, and a version or command that
another transaction has just stored breaks a unique key.

The head of a stream is a scalar subquery: prepared on an empty table, EXISTS would be planned as a
hash over the tenant's whole log and stay so.
"""

from service.store.leaf import LEAF_SQL

COLUMNS = """tenant_id, position, stream_id, version, type, data, event_id, recorded_at,
    actor, command_id, command_index, request_hash, causation, leaf_hash"""

_GIVEN_ALWAYS = """%(stream)s::uuid[], %(version)s::bigint[], %(type)s::text[], %(data)s::bytea[],
        %(event)s::uuid[]"""
_GIVEN_MANY = """,
        %(actor)s::text[], %(command)s::uuid[], %(index)s::int[], %(request)s::bytea[],
        %(causation)s::uuid[]"""
_NAMES_MANY = ", actor, command_id, command_index, request_hash, causation"
_ONE_COMMAND = """%(actor)s::text AS actor, %(command)s::uuid AS command_id,
        (number - 1)::int AS command_index, %(request)s::bytea AS request_hash,
        %(causation)s::uuid AS causation"""
_MANY_COMMANDS = "actor, command_id, command_index, request_hash, causation"


def _append(given: str, names: str, of_command: str) -> str:
    return f"""
WITH given AS (
    SELECT * FROM unnest({_GIVEN_ALWAYS}{given})
        WITH ORDINALITY AS g (stream_id, version, type, data, event_id{names}, number)
), taken AS (
    UPDATE ledger.tenant SET last_recorded_at = greatest(clock_timestamp(), last_recorded_at),
        next_position = CASE WHEN (
            SELECT bool_and(h.head = coalesce((
                SELECT max(e.version) FROM ledger.event AS e
                WHERE e.tenant_id = %(tenant)s AND e.stream_id = h.stream_id), 0))
            FROM unnest(%(heads_of)s::uuid[], %(heads)s::bigint[]) AS h (stream_id, head)
        ) THEN next_position + %(count)s END
    WHERE tenant_id = %(tenant)s
    RETURNING tenant_id, next_position - %(count)s AS first_position, last_recorded_at
), row AS (
    SELECT tenant_id, first_position + number - 1 AS position, stream_id, version, type, data,
        event_id, last_recorded_at AS recorded_at, {of_command}
    FROM given LEFT JOIN taken ON true
)
INSERT INTO ledger.event ({COLUMNS}) SELECT row.*, {LEAF_SQL} FROM row RETURNING position"""


APPEND_ONE = _append("", "", _ONE_COMMAND)
APPEND_MANY = _append(_GIVEN_MANY, _NAMES_MANY, _MANY_COMMANDS)
# Before the statements beside the events: two appends of a tenant never wait for each other there.
LOCK = "SELECT FROM ledger.tenant WHERE tenant_id = %s FOR UPDATE"

OF_COMMANDS = """SELECT position, command_id, request_hash FROM ledger.event
    WHERE tenant_id = %s AND command_id = ANY(%s) ORDER BY position"""
HEADS = """SELECT stream_id, max(version) FROM ledger.event
    WHERE tenant_id = %s AND stream_id = ANY(%s) GROUP BY stream_id"""
STREAMS = """SELECT stream_id, type, data FROM ledger.event
    WHERE tenant_id = %s AND stream_id = ANY(%s) ORDER BY stream_id, version"""
ROWS = """SELECT position, stream_id, version, type, data, request_hash FROM ledger.event
    WHERE tenant_id = %s AND {} = %s ORDER BY position"""
