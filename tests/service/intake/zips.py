"""A project's folder in ZIP archives: as people make them, and as nobody should."""

import stat
import zipfile
from collections.abc import Iterable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipInfo

Entry = tuple[str | ZipInfo, bytes]


def files_of(folder: Path, prefix: str = "") -> list[Entry]:
    """The files of a folder as entries."""
    return [(prefix + path.name, path.read_bytes()) for path in sorted(folder.iterdir())]


def write_zip(path: Path, entries: Iterable[Entry], compression: int = ZIP_DEFLATED) -> Path:
    """Writes an archive of the entries, in their order."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def special(name: str, kind: int) -> ZipInfo:
    """An entry of a kind that is no file, as Unix has them."""
    entry = ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    return entry


def link(name: str) -> ZipInfo:
    """A symbolic link."""
    return special(name, stat.S_IFLNK)
