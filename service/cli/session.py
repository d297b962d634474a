"""What every command needs: opened services, the tenant, the acting user, shared options."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import click
import psycopg
from psycopg.conninfo import conninfo_to_dict

from projections.facts_in_force import UnknownProject
from service.cli.output import note
from service.composition import Services, open_services
from service.reports import Reports
from service.settings import Settings
from service.wording.wording import LANGUAGES

PRAGUE = ZoneInfo("Europe/Prague")

tenant_option = click.option(
    "--tenant",
    type=click.UUID,
    envvar="GRANTLEDGER_TENANT",
    help="The tenant; needed only where the database has several.",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="One JSON document on standard output, for machines."
)
language_option = click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="Of the words.",
)
project_option = click.option(
    "--project",
    "number",
    required=True,
    metavar="REGISTRATION_NUMBER",
    help="The project's registration number.",
)


@dataclass(frozen=True)
class Session:
    """The services of this run, for one tenant."""

    services: Services
    tenant: UUID

    @cached_property
    def user(self) -> UUID:
        """Who runs the command; the first command of a login makes its user."""
        return self.services.login_user(self.tenant)

    @property
    def actor(self) -> str:
        """The user's id as the log keeps it."""
        return str(self.user)

    @property
    def reader(self) -> str:
        """Who reads persons; nobody does where the vault is closed."""
        return "" if self.services.vault.closed else self.actor

    @cached_property
    def reports(self) -> Reports:
        """The tenant's reports."""
        return Reports(self.services, self.tenant)


def settings_of_environment() -> Settings:
    """The settings of this run; a URL that cannot be read is bad usage. It is not repeated."""
    settings = Settings.from_environment(os.environ)
    for name, url in (
        ("GRANTLEDGER_DATABASE_URL", settings.database_url),
        ("GRANTLEDGER_PROJECTOR_URL", settings.projector_url),
        ("GRANTLEDGER_ADMIN_URL", settings.admin_url),
    ):
        try:
            conninfo_to_dict(url or "")
        except psycopg.ProgrammingError:
            raise click.UsageError(f"{name} is not a connection string of PostgreSQL") from None
    return settings


@contextmanager
def services(settings: Settings | None = None) -> Generator[Services]:
    """Opens the database; warnings about it are told once."""
    with open_services(settings or settings_of_environment()) as opened:
        for warning in opened.warnings:
            note(f"warning: {warning}")
        yield opened


@contextmanager
def session(tenant: UUID | None, settings: Settings | None = None) -> Generator[Session]:
    """The same for one tenant, the only one unless named."""
    with services(settings) as opened:
        yield Session(opened, opened.tenant(tenant))


class Day(click.ParamType[date]):
    """A date."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """YYYY-MM-DD, nothing else."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            return self.fail("expected a date such as 2017-03-31", param, ctx)


class Known(click.ParamType["int | datetime"]):
    """What the ledger knew: a position of the log, or a moment."""

    name = "position|time"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | datetime:
        """A time without an offset is that of Europe/Prague."""
        if isinstance(value, int | datetime):
            return value
        if value.isascii() and value.isdigit():
            return int(value)
        try:
            if len(value) <= len("2017-03-31"):
                raise ValueError("a date has no time")
            moment = datetime.fromisoformat(value)
        except ValueError:
            expected = "expected a position such as 1200 or a time such as 2017-03-31T12:00"
            return self.fail(expected, param, ctx)
        return moment if moment.tzinfo else moment.replace(tzinfo=PRAGUE)


as_of_option = click.option(
    "--as-of", type=Day(), help="What had happened by the end of this day; default today."
)
known_at_option = click.option(
    "--known-at",
    type=Known(),
    help="What the ledger knew at this position or time; default everything.",
)


@contextmanager
def told_by(number: str) -> Generator[None]:
    """A project that was not there yet at the point asked for is named as the user named it."""
    try:
        yield
    except UnknownProject as unknown:
        later = "" if str(unknown) == number else " at that time"
        raise UnknownProject(number + later) from None
