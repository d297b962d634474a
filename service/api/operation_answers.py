"""What the API says of an operation: how far it is, and what became of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from msgspec import Meta

from service.api.fields import Id, Item, word_of
from service.api.paging import NextCursor
from service.api.problem import Problem
from service.api.users import MaybeMoment, Moment, utc
from service.operations.exporting import EXPORT
from service.operations.files import KeptFile
from service.operations.operation import Operation
from service.operations.store import OUTPUT_KEPT_HOURS

STATES = ("pending", "running", "succeeded", "failed", "cancelled")


class OperationProgress(Item, frozen=True, kw_only=True):
    """How far it is, in steps of the kind: rows of an import, views of a rebuild."""

    done: Annotated[int, Meta(ge=0, description="Done in this attempt", examples=[1000])]
    total: Annotated[int | None, Meta(description="Of so many, where known", examples=[2891])]


class OperationFile(Item, frozen=True, kw_only=True):
    """A file that it made."""

    name: Annotated[str, Meta(examples=["CZ.03.2.63_workbook_cs_2018-08-31_p3508.xlsx"])]
    media_type: Annotated[str, Meta(examples=["application/xml"])]
    size: Annotated[int, Meta(description="Bytes", examples=[48213])]
    sha256: Annotated[str, Meta(description="Of its bytes, hex", examples=["0b" * 32])]
    href: Annotated[
        str,
        Meta(
            description="Where it is fetched until `files_until`",
            examples=["/v1/operations/5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11/files/x.xlsx"],
        ),
    ]


class OperationListed(Item, frozen=True, kw_only=True):
    """Long work that was asked for, in short."""

    id: Id
    kind: Annotated[str, Meta(description="`import`, `export` or `rebuild`", examples=["rebuild"])]
    project_id: Annotated[
        str | None,
        Meta(
            description="The project that it is about, where it is about one",
            examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"],
        ),
    ]
    order: Annotated[
        dict[str, Any],
        Meta(description="What was ordered", examples=[{"views": ["budget_spend"]}]),
    ]
    requested_by: Annotated[
        str, Meta(description="User id", examples=["0f6c6f0a-5b0e-4f43-9f55-9b9c6f3f6d14"])
    ]
    status: Annotated[str, word_of(STATES, "What has become of it", "succeeded")]
    progress: OperationProgress
    attempts: Annotated[
        int, Meta(description="How often it was begun; again after the service died", examples=[1])
    ]
    requested_at: Moment
    started_at: MaybeMoment
    ended_at: MaybeMoment
    cancel_requested_at: MaybeMoment


class OperationStatus(OperationListed, frozen=True, kw_only=True):
    """Long work that was asked for, and what became of it."""

    result: Annotated[
        dict[str, Any] | None,
        Meta(
            description="What a success gave, as its kind says",
            examples=[{"views": [{"name": "budget_spend", "seconds": 2.5}]}],
        ),
    ]
    problem: Annotated[
        Problem | None, Meta(description="Why it failed: what a request would have got")
    ]
    files: list[OperationFile]
    files_until: MaybeMoment


class OperationPage(Item, frozen=True, kw_only=True):
    """A page of operations, the newest first."""

    items: list[OperationListed]
    next_cursor: NextCursor


def operation_as_listed(found: Operation) -> OperationListed:
    """An operation in short."""
    return OperationListed(**_in_short(found))


def operation_as_shown(found: Operation, files: Sequence[KeptFile]) -> OperationStatus:
    """An operation with the files that it made."""
    at = f"/v1/operations/{found.operation_id}"
    return OperationStatus(
        **_in_short(found),
        result=_result(found, at),
        problem=None if found.problem is None else msgspec.convert(found.problem, Problem),
        files=[_file(one, at) for one in files],
        files_until=utc(kept_until(found)) if files else None,
    )


def kept_until(found: Operation) -> datetime | None:
    """Until when its files are; None: it has not ended."""
    return found.ended_at + timedelta(hours=OUTPUT_KEPT_HOURS) if found.ended_at else None


def _result(found: Operation, at: str) -> dict[str, Any] | None:
    """As stored; an export's files with where they are."""
    if found.result is None or found.kind != EXPORT.name:
        return None if found.result is None else dict(found.result)
    files = [{**one, "href": _href(one["name"], at)} for one in found.result["files"]]
    return {**found.result, "files": files}


def _in_short(found: Operation) -> dict[str, Any]:
    return {
        "id": found.operation_id,
        "kind": found.kind,
        "project_id": str(found.project) if found.project else None,
        "order": dict(found.parameters),
        "requested_by": found.actor,
        "status": found.state,
        "progress": OperationProgress(done=found.done, total=found.total),
        "attempts": found.attempts,
        "requested_at": found.requested_at.astimezone(UTC),
        "started_at": utc(found.started_at),
        "ended_at": utc(found.ended_at),
        "cancel_requested_at": utc(found.cancel_requested_at),
    }


def _file(file: KeptFile, at: str) -> OperationFile:
    return OperationFile(
        name=file.name,
        media_type=file.media_type,
        size=file.size,
        sha256=file.sha256.hex(),
        href=_href(file.name, at),
    )


def _href(name: str, at: str) -> str:
    return f"{at}/files/{quote(name)}"
