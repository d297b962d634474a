"""Backups that a backup would not write: whole and with right checksums, but of other content."""

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.backup.archive import ArchiveWriter, read_parts
from service.backup.header import HEADER


def rewritten(
    source: Path,
    target: Path,
    header: Callable[[dict[str, Any]], None],
    leave_out: str = "-",
    more: tuple[tuple[str, bytes], ...] = (),
) -> Path:
    """The same parts with another header, without those whose name begins with `leave_out`."""
    with source.open("rb") as file, target.open("wb") as made:
        archive = ArchiveWriter(made)
        for part in read_parts(file):
            data = part.data
            if part.name == HEADER:
                document = json.loads(data)
                header(document)
                data = json.dumps(document).encode()
            if not part.name.startswith(leave_out):
                archive.add(part.name, data)
        for name, data in more:
            archive.add(name, data)
        archive.finish()
    return target


def part_offsets(data: bytes) -> list[int]:
    """Where the heads and the contents of the parts begin."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return sorted({at for one in tar for at in (one.offset, one.offset_data)})
