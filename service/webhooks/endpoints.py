"""Where an organisation's events are sent to: made, changed, disabled, removed; their secrets.

An endpoint of a project gets the events that concern it and no other project; one without gets the
whole organisation's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.event import stored_names
from domain.rejection import InvalidValue, NotFound
from projections.page_query import PageQuery, rows
from service.feed.reading import Wanted
from service.memberships import KNOWN_PROJECT
from service.store import keys
from service.store.database import Pool, transaction_of
from service.store.vault import Vault
from service.webhooks.addresses import AddressRefused, target_of
from service.webhooks.signing import new_secret

ENDPOINTS_MAX = 50
ROTATION_HOURS = 24
COLUMNS = """endpoint_id, version, url, description, project_id, types, position, held_until,
        disabled_at, disabled_reason, attempted_at, taken_at, created_at, old_secret_until"""
LIST = PageQuery(
    views=(),
    select=f"""SELECT {COLUMNS} FROM ledger.webhook_endpoint
        WHERE tenant_id = %(tenant)s
            AND (%(endpoint)s::uuid IS NULL OR endpoint_id = %(endpoint)s::uuid)""",
    order={"created_at": "timestamptz", "endpoint_id": "uuid"},
)
# The tenant's row makes two who add one at a time count each other's.
LOCK = "SELECT FROM ledger.tenant WHERE tenant_id = %(tenant)s FOR UPDATE"
COUNT = "SELECT count(*) FROM ledger.webhook_endpoint WHERE tenant_id = %(tenant)s"
CREATE = """INSERT INTO ledger.webhook_endpoint (tenant_id, endpoint_id, url, description,
        project_id, types, secret, position, created_by)
    SELECT t.tenant_id, %(endpoint)s, %(url)s, %(description)s, %(project)s, %(types)s, %(secret)s,
        coalesce(%(after)s, t.next_position - 1), %(actor)s
    FROM ledger.tenant AS t WHERE t.tenant_id = %(tenant)s
        AND coalesce(%(after)s, 0) < t.next_position
    RETURNING endpoint_id"""
# Also waits for another's change, so that what is judged is what will be changed.
VERSION = """SELECT version FROM ledger.webhook_endpoint
    WHERE tenant_id = %(tenant)s AND endpoint_id = %(endpoint)s FOR UPDATE"""
CHANGE = """UPDATE ledger.webhook_endpoint SET version = version + 1,
        url = %(url)s, description = %(description)s,
        project_id = %(project)s, types = %(types)s, held_until = NULL,
        disabled_at = CASE WHEN %(enabled)s THEN NULL
            ELSE coalesce(disabled_at, clock_timestamp()) END,
        disabled_reason = CASE WHEN %(enabled)s THEN NULL
            ELSE coalesce(disabled_reason, 'disabled by a user') END
    WHERE tenant_id = %(tenant)s AND endpoint_id = %(endpoint)s RETURNING endpoint_id"""
ROTATE = f"""UPDATE ledger.webhook_endpoint SET version = version + 1,
        old_secret = secret, secret = %(secret)s,
        old_secret_until = clock_timestamp() + interval '{ROTATION_HOURS} hours'
    WHERE tenant_id = %(tenant)s AND endpoint_id = %(endpoint)s RETURNING endpoint_id"""
REWIND = """UPDATE ledger.webhook_endpoint AS w SET position = %(after)s, held_until = NULL
    FROM ledger.tenant AS t
    WHERE t.tenant_id = w.tenant_id AND %(after)s < t.next_position
        AND w.tenant_id = %(tenant)s AND w.endpoint_id = %(endpoint)s RETURNING w.endpoint_id"""
NEWEST = """SELECT secret FROM ledger.webhook_endpoint
    WHERE tenant_id = %(tenant)s AND endpoint_id = %(endpoint)s"""
REMOVE = tuple(
    f"DELETE FROM ledger.{table} WHERE tenant_id = %(tenant)s AND endpoint_id = %(endpoint)s"
    for table in ("webhook_attempt", "webhook_delivery", "webhook_endpoint")
)
# What a sender needs, and only while the endpoint is to be sent to.
ACTIVE = """SELECT endpoint_id, url, project_id, types, position, secret,
        CASE WHEN old_secret_until > clock_timestamp() THEN old_secret END AS old_secret
    FROM ledger.webhook_endpoint
    WHERE tenant_id = %(tenant)s AND endpoint_id = %(endpoint)s AND disabled_at IS NULL
        AND (held_until IS NULL OR held_until <= clock_timestamp())"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An endpoint without its secrets."""

    endpoint_id: UUID
    version: int
    url: str
    description: str
    project_id: UUID | None
    types: list[str] | None
    position: int
    held_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    attempted_at: datetime | None
    taken_at: datetime | None
    created_at: datetime
    old_secret_until: datetime | None

    @property
    def wanted(self) -> Wanted:
        """The events that it gets."""
        return wanted_of(self.project_id, self.types)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """What a user says of an endpoint. `types`: stored names; None: all."""

    url: str
    description: str
    project: UUID | None
    types: Sequence[str] | None

    def check(self, connection: Connection[Any], tenant: UUID, inside: frozenset[str]) -> None:
        """Raises InvalidValue, NotFound."""
        try:
            target_of(self.url, inside)
        except AddressRefused as refused:
            raise InvalidValue(str(refused), "/url") from None
        if unknown := sorted(set(self.types or ()) - set(stored_names())):
            raise InvalidValue(f"no event has the stored name {unknown[0]}", "/types")
        values = {"tenant": tenant, "project": self.project}
        if self.project and connection.execute(KNOWN_PROJECT, values).fetchone() is None:
            raise NotFound("there is no such project", "/project_id")

    def values(self) -> dict[str, Any]:
        """As parameters."""
        types = None if self.types is None else sorted(set(self.types))
        return {
            "url": self.url,
            "description": self.description,
            "project": self.project,
            "types": types,
        }


