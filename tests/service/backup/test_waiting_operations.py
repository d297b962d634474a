"""What was accepted before the backup and not done is done after the restore."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from service.cli.exit_codes import ExitCode
from service.composition import Services
from service.operations.files import Gone, OperationFiles
from service.operations.store import operation_of
from service.store.database import transaction_of
from service.store.keys import VaultClosed
from tests.service.backup.conftest import Source, restore
from tests.service.backup.waiting_work import UPLOADED, services_of, work_one

DONE = "SELECT operation_id FROM ledger.operation WHERE state = 'succeeded'"


@pytest.fixture(scope="module")
def restored(source: Source, new_home: Callable[[], Path]) -> Path:
    home = new_home()
    assert restore(home, source.file).code == ExitCode.OK
    return home


def test_a_waiting_operation_comes_with_its_files_and_is_done(
    source: Source, restored: Path, tmp_path: Path
) -> None:
    with services_of(restored) as (services, tenant):
        pool, vault = services.pool, services.vault
        uploaded = OperationFiles(vault, tenant, source.waiting, "input")
        assert uploaded.copied_to(pool, "uploaded", tmp_path).read_bytes() == UPLOADED
        with transaction_of(pool, tenant) as connection:
            [(done,)] = connection.execute(DONE).fetchall()
            output = OperationFiles(vault, tenant, done, "output")
            [file] = output.described(connection)
        with pytest.raises(Gone):
            next(output.pieces(pool, file))

        assert work_one(services, tenant)
        assert found(services, tenant, source.waiting) == ("succeeded", None)


@pytest.mark.long
def test_without_the_vault_it_waits_until_the_vault_is_opened(
    source: Source, new_home: Callable[[], Path], tmp_path: Path
) -> None:
    home = new_home()
    assert restore(home, source.file, "--without-vault").code == ExitCode.OK
    with services_of(home) as (services, tenant):
        uploaded = OperationFiles(services.vault, tenant, source.waiting, "input")
        with pytest.raises(VaultClosed):
            uploaded.copied_to(services.pool, "uploaded", tmp_path)
        assert not work_one(services, tenant)
        assert found(services, tenant, source.waiting) == ("pending", None)
    assert restore(home, source.file, "--open-vault").code == ExitCode.OK
    with services_of(home) as (services, tenant):
        assert work_one(services, tenant)
        assert found(services, tenant, source.waiting) == ("succeeded", None)


def found(services: Services, tenant: UUID, operation: UUID) -> tuple[str, Any]:
    with transaction_of(services.pool, tenant) as connection:
        one = operation_of(connection, tenant, operation, None)
    return one.state, one.problem
