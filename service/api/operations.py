"""Operations: what was asked for and goes on by itself, how far it is, its files, cancelling it.

A user sees his own, who administers the organisation sees all. Another's does not exist for him.
"""

import asyncio
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import chain
from typing import Annotated, Any, Literal
from uuid import UUID

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.exceptions import PermissionDeniedException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.response import Stream
from psycopg import Connection

from domain.rejection import NotFound
from service.api.caller import AsCaller, Caller
from service.api.lists import Key, of_pages
from service.api.operation_answers import (
    OperationListed,
    OperationPage,
    OperationStatus,
    kept_until,
    operation_as_listed,
    operation_as_shown,
)
from service.api.operation_start import retry_after
from service.api.paging import LIMIT_DEFAULT, Cursor, Limit
from service.api.route import OperationId, follow, read, write
from service.api.users import NothingMore
from service.feed.watch import LogWatch
from service.operations.files import Gone, KeptFile, OperationFiles
from service.operations.kinds import may
from service.operations.operation import Operation
from service.operations.store import LIST, cancel, from_row, operation_of
from service.store.database import transaction_of

WAIT_S_MAX = 30
LOOK_S, LOOK_S_MAX = 0.1, 1.0
PATH = "/operations"
ONE = f"{PATH}/{{operation_id:uuid}}"
MEDIA_TYPE = "application/octet-stream"
OnlyKind = Annotated[
    Literal["import", "export", "rebuild"] | None, QueryParameter(description="Only of this kind")
]
OnlyStatus = Annotated[
    Literal["pending", "running", "succeeded", "failed", "cancelled"] | None,
    QueryParameter(description="Only with this status"),
]
OnlyProject = Annotated[UUID | None, QueryParameter(description="Only about this project")]
Wait = Annotated[
    int, QueryParameter(ge=0, le=WAIT_S_MAX, description="Wait so many seconds for its end")
]
FileName = Annotated[
    str,
    PathParameter(
        pattern=r"^[^\x00-\x1f\x7f]{1,300}\Z", description="The file, as the operation names it"
    ),
]


@read(
    PATH,
    permission="operations.read",
    over="visible",
    lists=OperationListed,
    operation_id="list_operations",
    summary="List operations",
    tags=["operations"],
)
def list_operations(
    caller: AsCaller,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    kind: OnlyKind = None,
    status: OnlyStatus = None,
    project_id: OnlyProject = None,
) -> Response[OperationPage]:
    """One's own operations of the last 30 days, the newest first; all for who administers."""
    values = {"tenant": caller.tenant, "actor": _whose(caller)}
    only = {"kind": kind, "status": status, "project_id": project_id}

    def read_page(most: int, after: Key) -> tuple[list[OperationListed], Key]:
        with transaction_of(caller.services.pool, caller.tenant) as connection:
            rows, last = LIST.page(connection, values, most, after, only)
        return [operation_as_listed(from_row(row)) for row in rows], last

    return of_pages(caller, OperationPage, LIST.order, read_page, limit, cursor)


@follow(
    ONE,
    permission="operations.read",
    over="visible",
    operation_id="read_operation",
    summary="Read an operation",
    tags=["operations"],
)
async def read_operation(
    request: Request[Any, Any, Any], caller: AsCaller, operation_id: OperationId, wait: Wait = 0
) -> Response[OperationStatus]:
    """How far it is, and what became of it: a `result` and files, or a `problem`.

    While it goes on there is a `Retry-After`. With `wait` the answer comes at its end, or after
    that time.
    """
    until, pause = time.monotonic() + wait, LOOK_S
    watch: LogWatch = request.app.state.watch
    found = await sync_to_thread(_found, caller, operation_id)
    with watch.listening(caller.tenant) if wait else nullcontext():
        while not found[0].ended and time.monotonic() < until and not watch.closing:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LOOK_S_MAX)
            found = await sync_to_thread(_found, caller, operation_id)
    return Response(operation_as_shown(*found), headers=retry_after(found[0]))


