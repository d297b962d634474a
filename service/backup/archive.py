"""A backup's file: a tar archive of small parts, with checksums, that any tar opens.

Written and read as a stream. Every byte is accounted for: heads of parts have one possible form,
what fills up a block is zero, `SHA256SUMS` names each part's hash, and `complete.json`, the last
part, the length and hash of all that is before it. So a file that was cut off or changed anywhere
is refused. See docs/backup-format.md.
"""

import json
import re
import tarfile
from collections.abc import Generator
from hashlib import sha256
from typing import BinaryIO, NamedTuple

BLOCK = tarfile.BLOCKSIZE
END_OF_ARCHIVE = bytes(2 * BLOCK)
CHECKSUMS, COMPLETE = "SHA256SUMS", "complete.json"
PART_BYTES_MAX = 2**28  # what a reader takes into memory at most
NAME = re.compile(r"[A-Za-z0-9_./-]{1,99}")


class Damaged(Exception):
    """The file is not a backup, or not what was written; the text says where."""


class Part(NamedTuple):
    """One member of the archive; `before` is the hash of all bytes in front of it."""

    name: str
    data: bytes
    before: bytes


class ArchiveWriter:
    """Writes parts to an open file, then the checksums."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._whole, self._bytes = file, sha256(), 0
        self._sums: list[tuple[str, str]] = []

    @property
    def before(self) -> bytes:
        """The hash of all that was written so far."""
        return self._whole.digest()

    def add(self, name: str, data: bytes) -> None:
        """A part."""
        assert NAME.fullmatch(name), name
        assert len(data) <= PART_BYTES_MAX, f"{name} is too large"
        self._sums.append((name, sha256(data).hexdigest()))
        self._write(_member(name, data))

    def finish(self) -> str:
        """Writes the checksums and the end; the hash of the whole file."""
        self._write(_member(CHECKSUMS, _checksums(self._sums)))
        self._write(_member(COMPLETE, _complete(self._bytes, self.before)) + END_OF_ARCHIVE)
        return self._whole.hexdigest()

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._whole.update(data)
        self._bytes += len(data)


def read_parts(file: BinaryIO) -> Generator[Part]:
    """The parts from the beginning of the file, the checksums not among them.

    Raises Damaged as soon as something is wrong, at the latest at the end of the file: what was
    read counts only when the last part has been taken.
    """
    file.seek(0)
    reader = _Reader(file)
    sums: list[tuple[str, str]] = []
    while (part := reader.part()).name != CHECKSUMS:
        if part.name == COMPLETE:
            raise Damaged("the list of checksums is missing")
        sums.append((part.name, sha256(part.data).hexdigest()))
        yield part
    _check_sums(part.data, sums)
    length, before = reader.bytes, reader.before
    last = reader.part()
    if last.name != COMPLETE or last.data != _complete(length, before):
        raise Damaged("the hash of the whole file is not the one that was written")
    if file.read(len(END_OF_ARCHIVE) + 1) != END_OF_ARCHIVE:
        raise Damaged("the file does not end where it was written to end")


class _Reader:
    def __init__(self, file: BinaryIO) -> None:
        self._file, self._whole, self.bytes = file, sha256(), 0

    @property
    def before(self) -> bytes:
        return self._whole.digest()

    def part(self) -> Part:
        at, before = self.bytes, self.before
        name, size = _parsed(self._take(BLOCK), at)
        data = self._take(size)
        if any(self._take(-size % BLOCK)):
            raise Damaged(f"{name} is followed by bytes that were not written")
        return Part(name, data, before)

    def _take(self, size: int) -> bytes:
        data = self._file.read(size)
        if len(data) < size:
            raise Damaged(f"the file was cut off: it ends after {self.bytes + len(data)} bytes")
        self._whole.update(data)
        self.bytes += size
        return data


def _parsed(head: bytes, at: int) -> tuple[str, int]:
    """Name and size of a part, from a head exactly as it is written here."""
    try:
        found = tarfile.TarInfo.frombuf(head, "ascii", "strict")
        name, size = found.name, found.size
        same = bool(NAME.fullmatch(name)) and _head(name, size) == head
    except (tarfile.HeaderError, ValueError):
        name, size, same = "", 0, False
    if not same or size > PART_BYTES_MAX:
        if at == 0:
            raise Damaged("this is not a backup of grantledger")
        raise Damaged(f"at byte {at} there is no part as it was written")
    return name, size


def _head(name: str, size: int) -> bytes:
    found = tarfile.TarInfo(name)
    found.size, found.mode = size, 0o600
    return found.tobuf(tarfile.USTAR_FORMAT, "ascii", "strict")


def _member(name: str, data: bytes) -> bytes:
    return _head(name, len(data)) + data + bytes(-len(data) % BLOCK)


def _checksums(sums: list[tuple[str, str]]) -> bytes:
    """As `sha256sum --check` reads it."""
    return "".join(f"{sum_}  {name}\n" for name, sum_ in sums).encode("ascii")


def _complete(length: int, before: bytes) -> bytes:
    return json.dumps({"bytes": length, "sha256": before.hex()}).encode("ascii") + b"\n"


def _check_sums(stored: bytes, sums: list[tuple[str, str]]) -> None:
    if stored == _checksums(sums):
        return
    for name, sum_ in sums:
        if f"{sum_}  {name}\n".encode("ascii") not in stored:
            raise Damaged(f"{name} is not what was written")
    raise Damaged("the list of checksums is not the one that was written")
