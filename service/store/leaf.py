"""The Merkle leaf of an event (RFC 9162), in SQL for the append and in Python for who verifies.

The leaf's input is one JSON array whose strings need no escape, so that SQL may put it together
by concatenation; the append refuses words that would need one.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

LEAF_FORMAT = "grantledger.leaf.v1"
_json = json.JSONEncoder(separators=(",", ":")).encode  # `json.dumps` would make one each time
ACTOR = re.compile(r"[a-z0-9:-]{1,100}")
TYPE = re.compile(r"[a-z0-9.-]{1,200}")

# Over the columns of one event; chr(58) is a colon, which pgbench would take for a variable.
LEAF_SQL = f"""sha256('\\x00'::bytea || convert_to('["{LEAF_FORMAT}","' || tenant_id
    || '",' || position || ',"' || event_id || '","' || stream_id || '",'
    || version || ',"' || type || '","'
    || to_char(recorded_at AT TIME ZONE 'UTC',
               'YYYY-MM-DD"T"HH24' || chr(58) || 'MI' || chr(58) || 'SS.US"Z"')
    || '","' || actor || '","' || command_id || '",' || coalesce('"' || causation || '"', 'null')
    || ',"' || encode(sha256(data), 'hex') || '"]', 'UTF8'))"""


class UnfitForLeaf(ValueError):
    """An actor or a stored name with other signs than those that the leaf can hold."""


def check_words(actors: Iterable[str], types: Iterable[str]) -> None:
    """Raises UnfitForLeaf, without the word: it might be a name."""
    if not all(ACTOR.fullmatch(actor) for actor in actors):
        raise UnfitForLeaf("an actor is a user's id or a word of the program: a-z, 0-9, : and -")
    if not all(TYPE.fullmatch(name) for name in types):
        raise UnfitForLeaf("a stored name has only a-z, 0-9, . and -")


def leaf_hash(
    *,
    tenant_id: UUID,
    position: int,
    event_id: UUID,
    stream_id: UUID,
    version: int,
    type: str,  # noqa: A002 the column's name
    recorded_at: datetime,
    actor: str,
    command_id: UUID,
    causation: UUID | None,
    data: bytes,
) -> bytes:
    """The leaf of one event, from the columns of its row."""
    row = [
        LEAF_FORMAT,
        str(tenant_id),
        position,
        str(event_id),
        str(stream_id),
        version,
        type,
        recorded_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        actor,
        str(command_id),
        str(causation) if causation else None,
        sha256(data).hexdigest(),
    ]
    return sha256(b"\0" + _json(row).encode()).digest()
