"""A project's folder in a ZIP archive: its files are read in memory, nothing is unpacked.

So no path in the archive can lead anywhere, and no copy of personal data is left behind. What no
program for people writes is refused all the same: it is an attack or an accident.
"""

import re
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

from service.intake.archive import DAMAGED, IS_ENCRYPTED, DirectoryTooLarge, opened_archive
from service.intake.csv_file import Content, content_of, missing
from service.intake.intake import Intake
from service.intake.problems import Problem
from service.intake.project_folder import NAMES, read_files, unreadable

ENTRIES_MAX = 100  # the macOS Finder adds an entry of its own to each file
DIRECTORY_BYTES_MAX = 100_000
# Decided rows are kept in memory, about 3 kB each: this is at most some 300,000 of them.
UNPACKED_BYTES_MAX = 20_000_000
UNIX = 3
FILES = frozenset(NAMES.values())
DRIVE = re.compile("[A-Za-z]:")
OF_WORKBOOK = "[Content_Types].xml"


class BadArchive(Exception):
    """Nothing of the archive can be used: what it is, and what was expected."""

    def __init__(self, found: str, expected: str) -> None:
        super().__init__(f"{found}; expected {expected}")
        self.found, self.expected = found, expected


def read_zipped_folder(path: Path, *, encoding: str | None) -> Intake:
    """Reads and checks an archive; writes nothing and never raises for its content."""
    try:
        found = _files(path)
    except BadArchive as bad:
        return unreadable(Problem(path.name, None, None, bad.found, bad.expected))

    def content(name: str) -> Content:
        return content_of(found[name], name, encoding) if name in found else missing(name)

    return read_files(content)


def _files(path: Path) -> dict[str, bytes]:
    """The project's files by name. Raises BadArchive."""
    with _damage_told(), opened_archive(path, DIRECTORY_BYTES_MAX) as archive:
        entries = archive.infolist()
        if len(entries) > ENTRIES_MAX:
            raise BadArchive(f"{len(entries)} entries", f"at most {ENTRIES_MAX} entries")
        for number, entry in enumerate(entries, 1):
            _check_entry(number, entry)
        found: dict[str, bytes] = {}
        left = UNPACKED_BYTES_MAX
        for name, entry in _project_files(entries).items():
            with archive.open(entry) as stream:
                found[name] = stream.read(left + 1)
            left -= len(found[name])
            if left < 0:
                limit = f"at most {UNPACKED_BYTES_MAX // 1_000_000} MB unpacked"
                raise BadArchive("files that are too large when they are unpacked", limit)
        return found


@contextmanager
def _damage_told() -> Generator[None]:
    """Whatever a broken archive makes zipfile raise becomes BadArchive."""
    try:
        yield
    except DirectoryTooLarge:
        limit = f"at most {ENTRIES_MAX} entries"
        raise BadArchive("a directory that is too large", limit) from None
    except DAMAGED as error:
        raise BadArchive(f"a damaged file ({type(error).__name__})", "a ZIP archive") from None


def _check_entry(number: int, entry: ZipInfo) -> None:
    """Refuses what no program for people writes. Names are not repeated: they may be of persons."""
    name = _path(entry)
    leads_out = name.startswith("/") or DRIVE.match(name) or ".." in name.split("/")
    if leads_out or "\0" in name:
        raise BadArchive(f"a path that leads out of the archive (entry {number})", "plain names")
    kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == UNIX else 0
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive(f"a link or a device (entry {number})", "files")
    if entry.flag_bits & IS_ENCRYPTED:
        raise BadArchive("an archive with a password", "one without")
    if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadArchive(f"an unusual compression (entry {number})", "the usual one (deflate)")


def _project_files(entries: Iterable[ZipInfo]) -> dict[str, ZipInfo]:
    """The files that are read, by name; others are nobody's business, as in a folder."""
    found: dict[str, ZipInfo] = {}
    folders: set[str] = set()
    for entry in entries:
        path = _path(entry)
        folder, _, name = path.rpartition("/")
        if path == OF_WORKBOOK:
            raise BadArchive("a workbook", "a ZIP archive of CSV files, or the type of a workbook")
        if name not in FILES or _is_beside(folder):
            continue
        if "/" in folder:
            raise BadArchive(f"{name} in a folder of a folder", "the files, or one folder of them")
        folders.add(folder)
        if len(folders) > 1:
            raise BadArchive("files in two places", "the files, or one folder of them")
        if name in found:
            raise BadArchive(f"two files {name}", "one of them")
        found[name] = entry
    if not found:
        raise BadArchive("none of a project's files", "project.json and the CSV files")
    return found


def _path(entry: ZipInfo) -> str:
    """As it stands in the archive; older programs of Windows write backslashes."""
    return entry.orig_filename.replace("\\", "/")


def _is_beside(folder: str) -> bool:
    """What systems keep for themselves, such as __MACOSX/._budget.csv."""
    return folder.split("/")[0] == "__MACOSX"
