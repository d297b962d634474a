"""What a backup says of itself: its first part, `backup.json`."""

from datetime import datetime
from uuid import UUID

import msgspec

from service.backup.archive import Damaged, Part
from service.backup.passphrase import Lock
from service.store.database import newest_revision, revisions

HEADER = "backup.json"
FORMAT, FORMAT_VERSION = "grantledger-backup", 1


class NewerBackup(Exception):
    """The backup was made by a newer version of grantledger than this one."""


class BackedUpTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table, `schema.name`, and its columns in the order of the data."""

    name: str
    columns: tuple[str, ...]

    @property
    def in_vault(self) -> bool:
        """Whether it is sealed."""
        return self.name.startswith("vault.")


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`positions`: the last event of each tenant; all events up to it are in the backup.

    `revision` is that of the schema; without `lock` the vault is not in the backup.
    """

    format: str = FORMAT
    version: int = FORMAT_VERSION
    program: str
    revision: str
    backup_id: UUID
    created_at: datetime
    positions: dict[UUID, int]
    tables: tuple[BackedUpTable, ...]
    lock: Lock | None


class _Versions(msgspec.Struct):
    format: str
    version: int
    program: str
    revision: str


def encoded(header: Header) -> bytes:
    """As it stands in the file."""
    return msgspec.json.format(msgspec.json.encode(header), indent=1) + b"\n"


def decoded(part: Part) -> Header:
    """Raises Damaged, and NewerBackup where this program is too old to read it."""
    if part.name != HEADER:
        raise Damaged("this is not a backup of grantledger")
    try:
        found = msgspec.json.decode(part.data, type=_Versions)
        if found.format != FORMAT:
            raise Damaged("this is not a backup of grantledger")
        if found.version > FORMAT_VERSION or found.revision > newest_revision():
            raise NewerBackup(
                f"the backup was made by grantledger {found.program} (schema {found.revision},"
                f" format {found.version}); this program knows schemas up to {newest_revision()}"
                f" and format {FORMAT_VERSION}: restore it with that version or a newer one"
            )
        if found.revision not in revisions():
            raise Damaged(f"{HEADER} names a schema that there never was")
        return msgspec.json.decode(part.data, type=Header)
    except msgspec.MsgspecError:
        raise Damaged(f"{HEADER} is not what was written") from None
