"""Figures as tables for people."""

from decimal import Decimal
from typing import Any

from service.cli.output import amount, results, table
from service.reports import Report

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
