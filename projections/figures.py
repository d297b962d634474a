"""The figures of a project: budget, findings, claims, settlement, participants, indicators.

Definitions: `docs/figures.md`. Each figure is an expression over the facts in force and over other
figures, so that its value and its provenance cannot differ.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from domain.rule_set import RuleSet
from projections.derivation import (
    Count,
    Difference,
    FactRef,
    Figures,
    Leaf,
    Literal,
    Mean,
    Product,
    Ratio,
    Round,
    Rule,
    Sum,
    Total,
    Value,
    as_count,
    as_money,
    as_quantity,
    as_text,
    escaped,
)
from projections.facts_in_force import FactsInForce, Row
from projections.indicator_tables import PERSONS

HUNDRED = Literal(Decimal(100))
GRADES = ("content", "usefulness", "organisation")


def figures(facts: FactsInForce, rules: RuleSet) -> Figures:
    """All figures of the project at the facts' point of both times."""
    tree: dict[str, Any] = {
        **_budget(facts),
        "findings": _findings(facts, rules),
        "claims": _claims(facts),
        "settlement": _settlement(facts),
        "participants": _participants(facts, rules),
        "indicators": _indicators(facts),
        "common_indicators": _common_indicators(facts, rules),
        "activities": _activities(facts),
        "documents_indicator": _documents_indicator(facts),
        "questionnaires": _questionnaires(facts),
        "helpdesk": _helpdesk(facts),
    }
    return Figures(tree)


def _act(facts: FactsInForce, field: str) -> Value:
    value = getattr(facts.act, field)
    return Value(FactRef(facts.act_source, f"/{field}", value, (facts.act_source,)))


def _budget(facts: FactsInForce) -> dict[str, Any]:
    items = facts.of["budget_item"]
    purchased = [item["code"] for item in items if item["purchased_service"]]
    budgets = _pointers("budget_by_item", (item["code"] for item in items), "budget")
    return {
        "total_eligible_budget": Leaf(Total(("/direct_budget", "/flat_budget")), as_money),
        "direct_budget": Leaf(Total(budgets), as_money),
        "flat_budget": Leaf(Round(Product(("/direct_budget", _act(facts, "flat_rate")))), as_money),
        "budget_by_item": _by_item(facts),
        "services_share_budget_pct": _percentage(
            Total(_pointers("budget_by_item", purchased, "budget")), "/direct_budget"
        ),
        "services_share_spent_pct": _percentage(
            Total(_pointers("budget_by_item", purchased, "recorded")),
            Total(_pointers("budget_by_item", (item["code"] for item in items), "recorded")),
        ),
    }


def _by_item(facts: FactsInForce) -> dict[str, Any]:
    spent = _grouped((row for row in facts.of["spend"] if _is_clean(facts, row)), "item")
    decided = _grouped(
        (line for line in facts.of["claim_line"] if _is_decided(facts, line)), "item"
    )
    by_item: dict[str, Any] = {}
    for item in facts.of["budget_item"]:
        code = item["code"]
        address = f"/budget_by_item/{escaped(code)}"
        lines = decided.get(code, [])
        budget = FactRef(item["source"], "/total", item["total"], (item["source"],))
        by_item[code] = {
            "budget": Leaf(Value(budget), as_money),
            "recorded": Leaf(Sum(tuple(map(_spent, spent.get(code, [])))), as_money),
            "approved": Leaf(Difference((_declared(lines), _reduced(lines))), as_money),
            "remaining": Leaf(Difference((f"{address}/budget", f"{address}/recorded")), as_money),
        }
    return by_item


def _is_clean(facts: FactsInForce, row: Row) -> bool:
    return row["blocked_on"] is None or row["blocked_on"] > facts.as_of


def _is_decided(facts: FactsInForce, row: Row) -> bool:
    return row["decided_on"] is not None and row["decided_on"] <= facts.as_of


def _spent(row: Row) -> FactRef:
    field = f"/allocations/{row['allocation']}/amount" if row["list"] == "SD-1" else "/amount"
    return FactRef(row["source"], field, row["amount"], tuple(row["positions"]), row["document_id"])


def _declared(lines: Iterable[Row]) -> Sum:
    return Sum(
        tuple(
            FactRef(
                line["submitted_source"],
                f"/lines/{line['line_index']}/amount",
                line["amount"],
                (line["submitted_source"],),
                line["document_id"],
            )
            for line in lines
        )
    )


def _reduced(lines: Iterable[Row]) -> Sum:
    return Sum(
        tuple(
            FactRef(
                line["decided_source"],
                f"/reductions/{line['reduction_index']}/amount",
                line["reduction"],
                (line["decided_source"],),
                line["document_id"],
            )
            for line in lines
            if line["reduction_index"] is not None
        )
    )


def _percentage(part: Total, whole: str | Total) -> Leaf:
    return Leaf(Round(Product((HUNDRED, Ratio((part, whole))))), as_money)


