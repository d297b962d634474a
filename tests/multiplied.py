"""The seed project multiplied: a folder with every row N times, and the figures it must give.

Each copy's rows have ids of their own, its documents numbers of their own, its persons names of
their own. Budget items, indicators, periods, claims and rates are those of the one project, their
totals, targets and payments N times as large. What is rounded per claim does not scale: it is
computed again by section 3 of the seed's README.
"""

import csv
import io
import json
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

SEED = Path(__file__).parents[1] / "service" / "demo_data" / "seed-project"
ONCE = ("exchange-rates.csv",)
SCALED = {
    "budget.csv": {"count": Decimal, "total": Decimal},
    "indicators.csv": {"target": int},
    "claims.csv": {},
}
IDS = ("id", "participant_id", "activity_id", "document_id", "corrects", "client_code")
NUMBER = "supplier_document_number"
PERSON = ("last_name", "traveller")
PERCENTAGES = ("services_share_budget_pct", "services_share_spent_pct")
AS_OF_ONE = ("name", "mean_content", "mean_usefulness", "mean_organisation")
ALPHABET = "abcdefghijklmnopqrstuvwxyz"

Row = dict[str, str]


def write_multiplied(target: Path, times: int, source: Path = SEED) -> Path:
    """Writes the folder `target` and returns it."""
    target.mkdir(parents=True)
    for path in sorted(source.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            names, rows = list(reader.fieldnames or ()), list(reader)
        if path.name == "claims.csv":
            rows = _claims(rows, expected_figures(times, source))
        elif path.name in SCALED:
            rows = [_scaled(row, SCALED[path.name], times) for row in rows]
        elif path.name not in ONCE:
            rows = [_copied(row, copy) for copy in range(times) for row in rows]
        _write(target / path.name, names, rows)
    project = _project(times, source)
    text = json.dumps(project, ensure_ascii=False, indent=1)
    (target / "project.json").write_text(text, encoding="utf-8")
    return target


def expected_figures(times: int, source: Path = SEED) -> dict[str, Any]:
    """The figures of the multiplied project, without `rules`."""
    seed: dict[str, Any] = json.loads((source / "expected.json").read_text(encoding="utf-8"))
    seed.pop("rules", None)
    as_of_one = ("claims", "settlement", "findings", *PERCENTAGES)
    figures = {
        key: value if key in as_of_one else _times(value, times) for key, value in seed.items()
    }
    figures["findings"] = {
        _id(document, copy): codes
        for document, codes in seed["findings"].items()
        for copy in range(times)
    }
    project = _project(times, source)
    figures["claims"], figures["settlement"] = _money(seed["claims"], project, times)
    return figures


def _project(times: int, source: Path) -> dict[str, Any]:
    project = json.loads((source / "project.json").read_text(encoding="utf-8"))
    for key in ("total_eligible", "initial_advance"):
        project[key] = _scale(project[key], times)
    return project


def _money(
    claims: list[dict[str, Any]], project: dict[str, Any], times: int
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Claims and settlement: sums scale, what is rounded of them is rounded anew."""
    flat, public, eu = (Decimal(project[f"{name}_rate"]) for name in ("flat", "public", "eu"))
    advance = Decimal(project["initial_advance"])
    left = _rounded(Decimal(project["total_eligible"]) * public) - advance
    found: list[dict[str, Any]] = []
    for claim in claims:
        approved = Decimal(claim["approved_direct"]) * times
        rate = _rounded(approved * flat)
        of_public, of_eu = _rounded((approved + rate) * public), _rounded((approved + rate) * eu)
        paid = min(of_public, left) if claim["paid_amount"] is not None else None
        left -= paid or 0
        amounts = {
            "declared_direct": Decimal(claim["declared_direct"]) * times,
            "reductions": Decimal(claim["reductions"]) * times,
            "approved_direct": approved,
            "flat_rate_amount": rate,
            "eligible_total": approved + rate,
            "public": of_public,
            "eu": of_eu,
            "state": of_public - of_eu,
            "own": approved + rate - of_public,
        }
        written = {name: str(amount) for name, amount in amounts.items()}
        paid_amount = None if paid is None else str(paid)
        count = claim["documents"] * times
        found.append({**claim, **written, "documents": count, "paid_amount": paid_amount})
    return found, _settlement(found, advance)


def _settlement(claims: list[dict[str, Any]], advance: Decimal) -> dict[str, Any]:
    def total(name: str) -> Decimal:
        return sum((Decimal(claim[name] or "0.00") for claim in claims), Decimal("0.00"))

    due, paid = total("public"), total("paid_amount")
    return {
        "approved_direct": str(total("approved_direct")),
        "flat": str(total("flat_rate_amount")),
        "provider_due": str(due),
        "advance_received": str(advance),
        "payments_received": str(paid),
        "balance": str(due - advance - paid),
    }


def _claims(rows: list[Row], figures: dict[str, Any]) -> list[Row]:
    """The payments as the rules of the seed give them for the multiplied amounts."""
    paid = {str(claim["claim"]): claim["paid_amount"] for claim in figures["claims"]}
    paid["1"] = figures["settlement"]["advance_received"]
    return [{**row, "paid_amount_czk": paid[row["claim"]] or ""} for row in rows]


def _scaled(row: Row, columns: dict[str, Callable[[str], Any]], times: int) -> Row:
    return {**row, **{name: str(kind(row[name]) * times) for name, kind in columns.items()}}


def _copied(row: Row, copy: int) -> Row:
    """The row of one copy; the first copy is the seed's own."""
    changed = dict(row)
    for name in IDS:
        if changed.get(name):
            changed[name] = _id(changed[name], copy)
    if copy:
        for name in PERSON:
            if changed.get(name):
                changed[name] += f" {ALPHABET[copy // 26]}{ALPHABET[copy % 26]}"
        if changed.get(NUMBER):
            changed[NUMBER] += f"K{copy:03}"
    return changed


def _id(of_seed: str, copy: int) -> str:
    return f"{of_seed}-{copy:03}" if copy else of_seed


def _times(value: Any, times: int) -> Any:
    match value:
        case dict():
            return {
                key: one if key in AS_OF_ONE else _times(one, times) for key, one in value.items()
            }
        case str():
            return _scale(value, times)
        case _:
            return value * times


def _scale(amount: str, times: int) -> str:
    return str(Decimal(amount) * times)


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _write(path: Path, names: list[str], rows: list[Row]) -> None:
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(written.getvalue(), encoding="utf-8")
