"""Where the program keeps its things and which database it uses, from environment variables."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SYSTEM_HOME = Path("/var/lib/grantledger")


@dataclass(frozen=True)
class Settings:
    """Without `database_url` the embedded PostgreSQL in `home` is used.

    `database_url` and `projector_url` log in as the roles of the service and of the projections,
    `admin_url` as one that may migrate; the service itself never connects with it.
    `webhook_hosts`: where webhooks may go although it is not public and https, as `host:port`.
    """

    home: Path
    database_url: str | None
    projector_url: str | None
    admin_url: str | None
    key_file: Path
    webhook_hosts: frozenset[str] = frozenset()
    requests_per_minute: int = 6_000

    @property
    def embedded(self) -> bool:
        """Whether the database is our own in `home`; the administrator's URL alone is a server."""
        return self.database_url is None and self.admin_url is None

    @staticmethod
    def from_environment(environ: Mapping[str, str]) -> Settings:
        """Reads the GRANTLEDGER_* variables; an empty one counts as absent."""
        home = _path(environ, "GRANTLEDGER_HOME") or default_home(environ)
        return Settings(
            home=home,
            database_url=environ.get("GRANTLEDGER_DATABASE_URL") or None,
            projector_url=environ.get("GRANTLEDGER_PROJECTOR_URL") or None,
            admin_url=environ.get("GRANTLEDGER_ADMIN_URL") or None,
            key_file=_path(environ, "GRANTLEDGER_KEY_FILE") or home / "key",
            webhook_hosts=_hosts(environ.get("GRANTLEDGER_WEBHOOK_HOSTS", "")),
            requests_per_minute=_whole(environ, "GRANTLEDGER_REQUESTS_PER_MINUTE", 6_000),
        )


def default_home(environ: Mapping[str, str]) -> Path:
    """The user's data folder (XDG base directories); as root the system's."""
    if os.geteuid() == 0:
        return SYSTEM_HOME
    base = environ.get("XDG_DATA_HOME", "")
    if base.startswith("/"):  # the specification: a relative one is ignored
        return Path(base) / "grantledger"
    user_home = Path(environ["HOME"]) if environ.get("HOME") else Path.home()
    return user_home / ".local/share/grantledger"


def _hosts(text: str) -> frozenset[str]:
    return frozenset(host.strip().lower() for host in text.split(",") if host.strip())


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    value = environ.get(name)
    return Path(value).expanduser().absolute() if value else None


def _whole(environ: Mapping[str, str], name: str, default: int) -> int:
    """A whole number from 0 on. Raises ValueError that names the variable."""
    value = environ.get(name) or str(default)
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"{name}: expected a whole number, 0 for no limit")
    return int(value)
