"""How a request begins an operation: 202, and where to look how far it is."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response
from psycopg import Connection

from domain.rejection import InvalidValue
from service.api.caller import Caller
from service.api.guard import check_projects
from service.api.operation_answers import OperationStatus, operation_as_shown
from service.operations.files import KeptFile, LocalFile, OperationFiles
from service.operations.kinds import KINDS
from service.operations.operation import AskedBy, Operation, Order
from service.operations.store import begin, operation_of
from service.store.keys import VaultClosed
from service.store.tenant_keys import CLOSED

RETRY_AFTER_S = "1"
RESPOND_ASYNC, PREFER_MAX = "respond-async", 200


def start(
    caller: Caller,
    request: Request[Any, Any, Any],
    order: Order,
    inputs: Sequence[LocalFile] = (),
    check: Callable[[Connection[Any]], None] = lambda _: None,
) -> Response[OperationStatus]:
    """Stores the order once, with its files, in one transaction; the answer comes before the work.

    What `check` refuses is refused only the first time: repeated, a request has its first answer.
    Raises PermissionDeniedException, UnknownProject, VaultClosed, StillRunning, CommandReused,
    InvalidValue.
    """
    if caller.services.vault.closed:
        raise VaultClosed(CLOSED)
    applied = _applied(request)
    projects = [] if order.project is None else [order.project]
    check_projects(caller.rights, KINDS[order.kind].needs(order), projects, "/project_id")
    scopes = None if caller.rights.scopes is None else sorted(caller.rights.scopes)
    by = AskedBy(caller.actor, scopes, request.scope["state"]["request_id"])
    vault, tenant = caller.services.vault, caller.tenant
    found: list[tuple[Operation, list[KeptFile]]] = []

    def change(connection: Connection[Any], new: UUID) -> None:
        check(connection)
        begin(connection, vault, tenant, new, by, order, inputs)

    def show(connection: Connection[Any], new: UUID) -> None:
        made = OperationFiles(vault, tenant, new, "output").described(connection)
        found.append((operation_of(connection, tenant, new, caller.actor), made))

    caller.administer(change, show)
    [(operation, made)] = found
    headers = {"Location": f"/v1/operations/{operation.operation_id}"}
    headers |= retry_after(operation) | applied
    return Response(operation_as_shown(operation, made), status_code=202, headers=headers)


def retry_after(operation: Operation) -> dict[str, str]:
    """When to look again."""
    return {} if operation.ended else {"Retry-After": RETRY_AFTER_S}


def _applied(request: Request[Any, Any, Any]) -> dict[str, str]:
    """What was preferred (RFC 7240) and is done in any case. Raises InvalidValue."""
    header = request.headers.get("Prefer", "")
    if len(header) > PREFER_MAX:
        raise InvalidValue(f"expected at most {PREFER_MAX} characters", "Prefer")
    preferred = header.lower().replace(";", ",").split(",")
    asked = any(one.strip() == RESPOND_ASYNC for one in preferred)
    return {"Preference-Applied": RESPOND_ASYNC} if asked else {}
