"""Reports of the seed projects as PDF, and their text as poppler extracts it.

Run as a program it writes reports in a process of its own:
`python -m tests.service.exchange.report.made FOLDER APP_URL PROJECTOR_URL TENANT PROJECT …`.
"""

import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import UUID

from service.composition import Services
from service.exchange.export import Export, Order
from service.exchange.making import make_export
from service.exchange.report.report import REPORT
from service.programmes import Programmes
from service.reports import Point
from service.settings import Settings
from service.store import keys
from service.store.database import open_pool
from service.store.urls import Urls
from service.store.vault import Vault
from service.wording.wording import LANGUAGES, Language, Wording
from tests.end_to_end.running import ACTOR, Imported

DAY = date(2026, 1, 31)
MONEY = {"cs": r"[−-]?\d{1,3}(?: \d{3})*,\d{2}", "en": r"[−-]?\d{1,3}(?:,\d{3})*\.\d{2}"}


@dataclass(frozen=True)
class Made:
    """A report of a project in a language."""

    project: Imported
    language: Language
    path: Path
    export: Export
    text: str

    @property
    def wording(self) -> Wording:
        return Wording(self.language)

    @cached_property
    def figures(self) -> dict[str, Any]:
        return self.project.figures(as_of=DAY)

    def table(self, title: str) -> list[str]:
        """The lines between a table's caption and the next caption, heading or page's end."""
        caption = self.wording.text(f"report.{title}")
        found = re.search(rf"(?:Tabulka|Table) \d+\s+{re.escape(caption)}", self.text)
        assert found is not None, caption
        rest = self.text[found.end() :]
        end = re.search(
            r"\n\s*(?:Tabulka|Table|Graf|Chart) \d+\s|\f|\n\s*CZ\.\d|\n\s*\d+ [A-ZÚŽ]\w", rest
        )
        return [line.strip() for line in rest[: end.start() if end else None].split("\n")]

    def line(self, title: str, start: str) -> str:
        """The one line of a table that begins with these words."""
        lines = self.table(title)
        found = [line for line in lines if " ".join([*line.split(), ""]).startswith(f"{start} ")]
        assert len(found) == 1, (title, start, lines)
        return found[0]

    def amounts(self, line: str) -> list[str]:
        """The amounts of money in a line, written as the figures have them."""
        found = re.findall(MONEY[self.language], line)
        group, point = ((" ", ","), (",", "."))[self.language == "en"]
        return [
            one.replace("−", "-").replace(group, "").replace(point, ".").replace("-0.00", "0.00")
            for one in found
        ]

    def counts(self, line: str) -> list[int]:
        """The whole numbers that end a line."""
        found = re.search(r"(?: \d+)+$", " ".join(["", *line.split()]))
        return [int(one) for one in found[0].split()] if found else []


def made_in(folder: Path, project: Imported, language: Language) -> Made:
    """The report as of a day long after the projects' ends."""
    export = write(project.services, project.tenant, project.project, language, folder)
    path = folder / export.files[0].name
    return Made(project, language, path, export, text_of(path))


def write(
    services: Services, tenant: UUID, project: UUID, language: Language, folder: Path
) -> Export:
    order = Order(project, ACTOR, Point(as_of=DAY), language=language)
    return make_export(services, tenant, REPORT, order, folder)


def text_of(path: Path) -> str:
    command = ["pdftotext", "-layout", str(path), "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def total(values: list[str]) -> str:
    return f"{sum(map(Decimal, values), Decimal('0.00')):.2f}"


def main(folder: Path, urls: Urls, projects: list[tuple[UUID, UUID]]) -> None:
    settings = Settings(folder, urls.app, urls.projector, None, folder / "key")
    with open_pool(urls.app, 2) as pool:
        vault = Vault(pool, keys.new_key())  # a report reads no person
        services = Services(settings, urls, pool, vault, Programmes())
        for tenant, project in projects:
            for language in LANGUAGES:
                write(services, tenant, project, language, folder)


if __name__ == "__main__":
    ids = [UUID(one) for one in sys.argv[4:]]
    main(
        Path(sys.argv[1]),
        Urls(sys.argv[2], sys.argv[3], None),
        list(zip(ids[::2], ids[1::2], strict=True)),
    )
