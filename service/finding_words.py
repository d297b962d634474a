"""Findings in words: what is found, what it means, and what would resolve it."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from domain.rule_set import FindingRule, RuleSet
from projections.facts_in_force import Row
from service.wording.wording import Wording


class RuleInWords(NamedTuple):
    """A grant rule that documents break, in one language."""

    title: str
    means: str
    resolved_by: str


class FindingInWords(NamedTuple):
    """A document that breaks a rule from a day on."""

    document: str
    code: str
    blocking: bool
    since: date
    rule: RuleInWords


def rule_in_words(rule: FindingRule, wording: Wording) -> RuleInWords:
    """The rule; one that has no words yet says what its rule set says of it."""
    title = rule.title_cs if wording.language == "cs" else rule.title_en
    return RuleInWords(
        wording.known(f"findings.rule.{rule.code}.title", title),
        wording.known(f"findings.rule.{rule.code}.means", title),
        wording.known(f"findings.rule.{rule.code}.resolved_by", rule.resolved_by),
    )


def findings_in_words(
    rows: Iterable[Row], rules: RuleSet, wording: Wording
) -> list[FindingInWords]:
    """The findings (rows of the view `finding`) by document and code."""
    known = {rule.code: rule for rule in rules.findings}
    said = {code: rule_in_words(rule, wording) for code, rule in known.items()}
    found = [
        FindingInWords(
            row["reference"],
            row["code"],
            known[row["code"]].blocking,
            row["since"],
            said[row["code"]],
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.document, one.code))
