"""The keys that access tokens are signed with: Ed25519, encrypted under the root key.

They are the installation's, of no tenant, and so is its name, which tokens carry as issuer and
audience. The first one is made when the first token is. A retired key verifies as long as tokens
may live that it signed, or at once no more.
"""

import os
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import OKPKey
from psycopg import Connection

from service.store import keys
from service.store.database import Pool
from service.store.vault import Vault

PURPOSE = "grantledger.signing-keys.v1"
FIRST_KEY_LOCK = 0x7369676E  # "sign": of a transaction
SEED_BYTES = 32
TOKEN_LIFE_S = 600

INSTALLATION = """WITH made AS (
        INSERT INTO identity.installation (installation_id) VALUES (gen_random_uuid())
        ON CONFLICT (single) DO NOTHING RETURNING installation_id
    )
    SELECT installation_id FROM made UNION ALL
    SELECT installation_id FROM identity.installation LIMIT 1"""
NEWEST = """SELECT key_id, sealed FROM identity.signing_key WHERE retired_at IS NULL
    ORDER BY created_at DESC, key_id LIMIT 1"""
GOOD = """SELECT key_id, sealed FROM identity.signing_key
    WHERE (%(key)s::uuid IS NULL OR key_id = %(key)s)
        AND (retired_at IS NULL
            OR retired_at > clock_timestamp() - make_interval(secs => %(life)s))
    ORDER BY created_at DESC, key_id LIMIT 20"""
NEW = "INSERT INTO identity.signing_key (key_id, sealed) VALUES (%(key)s, %(sealed)s)"
RETIRE = """UPDATE identity.signing_key
    SET retired_at = clock_timestamp() - make_interval(secs => %(ago)s)
    WHERE key_id <> %(key)s
        AND (retired_at IS NULL OR retired_at > clock_timestamp() - make_interval(secs => %(ago)s))
    RETURNING key_id"""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key and the id that tokens name it by."""

    key_id: UUID
    key: OKPKey = field(repr=False)

    def public(self) -> dict[str, Any]:
        """As it stands in the key set."""
        public = self.key.as_dict(private=False)
        return {**public, "kid": str(self.key_id), "use": "sig", "alg": "EdDSA"}


class SigningKeys:
    """The keys of an installation; nothing is kept in memory, a retired key is so everywhere.

    Whatever needs a key raises VaultClosed where the ledger was restored without its vault.
    """

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool, self._vault = pool, vault

    def issuer(self) -> str:
        """The installation's name: who signs, and for whom."""
        with self._pool.connection() as connection:
            row = connection.execute(INSTALLATION).fetchone()
            if row is None:  # another process was first: its row is seen by the next statement
                row = connection.execute(INSTALLATION).fetchone()
        assert row is not None
        return f"urn:grantledger:installation:{row[0]}"

    def newest(self) -> SigningKey:
        """The key that signs."""
        with self._pool.connection() as connection, connection.transaction():
            row = connection.execute(NEWEST).fetchone()
            if row is None:
                connection.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_KEY_LOCK])
                row = connection.execute(NEWEST).fetchone()
            if row is None:
                return self._new(connection)
        return self._opened(*row)

    def good(self) -> list[SigningKey]:
        """The keys that tokens may be signed with, the newest first."""
        return self._good(None)

    def find(self, key_id: UUID) -> SigningKey | None:
        """The key that a token names, if it is good."""
        return next(iter(self._good(key_id)), None)

    def rotate(self, *, at_once: bool) -> int:
        """A new key; the others verify until their tokens end, or `at_once` nothing any more.

        Tells how many were retired.
        """
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_KEY_LOCK])
            made = self._new(connection)
            values = {"key": made.key_id, "ago": TOKEN_LIFE_S if at_once else 0}
            return len(connection.execute(RETIRE, values).fetchall())

    def _good(self, key_id: UUID | None) -> list[SigningKey]:
        values = {"key": key_id, "life": TOKEN_LIFE_S}
        with self._pool.connection() as connection:
            rows = connection.execute(GOOD, values).fetchall()
        return [self._opened(*row) for row in rows]

    def _new(self, connection: Connection[Any]) -> SigningKey:
        key_id, seed = uuid4(), os.urandom(SEED_BYTES)
        sealed = keys.encrypt(self._wrapping(), seed, key_id.bytes)
        connection.execute(NEW, {"key": key_id, "sealed": sealed})
        return _key(key_id, seed)

    def _opened(self, key_id: UUID, sealed: bytes) -> SigningKey:
        return _key(key_id, keys.decrypt(self._wrapping(), sealed, key_id.bytes))

    def _wrapping(self) -> bytes:
        return self._vault.key_of_installation(PURPOSE)


def _key(key_id: UUID, seed: bytes) -> SigningKey:
    return SigningKey(key_id, OKPKey.import_key(Ed25519PrivateKey.from_private_bytes(seed)))
