"""The ZIP archive of a workbook: what it is, what it holds, and parts that cannot grow too large.

Sizes are checked twice: as the archive's directory states them, before anything is inflated, and
as they come while it is.
"""

import zipfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from posixpath import dirname, join, normpath

from service.intake.archive import DAMAGED, IS_ENCRYPTED, DirectoryTooLarge, opened_archive

FILE_BYTES_MAX = 50 * 1000 * 1000
INFLATED_BYTES_MAX = 400 * 1000 * 1000
PARTS_MAX = 2000
DIRECTORY_BYTES_MAX = 1_000_000
ELEMENTS_MAX = 20_000_000
CHUNK_BYTES = 1 << 16
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


class BadWorkbook(Exception):
    """Nothing of the file can be used: what it is, and what was expected."""

    def __init__(self, found: str, expected: str = "an .xlsx workbook") -> None:
        super().__init__(f"{found}; expected {expected}")
        self.found, self.expected = found, expected


class TooLarge(BadWorkbook):
    """A limit is passed; nothing more is read."""


class Package:
    """An open archive. What all its parts together become is counted: bytes and XML elements."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.names = {_name(name): name for name in archive.namelist()}
        self.inflated = self.elements = 0

    def has(self, part: str) -> bool:
        """Whether the archive has the part (in whatever case)."""
        return _name(part) in self.names

    def count_element(self) -> None:
        """One more. Raises TooLarge above the limit."""
        self.elements += 1
        if self.elements > ELEMENTS_MAX:
            raise _too_large()

    def inflate(self, part: str) -> Iterator[bytes]:
        """The bytes of a part, in chunks. Raises BadWorkbook."""
        with damage_told(), self.archive.open(self.names[_name(part)]) as stream:
            while chunk := stream.read(CHUNK_BYTES):
                self.inflated += len(chunk)
                if self.inflated > INFLATED_BYTES_MAX:
                    raise _too_large()
                yield chunk


@contextmanager
def opened(path: Path) -> Generator[Package]:
    """The archive of a workbook. Raises BadWorkbook for whatever is none."""
    with damage_told():
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            found = f"a file of {size / 1e6:.0f} MB"
            raise TooLarge(found, f"at most {FILE_BYTES_MAX // 1_000_000} MB")
        with path.open("rb") as file:
            _refuse_other_formats(file.read(len(OLE)), path)
        with opened_archive(path, DIRECTORY_BYTES_MAX) as archive:
            _check_directory(archive)
            yield Package(archive)


@contextmanager
def damage_told() -> Generator[None]:
    """Whatever a broken archive makes zipfile raise becomes BadWorkbook."""
    try:
        yield
    except DirectoryTooLarge:
        raise _too_large() from None
    except DAMAGED as error:
        raise BadWorkbook(f"a damaged file ({type(error).__name__})") from None


def sha256_of(path: Path) -> str:
    """The hex SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def resolved(base: str, target: str) -> str:
    """The part that a relation of `base` names."""
    return normpath(join("/", dirname(base), target)).lstrip("/")


def relations_of(part: str) -> str:
    """The part that holds the relations of a part."""
    folder, _, name = part.rpartition("/")
    return join(folder, "_rels", f"{name}.rels")


def _name(part: str) -> str:
    return normpath(part.replace("\\", "/")).lstrip("/").casefold()


def _too_large() -> TooLarge:
    found = "a workbook that is too large when it is unpacked"
    return TooLarge(found, f"at most {INFLATED_BYTES_MAX // 1_000_000} MB unpacked")


def _refuse_other_formats(start: bytes, path: Path) -> None:
    if start == OLE:
        if ENCRYPTED in path.read_bytes():
            raise BadWorkbook("a workbook with a password", "the workbook saved without one")
        raise BadWorkbook("a workbook of an old format (.xls)", "the workbook saved as .xlsx")
    if not start:
        raise BadWorkbook("an empty file")
    if not start.startswith(b"PK"):
        expected = "an .xlsx workbook, or a folder with CSV files"
        raise BadWorkbook("a file that is no workbook, whatever its name says", expected)


def _check_directory(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    if len(entries) > PARTS_MAX or sum(entry.file_size for entry in entries) > INFLATED_BYTES_MAX:
        raise _too_large()
    if any(entry.flag_bits & IS_ENCRYPTED for entry in entries):
        raise BadWorkbook("a workbook with a password", "the workbook saved without one")
    names = {_name(entry.filename) for entry in entries}
    if "mimetype" in names and "content.xml" in names:
        raise BadWorkbook("a workbook of another format (.ods)", "the workbook saved as .xlsx")
    if any(name.endswith("/workbook.bin") for name in names):
        raise BadWorkbook("a binary workbook (.xlsb)", "the workbook saved as .xlsx")
