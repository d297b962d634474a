"""A backup's file is read whole as it was written, or refused with the place of the damage."""

import io
import random
import subprocess
import tarfile
from pathlib import Path

import pytest

from service.backup.archive import BLOCK, ArchiveWriter, Damaged, Part, read_parts

PARTS = {
    "backup.json": b"{}\n",
    "data/a.b/000001.copy.gz": bytes(range(256)) * 5,
    "data/a.b/000002.copy.gz": b"",
    "vault/end.enc": b"x" * BLOCK,
}


@pytest.fixture
def whole() -> bytes:
    file = io.BytesIO()
    archive = ArchiveWriter(file)
    for name, data in PARTS.items():
        archive.add(name, data)
    archive.finish()
    return file.getvalue()


def parts(data: bytes) -> list[Part]:
    return list(read_parts(io.BytesIO(data)))


def members(data: bytes) -> list[tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return tar.getmembers()


def test_what_was_written_is_read(whole: bytes) -> None:
    assert {part.name: part.data for part in parts(whole)} == PARTS


def test_tar_and_sha256sum_read_it_too(whole: bytes, tmp_path: Path) -> None:
    (tmp_path / "backup.tar").write_bytes(whole)
    for command in (["tar", "-xf", "backup.tar"], ["sha256sum", "--check", "SHA256SUMS"]):
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    assert {name: (tmp_path / name).read_bytes() for name in PARTS} == PARTS


def test_a_file_cut_anywhere_is_refused(whole: bytes) -> None:
    boundaries = {offset for one in members(whole) for offset in (one.offset, one.offset_data)}
    lengths = {*boundaries, *range(0, len(whole), 97), len(whole) - 1}
    for length in sorted(lengths - {len(whole)}):
        with pytest.raises(Damaged, match=r"cut off|does not end where"):
            parts(whole[:length])


def test_every_changed_byte_is_noticed(whole: bytes) -> None:
    """Also those that fill up blocks, which tar does not look at."""
    for offset in range(len(whole)):
        changed = bytearray(whole)
        changed[offset] ^= 1 << random.Random(offset).randrange(8)
        with pytest.raises(Damaged):
            parts(bytes(changed))


def test_the_changed_part_is_named(whole: bytes) -> None:
    [second] = [one for one in members(whole) if one.name == "data/a.b/000001.copy.gz"]
    changed = bytearray(whole)
    changed[second.offset_data] ^= 1

    with pytest.raises(Damaged, match=r"data/a\.b/000001\.copy\.gz is not what was written"):
        parts(bytes(changed))


def test_parts_left_out_moved_or_added_are_noticed(whole: bytes) -> None:
    found = members(whole)
    first, second = found[0].offset, found[1].offset
    third = found[2].offset
    for changed in (
        whole[:first] + whole[second:],
        whole[:second] + whole[third:],
        whole[second:third] + whole[first:second] + whole[third:],
        whole[:second] + whole[first:second] + whole[second:],
        whole + b"\0",
        whole + whole,
    ):
        with pytest.raises(Damaged):
            parts(changed)


@pytest.mark.parametrize("data", [b"", b"x", b"x" * 2000, bytes(2000), b"PK\3\4" + bytes(900)])
def test_another_file_is_no_backup(data: bytes) -> None:
    with pytest.raises(Damaged, match=r"not a backup|cut off"):
        parts(data)
