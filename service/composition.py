"""The composition root: the only place that builds what the program runs on.

Opens the database (embedded or a server), checks it, opens the vault, and hands out what commands
and reports of a tenant need. Everything is closed in the reverse order.
"""

from collections.abc import Collection, Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg

from projections.audit_trail import AUDIT_TRAIL
from projections.budget_spend import BUDGET_SPEND
from projections.indicator_progress import indicator_progress
from projections.projection import Projection
from projections.runner import Runner
from service.access_tokens import AccessTokens
from service.commands.execute import Commands
from service.identity import ensure_login_user, ensure_tenant, open_vault, os_login, tenant_ids
from service.programmes import Programmes
from service.settings import Settings
from service.signing_keys import SigningKeys
from service.store import keys
from service.store.database import (
    Pool,
    check_server,
    current_revision,
    newest_revision,
    open_pool,
)
from service.store.embedded import Server
from service.store.embedded_files import RESTORING
from service.store.log import Ledger
from service.store.migrate import migrate
from service.store.running import Running
from service.store.tenant_keys import CLOSED
from service.store.urls import Urls
from service.store.vault import Vault
from service.webhooks.schedule import SCHEDULE
from service.webhooks.sending import Sender
from service.webhooks.worker import Worker

POOL_SIZE = 12
LOGINS = ("grantledger_app", "grantledger_projector")
COUNTING = "counting of participants in indicators"


class NotReady(Exception):
    """The database cannot be used as it is; the text says what to do."""


class TenantUnclear(Exception):
    """There are several tenants (name one) or none."""


@dataclass(frozen=True)
class Services:
    """What the program runs on; `warnings` are about the server."""

    settings: Settings
    urls: Urls
    pool: Pool
    vault: Vault
    programmes: Programmes
    warnings: list[str] = field(default_factory=list[str])

    @cached_property
    def projections(self) -> tuple[Projection, ...]:
        """All projections, in the order in which they are shown."""
        return (BUDGET_SPEND, indicator_progress(self.programmes.by_name), AUDIT_TRAIL)

    def showing(self, views: Collection[str]) -> tuple[Projection, ...]:
        """The projections to which these views belong."""
        return tuple(
            one for one in self.projections if any(table.name in views for table in one.tables)
        )

    @cached_property
    def signing_keys(self) -> SigningKeys:
        """What access tokens of other programs are signed with."""
        return SigningKeys(self.pool, self.vault)

    @cached_property
    def access_tokens(self) -> AccessTokens:
        """Access tokens of other programs."""
        return AccessTokens(self.pool, self.signing_keys)

    @cached_property
    def running(self) -> Running:
        """Which commands run at this moment."""
        return Running(self.urls.app, POOL_SIZE)

    @cached_property
    def runner(self) -> Runner:
        """Brings the views up to date."""
        return Runner(self.urls.projector, self.projections, self.unseal)

    @cached_property
    def cursor_key(self) -> bytes:
        """What cursors are signed with; without a vault they are good while the process runs."""
        if self.vault.closed:
            return keys.new_key()
        return self.vault.key_of_installation("grantledger.cursors.v1")

    def close(self) -> None:
        """Ends what was begun for all; the pool belongs to who opened it."""
        for name in ("runner", "running"):
            if name in self.__dict__:
                getattr(self, name).close()

    @cached_property
    def webhooks(self) -> Worker:
        """Sends the events to who wants them."""
        sender = Sender(self.settings.webhook_hosts)
        return Worker(self.urls.app, self.pool, self.vault, sender, SCHEDULE)

    def unseal(
        self, tenant: UUID, hashes: Collection[bytes], projection: str
    ) -> Mapping[bytes, Mapping[str, str | None]]:
        """What a fold may read of persons: one logged read a batch."""
        return self.vault.unseal(
            tenant, hashes, actor="system:projection", purpose=f"{COUNTING} ({projection})"
        )

    def ledger(self, tenant: UUID) -> Ledger:
        """The log of a tenant."""
        return Ledger(self.pool, tenant)

    def commands(self, tenant: UUID, actor: str) -> Commands:
        """Where the commands of a user run."""
        return Commands(self.ledger(tenant), self.vault, self.programmes, actor)

    def tenant(self, wanted: UUID | None) -> UUID:
        """The tenant named, or the only one. Raises TenantUnclear."""
        tenants = tenant_ids(self.pool)
        if wanted is not None:
            if wanted not in tenants:
                raise TenantUnclear(f"there is no tenant {wanted}")
            return wanted
        if len(tenants) != 1:
            names = ", ".join(map(str, tenants)) or "none"
            raise TenantUnclear(f"name one with --tenant; there are: {names}")
        return tenants[0]

    def login_user(self, tenant: UUID) -> UUID:
        """The user of this process's login; the first command makes it, as owner."""
        return ensure_login_user(self.pool, self.vault, tenant, os_login())


@contextmanager
def open_services(settings: Settings) -> Generator[Services]:
    """Everything, ready to use. Raises NotReady, ServerUnavailable, UnsafeServer, KeyMissing."""
    with ExitStack() as stack:
        urls = _embedded(settings, stack) if settings.embedded else _of_server(settings)
        warnings = _check(urls)
        pool = stack.enter_context(open_pool(urls.app, POOL_SIZE))
        vault = open_vault(pool, settings.key_file)
        if vault.closed:
            warnings.append(CLOSED)
        ensure_tenant(pool, vault)
        services = Services(settings, urls, pool, vault, Programmes(), warnings)
        try:
            yield services
        finally:
            services.close()


def _embedded(settings: Settings, stack: ExitStack) -> Urls:
    """Our own server, migrated by itself."""
    if (settings.home / RESTORING).exists():
        raise NotReady(
            f"a restore into {settings.home} was cut off before its end: run it again"
            " (`grantledger restore FILE`)"
        )
    server = stack.enter_context(Server(settings.home))
    admin = server.url("postgres")
    with psycopg.connect(admin) as connection:
        revision = current_revision(connection)
    if revision != newest_revision():
        migrate(admin, {login: server.files.password(login) for login in LOGINS})
    return Urls(app=server.url(LOGINS[0]), projector=server.url(LOGINS[1]), admin=admin)


def _of_server(settings: Settings) -> Urls:
    if settings.database_url is None or settings.projector_url is None:
        raise NotReady("set GRANTLEDGER_DATABASE_URL and GRANTLEDGER_PROJECTOR_URL")
    return Urls(settings.database_url, settings.projector_url, settings.admin_url)


def _check(urls: Urls) -> list[str]:
    with psycopg.connect(urls.app) as connection:
        warnings = check_server(connection)
        revision, newest = current_revision(connection), newest_revision()
    if revision is None or revision < newest:
        raise NotReady("the database is of an older version: run `grantledger migrate`")
    if revision > newest:
        raise NotReady("the database is of a newer version of grantledger than this program")
    return warnings


def today() -> date:
    """Today in Europe/Prague: the default of every `as_of`."""
    return datetime.now(ZoneInfo("Europe/Prague")).date()
