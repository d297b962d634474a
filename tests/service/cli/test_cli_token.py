"""A token is shown once, on standard output, and is nowhere else."""

from pathlib import Path

from service.cli.exit_codes import ExitCode
from tests.service.cli.running import ran


def holds(folder: Path, secret: bytes) -> list[Path]:
    """The files under a folder that hold the secret."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if secret in path.read_bytes()]


def test_a_token_is_on_standard_output_only(home: Path) -> None:
    made = ran(home, "token", "create", "--name", "accounting")

    token = made.out.decode().strip()
    assert made.code == ExitCode.OK
    assert token.startswith("gl_")
    assert token not in made.err
    assert holds(home, token.split("_", 2)[2].encode()) == []
    assert holds(home, b"accounting") != []  # control: what is stored is found


def test_tokens_are_listed_without_themselves_and_can_be_taken_back(home: Path) -> None:
    made = ran(home, "token", "create", "--name", "accounting", "--days", "7", "--json").json
    listed = ran(home, "token", "list", "--json")

    (one,) = listed.json
    assert one["name"] == "accounting"
    assert one["expires_at"] is not None
    assert made["token"].encode() not in listed.out
    assert ran(home, "token", "revoke", one["token_id"]).code == ExitCode.OK
    assert ran(home, "token", "list", "--json").json[0]["revoked_at"] is not None
