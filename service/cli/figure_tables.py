"""Figures as tables for people."""

from decimal import Decimal
from typing import Any

from service.cli.output import amount, results, table
from service.finding_words import FindingInWords
from service.reports import Report
from service.wording.wording import Wording

CLAIM_FIGURES = {
    "period": "monitoring period",
    "submitted_on": "submitted on",
    "documents": "documents",
    "declared_direct": "direct costs, declared",
    "reductions": "reductions",
    "approved_direct": "direct costs, approved",
    "flat_rate_amount": "flat rate",
    "eligible_total": "eligible in total",
    "public": "public funds",
    "eu": "EU",
    "state": "state",
    "own": "own funds",
    "paid_amount": "paid",
}
SETTLEMENT = {
    "approved_direct": "direct costs, approved",
    "flat": "flat rate",
    "provider_due": "due from the provider",
    "advance_received": "advance received",
    "payments_received": "payments received",
    "balance": "balance (negative: to be returned)",
}
MONEY = ("budget", "recorded", "approved", "remaining")


def show_figures(number: str, report: Report) -> None:
    """The figures that matter: budget, claims, settlement, indicators, findings."""
    written = report.figures.written()
    facts = report.facts
    console = results()
    console.print(f"{facts.act.title_en}\n{number}", style="bold")
    console.print(f"as of {facts.as_of}, known at position {facts.known_at}\n")
    _show_totals(written)
    _show_claims(written)
    show_indicators(number, report)
    _show_findings(written)
    console.print("Each figure can be opened: grantledger explain /settlement/balance --project …")


def _show_totals(written: dict[str, Any]) -> None:
    shown = table("Project", ("figure", "value"), numbers=("value",))
    settlement, persons = written["settlement"], written["participants"]
    recorded = [item["recorded"] for item in written["budget_by_item"].values()]
    rows = (
        ("total eligible budget, CZK", written["total_eligible_budget"]),
        ("direct costs, budget", written["direct_budget"]),
        ("flat rate, budget", written["flat_budget"]),
        ("direct costs, recorded", _sum(recorded)),
        ("direct costs, approved", settlement["approved_direct"]),
        ("due from the provider", settlement["provider_due"]),
        ("advance received", settlement["advance_received"]),
        ("payments received", settlement["payments_received"]),
        ("balance (negative: to be returned)", settlement["balance"]),
        ("participants recorded", persons["recorded"]),
        ("participants over the threshold", persons["reached_threshold"]),
        ("participants counted", persons["counted"]),
    )
    for name, value in rows:
        shown.add_row(name, amount(value))
    results().print(shown)


def _show_claims(written: dict[str, Any]) -> None:
    columns = ("claim", "period", "submitted", "documents", "declared", "reduced", "approved")
    columns = (*columns, "flat rate", "eligible", "paid")
    shown = table("Payment claims, CZK", columns, numbers=set(columns) - {"submitted"})
    for claim in written["claims"]:
        shown.add_row(
            str(claim["claim"]),
            str(claim["period"]),
            claim["submitted_on"],
            str(claim["documents"]),
            amount(claim["declared_direct"]),
            amount(claim["reductions"]),
            amount(claim["approved_direct"]),
            amount(claim["flat_rate_amount"]),
            amount(claim["eligible_total"]),
            amount(claim["paid_amount"]),
        )
    results().print(shown)


def _show_findings(written: dict[str, Any]) -> None:
    if not written["findings"]:
        return
    shown = table("Documents that cannot enter a claim", ("document", "findings"))
    for reference, codes in written["findings"].items():
        shown.add_row(reference, ", ".join(codes))
    results().print(shown)


def show_claims(number: str, report: Report) -> None:
    """The claims side by side, each a column with its shares, and the settlement."""
    written = report.figures.written()
    heads = [f"claim {claim['claim']}" for claim in written["claims"]]
    shown = table(f"Payment claims of {number}, CZK", ("figure", *heads), numbers=heads)
    for field, name in CLAIM_FIGURES.items():
        shown.add_row(name, *(amount(claim[field]) for claim in written["claims"]))
    results().print(shown)
    settled = table("Settlement, CZK", ("figure", "value"), numbers=("value",))
    for key, name in SETTLEMENT.items():
        settled.add_row(name, amount(written["settlement"][key]))
    results().print(settled)


def show_findings(number: str, found: list[FindingInWords], wording: Wording) -> None:
    """The findings, and below them what each rule means."""
    if not found:
        results().print(wording.text("findings.none"))
        return
    names = ("document", "code", "title", "since", "blocking", "resolved_by")
    heads = (wording.text(f"findings.{name}") for name in names)
    shown = table(wording.text("findings.heading", number=number), heads)
    for one in found:
        blocking = wording.text("findings.yes" if one.blocking else "findings.no")
        said = (one.rule.title, wording.day(one.since), blocking, one.rule.resolved_by)
        shown.add_row(one.document, one.code, *said)
    results().print(shown)
    for code, means in {one.code: one.rule.means for one in found}.items():
        results().print(f"{code}: {means}")


def show_budget(number: str, report: Report) -> None:
    """The budget by item."""
    written = report.figures.written()
    names = {item["code"]: item["name"] for item in report.facts.of["budget_item"]}
    shown = table(f"Budget of {number}, CZK", ("item", "name", *MONEY), numbers=MONEY)
    for code, item in written["budget_by_item"].items():
        shown.add_row(code, names[code], *(amount(item[column]) for column in MONEY))
    shown.add_section()
    sums = [_sum(item[column] for item in written["budget_by_item"].values()) for column in MONEY]
    shown.add_row("", "direct costs", *map(amount, sums))
    shown.add_row("", "flat rate", amount(written["flat_budget"]), "", "", "")
    shown.add_row("", "total eligible", amount(written["total_eligible_budget"]), "", "", "")
    results().print(shown)


def show_indicators(number: str, report: Report) -> None:
    """The indicators by period."""
    written = report.figures.written()["indicators"]
    periods = [str(period.number) for period in report.facts.act.periods]
    heads = [f"p. {period}" for period in periods]
    shown = table(
        f"Indicators of {number}",
        ("code", "indicator", "target", "achieved", *heads),
        numbers=("target", "achieved", *heads),
    )
    for code, indicator in written.items():
        by_period = (str(indicator["by_period"][period]) for period in periods)
        target, achieved = str(indicator["target"]), str(indicator["achieved"])
        shown.add_row(code, indicator["name"], target, achieved, *by_period)
    results().print(shown)


def _sum(amounts: Any) -> Any:

    return sum(map(Decimal, amounts), Decimal("0.00"))
