"""A backup restored into an empty home is the same ledger, and a bad one leaves nothing behind."""

import gzip
import random
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from service.backup.tables import rows_as_text, stored_tables
from service.cli.exit_codes import ExitCode
from service.sessions import current_session
from service.store.database import open_pool
from service.store.embedded import Server
from service.tokens import authenticate
from tests.service.backup.conftest import PASSPHRASE, Source, restore
from tests.service.backup.rewritten import part_offsets, rewritten
from tests.service.cli.running import NUMBER, SEED, expected_bytes, head, ran

NewHome = Callable[[], Path]
OWNED = """SELECT n.nspname || '.' || c.relname FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND n.nspname IN ('ledger', 'identity', 'vault')
        AND c.relname <> 'alembic_version' ORDER BY 1"""


def contents(home: Path) -> dict[str, list[Any]]:
    """Every row of every table that the migrations own."""
    with Server(home) as server, psycopg.connect(server.url("postgres")) as admin:
        names = [name for (name,) in admin.execute(OWNED).fetchall()]
        return {
            name: sorted(
                row for (row,) in admin.execute(f"SELECT t::text FROM {name} AS t").fetchall()
            )
            for name in names
        }


@pytest.fixture(scope="module")
def restored(source: Source, new_home: NewHome) -> Path:
    home = new_home()
    done = restore(home, source.file, "--json")
    assert done.code == ExitCode.OK, done.err
    assert list(done.json["positions"].values()) == [head(source.home)]
    return home


def test_the_restored_ledger_is_the_same_to_the_last_row(source: Source, restored: Path) -> None:
    before, after = contents(source.home), contents(restored)

    assert before.pop("identity.session")
    assert after.pop("identity.session") == []
    assert before.pop("ledger.operation_output")
    assert after.pop("ledger.operation_output") == [], "made again where it is wanted"
    reads_before, reads_after = before.pop("vault.read_log"), after.pop("vault.read_log")
    assert set(reads_before) <= set(reads_after), "building the views reads persons again"
    assert after == before
    assert len(before["ledger.event"]) > 3000
    assert (restored / "key").read_bytes() == (source.home / "key").read_bytes()


def test_a_session_does_not_survive_a_restore_and_a_token_does(
    source: Source, new_home: NewHome, tmp_path: Path
) -> None:
    """Nor one that an older version has written into its backup."""
    with Server(source.home) as server, psycopg.connect(server.url("postgres")) as admin:
        (stored,) = [t for t in stored_tables(admin) if t.table.name == "identity.session"]
        part = gzip.compress(b"".join(rows_as_text(admin, stored)))
        with open_pool(server.url("grantledger_app"), 1) as pool:
            assert current_session(pool, source.session) is not None, "control"
    older = rewritten(
        source.file,
        tmp_path / "older.tar",
        lambda header: header.update(lock=None, tables=without_vault(header["tables"])),
        leave_out="vault/",
        more=(("data/identity.session/000001.copy.gz", part),),
    )
    home = new_home()
    assert restore(home, older, "--without-vault").code == ExitCode.OK
    with Server(home) as server, open_pool(server.url("grantledger_app"), 1) as pool:
        assert current_session(pool, source.session) is None
        assert authenticate(pool, source.token) is not None, "control"


def without_vault(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in tables if not one["name"].startswith("vault.")]


def test_figures_of_the_restored_ledger_are_the_same_bytes(restored: Path) -> None:
    asked = ("report", "figures", "--project", NUMBER, "--json")

    assert ran(restored, *asked).out == expected_bytes(SEED)
    assert ran(restored, "verify").code == ExitCode.OK


def test_restoring_again_loads_nothing_and_another_backup_is_refused(
    source: Source, restored: Path, tmp_path: Path
) -> None:
    again = restore(restored, source.file)
    assert (again.code, "here already" in again.err) == (ExitCode.OK, True)

    def one_less(header: dict[str, Any]) -> None:
        header["positions"] = {tenant: n - 1 for tenant, n in header["positions"].items()}

    other = restore(restored, rewritten(source.file, tmp_path / "other.tar", one_less))
    assert other.code == ExitCode.NOT_READY
    assert "holds a ledger already" in other.err
    assert ran(restored, "verify").code == ExitCode.OK


