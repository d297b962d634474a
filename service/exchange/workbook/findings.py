"""The sheet of findings: the rules that documents break, and what would resolve each."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from domain.rule_set import FindingRule
from projections.derivation import escaped, facts_of
from projections.facts_in_force import Row
from service.exchange.workbook.book import Book
from service.exchange.workbook.sheet import Figure, Value
from service.exchange.workbook.table import Column, write_table
from service.finding_words import rule_in_words

FINDINGS = (
    Column("document"),
    Column("list"),
    Column("item"),
    Column("amount", "money"),
    Column("code", width_max=32),
    Column("finding", width_max=45),
    Column("blocking"),
    Column("since", "day"),
    Column("resolved_by", width_max=45),
    Column("position", "count"),
)
Spent = tuple[str, str, Decimal]


def write_findings(book: Book) -> None:
    """Findings by document and code; a warning keeps nothing out and is no figure."""
    sheet = book.sheet("findings")
    facts = book.source.facts
    rules = {rule.code: rule for rule in book.source.rules.findings}
    addresses, spent = dict(_addresses(book)), _spent(facts.of["spend"])
    found = sorted(
        (row for row in facts.of["finding"] if row["code"] in rules),
        key=lambda row: (row["reference"], row["code"], row["document_id"]),
    )
    rows = (
        _finding(book, row, rules[row["code"]], addresses, spent.get(row["document_id"]))
        for row in found
    )
    write_table(sheet, FINDINGS, rows, frozen=1)
    sheet.finish()


def _addresses(book: Book) -> Iterator[tuple[tuple[UUID | None, str], str]]:
    """The address of each finding that is a figure, by document and code."""
    figures = book.source.figures
    for reference, leaves in figures.tree["findings"].items():
        for index, leaf in enumerate(leaves):
            pointer = f"/findings/{escaped(reference)}/{index}"
            for fact in facts_of(leaf.derivation):
                yield (fact.document_id, figures.figure(pointer)), pointer


def _spent(lines: Sequence[Row]) -> Mapping[UUID, Spent]:
    """List, items and amount of each document in the project."""
    found: dict[UUID, Spent] = {}
    for line in sorted(lines, key=lambda line: (line["document_id"], line["allocation"])):
        _, items, amount = found.get(line["document_id"], ("", "", Decimal(0)))
        items = f"{items}, {line['item']}" if items else line["item"]
        found[line["document_id"]] = (line["list"], items, amount + line["amount"])
    return found


def _finding(
    book: Book,
    row: Row,
    rule: FindingRule,
    addresses: Mapping[tuple[UUID | None, str], str],
    spent: Spent | None,
) -> Sequence[Value]:
    words = rule_in_words(rule, book.source.wording)
    address = addresses.get((row["document_id"], row["code"]))
    return (
        row["reference"],
        *(spent or (None, None, None)),
        Figure(address) if address else row["code"],
        words.title,
        book.text("yes" if rule.blocking else "no"),
        row["since"],
        words.resolved_by,
        row["positions"][-1],
    )
