"""Sealed persons: the only place where a natural person's fields can be read, each read logged.

An event holds a random person id and the SHA-256 of a ciphertext; the ciphertext is a row here,
never overwritten: a correction adds a row, erasure removes the person's key and rows. Sealing
gives statements for the append's own transaction, so that event and row are stored together.

Fields are texts: `None` = not asked, `""` = asked, none, `REFUSED` = asked, refused to say; several
values are joined by `|`, as in the tables of a project.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from typing import Any
from uuid import UUID, uuid4

import msgspec
from psycopg import Connection

from service.store import keys
from service.store.database import Pool, in_tenant
from service.store.log import Beside
from service.store.tenant_keys import CLOSED, Derived, TenantKeys

REFUSED = "refused"

NEW_KEYS = """INSERT INTO vault.person_key (tenant_id, person_id, wrapped)
    SELECT %(tenant)s, * FROM unnest(%(persons)s::uuid[], %(wrapped)s::bytea[])"""
# A person erased after the key was read gets no row: nothing of her may come back. A scalar
# subquery, because EXISTS in a prepared statement can become a hash of the whole table.
NEW_ROWS = """INSERT INTO vault.sealed (tenant_id, sha256, person_id, ciphertext, sealed_at)
    SELECT %(tenant)s, given.*, clock_timestamp()
    FROM unnest(%(hashes)s::bytea[], %(persons)s::uuid[], %(ciphertexts)s::bytea[])
        AS given (sha256, person_id, ciphertext)
    WHERE (SELECT k.person_id FROM vault.person_key AS k
           WHERE k.tenant_id = %(tenant)s AND k.person_id = given.person_id) IS NOT NULL"""
KEYS = """SELECT person_id, wrapped FROM vault.person_key
    WHERE tenant_id = %(tenant)s AND person_id = ANY(%(persons)s)"""
# One statement: what it returns and the row that says so are committed together or not at all.
READ = """WITH found AS MATERIALIZED (
        SELECT s.sha256, s.person_id, s.ciphertext, k.wrapped
        FROM vault.sealed AS s
        JOIN vault.person_key AS k ON k.tenant_id = s.tenant_id AND k.person_id = s.person_id
        WHERE s.tenant_id = %(tenant)s AND s.sha256 = ANY(%(hashes)s)
    ), logged AS (
        INSERT INTO vault.read_log (tenant_id, read_id, actor, purpose, persons)
        SELECT %(tenant)s, %(read)s, %(actor)s, %(purpose)s, count(DISTINCT person_id) FROM found
    )
    SELECT sha256, person_id, ciphertext, wrapped FROM found"""
HANDED_OUT = """INSERT INTO vault.read_log (tenant_id, read_id, actor, purpose, persons)
    VALUES (%(tenant)s, %(read)s, %(actor)s, %(purpose)s, %(persons)s)"""
FIND = """SELECT hmac, person_id, sealed_sha256, label FROM vault.person_identity
    WHERE tenant_id = %(tenant)s AND scope = %(scope)s AND hmac = ANY(%(hmacs)s)"""
REMEMBER = """INSERT INTO vault.person_identity
        (tenant_id, scope, hmac, person_id, sealed_sha256, label)
    SELECT ledger.current_tenant(), %(scope)s, * FROM unnest(
        %(hmacs)s::bytea[], %(persons)s::uuid[], %(hashes)s::bytea[], %(labels)s::text[])"""
REIDENTIFY = """UPDATE vault.person_identity SET hmac = %(new)s, sealed_sha256 = %(hash)s
    WHERE tenant_id = ledger.current_tenant() AND scope = %(scope)s AND hmac = %(old)s
        AND person_id = %(person)s"""

Fields = Mapping[str, str | None]
_decode = msgspec.json.Decoder(dict[str, str | None], strict=True).decode
# Made once: `json.dumps` with such arguments makes an encoder each time.
_ascii = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode
_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


class UnknownPerson(Exception):
    """A person id without a key: never sealed, or erased."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What an event holds of a person."""

    person_id: UUID
    sha256: bytes


