"""A folder in a ZIP archive is read as the folder is, and no archive can do any harm."""

import io
import random
import shutil
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_BZIP2, ZIP_LZMA, ZIP_STORED, ZipInfo

import pytest

from service.intake.problems import Problem
from service.intake.project_folder import read_folder
from service.intake.project_workbook import read_workbook
from service.intake.zipped_folder import ENTRIES_MAX, UNPACKED_BYTES_MAX, read_zipped_folder
from tests.service.intake.books import pages_of, write_by_xlsxwriter
from tests.service.intake.variants import SEED, SEED_PLUS
from tests.service.intake.zips import (
    EMPTY_ENTRY,
    Entry,
    end_of_64_bits_elsewhere,
    end_with_another_in_it,
    files_of,
    link,
    plain_end,
    special,
    write_zip,
)

PLANTED = "Xénie Zbraslavská"
PEAK_BYTES_MAX = 3 * UNPACKED_BYTES_MAX


def told(path: Path) -> Problem:
    """The one thing that is said of an archive of which nothing is read."""
    intake = read_zipped_folder(path, encoding=None)
    assert intake.fatal
    assert intake.tables.keys()
    assert not any(intake.tables.values())
    [problem] = intake.problems
    assert problem.file == path.name
    return problem


@pytest.mark.parametrize("prefix", ["", "project/", "project\\"], ids=["top", "folder", "old"])
def test_the_same_is_read_as_of_the_folder(tmp_path: Path, prefix: str) -> None:
    path = write_zip(tmp_path / "project.zip", files_of(SEED_PLUS, prefix))
    read, expected = read_zipped_folder(path, encoding=None), read_folder(SEED_PLUS)
    assert read.problems == []
    assert read.tables == expected.tables
    assert read.project == expected.project
    assert read.source.files == expected.source.files  # so either continues what the other began
    assert any(read.tables.values())


def test_what_systems_and_people_add_is_left_alone(tmp_path: Path) -> None:
    beside: list[Entry] = [(f"__MACOSX/project/._{path.name}", b"x") for path in SEED.iterdir()]
    beside += [
        (ZipInfo("project/"), b""),
        ("__MACOSX/budget.csv", b"x"),
        ("project/.DS_Store", b"x"),
        (f"project/{PLANTED}.docx", b"x"),
        ("project/notes/older/budget.xlsx", b"x"),
    ]
    path = write_zip(tmp_path / "project.zip", [*beside, *files_of(SEED, "project/")])
    assert read_zipped_folder(path, encoding=None).problems == []


def test_a_file_that_is_missing_or_in_another_encoding_is_told_as_of_a_folder(
    tmp_path: Path,
) -> None:
    folder = Path(shutil.copytree(SEED, tmp_path / "project"))
    (folder / "sd3.csv").unlink()
    budget = folder / "budget.csv"
    budget.write_bytes(budget.read_text(encoding="utf-8").encode("windows-1250"))
    path = write_zip(tmp_path / "project.zip", files_of(folder))
    for encoding in (None, "windows-1250"):
        read = read_zipped_folder(path, encoding=encoding)
        assert read.problems == read_folder(folder, encoding=encoding).problems
        assert "sd3.csv" in [one.file for one in read.problems]


HOSTILE: dict[str, tuple[list[Entry], str]] = {
    "up": ([("../budget.csv", b"x")], "leads out"),
    "up in the middle": ([("project/../../budget.csv", b"x")], "leads out"),
    "up with backslashes": ([("..\\budget.csv", b"x")], "leads out"),
    "from the root": ([("/etc/passwd", b"x")], "leads out"),
    "a drive": ([("C:\\budget.csv", b"x")], "leads out"),
    "a share": ([("\\\\host\\budget.csv", b"x")], "leads out"),
    "a link": ([(link("budget.csv"), b"/etc/passwd")], "a link"),
    "a device": ([(special("budget.csv", stat.S_IFCHR), b"")], "a device"),
    "a link beside": ([(link("notes"), b"/etc")], "a link"),
    "two of a name": ([("project.json", b"{}"), ("project.json", b"{}")], "two files"),
    "two notations": ([("p/budget.csv", b"x"), ("p\\budget.csv", b"x")], "two files"),
    "two places": ([("a/budget.csv", b"x"), ("project.json", b"{}")], "two places"),
    "too deep": ([("a/b/budget.csv", b"x")], "a folder of a folder"),
    "nothing": ([], "none of"),
    "only folders": ([(ZipInfo("project/"), b"")], "none of"),
    "other files": ([(f"{PLANTED}.csv", b"x")], "none of"),
    "too many": ([(f"{number}", b"") for number in range(ENTRIES_MAX + 1)], "entries"),
}


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HOSTILE)
def test_what_no_program_for_people_writes_is_refused(tmp_path: Path, name: str) -> None:
    entries, found = HOSTILE[name]
    before = {*tmp_path.iterdir()}
    path = write_zip(tmp_path / "project.zip", entries)
    problem = told(path)
    assert found in problem.found
    assert PLANTED not in str(problem)
    assert {*tmp_path.iterdir()} - before == {path}, "nothing is unpacked"


@pytest.mark.parametrize("compression", [ZIP_BZIP2, ZIP_LZMA])
def test_an_unusual_compression_is_refused(tmp_path: Path, compression: int) -> None:
    path = write_zip(tmp_path / "project.zip", files_of(SEED_PLUS), compression)
    assert "an unusual compression" in told(path).found


