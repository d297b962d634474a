"""`grantledger token create|list|revoke`: who may use the API."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import click

from service.cli.output import note, results, table, write_json
from service.cli.session import json_option, session, tenant_option
from service.tokens import create_token, list_tokens, revoke_token

EPILOG = """\b
Examples:
  grantledger token create --name accounting
  TOKEN=$(grantledger token create --name accounting --days 30)"""


@click.group()
def token() -> None:
    """Tokens of the HTTP API."""


@token.command(epilog=EPILOG)
@click.option("--name", required=True, help="Where the token is used (no names of persons).")
@click.option("--days", type=click.IntRange(1, 3650), help="How long it is good; default for ever.")
@json_option
@tenant_option
def create(name: str, days: int | None, as_json: bool, tenant: UUID | None) -> None:
    """Makes a token for yourself and prints it; it is never shown again."""
    expires = datetime.now(UTC) + timedelta(days=days) if days else None
    with session(tenant) as opened:
        try:
            made = create_token(opened.services.pool, opened.tenant, opened.user, name, expires)
        except ValueError as refused:
            raise click.BadParameter(str(refused), param_hint="--name") from None
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
    names = ("token_id", "name", "created_at", "expires_at", "last_used_at", "revoked_at")
    rows = [{name: _text(getattr(one, name)) for name in names} for one in found]
    if as_json:
        write_json(rows)
        return
    shown = table("Tokens", names)
    for row in rows:
        shown.add_row(*(row[name] or "–" for name in names))
    results().print(shown)


@token.command()
@click.argument("token_id", type=click.UUID)
@tenant_option
def revoke(token_id: UUID, tenant: UUID | None) -> None:
    """Takes a token back: from now on it is refused."""
    with session(tenant) as opened:
        revoked = revoke_token(opened.services.pool, opened.tenant, token_id)
    note("revoked" if revoked else "it was revoked before, or there is no such token")


def _text(value: object) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return None if value is None else str(value)
