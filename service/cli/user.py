"""`grantledger user add|list|disable|grant|revoke|password|second-factor`: who may do what."""

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import click
from psycopg import Connection

from service import users
from service.cli.output import note, results, table, write_json
from service.cli.session import PRAGUE, Day, Session, json_option, session, tenant_option
from service.identity import NewUser, user_names
from service.memberships import Grant, Held, grant, revoke
from service.passwords import set_password
from service.permissions import ROLES
from service.store.database import transaction_of
from service.totp import Factor

EPILOG = """\b
Examples:
  grantledger user add --role finance
  grantledger user grant USER_ID auditor --until 2027-12-31
  grantledger user password USER_ID --login jana@example.org
  grantledger user list --names "yearly review of access\""""
COLUMNS = ("user_id", "name", "roles", "password", "second_factor", "disabled_at")

role_choice = click.Choice(list(ROLES))
until_option = click.option(
    "--until", type=Day(), help="The last day of the role; an auditor's must be named."
)
in_project_option = click.option(
    "--project",
    "number",
    metavar="REGISTRATION_NUMBER",
    help="In this project only; without it in the whole organisation.",
)


@click.group(epilog=EPILOG)
def user() -> None:
    """People: their roles, passwords and second factors.

    Whoever may run this program has the database and its key; the roles bind who comes over HTTP.
    """


