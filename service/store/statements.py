"""The statements that append to the log.

One statement takes the positions and the clock under the lock of the tenant's row, which it holds
until the commit (so positions become visible in order), computes the leaves and stores the events.
What does not fit makes it fail, never return less, because whatever else is in the transaction
must fail with it: a stream that is not at the version that was decided on makes `next_position`
NULL, a tenant that does not exist makes the positions NULL, and a version or command that
another transaction has just stored breaks a unique key.

The head of a stream is a scalar subquery: prepared on an empty table, EXISTS would be planned as a
hash over the tenant's whole log and stay so.
"""

from service.store.leaf import LEAF_SQL

COLUMNS = """tenant_id, position, stream_id, version, type, data, event_id, recorded_at,
    actor, command_id, command_index, request_hash, causation, leaf_hash"""

# By arrays a statement is planned anew each time, which costs more than a third of an append of one
# event, the usual case: it has a statement of its own. Arrays travel in binary (%b): as text their
# bytes would double and every value be searched for signs to escape, twice the time of an append.
_ONE = """SELECT %(stream)s::uuid AS stream_id, %(version)s::bigint AS version,
        %(type)s::text AS type, %(data)s::bytea AS data, %(event)s::uuid AS event_id,
        %(actor)s::text AS actor, %(command)s::uuid AS command_id, 0 AS command_index,
        %(request)s::bytea AS request_hash, %(causation)s::uuid AS causation, 1 AS number"""
_MANY = """SELECT * FROM unnest(%(stream)b::uuid[], %(version)b::bigint[], %(type)b::text[],
        %(data)b::bytea[], %(event)b::uuid[], %(actor)b::text[], %(command)b::uuid[],
        %(index)b::int[], %(request)b::bytea[], %(causation)b::uuid[])
        WITH ORDINALITY AS g (stream_id, version, type, data, event_id, actor, command_id,
            command_index, request_hash, causation, number)"""
_ONE_FITS = """%(head)s = coalesce((
                SELECT max(e.version) FROM ledger.event AS e
                WHERE e.tenant_id = %(tenant)s AND e.stream_id = %(stream)s), 0)"""
_ALL_FIT = """SELECT bool_and(h.head = coalesce((
                SELECT max(e.version) FROM ledger.event AS e
                WHERE e.tenant_id = %(tenant)s AND e.stream_id = h.stream_id), 0))
            FROM unnest(%(heads_of)b::uuid[], %(heads)b::bigint[]) AS h (stream_id, head)"""


def _append(given: str, fits: str) -> str:
    return f"""
WITH given AS (
    {given}
), taken AS (
    UPDATE ledger.tenant SET last_recorded_at = greatest(clock_timestamp(), last_recorded_at),
        next_position = CASE WHEN (
            {fits}
        ) THEN next_position + %(count)s END
    WHERE tenant_id = %(tenant)s
    RETURNING next_position - %(count)s AS first_position, last_recorded_at
), row AS (
    SELECT %(tenant)s AS tenant_id, first_position + number - 1 AS position, stream_id, version,
        type, data, event_id, last_recorded_at AS recorded_at, actor, command_id, command_index,
        request_hash, causation
    FROM given LEFT JOIN taken ON true
)
INSERT INTO ledger.event ({COLUMNS}) SELECT row.*, {LEAF_SQL} FROM row RETURNING position"""


APPEND_ONE = _append(_ONE, _ONE_FITS)
APPEND_MANY = _append(_MANY, _ALL_FIT)
# Before the statements beside the events: two appends of a tenant never wait for each other there.
LOCK = "SELECT FROM ledger.tenant WHERE tenant_id = %s FOR UPDATE"

# In the order of the index by which they are found, or in none: for ORDER BY position a plan made
# on an empty table reads the tenant's whole log.
OF_COMMANDS = """SELECT position, command_id, request_hash FROM ledger.event
    WHERE tenant_id = %s AND command_id = ANY(%b::uuid[])"""
HEADS = """SELECT stream_id, max(version) FROM ledger.event
    WHERE tenant_id = %s AND stream_id = ANY(%b::uuid[]) GROUP BY stream_id"""
STREAMS = """SELECT stream_id, type, data FROM ledger.event
    WHERE tenant_id = %s AND stream_id = ANY(%b::uuid[]) ORDER BY stream_id, version"""
_ROW = "SELECT position, stream_id, version, type, data, request_hash FROM ledger.event"
# Of several commands: their rows are put in order by who asks, for the reason above.
ROWS_OF_COMMANDS = """SELECT command_id, position, stream_id, version, type, data, request_hash
    FROM ledger.event WHERE tenant_id = %s AND command_id = ANY(%b::uuid[])"""
ROWS_OF_STREAM = f"{_ROW} WHERE tenant_id = %s AND stream_id = %s ORDER BY version"
ROWS_OF_COMMAND = f"{_ROW} WHERE tenant_id = %s AND command_id = %s ORDER BY command_index"
