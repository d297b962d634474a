"""Imports over HTTP: the body is the file, the answer an operation."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from service.api.caller import AsCaller, Caller
from service.api.fields import WRITTEN
from service.api.operation_answers import OperationStatus
from service.api.operation_start import start
from service.api.route import ProjectId, receive
from service.api.strict_request import CANONICAL_BODY
from service.api.upload import received
from service.commands.projects import registered
from service.commands.work import Work
from service.operations.files import LocalFile
from service.operations.importing import FILES, ImportToDo, MediaType, order_of

AnyRequest = Request[Any, Any, Any]
Encoding = Annotated[
    Literal["utf-8", "windows-1250"] | None,
    QueryParameter(description="Of CSV files that are not in UTF-8"),
]
CheckOnly = Annotated[
    bool,
    QueryParameter(
        description="`true`: the operation reads, checks and compares, and records nothing"
    ),
]
SkipBadRows = Annotated[
    bool, QueryParameter(description="`true`: good rows are recorded although some are bad")
]
MaybeReason = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=500,
        pattern=WRITTEN,
        description="Rows that changed are corrected, for this reason; without it they stop the"
        " import. It stays readable for ever: no names of persons",
    ),
]
ACCEPTED = {202: ResponseSpec(OperationStatus, generate_examples=False)}


@receive(
    "/imports",
    permission="imports.run",
    operation_id="import_project",
    summary="Import a project",
    tags=["operations"],
    status_code=202,
    responses=ACCEPTED,
)
async def import_project(
    request: AnyRequest,
    caller: AsCaller,
    encoding: Encoding = None,
    check_only: CheckOnly = False,
    skip_bad_rows: SkipBadRows = False,
    reason: MaybeReason = None,
) -> Response[OperationStatus]:
    """Begins an import of the project that the file is of, a new one or one that is recorded.

    The body is a workbook, or a ZIP archive with `project.json` and the CSV files, of at most 50 MB
    (20 MB unpacked). Everything is checked before the first row is recorded; rows that are recorded
    already are skipped. Whether anything was recorded is in the `result` of the operation, as
    `outcome`. What a cancelled import has recorded stays; the same file completes it.
    """
    return await _begun(request, caller, None, (encoding, check_only, skip_bad_rows, reason))


@receive(
    "/projects/{project_id:uuid}/imports",
    permission="imports.run",
    operation_id="import_into_project",
    summary="Import into a project",
    tags=["operations"],
    status_code=202,
    responses=ACCEPTED,
)
async def import_into_project(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    encoding: Encoding = None,
    check_only: CheckOnly = False,
    skip_bad_rows: SkipBadRows = False,
    reason: MaybeReason = None,
) -> Response[OperationStatus]:
    """Begins an import as `import_project` does, of a file that must be of this project.

    A file of another registration number fails as `other-project`. Exchange rates are the whole
    organisation's: new ones are bad rows unless the caller may record them there.
    """
    await sync_to_thread(_check_project, caller, project_id)
    return await _begun(request, caller, project_id, (encoding, check_only, skip_bad_rows, reason))


Given = tuple[str | None, bool, bool, str | None]


async def _begun(
    request: AnyRequest, caller: Caller, project: UUID | None, given: Given
) -> Response[OperationStatus]:
    """The same file with the same parameters under the same key is the same operation."""
    encoding, check_only, skip_bad_rows, reason = given
    async with received(request, caller.tenant, FILES) as upload:
        media_type = msgspec.convert(upload.media_type, MediaType)
        to_do = ImportToDo(
            media_type=media_type,
            sha256=upload.sha256.hex(),
            encoding=encoding,
            check_only=check_only,
            skip_bad_rows=skip_bad_rows,
            reason=reason,
        )
        request.scope["state"][CANONICAL_BODY] = msgspec.json.encode(to_do)
        file = LocalFile(upload.path, FILES[media_type], media_type)
        return await sync_to_thread(start, caller, request, order_of(to_do, project), [file])


def _check_project(caller: Caller, project: UUID) -> None:
    """Before the file comes. Raises NotFound."""
    services = caller.services
    ledger = services.ledger(caller.tenant)
    registered(Work(ledger, services.vault, services.programmes, caller.actor), project)
