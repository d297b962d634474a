"""A naive recount of every figure from a project's files; shares no code with the program.

With `as_of`, rows that took effect later are not there and cells of later days are empty.
"""

import csv
import json
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

Row = dict[str, str]
EFFECTIVE = """sd1 taxable_supply_on, sd2 month, sd3 returned_at, claims submitted_on, outputs
written_on, activities end, attendance date, participants entry_date, helpdesk-contacts date"""
LATER = ("signed_on", "paid_on", "decided_on", "published_on")  # facts of their own, on this day
DOCUMENTS = ("sd1", "sd2", "sd3")
AMOUNTS = """declared_direct reductions approved_direct flat_rate_amount eligible_total
public eu state own"""
SETTLED = "approved_direct flat provider_due advance_received payments_received balance"
COMPLETE = "first_name last_name birth_date sex municipality entry_date labour_status education"
COMMON = """EECO01; CO01 EECO02 = labour_status TNKNEZ TPDNEZ; CO02 EECO03 = labour_status TPDNEZ;
CO03 EECO04 = labour_status TPSTUD TPSTD TPINV TPRODI TPNEAKO; CO06 = age 0 24; EECO06 = age 0 17;
CO04 = labour_status TPSTD TPINV TPRODI TPNEAKO; EECO07 = age 18 29; CO07 EECO08 = age 55 999;
CO05 EECO05 = labour_status TPZAMCI TPOSVC TPMATZ TPMATO; CO16 EECO12 = disadvantage ZNZP;
CO08 = age 55 999 = labour_status TNKNEZ TPDNEZ TPSTD TPINV TPRODI TPNEAKO;
CO09 = education VZISCED1-2; EECO09 = education VZ0 VZISCED1-2; CO10 EECO10 = education VZISCED3-4;
CO11 EECO11 = education VZISCED5-8; CO15 = disadvantage ZNPTZ ZNUZP ZNMIG;
EECO13 = disadvantage ZNPTZ; EECO14 = disadvantage ZNUZP; EECO15 = disadvantage ZNMIG;
CO17 = disadvantage SPPVT SPOZ SPZSV; CO18 EECO16 = disadvantage PBOBP"""


