"""The tables of the report, read back from the PDF's text, are the figures of `report figures`."""

import re
from decimal import Decimal
from typing import Any

import pytest

from domain.indicator import fulfilment
from service.finding_words import rule_in_words
from tests.service.exchange.report.made import Made, total

AMOUNTS = ("budget", "recorded", "approved", "remaining")


def numbers_of(indicator: dict[str, Any]) -> list[int]:
    return [*indicator["by_period"].values()]


def test_budget_by_item(made: Made) -> None:
    items = made.figures["budget_by_item"]
    for code, item in items.items():
        line = made.line("budget.table", code)
        assert made.amounts(line) == [item[name] for name in AMOUNTS], code
    direct = made.line("budget.table", made.wording.text("report.budget.direct"))
    assert made.amounts(direct) == [total([i[name] for i in items.values()]) for name in AMOUNTS]
    whole = made.line("budget.table", made.wording.text("report.budget.total"))
    assert made.amounts(whole) == [made.figures["total_eligible_budget"]]


def test_a_changed_amount_would_be_seen(made: Made) -> None:
    """The control of the comparison."""
    code, item = next(iter(made.figures["budget_by_item"].items()))
    changed = made.wording.money(Decimal(item["recorded"]) + Decimal("0.01"))
    line = made.line("budget.table", code)
    shown = made.wording.money(item["recorded"]).replace("\N{NO-BREAK SPACE}", " ")
    assert shown in line
    other = line.replace(shown, changed.replace("\N{NO-BREAK SPACE}", " "))
    assert made.amounts(other) != [item[name] for name in AMOUNTS]


def test_indicators_by_period(made: Made) -> None:
    for code, one in made.figures["indicators"].items():
        line = made.line("indicators.table", code)
        share = fulfilment(one["achieved"], Decimal(one["target"]))
        assert share is not None
        found = re.fullmatch(r"(.*?) ([0-9.,]+) ?%(.*)", " ".join(line.split()))
        assert found is not None, line
        assert found[2] == made.wording.number(share)
        assert made.counts(found[1]) == [one["target"], one["achieved"]], line
        assert made.counts(found[3]) == numbers_of(one), line


def test_claims_and_settlement(made: Made) -> None:
    claims = made.figures["claims"]
    for claim in claims:
        line = made.line("claims.declared_table", f"{claim['claim']} {claim['period']}")
        declared = ("declared_direct", "reductions", "approved_direct")
        assert made.amounts(line) == [claim[name] for name in declared]
        line = made.line("claims.financing_table", str(claim["claim"]))
        financed = ("flat_rate_amount", "eligible_total", "public", "eu", "state", "own")
        expected = [claim[name] for name in financed]
        expected += [claim["paid_amount"]] if claim["paid_amount"] else []
        assert made.amounts(line) == expected
    settlement = made.figures["settlement"]
    lines = {"flat": "flat_amount"}
    for name, amount in settlement.items():
        words = made.wording.text(f"report.claims.{lines.get(name, name)}")
        assert made.amounts(made.line("claims.settlement", words)) == [amount], name
    returned = made.wording.money(settlement["balance"].lstrip("-"))
    sentence = made.wording.text("report.claims.to_return", amount=returned)
    assert settlement["balance"].startswith("-")
    assert " ".join(sentence.split()) in " ".join(made.text.split())


def test_participants(made: Made) -> None:
    persons = made.figures["participants"]
    for state in ("recorded", "reached_threshold", "not_counted_incomplete", "counted"):
        words = made.wording.text(f"report.participants.{state}")
        assert made.counts(made.line("participants.states", words)) == [persons[state]]
    whole = [persons["women"], persons["men"], persons["counted"]]
    words = made.wording.text("report.participants.counted")
    lines = made.table("participants.by_period")
    by_period = [made.counts(line) for line in lines if line.endswith(tuple("0123456789"))]
    totals = [row[-1] for row in by_period]
    assert totals == [*persons["counted_by_period"].values(), persons["counted"]]
    assert by_period[-1] == whole
    assert [sum(column) for column in zip(*by_period[:-1], strict=True)] == whole
    assert made.counts(made.line("participants.by_age", words)) == whole


