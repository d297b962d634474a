"""Sheets of figures: budget by item, indicators by period, common indicators, claims."""

from collections.abc import Sequence

from domain.rule_set import CommonIndicator
from projections import budget_query, indicator_query
from projections.derivation import escaped
from projections.page_query import Row
from service.exchange.workbook.book import Book
from service.exchange.workbook.formats import Kind
from service.exchange.workbook.sheet import TITLE_HEIGHT, Figure, Value
from service.exchange.workbook.table import Column, write_figure, write_table

BUDGET = (
    Column("item"),
    Column("name", width_max=45),
    Column("unit"),
    Column("unit_price", "money"),
    Column("units", "quantity"),
    Column("list"),
    Column("budget", "money", total=True),
    Column("recorded", "money", total=True),
    Column("approved", "money", total=True),
    Column("remaining", "money", total=True),
)
BUDGET_COLUMN = 6
AMOUNTS = ("budget", "recorded", "approved", "remaining")
BELOW_BUDGET: tuple[tuple[str, Kind], ...] = (
    ("direct_budget", "money"),
    ("flat_budget", "money"),
    ("total_eligible_budget", "money"),
    ("services_share_budget_pct", "percent"),
    ("services_share_spent_pct", "percent"),
)
COMMON = (
    Column("indicator"),
    Column("name", width_max=70),
    Column("persons", "count"),
    Column("women", "count"),
    Column("men", "count"),
)
CLAIM = (
    Column("claim", "count"),
    Column("period", "count"),
    Column("submitted_on", "day"),
    Column("documents", "count", total=True),
    Column("declared_direct", "money", total=True),
    Column("reductions", "money", total=True),
    Column("approved_direct", "money", total=True),
    Column("flat_rate_amount", "money", total=True),
    Column("eligible_total", "money", total=True),
    Column("public", "money", total=True),
    Column("eu", "money", total=True),
    Column("state", "money", total=True),
    Column("own", "money", total=True),
    Column("paid_amount", "money", total=True),
)
SETTLEMENT_COLUMN = 4
SETTLEMENT = (
    *("approved_direct", "flat", "provider_due", "advance_received", "payments_received"),
    "balance",
)


def write_budget(book: Book) -> None:
    """The items in the order in which they were added, then what is made of their sum."""
    sheet = book.sheet("budget")
    items = book.source.rows(budget_query.ITEMS_AT)
    write_table(sheet, BUDGET, (_item(book, item) for item in items), frozen=2)
    sheet.next_row()
    for name, kind in BELOW_BUDGET:
        write_figure(sheet, book.text(f"figure.{name}"), BUDGET_COLUMN, f"/{name}", kind)
    sheet.finish()


def _item(book: Book, item: Row) -> Sequence[Value]:
    wording, address = book.source.wording, f"/budget_by_item/{escaped(item['code'])}"
    unit = wording.known(f"codes.unit.{item['unit']}", item["unit"])
    known = (item["code"], item["name"], unit, item["unit_price"], item["count"], item["evidence"])
    return (*known, *(Figure(f"{address}/{amount}") for amount in AMOUNTS))


def write_indicators(book: Book) -> None:
    """Targets in the order in which they were set; increments by period of the legal act."""
    sheet = book.sheet("indicators")
    periods = [period.number for period in book.source.act.periods]
    named = (book.source.wording.counted("shared.period", number) for number in periods)
    columns = (
        Column("indicator"),
        Column("name", width_max=60),
        Column("unit"),
        Column("kind"),
        Column("target", "quantity"),
        Column("achieved", "count"),
        *(Column("period", "count", text=text) for text in named),
    )
    targets = book.source.rows(indicator_query.TARGETS_AT)
    write_table(sheet, columns, (_indicator(book, row, periods) for row in targets), frozen=2)
    sheet.finish()


def _indicator(book: Book, target: Row, periods: Sequence[int]) -> Sequence[Value]:
    wording, address = book.source.wording, f"/indicators/{escaped(target['code'])}"
    return (
        target["code"],
        Figure(f"{address}/name"),
        wording.known(f"codes.unit.{target['unit']}", target["unit"]),
        wording.known(f"codes.indicator_kind.{target['kind']}", target["kind"]),
        Figure(f"{address}/target"),
        Figure(f"{address}/achieved"),
        *(Figure(f"{address}/by_period/{number}") for number in periods),
    )


def write_common_indicators(book: Book) -> None:
    """The EU common indicators of the rule set, in its order."""
    sheet = book.sheet("common_indicators")
    found = (_common(book, indicator) for indicator in book.source.rules.common_indicators)
    write_table(sheet, COMMON, found, frozen=1)
    sheet.finish()


def _common(book: Book, indicator: CommonIndicator) -> Sequence[Value]:
    address = f"/common_indicators/{escaped(indicator.code)}"
    name = book.source.wording.known(f"codes.common_indicator.{indicator.code}", indicator.name)
    counts = (Figure(f"{address}/{count}") for count in ("total", "women", "men"))
    return (indicator.code, name, *counts)


def write_claims(book: Book) -> None:
    """The interim and final claims submitted by then, and the settlement over the decided ones."""
    sheet = book.sheet("claims")
    count = len(book.source.figures.tree["claims"])
    rows = ([Figure(f"/claims/{n}/{one.heading}") for one in CLAIM] for n in range(count))
    write_table(sheet, CLAIM, rows, frozen=1)
    sheet.next_row()
    sheet.put(0, book.text("section.settlement"), "text", "title")
    sheet.next_row(height=TITLE_HEIGHT)
    for name in SETTLEMENT:
        label = book.text(f"settlement.{name}")
        write_figure(sheet, label, SETTLEMENT_COLUMN, f"/settlement/{name}", "money")
    sheet.finish()
