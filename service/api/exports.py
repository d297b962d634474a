"""Exports of a project: which there are, what one holds, and its files.

An export that is read is made anew for each request: the same point of both times and the same
rules give the same bytes, so nothing of it is kept. An answer names its files by the day and the
position they are of, so that the file fetched later is the file that was described. An export that
takes long is ordered, and is an operation.
"""

from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import JSONBody, PathParameter, QueryParameter
from litestar.response import Stream
from psycopg import Connection

from domain.rejection import NotFound
from service.api.caller import AsCaller, Caller, answer
from service.api.export_answers import (
    ExportKind,
    ExportKinds,
    ExportMade,
    ExportToMake,
    export_as_shown,
    kind_as_shown,
)
from service.api.fields import WRITTEN
from service.api.guard import check_projects
from service.api.lists import whole
from service.api.made_files import chunks, making
from service.api.operation_answers import OperationStatus
from service.api.operation_start import start
from service.api.reports import AsOf, KnownAt, point_of
from service.api.route import ProjectId, read, write
from service.exchange.catalogue import CATALOGUE, kind_of
from service.exchange.export import Export, ExportedFile, Kind, Order
from service.exchange.making import make_export
from service.operations.exporting import check_no_import, fields_of_body, order_of
from service.wording.wording import Language
from service.working_folder import working_folder

MEDIA_TYPE = "application/octet-stream"

KindName = Annotated[
    str,
    PathParameter(
        pattern=r"^[^\x00-\x1f\x7f]{1,40}\Z",
        description="The kind, as `list_export_kinds` names it",
    ),
]
FileName = Annotated[
    str,
    PathParameter(
        pattern=r"^[^\x00-\x1f\x7f]{1,300}\Z", description="The file, as `make_export` names it"
    ),
]
ClaimNumber = Annotated[
    int | None,
    QueryParameter(ge=1, le=100_000, description="Only what this claim declares, where it applies"),
]
FileLanguage = Annotated[
    Language | None, QueryParameter(description="Of files that people read; default cs")
]
FileFormat = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^[a-z0-9]{1,20}\Z",
        description="The ministry's systems that the file is for; must be named for a project of"
        " other systems",
    ),
]
MaybePurpose = Annotated[
    str | None,
    QueryParameter(
        min_length=3,
        max_length=200,
        pattern=WRITTEN,
        description="Why personal data are read; kept in the log of reads. No names of persons",
    ),
]


PATH = "/projects/{project_id:uuid}/exports/{kind:str}"


@read(
    "/exports",
    permission="exports.read",
    lists=ExportKind,
    over="visible",
    operation_id="list_export_kinds",
    summary="List kinds of exports",
    tags=["exports"],
)
def list_export_kinds(caller: AsCaller) -> Response[ExportKinds]:
    """The exports that can be made of a project, and what each needs."""
    items = [kind_as_shown(kind) for kind in CATALOGUE]
    head = caller.services.ledger(caller.tenant).head()
    return whole(caller, ExportKinds(items=items), head)


@read(
    PATH,
    permission="exports.read",
    operation_id="make_export",
    summary="Make an export",
    tags=["exports"],
)
def make(
    caller: AsCaller,
    project_id: ProjectId,
    kind: KindName,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    claim: ClaimNumber = None,
    language: FileLanguage = None,
    format: FileFormat = None,  # noqa: A002 the parameter's name
    purpose: MaybePurpose = None,
) -> Response[ExportMade]:
    """Makes and validates an export, and says what is in it and where its files are fetched.

    What could not be written as the format demands is in `remarks`, never made up.
    """
    point = point_of(as_of, known_at)
    order = Order(project_id, caller.actor, point, claim, language, format, purpose)
    with made(caller, kind_of(kind), order) as (export, _):
        return answer(export_as_shown(export, project_id, order), export.known_at)


@write(
    PATH,
    permission="exports.read",
    operation_id="order_export",
    summary="Order an export",
    tags=["operations"],
    status_code=202,
)
def order(
    request: Request[Any, Any, Any],
    caller: AsCaller,
    project_id: ProjectId,
    kind: KindName,
    data: JSONBody[ExportToMake],
) -> Response[OperationStatus]:
    """Begins an operation that makes and validates the export as of this moment.

    Its `result` says what is in it and where its files are fetched, for 24 hours.
    """
    with fields_of_body():
        point = point_of(data.as_of, data.known_at)
        given = (data.claim, data.language, data.format, data.purpose)
        wanted = Order(project_id, caller.actor, point, *given)
        ordered = order_of(caller.services, caller.tenant, kind, wanted)

    def check(connection: Connection[Any]) -> None:
        check_no_import(connection, caller.tenant, project_id)

    return start(caller, request, ordered, check=check)


@read(
    f"{PATH}/files/{{name:str}}",
    permission="exports.read",
    operation_id="download_export_file",
    summary="Download a file of an export",
    tags=["exports"],
    media_type=MEDIA_TYPE,
)
def download(
    request: Request[Any, Any, Any],
    caller: AsCaller,
    project_id: ProjectId,
    kind: KindName,
    name: FileName,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    claim: ClaimNumber = None,
    language: FileLanguage = None,
    format: FileFormat = None,  # noqa: A002 the parameter's name
    purpose: MaybePurpose = None,
) -> Stream:
    """The bytes, streamed. `ETag` and `Repr-Digest` are their SHA-256.

    The parameters must be those of the `href` that `make_export` gave: another day or position is
    another file.
    """
    point = point_of(as_of, known_at)
    order = Order(project_id, caller.actor, point, claim, language, format, purpose)
    with made(caller, kind_of(kind), order) as (export, folder):
        file = next((one for one in export.files if one.name == name), None)
        if file is None:
            raise NotFound("the export has no such file at this day and position")
        if request.headers.get("if-none-match") == f'"{file.sha256}"':
            return Stream(iter(()), status_code=304, headers={"ETag": f'"{file.sha256}"'})
        opened = (folder / name).open("rb")
    return Stream(chunks(opened), headers=download_headers(file, export.known_at))


@contextmanager
def made(caller: Caller, kind: Kind, order: Order) -> Generator[tuple[Export, Path]]:
    """An export in a folder that is gone afterwards; what is open of it can still be read."""
    if order.purpose is not None:
        check_projects(caller.rights, ["exports.personal"], [order.project], "/project_id")
    with making(), working_folder() as folder:
        yield make_export(caller.services, caller.tenant, kind, order, folder), folder


def download_headers(file: ExportedFile, position: int) -> dict[str, str]:
    digest = b64encode(bytes.fromhex(file.sha256)).decode()
    return {
        "Content-Type": file.media_type,
        "ETag": f'"{file.sha256}"',
        "Repr-Digest": f"sha-256=:{digest}:",
        "Content-Length": str(file.size),
        "Content-Disposition": f'attachment; filename="{file.name}"',
        "X-Content-Type-Options": "nosniff",
        "Ledger-Position": str(position),
    }
