"""Exports made for later: as of the moment when they were ordered, kept for a day."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from psycopg import Connection

from domain.rejection import InvalidValue
from projections.facts_in_force import UnknownProject
from service.composition import Services
from service.exchange import export
from service.exchange.catalogue import kind_of
from service.exchange.export import Reading
from service.exchange.making import check_order, make_export
from service.importing.import_run import importing_now
from service.memberships import KNOWN_PROJECT
from service.operations.files import LocalFile
from service.operations.operation import Order
from service.operations.running import Kind, Running
from service.permissions import Permission
from service.reports import Point, ProjectImporting, Reports
from service.store.database import in_tenant

NAME = "export"
PERSONS_READ = """SELECT coalesce(sum(persons), 0) FROM vault.read_log
    WHERE tenant_id = %(tenant)s AND actor = %(actor)s AND purpose = %(purpose)s
        AND at >= %(since)s"""


def order_of(services: Services, tenant: UUID, name: str, given: export.Order) -> Order:
    """An export of a kind, at the point of both times that its order stands for now.

    Raises InvalidValue, NotFound, UnknownProject.
    """
    check_order(kind_of(name), given)
    known = {"tenant": tenant, "project": given.project}
    if not in_tenant(services.pool, tenant, KNOWN_PROJECT, known):
        raise UnknownProject(str(given.project))
    as_of, known_at = Reports(services, tenant).resolved(given.point)
    parameters = {
        "kind": name,
        "as_of": as_of.isoformat(),
        "known_at": min(known_at, services.ledger(tenant).head()),
        "claim": given.claim,
        "language": given.language,
        "format": given.format,
        "purpose": given.purpose,
    }
    return Order(kind=NAME, parameters=parameters, project=given.project)


def check_no_import(connection: Connection[Any], tenant: UUID, project: UUID) -> None:
    """Raises ProjectImporting: an export of this moment would be of a part."""
    if importing_now(connection, tenant, project):
        raise ProjectImporting(str(project))


@contextmanager
def fields_of_body() -> Generator[None]:
    """An order came in a body: what is wrong with it is named by a JSON Pointer."""
    try:
        yield
    except InvalidValue as fault:
        raise InvalidValue(fault.detail, f"/{fault.pointer}") from None


def _run(running: Running) -> Mapping[str, Any]:
    operation, given = running.operation, dict(running.operation.parameters)
    assert operation.project is not None, "an export is one of a project"
    kind = kind_of(given.pop("kind"))
    point = Point(date.fromisoformat(given.pop("as_of")), given.pop("known_at"))
    order = export.Order(operation.project, operation.actor, point, **given)
    running.progress(0, None)
    reading = Reading(lambda rows: running.progress(rows, None))
    folder, tenant = running.folder, operation.tenant
    with fields_of_body():
        made = make_export(running.services, tenant, kind, order, folder, reading)
    running.progress(reading.rows, None)
    persons = None if order.purpose is None else _persons_read(running)
    for file in made.files:
        running.keep(LocalFile(folder / file.name, file.name, file.media_type, persons))
    return msgspec.to_builtins(made)


def _persons_read(running: Running) -> int:
    """How many the log of reads says since the attempt began."""
    operation = running.operation
    values = {
        "tenant": operation.tenant,
        "actor": operation.actor,
        "purpose": operation.parameters["purpose"],
        "since": operation.started_at,
    }
    return in_tenant(running.services.pool, operation.tenant, PERSONS_READ, values)[0][0]


def _needs(order: Order) -> Sequence[Permission]:
    personal = order.parameters["purpose"] is not None
    return ["exports.read", "exports.personal"] if personal else ["exports.read"]


EXPORT = Kind(NAME, _run, _needs)
