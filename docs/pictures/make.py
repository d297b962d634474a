"""Renders the pictures of the documentation: `make pictures` (needs pdftoppm and Chromium).

Everything is made from the seed project as of a day after its end, so the pictures change only
when what they show does.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from docs.pictures.page import page_picture
from service.wording.wording import LANGUAGES, Language, Wording
from tests.end_to_end.running import SEED
from tests.service.cli.running import NUMBER

FOLDER = Path(__file__).parent
DAY = "2018-12-31"
DPI = 72
SECTIONS = ("indicators", "budget", "participants")  # and the cover


def grantledger(home: Path, *arguments: str) -> None:
    """Runs the program in a home of its own."""
    environment = {**os.environ, "GRANTLEDGER_HOME": str(home)}
    command = [sys.executable, "-m", "service", *arguments]
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def report_pages(home: Path, work: Path, language: Language) -> None:
    """The cover and the first pages of some sections of the report."""
    folder = work / language
    order = ["--project", NUMBER, "--as-of", DAY, "--language", language, "--to", str(folder)]
    grantledger(home, "export", "report", *order)
    [pdf] = folder.iterdir()
    text = subprocess.run(
        ["pdftotext", "-layout", pdf, "-"], capture_output=True, text=True, check=True
    )
    pages = text.stdout.split("\f")
    wanted = {"cover": 1}
    for section in SECTIONS:
        title = Wording(language).text(f"report.{section}.title")
        lines = [
            {line.strip().lstrip("0123456789 ") for line in page.split("\n")} for page in pages
        ]
        wanted[section] = next(n for n, page in enumerate(lines[1:], 2) if title in page)
    for name, number in wanted.items():
        target = FOLDER / f"report-{name}-{language}"
        page = ["-f", str(number), "-l", str(number)]
        command = ["pdftoppm", "-png", "-singlefile", "-r", str(DPI), *page, pdf, target]
        subprocess.run(command, check=True)


def main() -> None:
    with tempfile.TemporaryDirectory() as work:
        home = Path(work) / "home"
        Path(work).chmod(0o755)
        grantledger(home, "import", "project", str(SEED))
        for language in LANGUAGES:
            report_pages(home, Path(work), language)
        page_picture(home, FOLDER / "page.png")


if __name__ == "__main__":
    main()
