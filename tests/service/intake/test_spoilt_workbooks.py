"""Whatever a workbook holds, reading ends with rows or problems, in bounded memory."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from python_calamine import load_workbook

from service.intake.project_workbook import read_workbook
from service.intake.xlsx.package import FILE_BYTES_MAX
from service.intake.xlsx.sheet import CELLS_MAX
from tests.service.intake.books import pages_of, write_by_xlsxwriter
from tests.service.intake.spoilt_books import sources, spoilt
from tests.service.intake.variants import SEED_PLUS

ROOT = Path(__file__).parents[3]
PEAK_MB_MAX = 150
PEAK_MB_OF_THE_LARGEST_MAX = 900
PLANNED = 150


def read_in_a_process(first: int, count: int, folder: Path) -> tuple[int, int, int, int]:
    """How many were clean, told and fatal, and the peak memory in MB."""
    module = "tests.service.intake.spoilt_books"
    command = [sys.executable, "-m", module, str(first), str(count), str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    clean, told, fatal, peak = map(int, done.stdout.split())
    print(f"{count} workbooks: {clean} clean, {told} told, {fatal} fatal; peak {peak} MB")
    return clean, told, fatal, peak


def read_alone(path: Path) -> tuple[int, int]:
    """How many problems a workbook has, and the peak memory in MB of a process that reads it."""
    program = (
        "import sys; from pathlib import Path;"
        "from service.intake.project_workbook import read_workbook as read;"
        "from tests.service.intake.spoilt_books import peak_mb;"
        "print(len(read(Path(sys.argv[1])).problems), peak_mb())"
    )
    command = [sys.executable, "-c", program, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    problems, peak = map(int, done.stdout.split())
    print(f"{path.name}: {problems} problems, peak {peak} MB")
    return problems, peak


def test_spoilt_workbooks_end_in_a_report(tmp_path: Path) -> None:
    clean, told, fatal, peak = read_in_a_process(0, PLANNED, tmp_path)
    assert clean + told + fatal == PLANNED
    assert min(clean, told, fatal) > PLANNED // 50  # the spoiling reaches every depth
    assert peak < PEAK_MB_MAX


@pytest.mark.long
def test_a_thousand_spoilt_workbooks_end_in_a_report(tmp_path: Path) -> None:
    clean, told, fatal, peak = read_in_a_process(PLANNED, 1000, tmp_path)
    assert clean + told + fatal == 1000
    assert peak < PEAK_MB_MAX


def test_control_a_spoilt_workbook_is_another_file_and_often_unreadable_elsewhere(
    tmp_path: Path,
) -> None:
    """The same files make a plain reader fail, so that ours is not spared."""
    whole = sources(tmp_path)
    failed = 0
    for number in range(40):
        path = spoilt(number, whole[number % 2], tmp_path / f"{number}.xlsx")
        assert path.read_bytes() != whole[number % 2].read_bytes()
        try:
            with path.open("rb") as file:
                load_workbook(file)
        except Exception:  # noqa: BLE001 whatever it is
            failed += 1
    assert failed > 5


@pytest.mark.parametrize(
    "filler",
    [
        b"<c r='A3'>" * 200_000,
        b"<row " + b" ".join(b"a%d='1'" % n for n in range(300_000)),
        b"<!--" + b"x" * 30_000_000,
        b"<x/>" * 1_000_000,
        b"<row r='3'><c r='A3' t='inlineStr'><is><t>" + b"x" * 30_000_000,
    ],
    ids=["deep", "attributes", "comment", "elements", "text"],
)
def test_a_sheet_made_to_fill_memory_does_not(tmp_path: Path, filler: bytes) -> None:
    """Each within the limits of the archive; the process that reads it says its peak."""
    source = sources(tmp_path)[0]
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(tmp_path / "full.xlsx", "w", 8) as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/worksheets/sheet2.xml":
                data = data.replace(b"<sheetData>", b"<sheetData>" + filler)
            new.writestr(name, data)
    _, peak = read_alone(tmp_path / "full.xlsx")
    assert peak < PEAK_MB_MAX


@pytest.mark.parametrize(
    ("part", "start", "filler"),
    [
        ("xl/styles.xml", b"<cellXfs", b"<cellXfs><xf/></cellXfs>" * 400_000),
        ("xl/_rels/workbook.xml.rels", b"<Relationship ", b"<Relationship Id='%d'/>"),
        ("xl/sharedStrings.xml", b"<si>", b"<si/>" * 300_000),
    ],
    ids=["styles", "relations", "texts"],
)
def test_a_part_made_to_fill_memory_does_not(
    tmp_path: Path, part: str, start: bytes, filler: bytes
) -> None:
    if b"%d" in filler:
        filler = b"".join(filler % number for number in range(300_000))
    with (
        zipfile.ZipFile(sources(tmp_path)[0]) as old,
        zipfile.ZipFile(tmp_path / "full.xlsx", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(start, filler + start, 1) if name == part else data)
    problems, peak = read_alone(tmp_path / "full.xlsx")
    assert problems
    assert peak < PEAK_MB_MAX


def test_an_archive_of_very_many_parts_is_refused_before_its_directory_is_read(
    tmp_path: Path,
) -> None:
    path = tmp_path / "many.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(70_000):  # more than fit into a directory without 64-bit sizes
            archive.writestr(str(number), b"")
    assert path.stat().st_size < FILE_BYTES_MAX
    problems, peak = read_alone(path)
    assert problems
    assert "too large" in read_workbook(path).problems[0].found
    assert peak < PEAK_MB_MAX


@pytest.mark.long
def test_the_largest_workbook_is_read_and_a_larger_one_refused(tmp_path: Path) -> None:
    """A million cells; the peak is that of the typed rows, which the import holds anyway."""
    pages = pages_of(SEED_PLUS)
    contacts = pages.sheets["helpdesk-contacts"]
    others = sum(cell is not None for rows in pages.sheets.values() for row in rows for cell in row)
    first = contacts[1]
    contacts += [[f"C{1000 + n}", *first[1:]] for n in range((CELLS_MAX - others) // len(first))]
    path = write_by_xlsxwriter(pages, tmp_path / "largest.xlsx")
    assert path.stat().st_size < FILE_BYTES_MAX
    problems, peak = read_alone(path)
    assert problems == 0
    assert peak < PEAK_MB_OF_THE_LARGEST_MAX
    contacts += contacts[1:3]
    larger = write_by_xlsxwriter(pages, tmp_path / "larger.xlsx")
    assert read_workbook(larger).problems[0].found == "more than 1,000,000 cells"
