"""Writes a project's folder the way other spreadsheets write it: the same content, other cells.

Which columns hold what is listed here by hand, so that the reading side is not asked what it
would like to read.
"""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

SEED = Path(__file__).parents[3] / "service" / "demo_data" / "seed-project"
SEED_PLUS = Path(__file__).parents[2] / "data" / "seed-project-plus"
AMOUNTS = frozenset(
    {
        *("unit_price", "total", "amount_without_vat", "vat", "amount_total", "amount_czk"),
        *("gross_wage", "other_with_contributions", "other_without_contributions"),
        *("employer_contributions", "fare_czk", "accommodation_czk", "meal_allowance_czk"),
        *("reduction_czk", "paid_amount_czk", "count"),
    }
)
DECIMALS = frozenset(
    {
        *("hours", "working_time_fund_hours", "project_hours", "fte", "exchange_rate"),
        "rate_czk",
    }
)
FLAGS = frozenset({"purchased_service", "electronic", "counts_for_documents_indicator"})
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}))?")


@dataclass(frozen=True)
class Variant:
    """How the files are written; the defaults are a Czech spreadsheet's."""

    separator: str = ";"
    bom: bool = True
    decimal_comma: bool = True
    czech_days: bool = True
    thousands: str = "\u00a0"
    czech_flags: bool = True
    quote_all: bool = False
    line_end: str = "\r\n"
    encoding: str = "utf-8"


AS_THE_SEED = Variant(
    separator=",",
    bom=False,
    decimal_comma=False,
    czech_days=False,
    thousands="",
    czech_flags=False,
    line_end="\n",
)


def write_variant(source: Path, target: Path, variant: Variant = Variant()) -> Path:
    """Writes the folder `source` to `target` in the variant; returns `target`."""
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(source.iterdir()):
        if path.suffix == ".csv":
            with path.open(encoding="utf-8", newline="") as file:
                rows = [row for row in csv.reader(file) if row]
            (target / path.name).write_bytes(encoded(rows, variant))
        elif path.name == "project.json":
            text = path.read_text(encoding="utf-8")
            (target / path.name).write_bytes(text.encode(variant.encoding))
    return target


def encoded(rows: list[list[str]], variant: Variant) -> bytes:
    """The bytes of a table, given as its header and rows of the seed's notation."""
    lines: list[str] = []

    class Lines:
        def write(self, line: str) -> None:
            lines.append(line)

    quoting = csv.QUOTE_ALL if variant.quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(
        Lines(), delimiter=variant.separator, lineterminator=variant.line_end, quoting=quoting
    )
    header = rows[0]
    writer.writerow(header)
    for row in rows[1:]:
        writer.writerow(_cells(header, row, variant))
    mark = "\ufeff" if variant.bom and variant.encoding == "utf-8" else ""
    return (mark + "".join(lines)).encode(variant.encoding)


def _cells(header: list[str], row: list[str], variant: Variant) -> Iterator[str]:
    for name, cell in zip(header, row, strict=True):
        if name in AMOUNTS or name in DECIMALS:
            yield _number(cell, variant, variant.thousands if name in AMOUNTS else "")
        elif name in FLAGS and variant.czech_flags:
            yield {"yes": "ANO", "no": "Ne"}[cell]
        elif variant.czech_days and (found := DAY.fullmatch(cell)):
            yield _czech_day(found)
        else:
            yield cell


def _number(cell: str, variant: Variant, thousands: str) -> str:
    sign, digits = ("-", cell[1:]) if cell.startswith("-") else ("", cell)
    whole, point, decimals = digits.partition(".")
    if thousands and whole:
        whole = f"{int(whole):,}".replace(",", thousands)
    return sign + whole + ("," if point and variant.decimal_comma else point) + decimals


def _czech_day(found: re.Match[str]) -> str:
    day = date.fromisoformat(found[1])
    written = f"{day.day}.{day.month}.{day.year}"
    return f"{written} {found[2]}" if found[2] else written