@user.command(epilog=EPILOG)
@click.option("--name", prompt="Name", help="The person's name; sealed. Asked for if left out.")
@click.option("--role", type=role_choice, help="A role to begin with.")
@in_project_option
@until_option
@json_option
@tenant_option
def add(
    name: str,
    role: str | None,
    number: str | None,
    until: date | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Adds a person; without a role he may do nothing."""
    with _changing(tenant) as (opened, connection):
        try:
            new = NewUser(opened.services.vault, opened.tenant, name, [])
        except ValueError as refused:
            raise click.BadParameter(str(refused), param_hint="--name") from None
        new.store(connection)
        if role is not None:
            order = Grant(new.user_id, role, _project(opened, number), _end_of(until))
            grant(connection, opened.tenant, order, uuid4(), opened.actor)
    if as_json:
        write_json({"user_id": str(new.user_id)})
    else:
        click.echo(new.user_id)


@user.command("list", epilog=EPILOG)
@click.option("--names", "purpose", metavar="PURPOSE", help="Show names; the purpose is logged.")
@json_option
@tenant_option
def list_(purpose: str | None, as_json: bool, tenant: UUID | None) -> None:
    """Lists users with the roles in force."""
    with session(tenant) as opened:
        services = opened.services
        found, _ = users.users_page(services.pool, opened.tenant, 10_000, None)
        names: dict[UUID, str] = {}
        if purpose is not None:
            ids = [one.user_id for one in found]
            names = user_names(
                services.pool,
                services.vault,
                opened.tenant,
                ids,
                actor=opened.actor,
                purpose=purpose,
            )
    rows = [_row(one, names.get(one.user_id)) for one in found]
    if as_json:
        write_json(rows)
        return
    shown = table("Users", COLUMNS)
    for row in rows:
        roles = "\n".join(_role_text(one) for one in row["roles"])
        cells = {**row, "roles": roles}
        shown.add_row(*(str(cells[name] or "–") for name in COLUMNS))
    results().print(shown)


@user.command()
@click.argument("user_id", type=click.UUID)
@tenant_option
def disable(user_id: UUID, tenant: UUID | None) -> None:
    """Refuses all tokens, sessions and sign-ins of a user from now on."""
    with _changing(tenant) as (opened, connection):
        users.disable(connection, opened.tenant, user_id)
    note("disabled")


@user.command("grant", epilog=EPILOG)
@click.argument("user_id", type=click.UUID)
@click.argument("role", type=role_choice)
@in_project_option
@until_option
@tenant_option
def grant_(
    user_id: UUID, role: str, number: str | None, until: date | None, tenant: UUID | None
) -> None:
    """Gives a user a role; the same role that he has there ends with it."""
    with _changing(tenant) as (opened, connection):
        order = Grant(user_id, role, _project(opened, number), _end_of(until))
        membership = uuid4()
        grant(connection, opened.tenant, order, membership, opened.actor)
    click.echo(membership)


@user.command("revoke")
@click.argument("membership_id", type=click.UUID)
@tenant_option
def revoke_(membership_id: UUID, tenant: UUID | None) -> None:
    """Takes a role back; `user list --json` has the ids of memberships."""
    with _changing(tenant) as (opened, connection):
        revoke(connection, opened.tenant, membership_id, opened.actor)
    note("revoked")


@user.command(epilog=EPILOG)
@click.argument("user_id", type=click.UUID)
@click.option("--login", prompt="Login", help="What the user signs in with, such as an address.")
@tenant_option
def password(user_id: UUID, login: str, tenant: UUID | None) -> None:
    """Sets login and password and ends the user's sessions; asked for, or read from a pipe."""
    if sys.stdin.isatty():
        secret = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        secret = sys.stdin.readline().rstrip("\n")
    with _changing(tenant) as (opened, connection):
        users.user(opened.services.pool, opened.tenant, user_id)
        set_password(connection, opened.services.vault, opened.tenant, user_id, login, secret)
    note("set; the user's sessions are ended")


@user.command("second-factor")
@click.argument("user_id", type=click.UUID)
@click.option("--remove", is_flag=True, help="Take it away, when the phone is lost.")
@tenant_option
def second_factor(user_id: UUID, remove: bool, tenant: UUID | None) -> None:
    """Sets up codes of an app (TOTP): shows the address to scan, asks for the first code."""
    with session(tenant) as opened:
        services = opened.services
        users.user(services.pool, opened.tenant, user_id)
        factor = Factor(services.vault, opened.tenant, user_id, time.time())
        with transaction_of(services.pool, opened.tenant) as connection:
            if remove:
                note("removed" if factor.forget(connection) else "there was none")
                return
            address = factor.begin(connection)
        click.echo(address)
        code = click.prompt("First code of the app", err=True)
        confirmed = Factor(services.vault, opened.tenant, user_id, time.time())
        with transaction_of(services.pool, opened.tenant) as connection:
            codes = confirmed.confirm(connection, code.strip())
    note("recovery codes, each good once; they are never shown again:")
    click.echo("\n".join(codes))


@contextmanager
def _changing(tenant: UUID | None) -> Generator[tuple[Session, Connection[Any]]]:
    with session(tenant) as opened:
        _ = opened.user  # made before the transaction: a first command makes its user
        with transaction_of(opened.services.pool, opened.tenant) as connection:
            yield opened, connection


def _project(opened: Session, number: str | None) -> UUID | None:
    return None if number is None else opened.reports.project(number)


def _end_of(day: date | None) -> datetime | None:
    """The end of a day in Europe/Prague."""
    if day is None:
        return None
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=PRAGUE)


def _row(found: users.User, name: str | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "user_id": str(found.user_id),
        "name": name,
        "roles": [_held(one) for one in found.memberships if _in_force(one, now)],
        "password": found.has_password,
        "second_factor": found.has_totp,
        "disabled_at": _text(found.disabled_at),
    }


def _in_force(held: Held, now: datetime) -> bool:
    return held.revoked_at is None and (held.expires_at is None or held.expires_at > now)


def _held(held: Held) -> dict[str, str | None]:
    return {
        "membership_id": str(held.membership_id),
        "role": held.role,
        "project": str(held.project) if held.project else None,
        "until": _text(held.expires_at),
    }


def _role_text(held: dict[str, str | None]) -> str:
    where = f" in {held['project']}" if held["project"] else ""
    until = f" until {held['until']}" if held["until"] else ""
    return f"{held['role']}{where}{until}"


def _text(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None
