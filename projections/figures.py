"""The figures of a project: budget, findings, claims, settlement, participants, indicators.

Definitions: `docs/figures.md`. Each figure is an expression over the facts in force and over other
figures, so that its value and its provenance cannot differ.
"""

from typing import Any

from domain.rule_set import RuleSet
from projections import money_figures, people_figures
from projections.derivation import Figures
from projections.facts_in_force import FactsInForce


def figures(facts: FactsInForce, rules: RuleSet) -> Figures:
    """All figures of the project at the facts' point of both times."""
    tree: dict[str, Any] = {
        **_money(facts, rules),
        "participants": people_figures.participants(facts, rules),
        "indicators": people_figures.indicators(facts),
        "common_indicators": people_figures.common_indicators(facts, rules),
        "activities": people_figures.activities(facts),
        "documents_indicator": people_figures.documents_indicator(facts),
        "questionnaires": people_figures.questionnaires(facts),
        "helpdesk": people_figures.helpdesk(facts),
    }
    return Figures(tree)


def figures_of_money(facts: FactsInForce, rules: RuleSet) -> Figures:
    """Those that need no person; the facts may be those of the views of money alone."""
    return Figures(_money(facts, rules))


def _money(facts: FactsInForce, rules: RuleSet) -> dict[str, Any]:
    return {
        **money_figures.budget(facts),
        "findings": money_figures.findings(facts, rules),
        "claims": money_figures.claims(facts),
        "settlement": money_figures.settlement(facts),
    }
