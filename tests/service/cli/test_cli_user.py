"""People and programs on the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner

from service.cli.exit_codes import ExitCode
from service.cli.program import cli
from tests.service.cli.conftest import served_home
from tests.service.cli.running import ran
from tests.service.cli.test_cli_token import holds

Row = dict[str, Any]
NAME = "Planted-Person Nováková"
PASSWORD = "a planted sentence"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """Shared: each test adds users, tokens and programs of its own."""
    with served_home() as made:
        yield made


def user_of(home: Path, user_id: str) -> Row:
    (found,) = (
        one for one in ran(home, "user", "list", "--json").json if one["user_id"] == user_id
    )
    return found


def test_a_user_is_added_granted_revoked_and_disabled(home: Path) -> None:
    added = ran(home, "user", "add", "--name", NAME, "--role", "finance", "--json").json["user_id"]
    refused = ran(home, "user", "grant", added, "auditor")
    assert (refused.code, "end" in refused.err) == (ExitCode.BAD_INPUT, True)
    assert ran(home, "user", "grant", added, "auditor", "--until", "2099-12-31").code == 0

    found = user_of(home, added)
    assert {one["role"]: one["until"] for one in found["roles"]} == {
        "finance": None,
        "auditor": "2099-12-31T23:00:00+00:00",
    }
    assert found["name"] is None, "names are read with a purpose"
    named = ran(home, "user", "list", "--names", "a test", "--json").json
    assert NAME in {one["name"] for one in named}

    finance = next(one for one in found["roles"] if one["role"] == "finance")
    assert ran(home, "user", "revoke", finance["membership_id"]).code == ExitCode.OK
    assert ran(home, "user", "revoke", finance["membership_id"]).code == ExitCode.UNKNOWN
    assert ran(home, "user", "disable", added).code == ExitCode.OK
    assert ran(home, "user", "disable", str(uuid4())).code == ExitCode.UNKNOWN
    assert holds(home, NAME.encode()) == []


def test_the_last_owner_is_kept(home: Path) -> None:
    ran(home, "token", "create", "--name", "x")  # makes the login's user
    (owner,) = (
        one
        for one in ran(home, "user", "list", "--json").json
        if not one["disabled_at"] and {held["role"] for held in one["roles"]} == {"owner"}
    )
    (held,) = owner["roles"]
    for words in (("disable", owner["user_id"]), ("revoke", held["membership_id"])):
        refused = ran(home, "user", *words)
        assert (refused.code, "no owner" in refused.err) == (ExitCode.BAD_INPUT, True)
    second = ran(home, "user", "add", "--name", NAME, "--role", "owner", "--json").json["user_id"]
    assert ran(home, "user", "disable", second).code == ExitCode.OK, "control: there is another"


def test_a_password_comes_through_a_pipe_and_is_nowhere(home: Path) -> None:
    added = ran(home, "user", "add", "--name", NAME, "--json").json["user_id"]
    command = [sys.executable, "-m", "service", "user", "password", added, "--login", "jana"]
    environment = os.environ | {"GRANTLEDGER_HOME": str(home)}
    for secret, code in (("short", ExitCode.BAD_INPUT), (PASSWORD, ExitCode.OK)):
        done = subprocess.run(
            command,
            input=secret + "\n",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert secret not in done.stdout + done.stderr
    found = user_of(home, added)
    assert found["password"] is True
    assert holds(home, PASSWORD.encode()) == []


def test_a_token_has_the_scopes_and_the_user_that_are_named(home: Path) -> None:
    added = ran(home, "user", "add", "--name", NAME, "--role", "finance", "--json").json["user_id"]
    scopes = ("--scope", "documents.read", "--scope", "claims.read")
    made = ran(home, "token", "create", "--name", "tool", "--user", added, *scopes)
    assert made.code == ExitCode.OK
    (found,) = (one for one in ran(home, "token", "list", "--json").json if one["user_id"] == added)
    assert (found["user_id"], found["scopes"]) == (added, "claims.read documents.read")
    assert made.out.decode().strip().split("_", 2)[2].startswith(found["prefix"])
    unknown = ran(home, "token", "create", "--name", "tool", "--user", str(uuid4()))
    assert unknown.code == ExitCode.UNKNOWN
    assert ran(home, "token", "create", "--name", "x", "--scope", "x.y").code == ExitCode.BAD_INPUT


def test_a_program_gets_an_id_and_a_secret_that_is_nowhere(home: Path) -> None:
    made = ran(home, "client", "create", "--name", "accounting", "--scope", "documents.record")
    content = json.loads(made.out)
    assert content["client_id"].startswith("glc_")
    assert holds(home, content["client_secret"].encode()) == []
    (found,) = ran(home, "client", "list", "--json").json
    assert (found["name"], found["scopes"]) == ("accounting", ["documents.record"])
    assert ran(home, "client", "rotate-key").code == ExitCode.OK
    assert ran(home, "client", "revoke", found["id"]).code == ExitCode.OK
    assert ran(home, "client", "revoke", found["id"]).code == ExitCode.UNKNOWN
    beyond = ran(home, "client", "create", "--name", "x", "--scope", "persons.read")
    assert beyond.code == ExitCode.BAD_INPUT


def test_a_second_factor_counts_only_after_the_right_code(home: Path) -> None:
    added = ran(home, "user", "add", "--name", NAME, "--json").json["user_id"]
    runner = CliRunner(env={"GRANTLEDGER_HOME": str(home)})
    begun = runner.invoke(cli, ["user", "second-factor", added], input="000000\n")
    assert begun.exit_code == ExitCode.BAD_INPUT
    assert begun.stdout.startswith(f"otpauth://totp/grantledger:{added}?")
    found = user_of(home, added)
    assert found["second_factor"] is False
    for told in ("removed", "there was none"):
        removed = ran(home, "user", "second-factor", added, "--remove")
        assert (removed.code, told in removed.err) == (ExitCode.OK, True)
