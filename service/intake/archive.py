"""ZIP archives of others: how much of one zipfile may read at once, and what damage raises."""

import io
import struct
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

IS_ENCRYPTED = 0x1
DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, NotImplementedError),
    *(RuntimeError, EOFError, ValueError, OverflowError, OSError, MemoryError),
)


class DirectoryTooLarge(Exception):
    """The archive's directory, which zipfile reads whole, has more bytes than may be."""


@contextmanager
def opened_archive(path: Path, directory_bytes_max: int) -> Generator[zipfile.ZipFile]:
    """An archive whose directory was read. Raises DirectoryTooLarge, DAMAGED.

    An archive can say in several places how large its directory is, and programs differ in which
    of them they believe; so what zipfile reads is counted, not what the archive says.
    """
    with _Counted(path.open("rb", buffering=0), directory_bytes_max) as file:
        archive = zipfile.ZipFile(file)
        file.most = None
        yield archive


class _Counted(io.BufferedReader):
    """A file of which at most so much is read at once; None: as much as is asked for."""

    def __init__(self, raw: io.RawIOBase, most: int) -> None:
        super().__init__(raw)
        self.most: int | None = most

    def read(self, size: int | None = -1, /) -> bytes:
        if self.most is None:
            return super().read(size)
        asked = self.most + 1 if size is None or size < 0 else min(size, self.most + 1)
        found = super().read(asked)
        if len(found) > self.most:
            raise DirectoryTooLarge
        return found
