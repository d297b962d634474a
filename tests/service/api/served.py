"""Serves the API in a process of its own, to be killed; says its address on the first line."""

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from service.cli.serving import Listening, serve_until_stopped
from service.composition import Services
from service.programmes import Programmes
from service.settings import Settings
from service.store.database import open_pool
from service.store.urls import Urls
from service.store.vault import Vault

POOL_SIZE = 4


def main() -> None:
    given = json.loads(sys.stdin.readline())
    for name, value in given["variant"].items():
        module, _, constant = name.rpartition(".")
        assert hasattr(import_module(module), constant)
        setattr(import_module(module), constant, value)
    urls = Urls(given["app"], given["projector"], None)
    settings = Settings(Path("/nowhere"), urls.app, urls.projector, None, Path("/nowhere/key"))
    with open_pool(urls.app, POOL_SIZE) as pool:
        vault = Vault(pool, bytes.fromhex(given["key"]))
        services = Services(settings, urls, pool, vault, Programmes())
        serve_until_stopped(services, Listening("127.0.0.1", 0), _tell)


def _tell(url: str) -> None:
    """Nobody reads more than the address: what is logged goes nowhere, or it would block."""
    print(url, flush=True)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
