"""Figures of people and work: participants, indicators, activities, questionnaires, helpdesk."""

from collections.abc import Callable, Iterable
from typing import Any

from domain.rule_set import RuleSet
from projections.derivation import (
    Count,
    Difference,
    FactRef,
    Leaf,
    Mean,
    Round,
    Sum,
    Total,
    Value,
    as_count,
    as_money,
    as_quantity,
    as_text,
    escaped,
    pointers,
)
from projections.facts_in_force import FactsInForce, Row, grouped
from projections.indicator_tables import PERSONS

GRADES = ("content", "usefulness", "organisation")


def _persons(rows: Iterable[Row]) -> Leaf:
    """Counted persons: each with the events of its record and of the support that counted."""
    refs = tuple(FactRef(row["positions"][0], "", 1, tuple(row["positions"])) for row in rows)
    return Leaf(Count(refs), as_count)


def participants(facts: FactsInForce, rules: RuleSet) -> dict[str, Any]:
    """Recorded, reached, counted; by period and sex."""
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
    by_number = grouped(rows, "period")
    return {str(p.number): leaf(by_number.get(p.number, [])) for p in facts.act.periods}


def indicators(facts: FactsInForce) -> dict[str, Any]:
    """The project's indicators: target, increments, achieved."""
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


def common_indicators(facts: FactsInForce, rules: RuleSet) -> dict[str, Any]:
    """The EU common indicators over the counted persons."""
    by_code = grouped(facts.of["contribution"], "code")
    found: dict[str, Any] = {}
    for indicator in rules.common_indicators:
        rows = by_code.get(indicator.code, [])
        found[indicator.code] = {
            "total": _persons(rows),
            "women": _persons(row for row in rows if row["sex"] == rules.codes.sex_women),
            "men": _persons(row for row in rows if row["sex"] == rules.codes.sex_men),
        }
    return found


def activities(facts: FactsInForce) -> dict[str, Leaf]:
    """Activities held, by kind."""
    kinds = grouped(facts.of["activity"], "kind")
    return {kind: _counted("source")(kinds[kind]) for kind in sorted(kinds)}


def documents_indicator(facts: FactsInForce) -> Leaf:
    """What the first indicator of documents achieved."""
    codes = [row["code"] for row in facts.of["indicator_target"] if row["counts"] == "documents"]
    return Leaf(Total(pointers("indicators", codes[:1], "achieved")), as_count)


def questionnaires(facts: FactsInForce) -> dict[str, Leaf]:
    """Number and mean grades."""
    rows = facts.of["questionnaire"]
    found = {"count": _counted("source")(rows)}
    for grade in GRADES:
        refs = tuple(
            FactRef(row["source"], f"/{grade}", row[grade], (row["source"],)) for row in rows
        )
        found[f"mean_{grade}"] = Leaf(Round(Mean(refs)), as_money)
    return found


def helpdesk(facts: FactsInForce) -> dict[str, Leaf]:
    """Contacts and their minutes."""
    rows = facts.of["helpdesk_contact"]
    minutes = tuple(
        FactRef(row["source"], "/minutes", row["minutes"], (row["source"],)) for row in rows
    )
    return {
        "contacts": _counted("source")(rows),
        "minutes": Leaf(Sum(minutes), as_count),
    }
