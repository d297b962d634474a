"""A second project of the organisation with the same people, months and exchange rates."""

import csv
from pathlib import Path
from shutil import copytree

from tests.end_to_end.running import SEED


def other_project(folder: Path) -> Path:
    """The seed project under another number: the rates of the organisation are in both files."""
    copytree(SEED, folder)
    act = folder / "project.json"
    act.write_text(act.read_text("utf-8").replace("0000850", "0000851"), "utf-8")
    documents = folder / "sd1.csv"  # invoices of its own, or each would be there twice
    kept = list(csv.DictReader(documents.read_text("utf-8").splitlines()))
    with documents.open("w", encoding="utf-8", newline="") as written:
        table = csv.DictWriter(written, kept[0])
        table.writeheader()
        for row in kept:
            number = row["supplier_document_number"]
            table.writerow(row | {"supplier_document_number": f"B{number}"})
    return folder