def test_a_password_is_told(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "project.zip", files_of(SEED_PLUS))
    data = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        data[data.index(signature) + flags] |= 1
    path.write_bytes(data)
    assert told(path).found == "an archive with a password"


def test_a_workbook_is_named_as_one(tmp_path: Path) -> None:
    path = tmp_path / "project.zip"
    write_by_xlsxwriter(pages_of(SEED_PLUS), path)
    assert told(path).found == "a workbook"


def test_names_that_are_not_utf_8_are_not_repeated(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "project.zip", [("aa.csv", b"x"), *files_of(SEED_PLUS)])
    path.write_bytes(path.read_bytes().replace(b"aa.csv", b"\xe8\xec.csv"))
    assert read_zipped_folder(path, encoding=None).problems == []
    alone = write_zip(tmp_path / "alone.zip", [("aa.csv", b"x")])
    alone.write_bytes(alone.read_bytes().replace(b"aa.csv", b"\xe8\xec.csv"))
    assert "none of" in told(alone).found


def test_a_name_that_ends_early_for_others_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "project.zip", [("budget.csv_x", b"x")])
    path.write_bytes(path.read_bytes().replace(b"budget.csv_x", b"budget.csv\0x"))
    assert "leads out" in told(path).found


def test_a_name_that_is_another_one_in_the_directory_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "project.zip", files_of(SEED_PLUS))
    data = path.read_bytes()
    path.write_bytes(data.replace(b"budget.csv", b"fudget.csv", 1))  # where the file itself begins
    assert "damaged" in told(path).found


def bomb(path: Path, stated: int | None = None) -> Path:
    """Ten times what is taken, in an archive of 200 kB; its directory may state another size."""
    write_zip(path, [("budget.csv", bytes(10 * UNPACKED_BYTES_MAX))])
    if stated is not None:
        data = bytearray(path.read_bytes())
        struct.pack_into("<L", data, data.index(b"PK\1\2") + 24, stated)
        path.write_bytes(data)
    return path


@pytest.mark.parametrize("stated", [None, 1000, UNPACKED_BYTES_MAX], ids=["as is", "less", "most"])
def test_a_bomb_ends_in_a_sentence_and_in_bounded_memory(
    tmp_path: Path, stated: int | None
) -> None:
    path = bomb(tmp_path / "project.zip", stated)
    assert path.stat().st_size < 500_000
    tracemalloc.start()
    try:
        problem = told(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "too large" in problem.found or "damaged" in problem.found
    assert peak < PEAK_BYTES_MAX


def test_many_files_that_share_their_bytes_are_counted_each(tmp_path: Path) -> None:
    half = bytes(UNPACKED_BYTES_MAX // 2)
    path = write_zip(
        tmp_path / "project.zip",
        [(name, half) for name in ("budget.csv", "sd1.csv", "sd2.csv")],
    )
    assert "too large" in told(path).found


def test_a_directory_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "project.zip", files_of(SEED_PLUS))
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, data.rindex(b"PK\5\6") + 12, 2**31)
    path.write_bytes(data)
    assert "damaged" in told(path).found


@pytest.mark.parametrize("hidden", [plain_end, end_with_another_in_it, end_of_64_bits_elsewhere])
def test_a_large_directory_is_not_read_wherever_its_size_is_said(
    tmp_path: Path, hidden: Callable[[int], bytes]
) -> None:
    fitting, large = tmp_path / "fitting.zip", tmp_path / "large.zip"
    for path, entries in ((fitting, 2_000), (large, 200_000)):
        directory = EMPTY_ENTRY * entries
        path.write_bytes(directory + hidden(len(directory)))
    assert told(fitting).found == "2000 entries", "control: zipfile finds it"
    tracemalloc.start()
    try:
        problems = [told(large), read_workbook(large).problems[0]]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert ["too large" in problem.found for problem in problems] == [True, True]
    assert peak < 10_000_000


@pytest.mark.parametrize("left", [0, 3, 21, 22, 1000, -1, -22, -100])
def test_an_archive_that_was_cut_off_is_told(tmp_path: Path, left: int) -> None:
    path = write_zip(tmp_path / "project.zip", files_of(SEED_PLUS))
    path.write_bytes(path.read_bytes()[:left])
    assert "damaged" in told(path).found


def test_a_spoilt_byte_is_found_and_whatever_is_spoilt_ends_in_a_report(tmp_path: Path) -> None:
    whole = write_zip(tmp_path / "whole.zip", files_of(SEED_PLUS), ZIP_STORED).read_bytes()
    chance = random.Random(1)
    found = 0
    for number in range(300):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 1, 3, 30])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path = tmp_path / f"{number}.zip"
        path.write_bytes(data)
        problems = read_zipped_folder(path, encoding=None).problems
        found += bool(problems)
    assert found > 200  # the others hit what nobody reads: times, files beside


def test_control_the_same_bytes_without_a_checksum_would_be_read() -> None:
    """The archives above are what they say: zipfile itself opens and inflates the bomb."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../up", b"x")
        archive.writestr("zeros", bytes(10**7))
    with zipfile.ZipFile(made) as archive:
        assert archive.namelist() == ["../up", "zeros"]
        assert len(archive.read("zeros")) == 10**7
        assert zlib.crc32(archive.read("../up"))
