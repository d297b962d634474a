"""`grantledger explain POINTER`: where a figure comes from."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import click
from rich.tree import Tree

from projections.derivation import Figures
from service.cli.output import amount, notes, results, write_json
from service.cli.session import (
    as_of_option,
    json_option,
    known_at_option,
    project_option,
    session,
    tenant_option,
    told_by,
)
from service.reports import Point

FACTS_SHOWN = 50
EPILOG = """\b
Examples (the addresses are those of `report figures --json`):
  grantledger explain /settlement/balance --project …
  grantledger explain /budget_by_item/1.1.4.1/recorded --project … --json
  grantledger explain /indicators/60000/by_period/3 --project …"""


@click.command(epilog=EPILOG)
@click.argument("pointer")
@project_option
@as_of_option
@known_at_option
@json_option
@tenant_option
def explain(
    pointer: str,
    number: str,
    as_of: date | None,
    known_at: int | datetime | None,
    as_json: bool,
    tenant: UUID | None,
) -> None:
    """Shows how the figure at POINTER (a JSON Pointer) comes about, down to facts and events."""
    at = Point(as_of, known_at)
    with session(tenant) as opened, notes().status("reading"), told_by(number):
        reports = opened.reports
        project = reports.project(number)
        found = reports.explain(project, pointer, at)
        figures = None if as_json else reports.readable(project, at).figures
    if figures is None:
        write_json(found)
        return
    tree = Tree(f"{found['figure']} = {amount(found['value'])}")
    _grow(tree, found["derivation"], figures)
    results().print(tree, soft_wrap=True)


def _grow(tree: Tree, derivation: dict[str, Any], figures: Figures) -> None:
    branch = tree.add(_head(derivation))
    for operand in derivation.get("of", ()):
        if isinstance(operand, str):
            branch.add(f"{operand} = {amount(figures.figure(operand))}")
        else:
            _grow(branch, operand, figures)
    facts = [one for one in (*derivation.get("facts", ()), derivation.get("fact")) if one]
    for fact in facts[:FACTS_SHOWN]:
        branch.add(_fact(fact))
    if len(facts) > FACTS_SHOWN:
        branch.add(f"… and {len(facts) - FACTS_SHOWN} more; --json lists all")


def _head(derivation: dict[str, Any]) -> str:
    match derivation:
        case {"op": "literal", "value": value}:
            return f"the number {value}"
        case {"op": "value", "rule": rule}:
            return f"rule {rule['path']} of {rule['rule_set']}: {rule['value']}"
        case {"op": "value", "fact": None}:
            return "value of a fact that is not recorded yet"
        case {"op": "round", "places": places}:
            return f"round to {places} decimals"
        case {"op": op, "facts": facts}:
            return f"{op} of {len(facts)} facts"
        case _:
            return f"{derivation['op']} of"


def _fact(fact: dict[str, Any]) -> str:
    event = fact["event"]
    value = "" if fact["value"] is None else f"{amount(fact['value'])}  "
    document = f", document {fact['document_id']}" if fact["document_id"] else ""
    where = f"{event['type']}{fact['field']}"
    return f"{value}{where} (position {event['position']}{document})"
