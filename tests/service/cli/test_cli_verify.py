"""`verify` compares log and views, shows the first difference, and ends with its exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from service.cli.exit_codes import ExitCode
from service.store.embedded import Server
from tests.service.cli.running import ran


@contextmanager
def changed(home: Path, change: str, back: str) -> Iterator[None]:
    """A change made as the administrator, past every policy, and taken back."""
    with (
        Server(home) as server,
        psycopg.connect(server.url("postgres"), autocommit=True) as admin,
    ):
        admin.execute(change)
        try:
            yield
        finally:
            admin.execute(back)


def test_an_untouched_ledger_verifies(one_seed: Path) -> None:
    found = ran(one_seed, "verify", "--json")

    assert found.code == ExitCode.OK
    assert found.json["difference"] is None
    assert found.json["events"] > 3000
    assert ran(one_seed, "verify").out == b""


@pytest.mark.parametrize(
    ("change", "back", "said"),
    [
        (
            "UPDATE ledger.event SET actor = 'system:other' || actor WHERE position = 77",
            "UPDATE ledger.event SET actor = substr(actor, 13) WHERE position = 77",
            "position 77",
        ),
        (
            "UPDATE views.spend SET amount = amount + 1 WHERE reference = 'FP00002'",
            "UPDATE views.spend SET amount = amount - 1 WHERE reference = 'FP00002'",
            "spend",
        ),
        (
            "UPDATE views.budget_summary SET amount = amount + 1",
            "UPDATE views.budget_summary SET amount = amount - 1",
            "budget_summary",
        ),
        (
            "UPDATE views.audit_event SET reason = 'x' WHERE position = 5",
            "UPDATE views.audit_event SET reason = NULL WHERE position = 5",
            "audit_event",
        ),
    ],
)
def test_a_difference_is_shown_and_has_a_code_of_its_own(
    one_seed: Path, change: str, back: str, said: str
) -> None:
    with changed(one_seed, change, back):
        for_people = ran(one_seed, "verify")
        for_machines = ran(one_seed, "verify", "--json")

    assert for_people.code == for_machines.code == ExitCode.UNEXPECTED
    assert said in for_people.out.decode()
    assert said in for_machines.json["difference"]
    assert ran(one_seed, "verify").code == ExitCode.OK
