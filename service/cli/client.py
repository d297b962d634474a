"""`grantledger client create|list|revoke|rotate-key`: other programs (OAuth 2.0)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import click

from service.cli.output import note, results, table, write_json
from service.cli.session import json_option, session, tenant_option
from service.cli.token import scope_option, text_of
from service.clients import (
    ClientOrder,
    client_text,
    client_user,
    list_clients,
    new_client,
    revoke_client,
)
from service.store.database import transaction_of

EPILOG = """\b
Examples:
  grantledger client create --name accounting --scope documents.read --scope documents.record
  curl -u CLIENT_ID:CLIENT_SECRET -d grant_type=client_credentials http://127.0.0.1:8000/oauth/token"""
COLUMNS = ("id", "name", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at")


@click.group(epilog=EPILOG)
def client() -> None:
    """Other programs: they get access tokens of ten minutes at `/oauth/token`."""


@client.command(epilog=EPILOG)
@click.option("--name", required=True, help="The program (no names of persons).")
@scope_option
@click.option(
    "--project",
    "number",
    metavar="REGISTRATION_NUMBER",
    help="In this project only; without it in the whole organisation.",
)
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good; default for ever.")
@tenant_option
def create(
    name: str, scopes: tuple[str, ...], number: str | None, days: int | None, tenant: UUID | None
) -> None:
    """Makes a client; prints its id and secret as JSON, the secret never again."""
    expires = datetime.now(UTC) + timedelta(days=days) if days else None
    with session(tenant) as opened:
        project = None if number is None else opened.reports.project(number)
        order, made = ClientOrder(name, scopes, project, expires), uuid4()
        try:
            user = client_user(opened.services.vault, opened.tenant, name, uuid4())
        except ValueError as refused:
            raise click.BadParameter(str(refused), param_hint="--name") from None
        actor = opened.actor
        with transaction_of(opened.services.pool, opened.tenant) as connection:
            secret = new_client(connection, user, opened.tenant, made, order, actor)
        write_json({"client_id": client_text(opened.tenant, made), "client_secret": secret})
    note("keep the secret: it is never shown again")


@client.command("list")
@json_option
@tenant_option
def list_(as_json: bool, tenant: UUID | None) -> None:
    """Lists the clients, never their secrets."""
    with session(tenant) as opened:
        found = list_clients(opened.services.pool, opened.tenant)
    rows = [
        {
            "id": str(one.client_id),
            "scopes": one.scopes,
            **{
                name: text_of(getattr(one, name))
                for name in COLUMNS
                if name not in ("id", "scopes")
            },
        }
        for one in found
    ]
    if as_json:
        write_json(rows)
        return
    shown = table("Clients", COLUMNS)
    for row in rows:
        cells = {**row, "scopes": " ".join(row["scopes"] or [])}
        shown.add_row(*(str(cells[name] or "–") for name in COLUMNS))
    results().print(shown)


@client.command()
@click.argument("client_id", type=click.UUID)
@tenant_option
def revoke(client_id: UUID, tenant: UUID | None) -> None:
    """Takes a client back (its `id` of the list): its tokens are refused from now on."""
    with (
        session(tenant) as opened,
        transaction_of(opened.services.pool, opened.tenant) as connection,
    ):
        revoke_client(connection, opened.tenant, client_id)
    note("revoked")


@client.command("rotate-key")
@click.option("--at-once", is_flag=True, help="Also refuse the tokens that the old key signed.")
@tenant_option
def rotate_key(at_once: bool, tenant: UUID | None) -> None:
    """Makes a new key that signs the tokens of all clients of this installation."""
    with session(tenant) as opened:
        retired = opened.services.signing_keys.rotate(at_once=at_once)
    note(f"a new key signs; retired: {retired}")