def _findings(facts: FactsInForce, rules: RuleSet) -> dict[str, Any]:
    """Documents that have a blocking finding, with the codes in alphabetical order."""
    index_of = {rule.code: index for index, rule in enumerate(rules.findings) if rule.blocking}
    found: dict[str, list[Leaf]] = {}
    for row in sorted(facts.of["finding"], key=lambda row: row["code"]):
        if row["code"] not in index_of:
            continue
        behind = tuple(
            FactRef(position, "", None, (position,), row["document_id"])
            for position in row["positions"]
        )
        path = f"/findings/{index_of[row['code']]}/code"
        leaf = Leaf(Rule(rules.name, path, row["code"], behind), as_text)
        found.setdefault(row["reference"], []).append(leaf)
    return found


def _claims(facts: FactsInForce) -> list[dict[str, Leaf]]:
    lines = _grouped(facts.of["claim_line"], "claim_id")
    claims = [claim for claim in facts.of["claim"] if claim["kind"] != "advance"]
    return [
        _claim(facts, f"/claims/{index}", claim, lines.get(claim["claim_id"], []))
        for index, claim in enumerate(claims)
    ]


def _claim(facts: FactsInForce, address: str, claim: Row, lines: list[Row]) -> dict[str, Leaf]:
    decided = [line for line in lines if _is_decided(facts, line)]
    approved, total = f"{address}/approved_direct", f"{address}/eligible_total"

    def share(rate: str) -> Leaf:
        return Leaf(Round(Product((total, _act(facts, rate)))), as_money)

    return {
        "claim": Leaf(_of_claim(claim, "number", claim["number"]), as_count),
        "period": Leaf(_of_claim(claim, "period", claim["period"]), as_count),
        "submitted_on": Leaf(_of_claim(claim, "effective_on", claim["submitted_on"]), as_text),
        "documents": Leaf(Count(_declared(lines).facts), as_count),
        "declared_direct": Leaf(_declared(lines), as_money),
        "reductions": Leaf(_reduced(decided), as_money),
        "approved_direct": Leaf(
            Difference((f"{address}/declared_direct", f"{address}/reductions")), as_money
        ),
        "flat_rate_amount": Leaf(Round(Product((approved, _act(facts, "flat_rate")))), as_money),
        "eligible_total": Leaf(Total((approved, f"{address}/flat_rate_amount")), as_money),
        "public": share("public_rate"),
        "eu": share("eu_rate"),
        "state": Leaf(Difference((f"{address}/public", f"{address}/eu")), as_money),
        "own": Leaf(Difference((total, f"{address}/public")), as_money),
        "paid_amount": Leaf(Value(_paid(facts, claim)), as_money),
    }


def _of_claim(claim: Row, field: str, value: Any) -> Value:
    source = claim["submitted_source"]
    return Value(FactRef(source, f"/{field}", value, (source,)))


def _paid(facts: FactsInForce, claim: Row) -> FactRef | None:
    if claim["paid_on"] is None or claim["paid_on"] > facts.as_of:
        return None
    return FactRef(claim["paid_source"], "/amount", claim["paid_amount"], (claim["paid_source"],))


def _settlement(facts: FactsInForce) -> dict[str, Leaf]:
    """Sums over the decided claims; the balance is negative when money is to be returned."""
    claims = [claim for claim in facts.of["claim"] if claim["kind"] != "advance"]
    decided = [n for n, claim in enumerate(claims) if _is_decided(facts, claim)]
    advances = [claim for claim in facts.of["claim"] if claim["kind"] == "advance"]

    def total(field: str) -> Leaf:
        return Leaf(Total(tuple(f"/claims/{n}/{field}" for n in decided)), as_money)

    def payments(of: Iterable[Row]) -> Leaf:
        paid = (_paid(facts, claim) for claim in of)
        return Leaf(Sum(tuple(fact for fact in paid if fact is not None)), as_money)

    parts = ("provider_due", "advance_received", "payments_received")
    return {
        "approved_direct": total("approved_direct"),
        "flat": total("flat_rate_amount"),
        "provider_due": total("public"),
        "advance_received": payments(advances),
        "payments_received": payments(claims),
        "balance": Leaf(Difference(tuple(f"/settlement/{part}" for part in parts)), as_money),
    }


def _persons(rows: Iterable[Row]) -> Leaf:
    """Counted persons: each with the events of its record and of the support that counted."""
    refs = tuple(FactRef(row["positions"][0], "", 1, tuple(row["positions"])) for row in rows)
    return Leaf(Count(refs), as_count)


