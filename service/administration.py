"""The database as its administrator: to migrate it, back it up, and restore it."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

from psycopg.conninfo import conninfo_to_dict

from service.composition import LOGINS, NotReady
from service.settings import Settings
from service.store.embedded import Server


class Administered(NamedTuple):
    """The administrator's URL, and the passwords that the two logins are to have."""

    url: str
    passwords: dict[str, str]


@contextmanager
def administered(settings: Settings) -> Generator[Administered]:
    """Our own server's superuser, else the role of GRANTLEDGER_ADMIN_URL. Raises NotReady."""
    if settings.embedded:
        with Server(settings.home) as server:
            passwords = {login: server.files.password(login) for login in LOGINS}
            yield Administered(server.url("postgres"), passwords)
    elif settings.admin_url is None:
        raise NotReady("this needs GRANTLEDGER_ADMIN_URL, a role that may migrate the database")
    else:
        yield Administered(settings.admin_url, _passwords(settings))


def _passwords(settings: Settings) -> dict[str, str]:
    """Of the two logins, as far as the URLs name them with a password."""
    found: dict[str, str] = {}
    for url in (settings.database_url, settings.projector_url):
        parts = conninfo_to_dict(url) if url else {}
        user, password = parts.get("user"), parts.get("password")
        if user in LOGINS and password:
            found[str(user)] = str(password)
    return found
