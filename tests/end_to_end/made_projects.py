"""A strategy for small projects as folders of spreadsheets, with the awkward rows on purpose.

Rows are consistent, as the import demands (totals add up, attendance within its activity), but
break every grant rule, sit on both sides of every threshold and fall on the edges of periods.
"""

import csv
import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from tests.end_to_end import made_people, made_spending
from tests.end_to_end.made_values import (
    Draw,
    Frame,
    Row,
    cents,
    days_around,
    frames,
    money,
    sampled,
)
from tests.end_to_end.recount import Recount
from tests.end_to_end.running import SEED

FLAT_RATES = {"direct-indirect-25": "0.25", "flat-40": "0.40"}
LISTS = ("SD-1", "SD-2", "SD-3")


@dataclass(frozen=True)
class Made:
    """A made project; `reductions` choose a claim's line and the part of it that is taken off."""

    act: dict[str, Any]
    tables: dict[str, list[Row]]
    reductions: list[tuple[int, int]]
    days: list[date]

    def write(self, folder: Path) -> Path:
        """Writes the folder; a reduction needs to know which lines the claims take."""
        text = json.dumps(self.act, ensure_ascii=False)
        (folder / "project.json").write_text(text, encoding="utf-8")
        for path in SEED.glob("*.csv"):
            _write_table(folder, path.stem, self.tables.get(path.stem, []))
        _write_table(folder, "decisions", self._decisions(folder))
        return folder

    def _decisions(self, folder: Path) -> list[Row]:
        recount = Recount(folder)
        lines = [
            (row["claim"], line)
            for row in recount.decided
            for line in recount.lines[row["claim"]]
            if Decimal(line["amount_czk"]) > 0
        ]
        rows: dict[str, Row] = {}
        for choice, part in self.reductions if lines else []:
            claim, line = lines[choice % len(lines)]
            amount = int(Decimal(line["amount_czk"]) * 100)
            rows[line["id"]] = {
                "claim": claim,
                "document_id": line["id"],
                "reduction_czk": money(Decimal(min(amount, part)) / 100),
                "reason": "not documented",
            }
        return list(rows.values())


def _write_table(folder: Path, name: str, rows: list[Row]) -> None:
    with (SEED / f"{name}.csv").open(encoding="utf-8", newline="") as seed:
        columns = next(csv.reader(seed))
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


@st.composite
def made_projects(draw: Draw) -> Made:
    """Small projects of both programmes and both budget variants."""
    frame, variant = draw(frames()), sampled(draw, *FLAT_RATES)
    lists = LISTS if variant == "direct-indirect-25" else ("SD-2",)
    budget = [_item(draw, n, lists) for n in range(draw(st.integers(len(lists), 5)))]
    tables = {
        "budget": budget,
        "indicators": made_people.indicators(draw),
        "exchange-rates": made_spending.exchange_rates(draw, frame),
        "activities": made_people.activities(draw, frame),
        "outputs": made_people.outputs(draw, frame),
        "claims": made_spending.claims(draw, frame),
    }
    _add_people(draw, frame, tables)
    _add_spending(draw, frame, tables)
    choices = st.tuples(st.integers(0, 50), st.integers(1, 10_000_000))
    reductions = draw(st.lists(choices, max_size=4))
    days = draw(st.lists(days_around(frame), max_size=3))
    act = _act(draw, frame, variant, budget)
    return Made(act, tables, reductions, [max(day, frame.start) for day in days])


def _item(draw: Draw, number: int, lists: tuple[str, ...]) -> Row:
    price, count = draw(cents(1, 5_000_000)), draw(cents(1, 10_000))
    return {
        "code": f"1.1.{number + 1}",
        "name": "Položka",
        "unit": "piece",
        "unit_price": money(price),
        "count": money(count),
        "total": money(price * count),
        "evidence": lists[number % len(lists)],
        "purchased_service": sampled(draw, "yes", "no"),
    }


def _add_people(draw: Draw, frame: Frame, tables: dict[str, list[Row]]) -> None:
    activities = tables["activities"]
    people, attendance = made_people.participants(draw, frame, activities)
    tables |= {
        "participants": people,
        "attendance": attendance,
        "helpdesk-contacts": made_people.contacts(draw, activities),
        "questionnaires": made_people.questionnaires(draw, activities),
    }


def _add_spending(draw: Draw, frame: Frame, tables: dict[str, list[Row]]) -> None:
    items: dict[str, list[str]] = {}
    for item in tables["budget"]:
        items.setdefault(item["evidence"], []).append(item["code"])
    tables["sd2"] = made_spending.work_records(draw, frame, items["SD-2"])
    if "SD-1" in items:
        rates, activities = tables["exchange-rates"], tables["activities"]
        tables["sd1"] = made_spending.accounting_documents(draw, frame, items["SD-1"], rates)
        tables["sd3"] = made_spending.travel_orders(draw, frame, items["SD-3"], activities)


def _act(draw: Draw, frame: Frame, variant: str, budget: list[Row]) -> dict[str, Any]:
    eu, own = sorted((draw(st.integers(0, 10_000)), draw(st.integers(0, 10_000))))
    shares = {"eu_rate": eu, "own_rate": 10_000 - own, "state_rate": own - eu, "public_rate": own}
    direct = sum((Decimal(item["total"]) for item in budget), Decimal(0))
    flat = Decimal(money(direct * Decimal(FLAT_RATES[variant])))
    return {
        "registration_number": "CZ.03.2.63/0.0/0.0/15_023/0000001",
        "programme": sampled(draw, "OPZ", "OPZ+"),
        "budget_variant": variant,
        "title_en": "A made project",
        "title_cs": "Vymyšlený projekt",
        "beneficiary": {"name": "Spolek", "ico": "99941392", "kind": "NGO"},
        "start": str(frame.start),
        "end": str(frame.end),
        "currency": "CZK",
        "total_eligible": money(direct + flat),
        "flat_rate": FLAT_RATES[variant],
        **{name: f"{Decimal(share).scaleb(-4):f}" for name, share in shares.items()},
        "initial_advance": money(draw(cents(0, 100_000_000))),
        "periods": [
            {
                "number": number,
                "start": str(one.start),
                "end": str(one.end),
                "report_due": str(one.report_due),
            }
            for number, one in enumerate(frame.periods, 1)
        ],
        "note": sampled(draw, "", "a remark"),
    }
