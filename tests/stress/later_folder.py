"""A folder of which hundreds of rows changed since it was imported: of every kind, no claim."""

import shutil
from pathlib import Path

from tests.stress.planted import Rows, edit

REASON = "the file was corrected"


def without_claims(source: Path, target: Path) -> Path:
    """A copy whose documents no claim holds."""
    folder = Path(shutil.copytree(source, target))
    for name in ("claims.csv", "decisions.csv"):
        header = (folder / name).read_text(encoding="utf-8").splitlines()[0]
        (folder / name).write_text(f"{header}\n", encoding="utf-8")
    return folder


def changed_later(source: Path, target: Path) -> tuple[Path, int]:
    """A copy with changed rows, and how many."""
    folder = Path(shutil.copytree(source, target))
    counts: list[int] = []

    def every(column: str, old: str, new: str) -> None:
        def change(rows: Rows) -> None:
            found = [row for row in rows if row[column] == old]
            counts.append(len(found))
            for row in found:
                row[column] = new

        edit(folder / FILES[column], change)

    every("sex", "POHZENY", "POHMUZI")
    every("language", "cs", "vi")
    every("channel", "phone", "email")
    every("contract", "DPC", "Smlouva")
    every("name_cs", "Online helpdesk", "Helpdesk")
    edit(folder / "attendance.csv", lambda rows: counts.append(_halve(rows)))
    return folder, sum(counts)


FILES = {
    "sex": "participants.csv",
    "language": "questionnaires.csv",
    "channel": "helpdesk-contacts.csv",
    "contract": "sd2.csv",
    "name_cs": "activities.csv",
}


def _halve(rows: Rows) -> int:
    for row in rows:
        row["hours"] = "1.25"
    return len(rows)
