"""Workbooks spoilt in every way by chance: bytes, archive, XML, cells and their types.

Run as a program it reads many of them and says its peak memory: `FIRST COUNT FOLDER`.
"""

import random
import re
import sys
import zipfile
from collections import Counter
from pathlib import Path

from service.intake.problems import sentence
from service.intake.project_workbook import read_workbook
from tests.service.intake.books import pages_of, write_by_openpyxl, write_by_xlsxwriter
from tests.service.intake.variants import SEED_PLUS

TYPES = ("s", "str", "inlineStr", "b", "e", "d", "n", "x", "")
VALUES = (
    *("", "-1", "1e308", "1e999", "nan", "99999999999999999999", "0.30000000000000004", "#N/A"),
    *("Jana Nováková", "1,234", "EXAMPLE", "TRUE", "\u00a0", "2016-02-30", "&#0;", "&amp;", "60"),
)
REFERENCES = ("XFD1048576", "A0", "A1", "ZZZ1", "a1", "1A", "", "B2", "AAAA1")
JUNK = (
    "<c/>",
    "<row>",
    "</row>",
    "<c r='A1'>",
    "]]>",
    "<!--",
    "&x;",
    "<v>",
    "\x01",
    "<f>",
    "<?x?>",
)


def spoilt(number: int, source: Path, target: Path) -> Path:
    """The workbook number `number`: the same one each time."""
    chance = random.Random(number)
    with zipfile.ZipFile(source) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    for _ in range(chance.choice([1, 1, 2, 5])):
        chance.choice([_spoil_archive, _spoil_xml, *[_spoil_cells] * 4])(chance, parts)
    kind = chance.choice([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
    with zipfile.ZipFile(target, "w", kind) as new:
        for name, data in parts.items():
            new.writestr(name, data)
    if chance.random() < 0.15:
        target.write_bytes(_spoil_bytes(chance, bytearray(target.read_bytes())))
    return target


def _spoil_archive(chance: random.Random, parts: dict[str, bytes]) -> None:
    name, other = chance.choice(list(parts)), chance.choice(list(parts))
    match chance.randrange(5):
        case 0:
            del parts[name]
        case 1:
            parts[name] = parts[other]
        case 2:
            parts[chance.choice(["../x", "/", "xl", "a\\b", "XL/WORKBOOK.XML"])] = parts.pop(name)
        case 3:
            parts[name] = b""
        case _:
            parts[name] = parts[name].decode("utf-8", "replace").encode("utf-16")


def _spoil_xml(chance: random.Random, parts: dict[str, bytes]) -> None:
    name = chance.choice(list(parts))
    text = parts[name].decode("utf-8", "replace")
    at, length = chance.randrange(len(text) + 1), chance.choice([0, 1, 10, 500])
    junk = chance.choice([*JUNK, "", text[at : at + 300]])
    parts[name] = (text[:at] + junk + text[at + length :]).encode("utf-8", "replace")


def _spoil_cells(chance: random.Random, parts: dict[str, bytes]) -> None:
    sheets = [name for name in parts if "sheet" in name.casefold()]
    if not sheets:
        return
    name = chance.choice(sheets)
    text = parts[name].decode("utf-8", "replace")
    values = r"<v>[^<]*</v>", lambda: f"<v>{chance.choice(VALUES)}</v>"
    what = chance.choice(
        [
            values,
            values,
            values,
            (r' t="[a-zA-Z]*"', lambda: f' t="{chance.choice(TYPES)}"'),
            (r' r="[A-Z0-9]*"', lambda: f' r="{chance.choice(REFERENCES)}"'),
            (r' s="[0-9]*"', lambda: f' s="{chance.choice([0, 1, 2, 999])}"'),
            (r"</?[a-z]+", lambda: chance.choice(["<row", "<c", "</c", "<is", "<mergeCell"])),
        ]
    )
    places = list(re.finditer(what[0], text))
    for found in reversed(chance.sample(places, min(len(places), chance.choice([1, 3, 30])))):
        text = text[: found.start()] + what[1]() + text[found.end() :]
    parts[name] = text.encode("utf-8", "replace")


def _spoil_bytes(chance: random.Random, data: bytearray) -> bytes:
    for _ in range(chance.choice([1, 3, 50])):
        at = chance.randrange(len(data) + 1)
        data[at : at + chance.choice([0, 1, 100])] = chance.randbytes(chance.choice([0, 1, 4]))
    return bytes(data[: chance.choice([len(data), len(data), chance.randrange(len(data) + 1)])])


def sources(folder: Path) -> list[Path]:
    """The second seed by two libraries, with texts in a part and in the cells."""
    pages = pages_of(SEED_PLUS)
    return [
        write_by_xlsxwriter(pages, folder / "by-xlsxwriter.xlsx"),
        write_by_openpyxl(pages, folder / "by-openpyxl.xlsx"),
    ]


def main() -> None:
    """Reads them, and prints how many were read without a problem and the peak in MB."""
    first, count, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    whole = sources(folder)
    said: Counter[str] = Counter()
    for number in range(first, first + count):
        intake = read_workbook(spoilt(number, whole[number % 2], folder / "spoilt.xlsx"))
        for name, rows in intake.good.items():
            assert {row.row_number for row in rows}.isdisjoint(intake.refused[name])
        assert not any("Nováková" in sentence(problem) for problem in intake.problems)
        assert (intake.project is None) <= bool(intake.problems)
        said["clean" if not intake.problems else "fatal" if intake.fatal else "told"] += 1
    print(*(said[one] for one in ("clean", "told", "fatal")), peak_mb())


def peak_mb() -> int:
    """The most memory that this process had; that of its parent before it began is not its own."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+([0-9]+) kB", status)
    assert found is not None
    return int(found[1]) // 1024


if __name__ == "__main__":
    main()
