"""A project whose persons and suppliers bear planted words, and the search for them.

Every planted word holds MARKER, so that one search finds them all, in any encoding, also when only
a part of a name came through; every planted birth date lies in the 1920s.
"""

import base64
import csv
import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path

from tests.multiplied import SEED

MARKER = "qzxjvkwh"
NAMES = {
    "participants.csv": ("first_name", "last_name", "municipality"),
    "sd1.csv": ("supplier_name",),
    "sd2.csv": ("first_name", "last_name"),
    "sd3.csv": ("traveller",),
}
# Columns of rows that cannot be understood: the planted word stands where it does not belong.
MISPLACED = {
    "participants.csv": ("id", "birth_date", "sex", "entry_date", "disadvantage", "exit_situation"),
    "attendance.csv": ("participant_id", "activity_id", "date", "hours"),
    "sd1.csv": ("id", "budget_item", "supplier_ico", "issued_on", "currency", "vat", "corrects"),
    "sd2.csv": ("id", "budget_item", "contract", "month", "gross_wage", "fte", "paid_on"),
    "sd3.csv": ("id", "activity_id", "country", "departed_at", "fare_czk", "exchange_rate"),
    "helpdesk-contacts.csv": ("client_code", "channel", "minutes"),
    "questionnaires.csv": ("activity_id", "content_1_5", "language"),
    "decisions.csv": ("claim", "document_id", "reduction_czk"),
    "outputs.csv": ("kind", "written_on", "counts_for_documents_indicator"),
    "claims.csv": ("claim", "kind", "paid_amount_czk"),
}
FIRST_BIRTH = date(1920, 1, 1)
Rows = list[dict[str, str]]


@dataclass
class Planted:
    """The words and dates that were planted in rows that are recorded."""

    kept: set[str] = field(default_factory=set[str])
    numbers: Iterator[int] = field(default_factory=count)

    def word(self, *, keep: bool = True) -> str:
        """A new word, with letters of two alphabets at its ends."""
        number = next(self.numbers)
        letters = "".join("abcdefghij"[int(digit)] for digit in f"{number:05}")
        word = f"Ž{MARKER}{letters}ř"
        if keep:
            self.kept.add(word)
        return word

    def birth(self) -> str:
        """A new birth date."""
        day = (FIRST_BIRTH + timedelta(days=next(self.numbers) % 3600)).isoformat()
        self.kept.add(day)
        return day


def planted_folder(target: Path, planted: Planted) -> Path:
    """The seed with planted names in every row that holds a person or supplier."""
    shutil.copytree(SEED, target)
    for file, columns in NAMES.items():
        edit(target / file, lambda rows, columns=columns: _plant(rows, columns, planted))
    return target


def add_bad_rows(folder: Path, planted: Planted) -> int:
    """Rows with a planted word in a wrong column, shifted by a column, recorded before."""
    added = count()

    def spoil(rows: Rows, columns: tuple[str, ...]) -> None:
        for column in columns:
            bad = {**rows[0], **_new_id(rows[0], next(added)), column: planted.word(keep=False)}
            rows.append(bad)
        names = list(rows[0])
        shifted = [planted.word(keep=False), *list(rows[1].values())[:-1]]
        rows.append(dict(zip(names, shifted, strict=True)))
        next(added)

    for file, columns in MISPLACED.items():
        edit(folder / file, lambda rows, columns=columns: spoil(rows, columns))
    edit(folder / "participants.csv", lambda rows: rows.append({**rows[0], "id": "P99999"}))
    return next(added) + 1


def _new_id(row: dict[str, str], number: int) -> dict[str, str]:
    return {"id": f"X{number:05}"} if "id" in row else {}


def _plant(rows: Rows, columns: tuple[str, ...], planted: Planted) -> None:
    for row in rows:
        for column in columns:
            if row[column]:
                row[column] = planted.word()
        if row.get("birth_date"):
            row["birth_date"] = planted.birth()


def edit(path: Path, change: Callable[[Rows], None]) -> None:
    """Changes the rows of a table in place."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = list(rows[0])
    change(rows)
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(written.getvalue(), encoding="utf-8")


def _in_base64(word: bytes) -> list[bytes]:
    """The word within base64 at each of its three alignments, without what its neighbours share."""
    forms: list[bytes] = []
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + word)
        first = (before * 8 + 5) // 6
        last = (before + len(word)) * 8 // 6
        forms.append(whole[first:last])
    return forms


WORDS = {
    "text": MARKER.encode(),
    "hex": MARKER.encode().hex().encode(),
    "utf-16-le": MARKER.encode("utf-16-le"),
    "utf-16-be": MARKER.encode("utf-16-be"),
}
DATES = {
    "birth date": re.compile(rb"192\d-[01]\d-[0-3]\d"),
    "birth date in hex": re.compile(rb"3139323\d2d3[01]3\d2d3[0-3]3\d"),
    "Czech birth date": re.compile(rb"(?<![\d.])[0-3]?\d\.[01]?\d\.192\d(?!\d)"),
}
FORMS = {*WORDS, *DATES, "base64"}


def found_in(data: bytes) -> set[str]:
    """The forms in which something planted occurs."""
    lower = data.lower()
    found = {form for form, word in WORDS.items() if word in lower}
    if any(form in data for form in _in_base64(MARKER.encode())):
        found.add("base64")
    if b"192" in lower or b"313932" in lower:
        found |= {form for form, pattern in DATES.items() if pattern.search(lower)}
    return found