def money(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01'), ROUND_HALF_UP) + 0:.2f}"


def part(whole: Decimal, rate: str) -> Decimal:
    return Decimal(money(whole * Decimal(rate)))


def total(values: Iterable[str | Decimal]) -> Decimal:
    return sum(map(Decimal, values), Decimal(0))


def named(names: str, *values: Any) -> dict[str, Any]:
    return dict(zip(names.split(), values, strict=True))


def month_end(month: str) -> date:
    later = date.fromisoformat(month) + timedelta(days=31)
    return later.replace(day=1) - timedelta(days=1)


def age(person: Row) -> int:
    born, entry = person["birth_date"], person["entry_date"]
    return int(entry[:4]) - int(born[:4]) - (entry[4:] < born[4:]) if born and entry else -1


def holds(person: dict[str, Any], condition: str) -> bool:
    column, *codes = condition.split()
    if column == "age":
        return int(codes[0]) <= person["age"] <= int(codes[1])
    return bool({*person[column].split("|")} & {*codes})


class Recount:
    def __init__(self, folder: Path, as_of: date = date.max) -> None:
        self.folder, self.as_of = folder, as_of.isoformat()
        self.act = json.loads((folder / "project.json").read_text(encoding="utf-8"))
        self.periods = self.act["periods"]
        self.held, self.claims = self.read("activities"), self.read("claims")
        self.activities = {one["id"]: one for one in self.rows("activities")}
        held = {one["id"] for one in self.held}
        self.questionnaires = [q for q in self.read("questionnaires") if q["activity_id"] in held]
        self.documents = [one for name in DOCUMENTS for one in self.read(name)]
        self.findings = self.found(self.documents)
        self.lines = self.lines_of(row for row in self.rows("claims") if row["period"])
        self.decided = [row for row in self.claims if row["decided_on"]]
        self.people, attended = self.read("participants"), self.read("attendance")
        self.reached = [{**p, "on": on} for p in self.people if (on := self.reach(p, attended))]
        self.counted = [one for one in self.reached if all(one[f] for f in COMPLETE.split())]
        counts, outputs = "counts_for_documents_indicator", self.read("outputs")
        self.units = [("participants", person["on"]) for person in self.counted]
        self.units += [("documents", o["published_on"]) for o in outputs if o[counts] == "yes"]
        self.units += [(f"activity:{one['kind']}", one["end"]) for one in self.held]
        at = [self.activities[one["activity_id"]] for one in self.questionnaires]
        self.units += [("questionnaires", activity["end"]) for activity in at]

    def rows(self, table: str) -> list[Row]:
        with (self.folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def read(self, table: str) -> list[Row]:
        rows = [row for row in self.rows(table) if self.effective(table, row) <= self.as_of]
        for row in rows:
            row.update({name: "" for name in LATER if row.get(name, "") > self.as_of})
        return rows

    def effective(self, table: str, row: Row) -> str:
        columns = dict(pair.split() for pair in EFFECTIVE.split(","))
        on = row.get(columns.get(table, "")) or self.act["start"]
        return month_end(on).isoformat() if table == "sd2" else on[: len("YYYY-MM-DD")]

    def found(self, documents: list[Row]) -> dict[str, list[str]]:
        numbers: list[tuple[str, str]] = []
        found: dict[str, list[str]] = {}
        for one in documents:
            first, last = self.act["start"], self.act["end"]
            incurred = one.get("departed_at") or one.get("taxable_supply_on")
            if "month" in one:  # months compare as months
                first, last, incurred = first[:7], last[:7], one["month"][:7]
            codes = ["incurred_outside_project"] * (not first <= incurred[:10] <= last)
            if one.get("supplier_ico"):
                ico = one["supplier_ico"].zfill(8)
                letters = filter(str.isalnum, one["supplier_document_number"].upper())
                numbers.append((ico, "".join(letters)))
                weighted = sum((8 - place) * int(ico[place]) for place in range(7))
                codes += ["duplicate_document"] * (numbers[-1] in numbers[:-1])
                codes += ["invalid_supplier_id"] * (int(ico[7]) != (11 - weighted % 11) % 10)
            codes += ["paid_after_deadline"] * (one["paid_on"] > self.periods[-1]["report_due"])
            if one.get("signed_on"):
                last = month_end(one["month"])
                last -= timedelta(days=max(0, last.isoweekday() - 5))
                codes += ["signed_before_last_worked_day"] * (one["signed_on"] < str(last))
            found |= {one["id"]: sorted(codes)} if codes else {}
        return found

    def lines_of(self, claims: Iterable[Row]) -> dict[str, list[Row]]:
        free = [one for name in DOCUMENTS for one in self.rows(name)]
        found = self.found(free)
        free = [one for one in free if one["id"] not in found and one["paid_on"]]
        lines: dict[str, list[Row]] = {}
        for row in claims:
            period = self.periods[int(row["period"]) - 1]
            limit = period["report_due" if period is self.periods[-1] else "end"]
            lines[row["claim"]] = [one for one in free if one["paid_on"] <= limit]
            free = [one for one in free if one["paid_on"] > limit]
        return lines

    def claim(self, row: Row) -> dict[str, Any]:
        lines = self.lines[row["claim"]]
        declared = total(one["amount_czk"] for one in lines)
        approved = declared - self.reduced(row, lines)
        flat = part(approved, self.act["flat_rate"])
        public, eu = (part(approved + flat, self.act[f"{of}_rate"]) for of in ("public", "eu"))
        amounts = (declared, declared - approved, approved, flat, approved + flat)
        shares = (public, eu, public - eu, approved + flat - public)
        about = (int(row["claim"]), int(row["period"]), row["submitted_on"], len(lines))
        claim = named("claim period submitted_on documents", *about)
        claim |= named(AMOUNTS, *map(money, (*amounts, *shares)))
        return claim | {"paid_amount": row["paid_amount_czk"] if row["paid_on"] else None}

    def reduced(self, row: Row, lines: list[Row]) -> Decimal:
        of = {d["document_id"]: d for d in self.read("decisions") if d["claim"] == row["claim"]}
        ids = [one["id"] for one in lines if row["decided_on"] and one["id"] in of]
        return total(of[document]["reduction_czk"] for document in ids)

    def by_item(self, item: Row) -> dict[str, str]:
        of = [one for one in self.documents if one["budget_item"] == item["code"]]
        recorded = total(one["amount_czk"] for one in of if one["id"] not in self.findings)
        approved, budget = Decimal(0), Decimal(item["total"])
        for row in self.decided:
            lines = [o for o in self.lines[row["claim"]] if o["budget_item"] == item["code"]]
            approved += total(one["amount_czk"] for one in lines) - self.reduced(row, lines)
        amounts = (budget, recorded, approved, budget - recorded)
        return named("budget recorded approved remaining", *map(money, amounts))

    def settlement(self) -> dict[str, str]:
        of = [self.claim(row) for row in self.decided]
        parts = ("approved_direct", "flat_rate_amount", "public")
        approved, flat, due = (total(claim[part] for claim in of) for part in parts)
        paid = [row for row in self.claims if row["paid_on"]]
        advance = total(row["paid_amount_czk"] for row in paid if not row["period"])
        later = total(row["paid_amount_czk"] for row in paid if row["period"])
        amounts = (approved, flat, due, advance, later, due - advance - later)
        return named(SETTLED, *map(money, amounts))

    def services_pct(self, items: dict[str, Any], field: str) -> str:
        bought = [one["code"] for one in self.rows("budget") if one["purchased_service"] == "yes"]
        whole = total(one[field] for one in items.values())
        return money(total(items[code][field] for code in bought) / whole * 100 if whole else whole)

    def reach(self, person: Row, attended: list[Row]) -> str:
        own = [row for row in attended if row["participant_id"] == person["id"]]
        for on in sorted(row["date"] for row in own):
            until = [row for row in own if row["date"] <= on]
            form = [self.activities[row["activity_id"]]["electronic"] for row in until]
            in_person = [r["hours"] for r, how in zip(until, form, strict=True) if how == "no"]
            if total(row["hours"] for row in until) >= 40 and total(in_person) >= 20:
                return on
        return ""

    def sexes(self, *conditions: str) -> dict[str, int]:
        people = ({**person, "age": age(person)} for person in self.counted)
        sexes = [one["sex"] for one in people if all(holds(one, c) for c in conditions)]
        return named("total women men", len(sexes), *map(sexes.count, ("POHZENY", "POHMUZI")))

    def by_period(self, source: str) -> dict[str, int]:
        days = [on for counts, on in self.units if counts == source]
        within = [
            (p["number"], [p["start"] <= on <= p["end"] for on in days]) for p in self.periods
        ]
        return {str(number): sum(inside) for number, inside in within}

    def indicator(self, of: Row) -> dict[str, Any]:
        periods = self.by_period(of["source"])
        achieved = {"achieved": sum(periods.values()), "by_period": periods}
        return named("name target", of["name"], int(of["target"])) | achieved

    def participants(self) -> dict[str, Any]:
        reached, counted, sexes = len(self.reached), len(self.counted), self.sexes()
        return {
            **named("recorded reached_threshold counted", len(self.people), reached, counted),
            **named("women men", sexes["women"], sexes["men"]),
            "not_counted_incomplete": reached - counted,
            "counted_by_period": self.by_period("participants"),
        }

    def figures(self) -> dict[str, Any]:
        budget, kinds = self.read("budget"), [one["kind"] for one in self.held]
        direct = total(item["total"] for item in budget)
        flat = part(direct, self.act["flat_rate"])
        items = {item["code"]: self.by_item(item) for item in budget}
        filled = self.questionnaires

        def mean(grade: str) -> str | None:
            return money(total(one[grade] for one in filled) / len(filled)) if filled else None

        minutes = [int(one["minutes"]) for one in self.read("helpdesk-contacts")]
        conditions = (one.split(" = ") for one in COMMON.split(";"))
        return {
            **named("direct_budget flat_budget", money(direct), money(flat)),
            "total_eligible_budget": money(direct + flat),
            "budget_by_item": items,
            "services_share_budget_pct": self.services_pct(items, "budget"),
            "services_share_spent_pct": self.services_pct(items, "recorded"),
            "findings": self.findings,
            "claims": [self.claim(row) for row in self.claims if row["period"]],
            "settlement": self.settlement(),
            "participants": self.participants(),
            "indicators": {one["code"]: self.indicator(one) for one in self.read("indicators")},
            "common_indicators": {c: self.sexes(*of) for cs, *of in conditions for c in cs.split()},
            "activities": {kind: kinds.count(kind) for kind in kinds},
            "documents_indicator": sum(self.by_period("documents").values()),
            "questionnaires": {"count": len(filled)}
            | {f"mean_{of}": mean(f"{of}_1_5") for of in ("content", "usefulness", "organisation")},
            "helpdesk": {"contacts": len(minutes), "minutes": sum(minutes)},
        }
