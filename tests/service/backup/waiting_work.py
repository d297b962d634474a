"""An organisation with one operation that has ended with a file, and one that waits with a file."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from service.api.errors import problem_of_operation
from service.composition import Services, open_services
from service.exchange.export import Order
from service.identity import tenant_ids
from service.operations.exporting import order_of
from service.operations.files import LocalFile
from service.operations.operation import AskedBy
from service.operations.store import begin
from service.operations.worker import Worker
from service.reports import Point, Reports
from service.settings import Settings
from service.store.database import transaction_of
from tests.service.cli.running import NUMBER

UPLOADED = b"Planted;1986-12-13\r\n" * 100_000  # two pieces and a bit


@contextmanager
def services_of(home: Path) -> Iterator[tuple[Services, UUID]]:
    with open_services(Settings.from_environment({"GRANTLEDGER_HOME": str(home)})) as services:
        [tenant] = tenant_ids(services.pool)
        yield services, tenant


def work_one(services: Services, tenant: UUID) -> bool:
    worker = Worker(services, problem_of_operation)
    with psycopg.connect(services.urls.app, autocommit=True) as connection:
        return worker.work_one(connection, tenant, threading.Event())


def order_two(home: Path, folder: Path) -> UUID:
    """Does the first of two exports; the id of the other one, with a file that came with it."""
    path = folder / "uploaded"
    path.write_bytes(UPLOADED)
    inputs = [LocalFile(path, path.name, "text/csv")]
    with services_of(home) as (services, tenant):
        user = str(services.login_user(tenant))
        project = Reports(services, tenant).project(NUMBER)
        order = order_of(services, tenant, "workbook", Order(project, user, Point()))
        done, waiting, by = uuid4(), uuid4(), AskedBy(user, None, "request")
        with transaction_of(services.pool, tenant) as connection:
            begin(connection, services.vault, tenant, done, by, order)
        assert work_one(services, tenant)
        with transaction_of(services.pool, tenant) as connection:
            begin(connection, services.vault, tenant, waiting, by, order, inputs)
    path.unlink()
    return waiting
