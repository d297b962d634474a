"""A project's folder in ZIP archives: as people make them, and as nobody should."""

import stat
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipInfo

Entry = tuple[str | ZipInfo, bytes]
EMPTY_ENTRY = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, *[0] * 4, 0x21, *[0] * 10)


def files_of(folder: Path, prefix: str = "") -> list[Entry]:
    """The files of a folder as entries."""
    return [(prefix + path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def write_zip(path: Path, entries: Iterable[Entry], compression: int = ZIP_DEFLATED) -> Path:
    """Writes an archive of the entries, in their order."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def plain_end(directory_bytes: int) -> bytes:
    """The end of an archive that is nothing but a directory."""
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, directory_bytes, 0, 0)


def end_with_another_in_it(directory_bytes: int) -> bytes:
    """An end that seems to begin 4 bytes later, where the size is another number."""
    end = plain_end(directory_bytes)
    return end[:4] + b"PK\5\6" + end[8:]


def end_of_64_bits_elsewhere(directory_bytes: int) -> bytes:
    """An end of 64 bits is not where its locator says; the other one says nothing."""
    end = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, directory_bytes, 0)
    return end + struct.pack("<4sLQL", b"PK\6\7", 0, 0, 1) + plain_end(0)


def special(name: str, kind: int) -> ZipInfo:
    """An entry of a kind that is no file, as Unix has them."""
    entry = ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    return entry


def link(name: str) -> ZipInfo:
    """A symbolic link."""
    return special(name, stat.S_IFLNK)
