"""Running the command line in this process, and the program itself in a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from service.cli.program import cli
from tests.end_to_end.running import SEED, SEED_PLUS

NUMBER = "CZ.03.2.63/0.0/0.0/15_023/0000850"
NUMBER_PLUS = "CZ.03.02.02/00/22_018/0001234"
SEEDS = {NUMBER: SEED, NUMBER_PLUS: SEED_PLUS}


class Ran(NamedTuple):
    """How a command ended."""

    code: int
    out: bytes
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Only what the program needs: settings of this machine do not reach the tests."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**kept, "GRANTLEDGER_HOME": str(home), **more}


def ran(home: Path, *arguments: str, **more: str) -> Ran:
    """`grantledger …` in this process."""
    cleared = {name: None for name in os.environ if name.startswith("GRANTLEDGER_")}
    runner = CliRunner(env={**cleared, "GRANTLEDGER_HOME": str(home), **more})
    result = runner.invoke(cli, arguments, prog_name="grantledger")
    assert "Traceback" not in result.stderr
    return Ran(result.exit_code, result.stdout_bytes, result.stderr)


def started(
    home: Path, *arguments: str, cwd: Path | None = None, **more: str
) -> subprocess.Popen[bytes]:
    """`grantledger …` as a process."""
    return subprocess.Popen(
        [sys.executable, "-m", "service", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(home, **more),
        cwd=cwd,
    )


def finished(process: subprocess.Popen[bytes], timeout_s: float = 120) -> Ran:
    """Waits for the process."""
    out, err = process.communicate(timeout=timeout_s)
    return Ran(process.returncode, out, err.decode())


def expected_bytes(folder: Path) -> bytes:
    """The figures of expected.json as `report figures --json` must write them."""
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    del expected["rules"]
    text = json.dumps(expected, ensure_ascii=False, sort_keys=True, indent=1)
    return text.encode() + b"\n"


def head(home: Path) -> int:
    """The last position of the log."""
    return ran(home, "status", "--json").json["head"]