@dataclass(frozen=True, slots=True)
class Active:
    """An endpoint that may be sent to now, with the secrets that sign, as they are stored."""

    endpoint_id: UUID
    url: str
    wanted: Wanted
    position: int
    sealed_secrets: Sequence[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The endpoints of a tenant, in the caller's transaction, which has set it.

    `key` is that of the tenant's secrets, at hand: no transaction waits for a second connection.
    """

    key: bytes = field(repr=False)
    tenant: UUID
    inside: frozenset[str]

    def create(
        self,
        connection: Connection[Any],
        endpoint: UUID,
        settings: Settings,
        after: int | None,
        actor: str,
    ) -> None:
        """One that follows the log from now on, or from a position. InvalidValue, NotFound."""
        settings.check(connection, self.tenant, self.inside)
        sealed = self._new_sealed(endpoint)
        values = {
            **self._who(endpoint),
            **settings.values(),
            "secret": sealed,
            "after": after,
            "actor": actor,
        }
        connection.execute(LOCK, values)
        count = connection.execute(COUNT, values).fetchone()
        if count is not None and count[0] >= ENDPOINTS_MAX:
            raise InvalidValue(f"there are {ENDPOINTS_MAX} endpoints: remove one first")
        if connection.execute(CREATE, values).fetchone() is None:
            raise InvalidValue("the log ends before this position", "/after")

    def version(self, connection: Connection[Any], endpoint: UUID) -> int:
        """Which nobody changes until the end of the transaction. Raises NotFound."""
        found = connection.execute(VERSION, self._who(endpoint)).fetchone()
        return _found(found)[0]

    def change(
        self, connection: Connection[Any], endpoint: UUID, settings: Settings, *, enabled: bool
    ) -> None:
        """All of it anew; enabled, it goes on where it was. Raises InvalidValue, NotFound."""
        settings.check(connection, self.tenant, self.inside)
        values = {**self._who(endpoint), **settings.values(), "enabled": enabled}
        _found(connection.execute(CHANGE, values).fetchone())

    def rotate(self, connection: Connection[Any], endpoint: UUID) -> None:
        """A new secret; the one before signs too for a day. Raises NotFound."""
        sealed = self._new_sealed(endpoint)
        values = {**self._who(endpoint), "secret": sealed}
        _found(connection.execute(ROTATE.encode(), values).fetchone())

    def rewind(self, connection: Connection[Any], endpoint: UUID, after: int) -> None:
        """Everything after a position is sent, again where it was. InvalidValue, NotFound."""
        values = {**self._who(endpoint), "after": after}
        _found(connection.execute(NEWEST, values).fetchone())
        if connection.execute(REWIND, values).fetchone() is None:
            raise InvalidValue("the log ends before this position", "/after")

    def remove(self, connection: Connection[Any], endpoint: UUID) -> None:
        """With its deliveries and attempts. Raises NotFound."""
        values = self._who(endpoint)
        counts = [connection.execute(statement.encode(), values).rowcount for statement in REMOVE]
        _found(counts[-1] or None)

    def _new_sealed(self, endpoint: UUID) -> bytes:
        about = keys.about_webhook(self.tenant, endpoint)
        return keys.encrypt(self.key, new_secret(), about)

    def _who(self, endpoint: UUID) -> dict[str, Any]:
        return {"tenant": self.tenant, "endpoint": endpoint}


def active_endpoint(connection: Connection[Any], tenant: UUID, endpoint: UUID) -> Active | None:
    """The endpoint, if it may be sent to now; in a transaction that has set the tenant."""
    found = rows(connection, ACTIVE, {"tenant": tenant, "endpoint": endpoint})
    if not found:
        return None
    row = found[0]
    sealed = [row[name] for name in ("secret", "old_secret") if row[name] is not None]
    wanted = wanted_of(row["project_id"], row["types"])
    return Active(endpoint, row["url"], wanted, row["position"], sealed)


def wanted_of(project: UUID | None, types: Sequence[str] | None) -> Wanted:
    """The events that concern a project and no other, or all of the organisation's."""
    return Wanted(within=None if project is None else [project], types=types)


def endpoints_page(
    pool: Pool, tenant: UUID, limit: int, after: tuple[str, ...] | None
) -> tuple[list[Endpoint], tuple[str, ...] | None]:
    """The endpoints in the order in which they were made."""
    return _page(pool, tenant, None, limit, after)


def endpoint_of(pool: Pool, tenant: UUID, endpoint: UUID) -> Endpoint:
    """One of them. Raises NotFound."""
    found, _ = _page(pool, tenant, endpoint, 1, None)
    return _found(found[0] if found else None)


def secret_of(connection: Connection[Any], vault: Vault, tenant: UUID, endpoint: UUID) -> bytes:
    """The newest secret, in a transaction of the tenant. Raises NotFound."""
    found = connection.execute(NEWEST, {"tenant": tenant, "endpoint": endpoint}).fetchone()
    return opened_secret(vault, tenant, endpoint, _found(found)[0])


def opened_secret(vault: Vault, tenant: UUID, endpoint: UUID, sealed: bytes) -> bytes:
    """A secret as it signs. Raises Unreadable, VaultClosed."""
    about = keys.about_webhook(tenant, endpoint)
    return keys.decrypt(vault.key_of_secrets(tenant), sealed, about)


def _page(
    pool: Pool, tenant: UUID, endpoint: UUID | None, limit: int, after: tuple[str, ...] | None
) -> tuple[list[Endpoint], tuple[str, ...] | None]:
    with transaction_of(pool, tenant) as connection:
        values = {"tenant": tenant, "endpoint": endpoint}
        found, last = LIST.page(connection, values, limit, after)
    return [Endpoint(**row) for row in found], last


def _found(row: Any) -> Any:
    if row is None:
        raise NotFound("there is no such webhook endpoint", "/endpoint_id")
    return row
