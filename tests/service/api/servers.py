"""Servers in processes of their own, to be killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from service.store.urls import Urls


@contextmanager
def served(urls: Urls, key: bytes) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server of its own, and its address."""
    command = [sys.executable, "-m", "tests.service.api.served"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        given = {"app": urls.app, "projector": urls.projector, "key": key.hex()}
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.flush()
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()
