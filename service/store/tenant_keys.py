"""The keys that follow from a tenant's key, kept in memory; keys of persons never are."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from service.store import keys
from service.store.database import Pool, in_tenant

KEPT_MAX = 1_000  # tenants
CLOSED = (
    "the vault is closed: this ledger was restored without it, so no person can be read"
    " or recorded; `grantledger restore --open-vault FILE` adds it from the backup"
)
TENANT_KEY = "SELECT wrapped FROM vault.tenant_key WHERE tenant_id = %(tenant)s"


@dataclass(frozen=True, slots=True)
class Derived:
    """One key a purpose: `wrapping` for the keys of persons, `hmac` for what is compared.

    `secrets` is for what users prove themselves with.
    """

    wrapping: bytes = field(repr=False)
    hmac: bytes = field(repr=False)
    secrets: bytes = field(repr=False)


class TenantKeys:
    """Reads, unwraps and keeps; safe to share between threads."""

    def __init__(self, pool: Pool, root_key: bytes | None) -> None:
        self._pool, self._root_key = pool, root_key
        self._kept: OrderedDict[UUID, Derived] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, tenant: UUID) -> Derived:
        """From memory, else from the database. Raises KeyMissing, VaultClosed, KeyWrong."""
        with self._lock:
            kept = self._kept.get(tenant)
            if kept is not None:
                self._kept.move_to_end(tenant)
                return kept
        return self.load(tenant)

    def load(self, tenant: UUID) -> Derived:
        """From the database, whatever is in memory. Raises KeyMissing, VaultClosed, KeyWrong."""
        if self._root_key is None:
            raise keys.VaultClosed(CLOSED)
        rows = in_tenant(self._pool, tenant, TENANT_KEY, {"tenant": tenant})
        if not rows:
            raise keys.KeyMissing(
                f"Tenant {tenant} has no key in this database: schema vault is missing from it. "
                "It is not in the ordinary dump; restore its own backup."
            )
        try:
            key = keys.decrypt(self._root_key, rows[0][0], keys.about_tenant(tenant))
        except keys.Unreadable:
            raise keys.KeyWrong(
                f"The root key does not open the key of tenant {tenant}: it is not the key that "
                "this database was made with. Put the backup of the key file back, or name it "
                "with GRANTLEDGER_KEY_FILE."
            ) from None
        derived = Derived(
            wrapping=keys.derived_key(key, "grantledger.wrap-person-keys.v1"),
            hmac=keys.derived_key(key, "grantledger.hmac.v1"),
            secrets=keys.derived_key(key, "grantledger.secrets.v1"),
        )
        with self._lock:
            self._kept[tenant] = derived
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return derived
