"""The files of operations: in the database, sealed piece by piece, never whole in memory.

What is uploaded is stored in the transaction of its operation, so that it is there whenever the
operation is, in whatever process. Each piece is encrypted under a key of its operation and bound to
its place, so that none can be left out of the middle, doubled or put elsewhere.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import UUID

from psycopg import Connection

from domain.rejection import NotFound
from service.store import keys
from service.store.database import Pool, in_tenant
from service.store.vault import Vault

PIECE_BYTES = 1_000_000
Role = Literal["input", "output"]
DESCRIBE = """INSERT INTO ledger.operation_file
        (tenant_id, operation_id, role, name, media_type, size, sha256, persons)
    VALUES (%(tenant)s, %(operation)s, %(role)s, %(name)s, %(media_type)s, %(size)s, %(sha256)s,
        %(persons)s)"""
DESCRIBED = """SELECT name, media_type, size, sha256, persons FROM ledger.operation_file
    WHERE tenant_id = %(tenant)s AND operation_id = %(operation)s AND role = %(role)s
        AND (%(name)s::text IS NULL OR name = %(name)s)
    ORDER BY name COLLATE "C" LIMIT 1000"""
KEEP: dict[Role, str] = {
    role: f"""INSERT INTO ledger.operation_{role} (tenant_id, operation_id, name, number, sealed)
    VALUES (%(tenant)s, %(operation)s, %(name)s, %(number)s, %(sealed)s)"""
    for role in ("input", "output")
}
PIECE: dict[Role, str] = {
    role: f"""SELECT sealed FROM ledger.operation_{role}
    WHERE tenant_id = %(tenant)s AND operation_id = %(operation)s AND name = %(name)s
        AND number = %(number)s"""
    for role in ("input", "output")
}
FORGET: dict[Role, str] = {
    role: f"""DELETE FROM ledger.operation_{role}
    WHERE tenant_id = %(tenant)s AND operation_id = %(operation)s"""
    for role in ("input", "output")
}


class Gone(Exception):
    """The file was kept for a time, which is over."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine that is to be kept; `persons`: how many were read for it, if any."""

    path: Path
    name: str
    media_type: str
    persons: int | None = None


class KeptFile(NamedTuple):
    """A file as it is kept."""

    name: str
    media_type: str
    size: int
    sha256: bytes
    persons: int | None


@dataclass(frozen=True)
class OperationFiles:
    """The files of one operation in one role."""

    vault: Vault
    tenant: UUID
    operation: UUID
    role: Role

    def store(self, connection: Connection[Any], file: LocalFile) -> None:
        """In the caller's transaction. Raises VaultClosed."""
        key, digest, size = self._key(), sha256(), 0
        with file.path.open("rb") as source:
            for number, plain in enumerate(iter(lambda: source.read(PIECE_BYTES), b"")):
                digest.update(plain)
                size += len(plain)
                sealed = keys.encrypt(key, plain, self._about(file.name, number))
                values = self._values(name=file.name, number=number, sealed=sealed)
                connection.execute(KEEP[self.role].encode(), values, prepare=True)
        of_file = {"name": file.name, "media_type": file.media_type, "persons": file.persons}
        values = self._values(role=self.role, size=size, sha256=digest.digest(), **of_file)
        connection.execute(DESCRIBE, values)

    def described(self, connection: Connection[Any]) -> list[KeptFile]:
        """All that there are, also what is no longer kept."""
        values = self._values(role=self.role, name=None)
        return [KeptFile(*row) for row in connection.execute(DESCRIBED, values).fetchall()]

    def pieces(self, pool: Pool, file: KeptFile) -> Iterator[bytes]:
        """The bytes of a file, a piece at a time. Raises Gone, Unreadable, VaultClosed."""
        key, left, number = self._key(), file.size, 0
        while left > 0:
            values = self._values(name=file.name, number=number)
            found = in_tenant(pool, self.tenant, PIECE[self.role], values)
            if not found:
                raise Gone(file.name)
            plain = keys.decrypt(key, bytes(found[0][0]), self._about(file.name, number))
            yield plain
            left, number = left - len(plain), number + 1

    def copied_to(self, pool: Pool, name: str, folder: Path) -> Path:
        """A file of that name, in a folder. Raises NotFound, Gone."""
        values = self._values(role=self.role, name=name)
        found = in_tenant(pool, self.tenant, DESCRIBED, values)
        if not found:
            raise NotFound("the operation has no such file")
        path = folder / name
        with path.open("wb") as target:
            target.writelines(self.pieces(pool, KeptFile(*found[0])))
        return path

    def forget(self, connection: Connection[Any]) -> None:
        """The bytes; what they were stays described."""
        connection.execute(FORGET[self.role].encode(), self._values())

    def _values(self, **more: object) -> dict[str, object]:
        return {"tenant": self.tenant, "operation": self.operation, **more}

    def _key(self) -> bytes:
        secrets = self.vault.key_of_secrets(self.tenant)
        return keys.derived_key(secrets, f"grantledger.operation.{self.operation}.v1")

    def _about(self, name: str, number: int) -> bytes:
        return keys.about_piece(self.tenant, self.operation, f"{self.role}/{number}/{name}")
