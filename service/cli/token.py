"""`grantledger token create|list|revoke`: who may use the API."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import click

from service.cli.output import note, results, table, write_json
from service.cli.session import json_option, session, tenant_option
from service.permissions import PERMISSIONS
from service.store.database import transaction_of
from service.tokens import TokenOrder, list_tokens, new_token, revoke_token

EPILOG = """\b
Examples:
  grantledger token create --name accounting
  TOKEN=$(grantledger token create --name accounting --days 30)
  grantledger token create --name dashboard --scope reports.read --scope projects.read"""
COLUMNS = (
    *("token_id", "user_id", "name", "prefix", "scopes"),
    *("created_at", "expires_at", "last_used_at", "revoked_at"),
)
scope_option = click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(PERMISSIONS),
    metavar="PERMISSION",
    help="What it may be used for, such as documents.read; may be repeated.",
)


@click.group()
def token() -> None:
    """Tokens of the HTTP API."""


@token.command(epilog=EPILOG)
@click.option("--name", required=True, help="Where the token is used (no names of persons).")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good; default for ever.")
@click.option("--user", "user_id", type=click.UUID, help="Whose it is; default yourself.")
@scope_option
@json_option
@tenant_option
def create(
    name: str,
    days: int | None,
    user_id: UUID | None,
    scopes: tuple[str, ...],
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Makes a token and prints it; it is never shown again."""
    expires = datetime.now(UTC) + timedelta(days=days) if days else None
    with session(tenant) as opened:
        order = TokenOrder(user_id or opened.user, name, expires, scopes or None)
        actor = opened.actor
        try:
            with transaction_of(opened.services.pool, opened.tenant) as connection:
                made = new_token(connection, opened.tenant, order, uuid4(), actor)
        except ValueError as refused:
            raise click.BadParameter(str(refused)) from None
    if as_json:
        until = expires.isoformat() if expires else None
        write_json({"token": made, "name": name, "expires_at": until})
    else:
        click.echo(made)
        note("keep it: it is never shown again")


@token.command("list")
@json_option
@tenant_option
def list_(as_json: bool, tenant: UUID | None) -> None:
    """Lists the tokens, never the tokens themselves."""
    with session(tenant) as opened:
        found = list_tokens(opened.services.pool, opened.tenant)
    rows = [{name: text_of(getattr(one, name)) for name in COLUMNS} for one in found]
    if as_json:
        write_json(rows)
        return
    shown = table("Tokens", COLUMNS)
    for row in rows:
        shown.add_row(*(row[name] or "–" for name in COLUMNS))
    results().print(shown)


@token.command()
@click.argument("token_id", type=click.UUID)
@tenant_option
def revoke(token_id: UUID, tenant: UUID | None) -> None:
    """Takes a token back: from now on it is refused."""
    with session(tenant) as opened:
        revoked = revoke_token(opened.services.pool, opened.tenant, token_id)
    note("revoked" if revoked else "it was revoked before, or there is no such token")


def text_of(value: object) -> str | None:
    """A value of a list of tokens or clients."""
    if isinstance(value, list):
        return " ".join(value)  # pyright: ignore[reportUnknownArgumentType]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return None if value is None else str(value)
