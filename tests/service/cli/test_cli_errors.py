"""How commands end when something is wrong: one sentence, an exit code, never a traceback."""

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from service.cli.exit_codes import TABLE, ExitCode, judged
from service.composition import open_services
from service.identity import create_tenant
from service.settings import Settings
from service.store.embedded import Server
from tests.service.cli.running import NUMBER, Ran, finished, ran, started

PLANTED = "Jana Nováková"
BEGUN = """INSERT INTO ledger.import_run (tenant_id, run_id, kind, project_id, state, actor,
        started_at, updated_at, files, done, total, detail)
    SELECT tenant_id, %s, 'import project', stream_id, 'running', 'system:test', now(), now(),
        '{}', 1, 2, '{}' FROM ledger.event WHERE type = 'project.registered.v1'"""


def is_one_sentence(ended: Ran) -> bool:
    """On standard error, in one line, with nothing on standard output."""
    return ended.out == b"" and ended.err.startswith("grantledger: ") and ended.err.count("\n") == 1


def test_an_unknown_project_is_told_in_a_sentence(both_seeds: Path) -> None:
    for command in ("figures", "budget", "indicators"):
        ended = ran(both_seeds, "report", command, "--project", "CZ.00")
        assert ended.code == ExitCode.UNKNOWN
        assert is_one_sentence(ended)


def test_a_project_before_its_start_is_named_as_it_was_asked_for(both_seeds: Path) -> None:
    ended = ran(both_seeds, "report", "figures", "--project", NUMBER, "--as-of", "2010-01-01")

    assert ended.code == ExitCode.UNKNOWN
    assert ended.err == f"grantledger: there is no project {NUMBER} at that time\n"


def test_of_several_tenants_one_must_be_named(home: Path) -> None:
    first = ran(home, "status", "--json").json["tenant"]
    with open_services(Settings.from_environment({"GRANTLEDGER_HOME": str(home)})) as services:
        second = str(create_tenant(services.pool, services.vault))

    unclear = ran(home, "status")

    assert unclear.code == ExitCode.BAD_INPUT
    assert is_one_sentence(unclear)
    assert ran(home, "status", "--tenant", first, "--json").json["tenant"] == first
    assert ran(home, "status", "--json", GRANTLEDGER_TENANT=second).json["tenant"] == second


def test_an_unknown_figure_is_told_in_a_sentence(both_seeds: Path) -> None:
    ended = ran(both_seeds, "explain", "/claims/99/public", "--project", NUMBER)

    assert ended.code == ExitCode.UNKNOWN
    assert is_one_sentence(ended)


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "figures"),
        ("report", "figures", "--project", NUMBER, "--as-of", "31.3.2017"),
        ("report", "figures", "--project", NUMBER, "--known-at", "yesterday"),
        ("report", "figures", "--project", NUMBER, "--known-at", "2017-03-31"),
        ("report", "figures", "--project", NUMBER, "--tenant", str(uuid4())),
        ("import", "project", "/nowhere"),
        ("rebuild", "nothing"),
        ("token", "create"),
        ("token", "create", "--name", " "),
        ("serve", "--port", "0"),
        ("nothing",),
    ],
)
def test_bad_usage_has_a_code_of_its_own(both_seeds: Path, arguments: tuple[str, ...]) -> None:
    ended = ran(both_seeds, *arguments)

    assert ended.code == ExitCode.BAD_INPUT
    assert ended.out == b""
    assert ended.err


def test_a_project_that_is_being_imported_is_not_reported(one_seed: Path) -> None:
    run = uuid4()
    with (
        Server(one_seed) as server,
        psycopg.connect(server.url("postgres"), autocommit=True) as admin,
    ):
        admin.execute(BEGUN, [run])
        try:
            reported = ran(one_seed, "report", "figures", "--project", NUMBER, "--json")
            status = ran(one_seed, "status", "--json").json
        finally:
            admin.execute("DELETE FROM ledger.import_run WHERE run_id = %s", [run])

    assert reported.code == ExitCode.NOT_READY
    assert is_one_sentence(reported)
    assert [one["registration_number"] for one in status["importing"]] == [NUMBER]
    assert ran(one_seed, "report", "figures", "--project", NUMBER).code == ExitCode.OK