@dataclass(frozen=True, slots=True)
class ToSeal:
    """Fields of a person; `new_person`: no key yet, the same transaction makes it."""

    person_id: UUID
    fields: Fields = field(repr=False)
    new_person: bool


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """Who a name stands for in a scope; `label` is a participant's code, never a name."""

    person_id: UUID
    sealed: Sealed
    label: str | None


class Vault:
    """Seals and reads persons of all tenants; safe to share between threads.

    Without a root key it is closed: whatever needs a key raises VaultClosed.
    """

    def __init__(self, pool: Pool, root_key: bytes | None) -> None:
        self._pool, self._root_key = pool, root_key
        self._tenant_keys = TenantKeys(pool, root_key)

    @property
    def closed(self) -> bool:
        """Whether this ledger was restored without its vault."""
        return self._root_key is None

    def create_tenant_key(self, connection: Connection[Any], tenant: UUID) -> None:
        """In the transaction that makes the tenant (which it has set)."""
        wrapped = keys.encrypt(self._opened(), keys.new_key(), keys.about_tenant(tenant))
        connection.execute(
            "INSERT INTO vault.tenant_key (tenant_id, wrapped) VALUES (%s, %s)", [tenant, wrapped]
        )

    def check(self, tenant: UUID) -> None:
        """At the start of a process: KeyWrong unless the root key opens this tenant's key."""
        self._tenant_keys.load(tenant)

    def seal(
        self, tenant: UUID, person_id: UUID, fields: Fields, *, new_person: bool
    ) -> tuple[Sealed, list[Beside]]:
        """One set of fields of one person, and the statements that store it."""
        (sealed,), beside = self.seal_all(tenant, [ToSeal(person_id, fields, new_person)])
        return sealed, beside

    def seal_all(
        self, tenant: UUID, persons: Sequence[ToSeal]
    ) -> tuple[list[Sealed], list[Beside]]:
        """The same for many, in their order, with two statements at most.

        A person that occurs several times and is new in one of them gets one key. Queries the
        database only for keys of persons that are not new, once. Raises UnknownPerson.
        """
        if not persons:
            return [], []
        tenant_keys = self._tenant_keys.of(tenant)
        made = {entry.person_id: keys.new_key() for entry in persons if entry.new_person}
        key_of = made | self._read_keys(
            tenant, tenant_keys, {entry.person_id for entry in persons} - made.keys()
        )
        ciphertexts = [
            keys.encrypt(
                key_of[entry.person_id],
                _canonical(entry.fields),
                keys.about_person(tenant, entry.person_id),
            )
            for entry in persons
        ]
        sealed = [
            Sealed(entry.person_id, sha256(ciphertext).digest())
            for entry, ciphertext in zip(persons, ciphertexts, strict=True)
        ]
        rows = {
            "tenant": tenant,
            "hashes": [row.sha256 for row in sealed],
            "persons": [row.person_id for row in sealed],
            "ciphertexts": ciphertexts,
        }
        return sealed, [*_new_keys(tenant, tenant_keys, made), Beside(NEW_ROWS, rows)]

    def unseal(
        self, tenant: UUID, hashes: Collection[bytes], *, actor: str, purpose: str
    ) -> dict[bytes, dict[str, str | None]]:
        """The fields by hash, without persons erased since; logged as one read with its purpose.

        Raises Unreadable when a row was tampered with. No hashes: no query, nothing logged.
        """
        if not actor.strip() or not purpose.strip():
            raise ValueError("reading personal data needs an actor and a purpose")
        if not hashes:
            return {}
        tenant_keys = self._tenant_keys.of(tenant)
        values: dict[str, object] = {"tenant": tenant, "hashes": list(hashes), "read": uuid4()}
        values |= {"actor": actor, "purpose": purpose}
        key_of: dict[UUID, bytes] = {}  # a person's rows are read together; gone with this call
        fields: dict[bytes, dict[str, str | None]] = {}
        for address, person, ciphertext, wrapped in in_tenant(self._pool, tenant, READ, values):
            if sha256(ciphertext).digest() != address:  # another row of the same person
                raise keys.Unreadable(f"sealed row {address.hex()} is not what was stored")
            key = key_of.get(person)
            if key is None:
                about = keys.about_person_key(tenant, person)
                key = key_of[person] = keys.decrypt(tenant_keys.wrapping, wrapped, about)
            about = keys.about_person(tenant, person)
            fields[address] = _decode(keys.decrypt(key, ciphertext, about))
        return fields

    def handed_out(self, tenant: UUID, **read: object) -> None:
        """Logs a read (actor, purpose, persons) of what was unsealed before and kept in a file."""
        in_tenant(self._pool, tenant, HANDED_OUT, {"tenant": tenant, "read": uuid4(), **read})

    def hmac(self, tenant: UUID, *parts: str) -> bytes:
        """HMAC-SHA256 of the parts under the tenant's key; the first part says what it is for.

        For what must be compared but not be guessed: row content, reservations, identities.
        """
        message = _ascii(parts).encode("ascii")
        return digest(self._tenant_keys.of(tenant).hmac, message, "sha256")

    def key_of_secrets(self, tenant: UUID) -> bytes:
        """The key of what a tenant's users prove themselves with. Raises VaultClosed."""
        return self._tenant_keys.of(tenant).secrets

    def key_of_installation(self, purpose: str) -> bytes:
        """A key of no tenant, derived from the root key. Raises VaultClosed."""
        return keys.derived_key(self._opened(), purpose)

    def find(self, tenant: UUID, scope: str, hmacs: Collection[bytes]) -> dict[bytes, KnownPerson]:
        """Who is already known in a scope; pseudonymous, so not a read of personal data."""
        if not hmacs:
            return {}
        values = {"tenant": tenant, "scope": scope, "hmacs": list(hmacs)}
        return {
            hmac: KnownPerson(person, Sealed(person, address), label)
            for hmac, person, address, label in in_tenant(self._pool, tenant, FIND, values)
        }

    @staticmethod
    def remember(scope: str, hmac: bytes, sealed: Sealed, label: str | None) -> Beside:
        """Who a name stands for from now on; the second in a scope breaks person_identity_pkey."""
        return Vault.remember_all(scope, [(hmac, sealed, label)])

    @staticmethod
    def remember_all(scope: str, persons: Iterable[tuple[bytes, Sealed, str | None]]) -> Beside:
        """The same for many in one statement."""
        rows = list(persons)
        values = {
            "scope": scope,
            "hmacs": [hmac for hmac, _, _ in rows],
            "persons": [sealed.person_id for _, sealed, _ in rows],
            "hashes": [sealed.sha256 for _, sealed, _ in rows],
            "labels": [label for _, _, label in rows],
        }
        return Beside(REMEMBER, values)

    @staticmethod
    def reidentify(scope: str, old: bytes, new: bytes, sealed: Sealed) -> Beside:
        """A corrected name or birth date rewrites the row: the old one no longer finds anybody."""
        values = {
            "scope": scope,
            "old": old,
            "new": new,
            "hash": sealed.sha256,
            "person": sealed.person_id,
        }
        return Beside(REIDENTIFY, values)

    def _opened(self) -> bytes:
        """The root key. Raises VaultClosed."""
        if self._root_key is None:
            raise keys.VaultClosed(CLOSED)
        return self._root_key

    def _read_keys(
        self, tenant: UUID, tenant_keys: Derived, persons: Collection[UUID]
    ) -> dict[UUID, bytes]:
        if not persons:
            return {}
        values = {"tenant": tenant, "persons": list(persons)}
        found = {
            person: keys.decrypt(
                tenant_keys.wrapping, wrapped, keys.about_person_key(tenant, person)
            )
            for person, wrapped in in_tenant(self._pool, tenant, KEYS, values)
        }
        if missing := set(persons) - found.keys():
            raise UnknownPerson(f"no key for person {min(missing)}")
        return found


def _new_keys(tenant: UUID, tenant_keys: Derived, made: Mapping[UUID, bytes]) -> list[Beside]:
    if not made:
        return []
    wrapped = [
        keys.encrypt(tenant_keys.wrapping, key, keys.about_person_key(tenant, person))
        for person, key in made.items()
    ]
    return [Beside(NEW_KEYS, {"tenant": tenant, "persons": list(made), "wrapped": wrapped})]


def _canonical(fields: Fields) -> bytes:
    """One form for one content. Errors of the encoder would quote the text: not passed on."""
    text = _sorted(dict(fields))
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("a sealed field is not valid Unicode") from None
    _decode(data)  # nothing is sealed that could not be read
    return data