def test_a_cut_or_changed_file_is_refused_before_anything_is_made(
    source: Source, new_home: NewHome, tmp_path: Path
) -> None:
    whole, home, chance = source.file.read_bytes(), new_home(), random.Random(4)
    cuts = [*part_offsets(whole), *(chance.randrange(len(whole)) for _ in range(20))]
    spoilt = [whole[:length] for length in cuts if length]
    for _ in range(20):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        spoilt.append(bytes(changed))
    for number, data in enumerate(spoilt):
        file = tmp_path / f"{number}.tar"
        file.write_bytes(data)
        done = restore(home, file)
        assert done.code == ExitCode.BAD_INPUT, number
        assert any(said in done.err for said in ("cut off", "written", "not a backup")), done.err
        assert not home.exists()
        assert not home.parent.exists()


@pytest.mark.parametrize(
    ("passphrase", "said"),
    [("another passphrase", "does not open the vault"), (PASSPHRASE[:-1], "does not open")],
)
def test_a_wrong_passphrase_makes_nothing(
    source: Source, new_home: NewHome, passphrase: str, said: str
) -> None:
    home = new_home()

    done = restore(home, source.file, passphrase=passphrase)

    assert done.code == ExitCode.BAD_INPUT
    assert said in done.err
    assert not home.exists()


def test_a_restore_that_fails_on_the_way_takes_everything_away(
    source: Source, new_home: NewHome, tmp_path: Path
) -> None:
    """The positions are compared when all rows have been loaded."""

    def one_more(header: dict[str, Any]) -> None:
        header["positions"] = {tenant: n + 1 for tenant, n in header["positions"].items()}

    torn = rewritten(source.file, tmp_path / "torn.tar", one_more, leave_out="vault/")
    home = new_home()

    done = restore(home, torn, "--without-vault")

    assert done.code == ExitCode.BAD_INPUT
    assert "does not hold together" in done.err
    assert not home.exists()


@pytest.mark.long
def test_a_changed_log_with_right_checksums_does_not_open_with_the_passphrase(
    source: Source, new_home: NewHome, tmp_path: Path
) -> None:
    """Who does not know the passphrase cannot change the log of a backup unnoticed."""
    forged = rewritten(
        source.file, tmp_path / "forged.tar", lambda header: header.update(program="0.0.0")
    )
    home = new_home()

    done = restore(home, forged)

    assert done.code == ExitCode.BAD_INPUT
    assert "does not open: it or a part before it was changed" in done.err
    assert not home.exists()


def test_a_newer_backup_is_refused_with_what_to_use(
    source: Source, new_home: NewHome, tmp_path: Path
) -> None:
    for change in ({"revision": "9999"}, {"version": 2}):
        newer = rewritten(
            source.file, tmp_path / "newer.tar", lambda h, c=change: h.update(program="9.9", **c)
        )
        done = restore(new_home(), newer)
        assert done.code == ExitCode.BAD_INPUT
        assert "made by grantledger 9.9" in done.err


def test_without_the_passphrase_the_vault_stays_closed_until_it_is_opened(
    source: Source, new_home: NewHome
) -> None:
    home = new_home()

    done = restore(home, source.file, "--json", passphrase="")

    assert done.code == ExitCode.OK
    assert done.json["vault_open"] is False
    assert "the vault is closed" in done.err
    check_closed(home)
    wrong = restore(home, source.file, "--open-vault", passphrase="another passphrase")
    assert wrong.code == ExitCode.BAD_INPUT
    assert not (home / "key").exists()
    assert restore(home, source.file, "--open-vault", "--json").json["vault_open"] is True
    figures = ran(home, "report", "figures", "--project", NUMBER, "--json")
    assert figures.out == expected_bytes(SEED)
    again = restore(home, source.file, "--open-vault")
    assert (again.code, "open already" in again.err) == (ExitCode.NOT_READY, True)