def test_a_server_that_does_not_answer_is_told_in_a_sentence(tmp_path: Path) -> None:
    nowhere = f"host={tmp_path} user=grantledger_app dbname=grantledger"
    urls = {"GRANTLEDGER_DATABASE_URL": nowhere, "GRANTLEDGER_PROJECTOR_URL": nowhere}

    ended = ran(tmp_path / "home", "status", **urls)

    assert ended.code == ExitCode.NOT_READY
    assert is_one_sentence(ended)


def test_a_server_that_cannot_be_migrated_is_told_in_a_sentence(tmp_path: Path) -> None:
    nowhere = f"host={tmp_path} user=postgres dbname=grantledger"
    for urls in ({"GRANTLEDGER_ADMIN_URL": nowhere}, {"GRANTLEDGER_DATABASE_URL": nowhere}):
        ended = ran(tmp_path / "home", "migrate", **urls)
        assert ended.code == ExitCode.NOT_READY
        assert is_one_sentence(ended)


def test_an_unreadable_url_is_not_repeated(tmp_path: Path) -> None:
    ended = ran(tmp_path / "home", "status", GRANTLEDGER_DATABASE_URL="secret word")

    assert ended.code == ExitCode.BAD_INPUT
    assert "GRANTLEDGER_DATABASE_URL" in ended.err
    assert "secret word" not in ended.err


def test_a_home_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for home in (tmp_path / "file" / "home", Path("/proc/nothing")):
        ended = ran(home, "status")
        assert ended.code == ExitCode.NOT_READY
        assert is_one_sentence(ended)


def test_czech_letters_reach_a_terminal_that_has_none(both_seeds: Path) -> None:
    arguments = ("report", "budget", "--project", NUMBER)
    shown = finished(started(both_seeds, *arguments, PYTHONIOENCODING="ascii"))

    assert shown.code == ExitCode.OK
    assert b"Koordin\\xe1tor" in shown.out


def test_an_interrupted_command_has_a_code_of_its_own(
    both_seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("service.reports.Reports.project", interrupted)

    ended = ran(both_seeds, "report", "figures", "--project", NUMBER)

    assert (ended.code, ended.out) == (ExitCode.INTERRUPTED, b"")


def test_a_lost_root_key_is_told_in_a_sentence(home: Path) -> None:
    assert ran(home, "status").code == ExitCode.OK
    (home / "key").unlink()

    ended = ran(home, "status")

    assert ended.code == ExitCode.NOT_READY
    assert is_one_sentence(ended)
    assert not (home / "key").exists()


def test_a_fault_of_the_program_is_logged_under_its_id_without_what_it_was_about(
    both_seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(PLANTED)

    monkeypatch.setattr("service.reports.Reports.project", broken)

    ended = ran(both_seeds, "report", "figures", "--project", NUMBER)

    assert ended.code == ExitCode.UNEXPECTED
    assert ended.out == b""
    number = ended.err.split("unexpected error ")[-1].split()[0]
    assert f'"id": "{number}"' in ended.err
    assert "test_cli_errors.py" in ended.err
    assert PLANTED not in ended.err


def test_every_exit_code_is_in_the_help() -> None:
    shown = ran(Path("/nowhere"), "--help").out.decode()

    for code in ExitCode:
        assert f"{code.value:<4} {code.meaning}" in shown


def test_no_error_is_hidden_by_one_that_stands_before_it() -> None:
    for number, (kind, _, _) in enumerate(TABLE):
        assert not any(issubclass(kind, earlier) for earlier, _, _ in TABLE[:number])
    assert judged(ZeroDivisionError()) is None
