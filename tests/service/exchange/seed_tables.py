"""A project's own tables, read and reckoned without the program, by sections 3 and 4 of the seed's
README; what an export must hold follows from them alone."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

Row = Mapping[str, str]
LISTS = {"sd1.csv": "SD-1", "sd2.csv": "SD-2", "sd3.csv": "SD-3"}


@dataclass(frozen=True)
class Tables:
    """The tables of a folder."""

    folder: Path

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @cached_property
    def project(self) -> dict[str, Any]:
        return json.loads((self.folder / "project.json").read_text(encoding="utf-8"))

    @cached_property
    def expected(self) -> dict[str, Any]:
        return json.loads((self.folder / "expected.json").read_text(encoding="utf-8"))

    def clean(self, name: str) -> list[dict[str, str]]:
        """The rows of a list of documents that have no finding."""
        return [row for row in self.rows(name) if row["id"] not in self.expected["findings"]]

    def claim_of(self, paid_on: str) -> int:
        """The claim that takes a payment: of the period that holds it, the last until it is due."""
        periods = self.project["periods"]
        last = periods[-1]
        ends = [(one["end"] if one is not last else one["report_due"]) for one in periods]
        return next(n for n, end in enumerate(ends, start=2) if paid_on <= end)

    def work(self, claim: int | None = None) -> dict[str, dict[str, str]]:
        """The work records without a finding by id, of a claim or of the project."""
        rows = self.clean("sd2.csv")
        return {
            row["id"]: row
            for row in rows
            if claim is None or self.claim_of(row["paid_on"]) == claim
        }

    def declared(self, claim: int, name: str) -> Decimal:
        """What a claim declares of a list."""
        amounts = (
            Decimal(row["amount_czk"])
            for row in self.clean(name)
            if self.claim_of(row["paid_on"]) == claim
        )
        return sum(amounts, Decimal("0.00"))
