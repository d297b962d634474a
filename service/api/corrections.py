"""Correcting and cancelling any recorded fact; the old values stay in the audit trail."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from service.api.caller import AsCaller, Recorded
from service.api.fields import Body, Reason, Version
from service.api.record_rights import check_record, named_projects
from service.api.route import StreamId, write
from service.commands import corrections
from service.commands.work import Work
from service.composition import today

On = Annotated[
    date | None,
    Meta(
        description="When a difference is settled, if a claim holds the value; default today",
        examples=["2026-05-04"],
    ),
]


class Correction(Body, frozen=True, kw_only=True):
    """New values for the fact `version` of a record, by the names of the event's fields."""

    version: Version
    changes: Annotated[
        dict[str, Any],
        Meta(
            min_length=1,
            max_length=50,
            description="Field to new value; decimals as strings, sealed fields by their names",
            examples=[{"description": "Printed materials"}],
        ),
    ]
    reason: Reason
    on: On = None


class Cancellation(Body, frozen=True, kw_only=True):
    """Takes back the fact `version` of a record, or without it all of the record's facts."""

    reason: Reason
    version: Version | None = None
    on: On = None


@write(
    "/records/{stream_id:uuid}/corrections",
    permission="records.correct",
    over="visible",
    changes="stream_id",
    operation_id="correct_fact",
    summary="Correct a fact",
    tags=["corrections"],
)
def correct_fact(
    caller: AsCaller, stream_id: StreamId, data: JSONBody[Correction]
) -> Response[Recorded]:
    """Puts new values in the place of a fact.

    What a submitted claim holds stays; a changed amount becomes a difference, a document of its
    own whose id the answer names. A document has one difference: what is still wrong after it is
    corrected there.
    """
    on = data.on or today()

    def decide(work: Work, _: UUID) -> None:
        brought_in = named_projects(data.changes)
        check_record(caller.rights, work, stream_id, data.version, brought_in)
        order = corrections.Correction(
            stream=stream_id,
            version=data.version,
            changes=data.changes,
            reason=data.reason,
            on=on,
        )
        corrections.correct(work, order)

    return caller.record(decide)


@write(
    "/records/{stream_id:uuid}/cancellations",
    permission="records.correct",
    over="visible",
    changes="stream_id",
    operation_id="cancel_fact",
    summary="Cancel a fact",
    tags=["corrections"],
)
def cancel_fact(
    caller: AsCaller, stream_id: StreamId, data: JSONBody[Cancellation]
) -> Response[Recorded]:
    """Takes a fact back; what a submitted claim holds is taken back by a difference."""
    on = data.on or today()

    def decide(work: Work, _: UUID) -> None:
        check_record(caller.rights, work, stream_id, data.version)
        corrections.cancel(work, stream_id, data.version, data.reason, on)

    return caller.record(decide)