def test_age_groups_are_common_indicators_and_the_rest(made: Made) -> None:
    common, persons = made.figures["common_indicators"], made.figures["participants"]
    codes = {"OPZ": ["CO06", "CO07"], "OPZ+": ["EECO06", "EECO07", "EECO08"]}
    programme = made.project.report().facts.act.programme
    lines = made.table("participants.by_age")
    left = [persons["women"], persons["men"], persons["counted"]]
    for code in codes[programme]:
        [line] = [line for line in lines if f"({code})" in line]
        found = common[code]
        assert made.counts(line) == [found["women"], found["men"], found["total"]]
        left = [one - part for one, part in zip(left, made.counts(line), strict=True)]
    ages = {"OPZ": "25", "OPZ+": "30"}[programme]
    [rest] = [line for line in lines if line.startswith(ages)]
    assert made.counts(rest) == left
    assert all(count >= 0 for count in left)


def test_common_indicators(made: Made) -> None:
    rules = made.project.services.programmes.of(made.project.report().facts.act.rule_set)
    assert len(rules.reported_common_indicators) > 10
    for code in rules.reported_common_indicators:
        one = made.figures["common_indicators"][code]
        line = made.line("participants.common", code)
        assert made.counts(line)[-3:] == [one["women"], one["men"], one["total"]]


def test_activities_by_kind_and_each_of_them(made: Made) -> None:
    kinds = made.figures["activities"]
    for kind, count in kinds.items():
        words = made.wording.text(f"codes.activity_kind.{kind}")
        line = " ".join([*made.line("activities.by_kind", words).split(), ""])
        assert line.startswith(f"{words} {count} ")  # another table stands beside it
    names = {"cs": "name_cs", "en": "name_en"}[made.language]
    listed = made.project.reports.rows(
        made.project.project,
        f"SELECT {names} AS name FROM views.activity WHERE project_id = %(project)s",
        {},
    )
    assert len(listed) == sum(kinds.values())
    text = " ".join(made.text.split())
    missing = [name for row in listed if (name := " ".join(row["name"].split()[:2])) not in text]
    assert missing == []


def test_documents_with_findings(made: Made) -> None:
    found = made.figures["findings"]
    rules = made.project.services.programmes.of(made.project.report().facts.act.rule_set)
    titles = {one.code: rule_in_words(one, made.wording).title for one in rules.findings}
    lines = made.table("findings.table")
    text = " ".join(" ".join(lines).split())
    for reference, codes in found.items():
        line = made.line("findings.table", reference)
        assert len(made.amounts(line)) == 1
        for code in codes:
            assert titles[code].split()[1] in text, code
    assert len([line for line in lines if made.amounts(line)]) == len(found)


def test_outputs_and_what_counts(made: Made) -> None:
    lines = made.table("outputs.table")
    yes = made.wording.text("report.yes")
    counted = [line for line in lines if line.endswith(f" {yes}")]
    assert len(counted) == made.figures["documents_indicator"]
    assert "https://example.org/" in made.text


@pytest.mark.parametrize("name", ["opz-cs", "opz-plus-en"])
def test_the_footer_names_the_point_and_the_rules(all_made: dict[str, Made], name: str) -> None:
    made = all_made[name]
    act = made.project.report().facts.act
    pages = made.text.rstrip("\f").split("\f")
    assert len(pages) == made.export.files[0].rows
    for number, page in enumerate(pages, 1):
        footer = " ".join(page.rstrip().splitlines()[-1].split())
        assert footer.startswith(act.registration_number)
        assert str(made.export.known_at) in footer
        assert f"{act.rule_set.name} ({act.rule_set.sha256[:8]})" in footer
        of = made.wording.text("report.page_of")
        assert footer.endswith(f"{made.wording.text('report.page')} {number} {of} {len(pages)}")
