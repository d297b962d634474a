"""`grantledger migrate`: brings the database to the newest schema."""

import click

from service.administration import administered
from service.cli.output import note, write_json
from service.cli.session import json_option, settings_of_environment
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
    with administered(settings_of_environment()) as admin:
        revision = migrate_database(admin.url, admin.passwords)
    if as_json:
        write_json({"revision": revision})
    else:
        note(f"the database has revision {revision}")
