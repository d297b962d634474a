"""From an exception to its problem: one table, no traceback, no SQL, no personal data."""

import errno
import re
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from psycopg import OperationalError, errors
from psycopg_pool import PoolTimeout

from domain.rejection import InvalidValue, NotFound, Rejection
from projections.facts_in_force import UnknownProject
from projections.runner import ProjectionStopped, StillBehind
from service.api.body_limits import ServerEnds, TooManyBodies
from service.api.bulk_body import BulkBusy
from service.api.caller import POSITION, PositionAhead
from service.api.made_files import ExportsBusy
from service.api.openapi_parameters import EXAMPLES
from service.api.preconditions import PreconditionMissing, StaleVersion, version_tag
from service.api.problem import TYPE_PREFIX, FieldError, Problem, problem
from service.api.problem_kinds import KINDS, OF_STATUS
from service.api.strict_request import BODY_FIELDS, InvalidBody
from service.api.upload import UploadsBusy
from service.commands.many import SomeRefused
from service.expected import expected_parameter
from service.feed.watch import TooManyListeners
from service.importing.run import ChangedMeanwhile, ImportBusy, OtherProject
from service.operations.files import Gone
from service.operations.operation import Interrupted, NoLongerAllowed, Operation
from service.operations.store import NoRoom
from service.reports import ProjectImporting, UnknownFigure
from service.store.keys import VaultClosed
from service.store.log import BesideConflict, CommandReused, VersionConflict
from service.store.running import StillRunning

Answer = Response[Problem]
AnyRequest = Request[Any, Any, Any]
RETRY_AFTER_S = "2"
MISSING = re.compile(r"Missing required \w+ parameter '([\w-]+)'")
log = structlog.get_logger("grantledger.http")

# Where the domain names a column of the lists of documents, the API's field is named otherwise.
FIELD_OF_COLUMN = {
    "/amount_total": "/gross",
    "/amount_czk": "/amount",
    "/budget_item": "/item",
}


def request_id(request: AnyRequest) -> str:
    """The id that the answer and the log line share."""
    return str(request.scope["state"].get("request_id", ""))


def rejected(request: AnyRequest, error: Rejection) -> Answer:
    """400 for a value, 404 for the addressed resource, 409 for the state of a record."""
    pointer = FIELD_OF_COLUMN.get(error.pointer, error.pointer)
    fields = [FieldError(pointer, error.detail)] if pointer else []
    match error:
        case InvalidValue():
            return problem("invalid-value", error.detail, request_id(request), fields)
        case NotFound():
            named = pointer.removeprefix("/").partition("/")[0]
            if named and named in request.scope["state"].get(BODY_FIELDS, ()):
                return problem("unknown-reference", error.detail, request_id(request), fields)
            return problem("not-found", error.detail, request_id(request))
        case _:
            kind = error.code.replace("_", "-")
            known = kind if kind in KINDS else "conflict"
            return problem(known, error.detail, request_id(request), fields)


def invalid_body(request: AnyRequest, error: InvalidBody) -> Answer:
    """A body that does not have the shape of the operation's."""
    kind = "invalid-value" if error.errors else "malformed-request"
    return problem(kind, error.text, request_id(request), error.errors)


def some_refused(request: AnyRequest, error: SomeRefused) -> Answer:
    """The problem that the first refused item has alone, with the faults of all that were found."""
    problems = [(one.index, problem_of(request, one.error)) for one in error.refused]
    fields = [
        FieldError(f"/items/{index}{fault.pointer}", fault.detail)
        for index, found in problems
        for fault in found.errors or [FieldError("", found.detail)]
    ]
    index, first = problems[0]
    detail = f"nothing was recorded; item {index}: {first.detail}"
    return problem(first.type.removeprefix(TYPE_PREFIX), detail, request_id(request), fields)


def problem_of(request: AnyRequest, error: Exception) -> Problem:
    """The problem of an error of a part of a request."""
    handle = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
    return handle(request, error).content


def problem_of_operation(operation: Operation, error: Exception) -> dict[str, Any]:
    """The problem that the request would have met which asked for the operation."""
    state = {"request_id": operation.request_id}
    request = AnyRequest({"type": "http", "method": "POST", "path": "", "state": state})  # type: ignore[typeddict-item]
    return msgspec.to_builtins(problem_of(request, error))


def known(kind: str, detail: str, retry: bool = False):
    """A handler that always answers the same."""
    headers = {"Retry-After": RETRY_AFTER_S} if retry else None

    def handle(request: AnyRequest, _: Exception) -> Answer:
        return problem(kind, detail, request_id(request), headers=headers)

    return handle


def of_http(request: AnyRequest, error: HTTPException) -> Answer:
    """What the framework refuses: no route, no method, a parameter of the wrong type."""
    if error.status_code >= 500:
        return unexpected(request, error)
    kind = OF_STATUS.get(error.status_code, "malformed-request")
    headers = dict(error.headers or {})
    if error.status_code == 404:
        return problem(kind, "there is no such resource", request_id(request))
    if error.status_code == 405:
        detail = "`Allow` has the methods of this address"
        return problem(kind, detail, request_id(request), headers=headers)
    if error.status_code != 400:
        return problem(kind, error.detail, request_id(request), headers=headers)
    fields = _parameters(request, error)
    detail = "a parameter is not accepted" if fields else "the request is not accepted"
    return problem("invalid-value" if fields else kind, detail, request_id(request), fields)


