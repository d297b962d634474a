"""An event as others get it: CloudEvents 1.0 in JSON.

Its data are the fact as it is stored. Persons are in it as random ids and hashes of what is sealed;
who recorded it is left out.
"""

from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec import UNSET, Meta, UnsetType

from service.feed.reading import LoggedEvent

MEDIA_TYPE = "application/cloudevents+json"
BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"
TYPE_PREFIX = "cz.grantledger."
SCHEMA_PREFIX = "urn:grantledger:fact:"
SOURCE_PREFIX = "urn:grantledger:tenant:"
SEQUENCE_DIGITS = 19  # of the largest bigint, so that texts compare as numbers do
PRAGUE = ZoneInfo("Europe/Prague")
encode = msgspec.json.Encoder().encode


class CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event of the log (CloudEvents 1.0, structured mode)."""

    specversion: Annotated[str, Meta(pattern=r"^1\.0$", examples=["1.0"])] = "1.0"
    id: Annotated[
        UUID,
        Meta(
            description="The same however often it is sent: drop what you have seen",
            examples=["9a3e0e1b-0d0a-4c57-9f5a-0a7a1b8d3c21"],
        ),
    ]
    source: Annotated[
        str,
        Meta(
            max_length=100,
            description="The organisation",
            examples=[f"{SOURCE_PREFIX}5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"],
        ),
    ]
    type: Annotated[
        str,
        Meta(
            max_length=200,
            description="`cz.grantledger.` and the stored name of the fact; new ones may come",
            examples=["cz.grantledger.claim.paid.v1"],
        ),
    ]
    subject: Annotated[
        UUID, Meta(description="The record", examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"])
    ]
    subjectversion: Annotated[
        int, Meta(ge=1, le=2**31 - 1, description="Version of the record", examples=[1])
    ]
    time: Annotated[
        datetime,
        Meta(
            tz=True,
            description="When it took effect: the beginning of `effective_on` in Prague",
            examples=["2026-03-30T22:00:00Z"],
        ),
    ]
    recordedtime: Annotated[
        datetime,
        Meta(
            tz=True,
            description="When the ledger recorded it",
            examples=["2026-04-02T09:30:00.123456Z"],
        ),
    ]
    sequence: Annotated[
        str,
        Meta(
            pattern=r"^[0-9]{19}$",
            description="Position in the log, without gaps; `after` of the feed",
            examples=["0000000000000000017"],
        ),
    ]
    partitionkey: Annotated[
        UUID,
        Meta(description="The organisation", examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"]),
    ]
    projectid: Annotated[
        UUID | UnsetType,
        Meta(
            description="The record's project; absent: the organisation's own record",
            examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"],
        ),
    ] = UNSET
    correlationid: Annotated[
        UUID,
        Meta(
            description="The command; the same in all events that it recorded",
            examples=["1b4e28ba-2fa1-4d4a-883f-0016d3cca427"],
        ),
    ]
    causationid: Annotated[
        UUID | UnsetType,
        Meta(
            description="What caused it, if recorded",
            examples=["1b4e28ba-2fa1-4d4a-883f-0016d3cca427"],
        ),
    ] = UNSET
    datacontenttype: Annotated[
        str, Meta(pattern=r"^application/json$", examples=["application/json"])
    ] = "application/json"
    dataschema: Annotated[
        str,
        Meta(
            max_length=200,
            description="Another one when the data change incompatibly",
            examples=[f"{SCHEMA_PREFIX}claim.paid.v1"],
        ),
    ]
    data: Annotated[
        dict[str, Any],
        Meta(
            description="The fact as recorded; persons as random ids and hashes",
            examples=[{"effective_on": "2026-03-31", "amount": "1362.50"}],
        ),
    ]


def cloud_event(tenant: UUID, event: LoggedEvent) -> CloudEvent:
    """An event of a tenant's log."""
    data: dict[str, Any] = msgspec.json.decode(event.data)
    day = date.fromisoformat(data["effective_on"])
    return CloudEvent(
        id=event.event_id,
        source=f"{SOURCE_PREFIX}{tenant}",
        type=TYPE_PREFIX + event.type,
        subject=event.stream_id,
        subjectversion=event.version,
        time=datetime.combine(day, time(), PRAGUE).astimezone(UTC),
        recordedtime=event.recorded_at.astimezone(UTC),
        sequence=str(event.position).zfill(SEQUENCE_DIGITS),
        partitionkey=tenant,
        projectid=UNSET if event.project is None else UUID(event.project),
        correlationid=event.command_id,
        causationid=UNSET if event.causation is None else event.causation,
        dataschema=SCHEMA_PREFIX + event.type,
        data=data,
    )
