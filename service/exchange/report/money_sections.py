"""Sections on money: budget, claims and settlement, findings."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from projections.facts_in_force import Row, grouped
from service.exchange.report.document import Block, Column, Intro, Kind, Paragraph, Section, Table
from service.exchange.report.given import Given
from service.exchange.report.work_sections import natural
from service.finding_words import rule_in_words

AMOUNTS = ("budget", "recorded", "approved", "remaining")
DECLARED = ("declared_direct", "reductions", "approved_direct")
FINANCED = ("flat_rate_amount", "eligible_total", "public", "eu", "state", "own", "paid_amount")
SETTLED = {  # figures of the settlement and their words
    "approved_direct": "approved_direct",
    "flat": "flat_amount",
    "provider_due": "provider_due",
    "advance_received": "advance_received",
    "payments_received": "payments_received",
}


def _columns(given: Given, area: str, names: Iterable[str], kind: Kind) -> tuple[Column, ...]:
    return tuple(Column(given.text(f"{area}.{name}"), kind) for name in names)


def budget(given: Given) -> Section:
    """The items with what became of them, the flat rate, the share of purchased services."""
    figures, by_item = given.figures, given.figures["budget_by_item"]
    names = {item["code"]: item["name"] for item in given.source.facts.of["budget_item"]}
    rows = [
        (code, names[code], *(given.money(item[name]) for name in AMOUNTS))
        for code, item in by_item.items()
    ]
    sums = (sum((Decimal(item[name]) for item in by_item.values()), Decimal(0)) for name in AMOUNTS)
    rate = given.rate(given.source.act.flat_rate)
    nothing = ("", "", "")
    totals = [
        ("", given.text("budget.direct"), *map(given.wording.money, sums)),
        ("", given.text("budget.flat", rate=rate), given.money(figures["flat_budget"]), *nothing),
        ("", given.text("budget.total"), given.money(figures["total_eligible_budget"]), *nothing),
    ]
    columns = (
        Column(given.text("budget.code"), "code"),
        Column(given.text("budget.name")),
        *(Column(given.wording.text(f"shared.{name}"), "number") for name in AMOUNTS),
    )
    services = given.text(
        "budget.services",
        budget=given.percent(Decimal(figures["services_share_budget_pct"])),
        spent=given.percent(Decimal(figures["services_share_spent_pct"])),
    )
    blocks: list[Block] = [
        Intro(given.text("budget.intro")),
        Table(given.text("budget.table"), columns, rows, totals),
        Paragraph(services),
        given.picture("spending_over_time"),
        given.picture("spending_by_item"),
    ]
    return Section(given.text("budget.title"), blocks)


def claims(given: Given) -> Section:
    """The claims with what was declared, approved and paid; the settlement."""
    blocks: list[Block] = []
    if given.figures["claims"]:
        blocks += [_declared(given), _financed(given)]
    else:
        blocks.append(Intro(given.text("claims.none")))
    settlement = given.figures["settlement"]
    rows = [
        (given.text(f"claims.{words}"), given.money(settlement[name]))
        for name, words in SETTLED.items()
    ]
    total = (given.text("claims.balance"), given.money(settlement["balance"]))
    columns = (
        Column(given.text("claims.line")),
        Column(given.text("claims.amount"), "number"),
    )
    blocks.append(Table(given.text("claims.settlement"), columns, rows, [total]))
    blocks.append(Paragraph(_balance(given, Decimal(settlement["balance"]))))
    return Section(given.text("claims.title"), blocks)


def _declared(given: Given) -> Table:
    facts = [claim for claim in given.source.facts.of["claim"] if claim["kind"] != "advance"]
    columns = (
        *_columns(given, "claims", ("number", "period"), "code"),
        *_columns(given, "claims", ("submitted", "decided"), "day"),
        *_columns(given, "claims", ("documents", "declared", "reductions", "approved"), "number"),
    )
    rows = [
        (
            str(claim["claim"]),
            str(claim["period"]),
            given.day(fact["submitted_on"]),
            given.day(_decided_on(given, fact)),
            given.wording.number(claim["documents"]),
            *(given.money(claim[name]) for name in DECLARED),
        )
        for claim, fact in zip(given.figures["claims"], facts, strict=True)
    ]
    total = (*("",) * 4, *_totals(given, ("documents", *DECLARED)))
    return Table(given.text("claims.declared_table"), columns, rows, [total])


def _decided_on(given: Given, claim: Row) -> date | None:
    """The day of the decision, if it was made by then."""
    day = claim["decided_on"]
    return day if day is not None and day <= given.source.as_of else None


def _financed(given: Given) -> Table:
    names = ("flat", "eligible", "public", "eu", "state", "own", "paid")
    columns = (
        Column(given.text("claims.number"), "code"),
        *_columns(given, "claims", names, "number"),
    )
    rows = [
        (str(claim["claim"]), *(given.money(claim[name]) for name in FINANCED))
        for claim in given.figures["claims"]
    ]
    return Table(
        given.text("claims.financing_table"), columns, rows, [("", *_totals(given, FINANCED))]
    )


def _totals(given: Given, names: Sequence[str]) -> list[str]:
    """Sums of the claims' columns; what is not yet paid adds nothing."""
    found: list[str] = []
    for name in names:
        values = [claim[name] for claim in given.figures["claims"] if claim[name] is not None]
        total = sum(map(Decimal, values), Decimal(0))
        found.append(
            given.wording.number(total) if name == "documents" else given.wording.money(total)
        )
    return found


def _balance(given: Given, balance: Decimal) -> str:
    if balance == 0:
        return given.text("claims.even")
    key = "claims.to_return" if balance < 0 else "claims.to_receive"
    return given.text(key, amount=given.wording.money(abs(balance)))


def findings(given: Given) -> Section:
    """Documents that break a rule: those kept out of claims, and those only warned of."""
    rules = {rule.code: rule for rule in given.source.rules.findings}
    found = given.source.facts.of["finding"]
    blocking = [row for row in found if rules[row["code"]].blocking]
    warnings = [row for row in found if not rules[row["code"]].blocking]
    blocks: list[Block] = []
    if blocking:
        blocks.append(Intro(given.text("findings.intro")))
        blocks.append(_found(given, "findings.table", blocking))
    if warnings:
        blocks.append(_found(given, "findings.warnings", warnings))
    none = Paragraph(given.text("findings.none"))
    return Section(given.text("findings.title"), blocks or [none])


def _found(given: Given, title: str, rows: Sequence[Row]) -> Table:
    """A row for each document, so that its amount is there once."""
    rules = given.source.rules.findings
    titles = {rule.code: rule_in_words(rule, given.wording).title for rule in rules}
    lines = grouped(given.source.facts.of["spend"], "document_id")
    columns = (
        Column(given.text("findings.document"), "code"),
        Column(given.text("findings.list"), "code"),
        Column(given.text("findings.rule")),
        Column(given.text("findings.since"), "day"),
        Column(given.text("findings.amount"), "number"),
    )
    cells: list[tuple[str, ...]] = []
    for document, of in grouped(rows, "document_id").items():
        spent = lines.get(document, [])
        amount = sum((line["amount"] for line in spent), Decimal(0))
        broken = sorted((row["since"], titles[row["code"]]) for row in of)
        cells.append(
            (
                of[0]["reference"],
                spent[0]["list"] if spent else given.text("none"),
                "; ".join(name for _, name in broken),
                given.day(broken[0][0]),
                given.wording.money(amount),
            )
        )
    return Table(given.text(title), columns, sorted(cells, key=lambda row: natural(row[0])))