def _parameters(request: AnyRequest, error: HTTPException) -> Sequence[FieldError]:
    """The framework's errors of parameters; its texts may quote the value, so they are not used."""
    if missing := MISSING.match(error.detail):
        return [FieldError(missing[1], f"missing; {_expected(request, missing[1])}")]
    if not isinstance(error.extra, list):
        return []
    keys: list[str] = [str(one.get("key", "")) for one in error.extra if isinstance(one, dict)]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType, reportUnknownArgumentType]
    if "data" in keys:
        return [FieldError("", "expected a JSON body")]
    return [FieldError(key, _expected(request, key)) for key in keys]


def _expected(request: AnyRequest, name: str) -> str:
    model = request.scope["route_handler"].signature_model
    return expected_parameter(model, name, EXAMPLES.get(name))


def unexpected(request: AnyRequest, error: Exception) -> Answer:
    """An error of ours: where it happened is logged, its text (it may hold values) is not."""
    frames = traceback.extract_tb(error.__traceback__)[-12:]
    log.error(
        "unexpected error",
        error=type(error).__qualname__,
        at=[f"{frame.filename}:{frame.lineno}" for frame in frames],
        request_id=request_id(request),
    )
    return problem("internal-error", "the request was not done", request_id(request))


def too_large(request: AnyRequest, error: ArithmeticError) -> Answer:
    """Amounts whose product has no place in a decimal; in a read it is an error of ours."""
    if request.method != "POST":
        return unexpected(request, error)
    return problem("invalid-value", "a number is too large", request_id(request))


def of_system(request: AnyRequest, error: OSError) -> Answer:
    """A full disk is told; anything else of the system is an error of ours."""
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        return unexpected(request, error)
    headers = {"Retry-After": RETRY_AFTER_S}
    detail = "there is no room for temporary files now"
    return problem("insufficient-storage", detail, request_id(request), headers=headers)


def stale(request: AnyRequest, error: StaleVersion) -> Answer:
    """What the record is now, so that the caller need not read it to know that it changed."""
    detail = "read the record again and decide on what it is now"
    headers = {"ETag": version_tag(error.current)}
    return problem("stale-version", detail, request_id(request), headers=headers)


def position_ahead(request: AnyRequest, error: PositionAhead) -> Answer:
    """Of another organisation, or of a log that was restored from an older backup."""
    detail = f"the log ends at {error.head}, before {error.seen}"
    fields = [FieldError(POSITION, f"expected at most {error.head}")]
    return problem("position-ahead", detail, request_id(request), fields)


MISMATCH = "the key was used with another method, path or body"
TOO_LONG = "the database took too long; ask for less, or again later"
UNAVAILABLE = "the database cannot be reached; try again"
HANDLERS: dict[int | type[Exception], Callable[[AnyRequest, Any], Answer]] = {
    Rejection: rejected,
    InvalidBody: invalid_body,
    HTTPException: of_http,
    UnknownProject: known("not-found", "the project does not exist"),
    UnknownFigure: known("not-found", "the report has no figure at this address"),
    ProjectImporting: known(
        "project-importing", "an import of the project has begun and not ended; continue it"
    ),
    ImportBusy: known("project-importing", "another import of the project goes on; try again"),
    ChangedMeanwhile: known("changed-meanwhile", "others recorded into the project; try again"),
    OtherProject: known("other-project", "the file has another registration number"),
    CommandReused: known("idempotency-mismatch", MISMATCH),
    StillRunning: known(
        "idempotency-in-progress", "ask again in a moment: the answer will be there", retry=True
    ),
    PreconditionMissing: known(
        "precondition-required", "send If-Match with the ETag of the record that you read, or *"
    ),
    StaleVersion: stale,
    PositionAhead: position_ahead,
    NoRoom: known("unavailable", "many operations wait, or large files are kept", retry=True),
    Gone: known("file-expired", "the file was kept for 24 hours after the operation's end"),
    NoLongerAllowed: known("forbidden", "who asked for the operation may not do it any more"),
    Interrupted: known("operation-interrupted", "the operation was begun three times"),
    VersionConflict: known("changed-meanwhile", "others changed the record; try again"),
    BesideConflict: known("changed-meanwhile", "others recorded the same; read and try again"),
    VaultClosed: known("unavailable", "the vault of persons is closed; see /v1/status"),
    ProjectionStopped: known("unavailable", "a view is stopped; see /v1/status", retry=True),
    SomeRefused: some_refused,
    BulkBusy: known("unavailable", "other bulk requests are being recorded; try again", retry=True),
    TooManyBodies: known(
        "unavailable", "other large requests are being taken; try again", retry=True
    ),
    ServerEnds: known("unavailable", "the service ends; send it again", retry=True),
    UploadsBusy: known("unavailable", "other files are coming in; try again", retry=True),
    ExportsBusy: known("unavailable", "other exports are being made; try again", retry=True),
    TooManyListeners: known("unavailable", "too many follow the events; try again", retry=True),
    StillBehind: known("unavailable", "the views are behind the log; try again", retry=True),
    ArithmeticError: too_large,
    PoolTimeout: known("unavailable", UNAVAILABLE, retry=True),
    OperationalError: known("unavailable", UNAVAILABLE, retry=True),
    errors.QueryCanceled: known("unavailable", TOO_LONG, retry=True),
    errors.DiskFull: known("insufficient-storage", "nothing can be recorded now", retry=True),
    OSError: of_system,
    Exception: unexpected,
}
