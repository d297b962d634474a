"""The three logins of one database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Urls:
    """Connection strings (libpq URLs or key/value); each role may only do what it is for.

    `app` serves commands and reads, `projector` writes the views, `admin` migrates and is absent
    where the service runs without the right to.
    """

    app: str
    projector: str
    admin: str | None
