"""Figures of money: budget by item, findings, claims, settlement."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from domain.rule_set import RuleSet
from projections.derivation import (
    Count,
    Difference,
    FactRef,
    Leaf,
    Literal,
    Product,
    Ratio,
    Round,
    Rule,
    Sum,
    Total,
    Value,
    as_count,
    as_money,
    as_text,
    escaped,
    pointers,
)
from projections.facts_in_force import FactsInForce, Row, grouped

HUNDRED = Literal(Decimal(100))


def _act(facts: FactsInForce, field: str) -> Value:
    value = getattr(facts.act, field)
    return Value(FactRef(facts.act_source, f"/{field}", value, (facts.act_source,)))


def budget(facts: FactsInForce) -> dict[str, Any]:
    """The budget by item and the share of purchased services."""
    items = facts.of["budget_item"]
    purchased = [item["code"] for item in items if item["purchased_service"]]
    budgets = pointers("budget_by_item", (item["code"] for item in items), "budget")
    return {
        "total_eligible_budget": Leaf(Total(("/direct_budget", "/flat_budget")), as_money),
        "direct_budget": Leaf(Total(budgets), as_money),
        "flat_budget": Leaf(Round(Product(("/direct_budget", _act(facts, "flat_rate")))), as_money),
        "budget_by_item": _by_item(facts),
        "services_share_budget_pct": _percentage(
            Total(pointers("budget_by_item", purchased, "budget")), "/direct_budget"
        ),
        "services_share_spent_pct": _percentage(
            Total(pointers("budget_by_item", purchased, "recorded")),
            Total(pointers("budget_by_item", (item["code"] for item in items), "recorded")),
        ),
    }


def _by_item(facts: FactsInForce) -> dict[str, Any]:
    spent = grouped((row for row in facts.of["spend"] if _is_clean(facts, row)), "item")
    decided = grouped((line for line in facts.of["claim_line"] if _is_decided(facts, line)), "item")
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


def findings(facts: FactsInForce, rules: RuleSet) -> dict[str, Any]:
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


def claims(facts: FactsInForce) -> list[dict[str, Leaf]]:
    """The interim and final claims submitted by then, in order."""
    lines = grouped(facts.of["claim_line"], "claim_id")
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


def settlement(facts: FactsInForce) -> dict[str, Leaf]:
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
