"""Sections on what was done: key activities, outputs, publicity."""

import re
from typing import Any

from czech_sort import key as czech_key  # pyright: ignore[reportUnknownVariableType]

from projections.facts_in_force import Row
from service.exchange.report.document import (
    Beside,
    Block,
    Column,
    Intro,
    Paragraph,
    Points,
    Section,
    Table,
)
from service.exchange.report.given import Given

GRADES = ("mean_content", "mean_usefulness", "mean_organisation")


def activities(given: Given) -> Section:
    """What was held, by kind and by key activity; feedback and helpdesk."""
    held = given.activities
    intro = given.wording.counted("report.activities.intro", len(held))
    blocks: list[Block] = [Intro(intro)]
    blocks.append(Beside((_by_kind(given), _feedback(given))))
    if held:
        blocks.append(_held(given))
    return Section(given.text("activities.title"), blocks)


def natural(code: str) -> tuple[tuple[int, str], ...]:
    """KA2 before KA10: digits are ordered as numbers."""
    parts = re.findall(r"[0-9]+|[^0-9]+", code)
    return tuple((int(part) if part[0].isdecimal() else -1, part) for part in parts)


def _by_kind(given: Given) -> Table:
    counts = {kind: given.wording.number(n) for kind, n in given.figures["activities"].items()}
    named = sorted((_kind(given, kind), count) for kind, count in counts.items())
    return Table(
        given.text("activities.by_kind"),
        (Column(given.text("activities.kind")), Column(given.text("activities.count"), "number")),
        sorted(named, key=_in_czech_order),
    )


def _in_czech_order(row: tuple[str, str]) -> Any:
    return czech_key(row[0])  # pyright: ignore[reportUnknownVariableType]


def _kind(given: Given, kind: str) -> str:
    return given.wording.known(f"codes.activity_kind.{kind}", kind)


def _held(given: Given) -> Table:
    name = f"name_{given.wording.language}"
    columns = (
        Column(given.text("activities.key_activity"), "code"),
        Column(given.text("activities.name")),
        Column(given.text("activities.day"), "days"),
        Column(given.text("activities.place")),
        Column(given.text("activities.hours"), "number"),
        Column(given.text("activities.participants"), "number"),
    )
    cells = [
        (
            row["key_activity"] or given.text("none"),
            row[name],
            given.days(row["starts_on"], row["ends_on"]),
            _place(given, row),
            given.wording.number(row["hours"]),
            given.wording.number(row["participants"]),
        )
        for row in sorted(given.activities, key=lambda row: natural(row["key_activity"] or ""))
    ]
    return Table(given.text("activities.held"), columns, cells)


def _place(given: Given, row: Row) -> str:
    if not row["place"]:
        electronic = row["form"] == "electronic"
        return given.text("activities.electronic" if electronic else "none")
    if row["country"] in (None, "", "CZ"):
        return row["place"]
    return given.text("activities.place_abroad", place=row["place"], country=row["country"])


def _feedback(given: Given) -> Table:
    helpdesk, asked = given.figures["helpdesk"], given.figures["questionnaires"]
    number = given.wording.number
    rows = [
        (given.text("activities.contacts"), number(helpdesk["contacts"])),
        (given.text("activities.minutes"), number(helpdesk["minutes"])),
        (given.text("activities.questionnaires"), number(asked["count"])),
        *((given.text(f"activities.{grade}"), given.money(asked[grade])) for grade in GRADES),
    ]
    columns = (
        Column(given.text("activities.figure")),
        Column(given.text("activities.value"), "number"),
    )
    return Table(given.text("activities.feedback"), columns, rows)


def outputs(given: Given) -> Section:
    """What was written, and published where."""
    title = given.text("outputs.title")
    if not given.outputs:
        return Section(title, [Paragraph(given.text("outputs.none"))])
    number = given.wording.number
    published = [row for row in given.outputs if row["published_on"]]
    intro = given.text(
        "outputs.intro",
        published=number(len(published)),
        written=number(len(given.outputs)),
        counted=number(given.figures["documents_indicator"]),
    )
    columns = (
        Column(given.text("outputs.name")),
        Column(given.text("outputs.kind")),
        Column(given.text("outputs.written"), "day"),
        Column(given.text("outputs.published"), "day"),
        Column(given.text("outputs.counts"), "code"),
    )
    rows = [
        (
            row["title"],
            given.wording.known(f"codes.output_kind.{row['kind']}", row["kind"]),
            given.day(row["written_on"]),
            given.day(row["published_on"]),
            given.text("yes" if row["counts"] and row["published_on"] else "no"),
        )
        for row in given.outputs
    ]
    return Section(title, [Intro(intro), Table(given.text("outputs.table"), columns, rows)])


def publicity(given: Given) -> Section:
    """The words beside the emblem, the measures asked for, the addresses of published outputs."""
    rules, language = given.source.rules.publicity, given.wording.language
    lines = rules.lines_cs if language == "cs" else rules.lines_en
    source = given.text("publicity.source", source=rules.source)
    if rules.confidence != "found":
        source = given.text("not_verified", text=source)
    measures = [one.title_cs if language == "cs" else one.title_en for one in rules.measures]
    blocks: list[Block] = [
        Intro(given.text("publicity.intro", lines=" / ".join(lines))),
        Intro(given.text("publicity.measures")),
        Points(measures),
        Paragraph(source + "."),
    ]
    published = [row for row in given.outputs if row["published_on"]]
    if published:
        columns = (Column(given.text("outputs.name")), Column(given.text("outputs.address")))
        rows = [(row["title"], row["published_at"] or given.text("none")) for row in published]
        blocks.append(Table(given.text("publicity.addresses"), columns, rows))
    return Section(given.text("publicity.title"), blocks)
