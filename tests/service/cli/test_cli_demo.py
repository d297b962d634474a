"""`demo`: one command from nothing to every figure, twice in the same home."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.cli.exit_codes import ExitCode
from tests.service.cli.running import NUMBER, SEED, expected_bytes, finished, ran, started

STEM = "CZ.03.2.63-0.0-0.0-15_023-0000850_"
KINDS = ["is-esf-ms2021"] * 2 + ["report"] * 2 + ["sd2-ms2021"] + ["workbook"] * 2


@pytest.fixture(scope="module")
def empty() -> Iterator[Path]:
    """A folder that holds nothing, for the demo's home and as another working directory."""
    made = Path(tempfile.mkdtemp(prefix="grantledger-demo-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_a_demo_prints_one_document_and_the_next_one_uses_its_home(empty: Path) -> None:
    home = empty / "home"
    first = finished(started(home, "demo", "--no-serve", "--json", cwd=empty))
    second = finished(started(home, "demo", "--no-serve", "--json", cwd=empty))

    assert (first.code, second.code) == (ExitCode.OK, ExitCode.OK)
    assert set(first.json) == {"home", "project_id", "registration_number", "token", "files"}
    assert first.json["home"] == str(home)
    assert first.json["registration_number"] == NUMBER
    assert_written(home, first.json["files"])
    assert first.json["files"] == second.json["files"]
    assert first.json["project_id"] == second.json["project_id"]
    assert "0 rows recorded now" in second.err
    for token in (first.json["token"], second.json["token"]):
        assert token not in first.err + second.err
        assert not any(
            token.split("_", 2)[2].encode() in path.read_bytes()
            for path in home.rglob("*")
            if path.is_file()
        )
    reported = ran(home, "report", "figures", "--project", NUMBER, "--json")
    assert reported.out == expected_bytes(SEED)


def assert_written(home: Path, files: list[str]) -> None:
    """Every kind of export, in its languages, whole and in the demo's folder."""
    kinds = sorted(Path(name).name.removeprefix(STEM).split("_")[0] for name in files)
    assert kinds == KINDS
    assert {Path(name).parent for name in files} == {home / "demo-output"}
    assert all(Path(name).stat().st_size > 0 for name in files)
    assert not list(home.joinpath("demo-output").glob(".making-*"))


def test_a_demo_for_people_shows_figures_and_what_to_try(empty: Path) -> None:
    shown = ran(empty / "home", "demo", "--no-serve")

    assert shown.code == ExitCode.OK
    assert "8\N{NO-BREAK SPACE}500\N{NO-BREAK SPACE}000.00" in shown.out.decode()
    assert f"grantledger report budget --project {NUMBER}".encode() in shown.out


def test_a_demo_never_uses_a_configured_server(empty: Path) -> None:
    elsewhere = f"host={empty} dbname=grantledger"
    urls = ("GRANTLEDGER_DATABASE_URL", "GRANTLEDGER_PROJECTOR_URL", "GRANTLEDGER_ADMIN_URL")

    done = ran(empty / "home", "demo", "--no-serve", "--json", **dict.fromkeys(urls, elsewhere))

    assert done.code == ExitCode.OK


def test_a_demo_has_a_home_of_its_own_beside_the_ledgers(
    empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from service.cli.demo import demo_settings
    from service.settings import Settings

    for name in ("GRANTLEDGER_HOME", "GRANTLEDGER_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(empty))

    own, ledgers = demo_settings(None), Settings.from_environment({"XDG_DATA_HOME": str(empty)})

    assert own.home.name == "grantledger-demo"
    assert own.home.parent == ledgers.home.parent
    assert own.home != ledgers.home
    assert own.key_file.parent == own.home
