"""`grantledger migrate`: brings the database to the newest schema."""

import click
from psycopg.conninfo import conninfo_to_dict

from service.cli.output import note, write_json
from service.cli.session import json_option, settings_of_environment
from service.composition import LOGINS, NotReady
from service.settings import Settings
from service.store.embedded import Server
from service.store.migrate import migrate as migrate_database

EPILOG = """\b
Examples:
  grantledger migrate
  GRANTLEDGER_ADMIN_URL=postgresql://postgres@db/grantledger \\
  GRANTLEDGER_DATABASE_URL=postgresql://grantledger_app:…@db/grantledger \\
  GRANTLEDGER_PROJECTOR_URL=postgresql://grantledger_projector:…@db/grantledger \\
    grantledger migrate"""


@click.command(epilog=EPILOG)
@json_option
def migrate(as_json: bool) -> None:
    """Brings the database to the newest schema.

    The embedded database does this by itself. On a server it is done only here, by the role of
    GRANTLEDGER_ADMIN_URL; it makes the roles grantledger_app and grantledger_projector and gives
    them the passwords that stand in the other two URLs.
    """
    settings = settings_of_environment()
    revision = _embedded(settings) if settings.embedded else _server(settings)
    if as_json:
        write_json({"revision": revision})
    else:
        note(f"the database has revision {revision}")


def _embedded(settings: Settings) -> str:
    with Server(settings.home) as server:
        passwords = {login: server.files.password(login) for login in LOGINS}
        return migrate_database(server.url("postgres"), passwords)


def _server(settings: Settings) -> str:
    if settings.admin_url is None:
        raise NotReady("migrating a server needs GRANTLEDGER_ADMIN_URL, a role that may do it")
    return migrate_database(settings.admin_url, passwords(settings))


def passwords(settings: Settings) -> dict[str, str]:
    """Of the two logins, as far as the URLs name them with a password."""
    found: dict[str, str] = {}
    for url in (settings.database_url, settings.projector_url):
        parts = conninfo_to_dict(url) if url else {}
        user, password = parts.get("user"), parts.get("password")
        if user in LOGINS and password:
            found[str(user)] = str(password)
    return found