@write(
    f"{ONE}/cancellation",
    permission="operations.read",
    over="visible",
    operation_id="cancel_operation",
    summary="Cancel an operation",
    tags=["operations"],
    status_code=200,
    responses={202: ResponseSpec(OperationStatus, generate_examples=False)},
)
def cancel_operation(
    caller: AsCaller, operation_id: OperationId, data: JSONBody[NothingMore]
) -> Response[OperationStatus]:
    """What has not begun is cancelled at once (200); what goes on is asked to end (202).

    It ends at its next step, unless it was at its last one. What an import has recorded stays
    recorded; the project is importing until the same files are imported again. It takes what it
    took to ask for the operation, or `organisation.administer`.
    """
    del data
    found: list[Operation] = []
    whose = _whose(caller)

    def change(connection: Connection[Any], _: UUID) -> None:
        asked = operation_of(connection, caller.tenant, operation_id, whose)
        if whose is not None and not may(caller.rights, asked.order):
            raise PermissionDeniedException(detail="the caller may not ask for such an operation")
        cancel(connection, caller.services.vault, caller.tenant, operation_id, whose)

    def show(connection: Connection[Any], _: UUID) -> None:
        found.append(operation_of(connection, caller.tenant, operation_id, whose))

    caller.administer(change, show)
    code = 200 if found[0].ended else 202
    content, headers = operation_as_shown(found[0], []), retry_after(found[0])
    return Response(content, status_code=code, headers=headers)


@read(
    f"{ONE}/files/{{name:str}}",
    permission="operations.read",
    over="visible",
    operation_id="download_operation_file",
    summary="Download a file of an operation",
    tags=["operations"],
    media_type=MEDIA_TYPE,
)
def download_operation_file(
    request: Request[Any, Any, Any], caller: AsCaller, operation_id: OperationId, name: FileName
) -> Stream:
    """The bytes, streamed. `ETag` and `Repr-Digest` are their SHA-256.

    For 24 hours after the operation's end, to who may still do what the operation did. A file with
    personal data is only for who ordered it, and each download is logged with the purpose.
    """
    operation, files = _found(caller, operation_id)
    until = kept_until(operation)
    file = next((one for one in files if one.name == name), None)
    if file is None:
        raise NotFound("the operation has no such file")
    if not may(caller.rights, operation.order):
        raise PermissionDeniedException(detail="the caller may not do what the operation did")
    if until is None or until <= datetime.now(UTC):
        raise Gone(name)  # whether or not it is tidied away
    tag = f'"{file.sha256.hex()}"'
    if request.headers.get("if-none-match") == tag:
        return Stream(iter(()), status_code=304, headers={"ETag": tag})
    return Stream(_bytes(caller, operation, file), headers=_headers(file, tag))


def _bytes(caller: Caller, operation: Operation, file: KeptFile) -> Iterator[bytes]:
    """What refuses the request is raised here, before the answer has begun. Raises Gone."""
    vault, tenant = caller.services.vault, caller.tenant
    output = OperationFiles(vault, tenant, operation.operation_id, "output")
    pieces = output.pieces(caller.services.pool, file)
    first = next(pieces, b"")
    if file.persons is not None:
        if operation.actor != caller.actor:
            raise PermissionDeniedException(detail="the file was made for another's purpose")
        purpose = operation.parameters["purpose"]
        vault.handed_out(tenant, actor=caller.actor, purpose=purpose, persons=file.persons)
    return chain([first], pieces)


def _headers(file: KeptFile, tag: str) -> dict[str, str]:
    return {
        "Content-Type": file.media_type,
        "ETag": tag,
        "Repr-Digest": f"sha-256=:{b64encode(file.sha256).decode()}:",
        "Content-Length": str(file.size),
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "X-Content-Type-Options": "nosniff",
    }


def _whose(caller: Caller) -> str | None:
    """None: everybody's."""
    return None if "organisation.administer" in caller.rights.in_organisation() else caller.actor


def _found(caller: Caller, operation: UUID) -> tuple[Operation, list[KeptFile]]:
    """An operation that the caller may see, and its output. Raises NotFound."""
    with transaction_of(caller.services.pool, caller.tenant) as connection:
        found = operation_of(connection, caller.tenant, operation, _whose(caller))
        output = OperationFiles(caller.services.vault, caller.tenant, operation, "output")
        return found, output.described(connection)
