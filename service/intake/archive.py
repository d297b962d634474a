"""ZIP archives of others: what is known of one before zipfile reads it, and what damage raises."""

import struct
import zipfile
import zlib
from io import SEEK_END
from typing import BinaryIO

END, LOCATOR, LOCATOR_BYTES, END_BYTES_MAX = b"PK\5\6", b"PK\6\7", 20, (1 << 16) + 22
IS_ENCRYPTED = 0x1
DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, NotImplementedError),
    *(RuntimeError, EOFError, ValueError, OverflowError, OSError, MemoryError),
)


def directory_bytes(file: BinaryIO) -> int:
    """How large the archive says that its directory is; zipfile would read all of it.

    The end of the archive (APPNOTE 4.3.16) holds it, or where there is a locator of a 64-bit end
    before that (4.3.15), the latter.
    """
    size = file.seek(0, SEEK_END)
    file.seek(max(size - END_BYTES_MAX, 0))
    tail = file.read()
    end = tail.rfind(END)
    if end < 0:
        return 0  # zipfile says what is wrong
    found = struct.unpack_from("<L", tail, end + 12)[0]
    if tail[max(end - LOCATOR_BYTES, 0) : end].startswith(LOCATOR):
        file.seek(struct.unpack_from("<Q", tail, end - LOCATOR_BYTES + 8)[0])
        found = max(found, struct.unpack("<Q", file.read(56)[40:48])[0])
    file.seek(0)
    return int(found)