def check_closed(home: Path) -> None:
    """The log and its money are there; persons and what is counted of them are refused."""
    with Server(home):
        status = ran(home, "status", "--json").json
        [stopped] = [one for one in status["projections"] if one["state"] == "stopped"]
        assert stopped["name"] == "indicator_progress"
        assert stopped["error"].endswith("VaultClosed")
        assert any("vault is closed" in warning for warning in status["warnings"])
        verified = ran(home, "verify", "--json")
        assert verified.code == ExitCode.OK
        assert verified.json["not_checked"] == ["indicator_progress"]
        for report in ("budget", "claims", "findings", "audit"):
            done = ran(home, "report", report, "--project", NUMBER, "--json")
            assert (report, done.code) == (report, ExitCode.OK)
        balance = ran(home, "explain", "/settlement/balance", "--project", NUMBER, "--json")
        assert balance.code == ExitCode.OK
        for refused in (
            ("report", "figures", "--project", NUMBER),
            ("explain", "/participants/count", "--project", NUMBER),
            ("token", "create", "--name", "x"),
            ("backup", str(home.parent / "none.tar")),
        ):
            done = ran(home, *refused, GRANTLEDGER_BACKUP_PASSPHRASE=PASSPHRASE)
            assert done.code == ExitCode.NOT_READY, (refused, done.err)
            assert "vault" in done.err


def test_a_backup_is_its_owners_alone_and_overwrites_nothing_unasked(
    source: Source, tmp_path: Path
) -> None:
    file = tmp_path / "backup.tar"
    (tmp_path / "backup.tar.part").write_bytes(b"x" * 2**20)  # what a killed one left

    assert source.backup(str(file)).code == ExitCode.OK
    first = file.read_bytes()
    refused = source.backup(str(file))
    assert refused.code == ExitCode.BAD_INPUT
    assert "--force" in refused.err
    assert file.read_bytes() == first
    done = source.backup(str(file), "--force", "--without-vault", "--json")
    assert done.code == ExitCode.OK
    assert done.json["vault"] is False
    assert b"vault/" not in file.read_bytes().replace(b"What is in vault/ is", b"")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["backup.tar"]


def test_a_backup_needs_a_passphrase_a_ledger_and_a_place(
    source: Source, new_home: NewHome
) -> None:
    for home, passphrase, file, code, said in (
        (source.home, "", "x.tar", ExitCode.BAD_INPUT, "--passphrase-file"),
        (source.home, "short", "x.tar", ExitCode.BAD_INPUT, "at least 8"),
        (new_home(), PASSPHRASE, "x.tar", ExitCode.NOT_READY, "there is no ledger"),
        (source.home, PASSPHRASE, "/no/such/folder/x.tar", ExitCode.NOT_READY, "No such file"),
    ):
        path = str(source.file.parent / file)
        done = ran(home, "backup", path, GRANTLEDGER_BACKUP_PASSPHRASE=passphrase)
        assert (done.code, said in done.err) == (code, True), done.err
        assert not Path(path).exists()


def test_the_passphrase_may_stand_in_a_file(source: Source, tmp_path: Path) -> None:
    secret, file = tmp_path / "secret", tmp_path / "b.tar"
    secret.write_text(PASSPHRASE + "\r\nsecond line\n", encoding="utf-8")

    done = ran(source.home, "backup", "--passphrase-file", str(secret), str(file))

    assert done.code == ExitCode.OK
    assert PASSPHRASE not in done.err
    wrong = tmp_path / "wrong"
    wrong.write_bytes(b"\xff\xfe")
    refused = ran(source.home, "backup", "--passphrase-file", str(wrong), str(file), "--force")
    assert (refused.code, "not UTF-8" in refused.err) == (ExitCode.BAD_INPUT, True)