def _participants(facts: FactsInForce, rules: RuleSet) -> dict[str, Any]:
    persons = facts.of["participant"]
    counted = [row for row in facts.of["contribution"] if row["code"] == PERSONS]
    recorded = tuple(
        FactRef(row["entered_source"], "", 1, (row["entered_source"],)) for row in persons
    )
    reached = [row for row in persons if row["reached_on"] and row["reached_on"] <= facts.as_of]
    return {
        "recorded": Leaf(Count(recorded), as_count),
        "reached_threshold": _persons(reached),
        "counted": _persons(counted),
        "not_counted_incomplete": Leaf(
            Difference(("/participants/reached_threshold", "/participants/counted")), as_count
        ),
        "counted_by_period": _by_period(facts, counted, _persons),
        "women": _persons(row for row in counted if row["sex"] == rules.codes.sex_women),
        "men": _persons(row for row in counted if row["sex"] == rules.codes.sex_men),
    }


def _by_period(
    facts: FactsInForce, rows: Iterable[Row], leaf: Callable[[Iterable[Row]], Leaf]
) -> dict[str, Leaf]:
    grouped = _grouped(rows, "period")
    return {str(p.number): leaf(grouped.get(p.number, [])) for p in facts.act.periods}


def _indicators(facts: FactsInForce) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for row in facts.of["indicator_target"]:
        address, source = f"/indicators/{escaped(row['code'])}/by_period", row["source"]
        rows, leaf = _counted_by(facts, row["counts"])
        numbers = (str(period.number) for period in facts.act.periods)
        found[row["code"]] = {
            "name": Leaf(Value(FactRef(source, "/name", row["name"], (source,))), as_text),
            "target": Leaf(
                Value(FactRef(source, "/target", row["target"], (source,))), as_quantity
            ),
            "achieved": Leaf(Total(tuple(f"{address}/{n}" for n in numbers)), as_count),
            "by_period": _by_period(facts, rows, leaf),
        }
    return found


def _counted_by(
    facts: FactsInForce, counts: str
) -> tuple[list[Row], Callable[[Iterable[Row]], Leaf]]:
    """The facts that an indicator's source counts, and how they are named."""
    match counts.partition(":"):
        case ("participants", _, _):
            return [r for r in facts.of["contribution"] if r["code"] == PERSONS], _persons
        case ("documents", _, _):
            published = [
                row
                for row in facts.of["output"]
                if row["counts"] and row["published_on"] and row["published_on"] <= facts.as_of
            ]
            return published, _counted("published_source")
        case ("activity", _, kind):
            held = [row for row in facts.of["activity"] if row["kind"] == kind]
            return held, _counted("source")
        case ("questionnaires", _, _):
            return facts.of["questionnaire"], _counted("source")
        case _:
            return [], _counted("source")


def _counted(source: str) -> Callable[[Iterable[Row]], Leaf]:
    def leaf(rows: Iterable[Row]) -> Leaf:
        refs = tuple(FactRef(row[source], "", 1, (row[source],)) for row in rows)
        return Leaf(Count(refs), as_count)

    return leaf


def _common_indicators(facts: FactsInForce, rules: RuleSet) -> dict[str, Any]:
    by_code = _grouped(facts.of["contribution"], "code")
    found: dict[str, Any] = {}
    for indicator in rules.common_indicators:
        rows = by_code.get(indicator.code, [])
        found[indicator.code] = {
            "total": _persons(rows),
            "women": _persons(row for row in rows if row["sex"] == rules.codes.sex_women),
            "men": _persons(row for row in rows if row["sex"] == rules.codes.sex_men),
        }
    return found


def _activities(facts: FactsInForce) -> dict[str, Leaf]:
    kinds = _grouped(facts.of["activity"], "kind")
    return {kind: _counted("source")(kinds[kind]) for kind in sorted(kinds)}


def _documents_indicator(facts: FactsInForce) -> Leaf:
    codes = [row["code"] for row in facts.of["indicator_target"] if row["counts"] == "documents"]
    return Leaf(Total(_pointers("indicators", codes[:1], "achieved")), as_count)


def _questionnaires(facts: FactsInForce) -> dict[str, Leaf]:
    rows = facts.of["questionnaire"]
    found = {"count": _counted("source")(rows)}
    for grade in GRADES:
        refs = tuple(
            FactRef(row["source"], f"/{grade}", row[grade], (row["source"],)) for row in rows
        )
        found[f"mean_{grade}"] = Leaf(Round(Mean(refs)), as_money)
    return found


def _helpdesk(facts: FactsInForce) -> dict[str, Leaf]:
    rows = facts.of["helpdesk_contact"]
    minutes = tuple(
        FactRef(row["source"], "/minutes", row["minutes"], (row["source"],)) for row in rows
    )
    return {
        "contacts": _counted("source")(rows),
        "minutes": Leaf(Sum(minutes), as_count),
    }


def _pointers(group: str, codes: Iterable[str], field: str) -> tuple[str, ...]:
    return tuple(f"/{group}/{escaped(code)}/{field}" for code in codes)


def _grouped(rows: Iterable[Row], column: str) -> Mapping[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups
