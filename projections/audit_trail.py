"""The audit trail: who, when, what, why; before and after are read from the log itself.

The projection lists every event with its project, kind of stream and reason, so that it can be
filtered, also by the words of its clear values; the values before and after stand in the events and
are looked up a page at a time.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from domain.event import Cancelled, Corrected, Fact, corrected_fact
from projections.projection import Column, Event, Persons, Projection, Read, Row, Table
from projections.rows import Rows
from projections.search_text import search_text

NAME = "audit_trail"
STREAM = Table(
    "audit_stream",
    "history",
    key=(Column("stream_id", "uuid"),),
    values=(
        Column("project_id", "uuid"),
        Column("elsewhere", "jsonb"),  # version to project, of facts of another one than the first
        Column("kind", "text"),
        Column("reference", "text"),
    ),
    finds=("stream_id", "reference"),
)
EVENT = Table(
    "audit_event",
    "append",
    key=(Column("position", "bigint"),),
    values=(
        Column("project_id", "uuid"),
        Column("stream_id", "uuid"),
        Column("kind", "text"),
        Column("reference", "text"),
        Column("version", "bigint"),
        Column("type", "text"),
        Column("fact_version", "bigint"),
        Column("effective_on", "date"),
        Column("reason", "text"),
        Column("recorded_at", "timestamptz"),
        Column("actor", "text"),
        Column("event_id", "uuid"),
        Column("causation", "uuid"),
        Column("words", "text"),
    ),
    finds=("project_id", "stream_id"),
)
REFERENCES = ("reference", "code", "number", "registration_number", "currency")


def load(_: Rows, read: Read, events: Sequence[Event]) -> None:
    """Brings in what is known of the streams of the events."""
    read.open("audit_stream", "stream_id", list({event.stream_id for event in events}))


def fold(rows: Rows, events: Sequence[Event], _: Persons) -> None:
    """Lists each event; the first of a stream says what the stream is."""
    for event in events:
        stream = _put_stream(rows, event)
        fact_version, reason = _correction(event)
        rows.insert(
            "audit_event",
            {
                "position": event.position,
                "project_id": _project_of(stream, fact_version),
                "stream_id": event.stream_id,
                "kind": stream["kind"],
                "reference": stream["reference"],
                "version": event.version,
                "type": event.type,
                "fact_version": fact_version,
                "effective_on": event.fact.effective_on,
                "reason": reason,
                "recorded_at": event.recorded_at,
                "actor": event.actor,
                "event_id": event.event_id,
                "causation": event.causation,
                "words": search_text(stream["reference"], event.fact),
            },
        )


def _put_stream(rows: Rows, event: Event) -> Row:
    """The stream as it is after the event: a correction of its first fact may rename it."""
    key = (event.stream_id,)
    old = rows.get("audit_stream", key)
    if old is None:
        rows.put("audit_stream", key, _stream(event), event.position)
    elif isinstance(event.fact, Corrected) and event.fact.version == 1 and old["kind"] != "budget":
        renamed = {**old, "reference": _reference(corrected_fact(event.fact))}
        rows.put("audit_stream", key, renamed, event.position)
    stream = rows.get("audit_stream", key)
    assert stream is not None
    own = _project(event.fact)
    if own not in (None, stream["project_id"]):
        elsewhere = {**stream["elsewhere"], str(event.version): str(own)}
        rows.put("audit_stream", key, {**stream, "elsewhere": elsewhere}, event.position)
    return rows.get("audit_stream", key) or stream


def _project_of(stream: Row, version: int) -> UUID | None:
    """The project of a fact: what projects share (a person's month) is told in each by its own."""
    other = stream["elsewhere"].get(str(version))
    return stream["project_id"] if other is None else UUID(other)


def _stream(event: Event) -> dict[str, Any]:
    kind = event.type.partition(".")[0]
    return {
        "project_id": event.stream_id if kind == "project" else _project(event.fact),
        "elsewhere": {},
        "kind": kind,
        "reference": "budget" if kind == "budget" else _reference(event.fact),
    }


def _project(fact: Fact) -> UUID | None:
    return getattr(fact, "project", None)


def _reference(fact: Fact) -> str | None:
    found = (getattr(fact, name, None) for name in REFERENCES)
    return next((str(value) for value in found if value is not None), None)


def _correction(event: Event) -> tuple[int, str | None]:
    """The version of the fact that an event is about, and why it was changed.

    A difference changes nothing of the document that it corrects, and says why in its own fact.
    """
    match event.fact:
        case Corrected(version=version, reason=reason) | Cancelled(version=version, reason=reason):
            return version, reason
        case fact:
            return event.version, getattr(fact, "reason", None)


AUDIT_TRAIL = Projection(
    name=NAME, version=5, tables=(STREAM, EVENT), types=None, load=load, sealed=None, fold=fold
)
