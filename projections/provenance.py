"""Where a figure comes from: its derivation as JSON, down to facts, events and documents."""

from typing import Any, assert_never
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from projections.derivation import (
    Count,
    Derivation,
    Difference,
    FactRef,
    Figures,
    Literal,
    Mean,
    Operand,
    Product,
    Ratio,
    Round,
    Rule,
    Sum,
    Total,
    Value,
    facts_of,
)

EVENTS = """SELECT position, event_id, stream_id, version, type FROM ledger.event
    WHERE tenant_id = %(tenant)s AND position = ANY(%(positions)s)"""
CORRECTED = "fact.corrected.v1"
Events = dict[int, dict[str, Any]]


def explanation(
    connection: Connection[Any], tenant: UUID, figures: Figures, pointer: str
) -> dict[str, Any]:
    """`{figure, value, derivation}` of one figure. Raises KeyError for an unknown address."""
    node = figures.leaves[pointer].derivation
    positions = sorted({p for fact in facts_of(node) for p in (fact.source, *fact.positions)})
    with connection.cursor(row_factory=dict_row, binary=True) as cursor:
        cursor.execute(EVENTS, {"tenant": tenant, "positions": positions})
        events = {row["position"]: row for row in cursor}
    return {
        "figure": pointer,
        "value": figures.figure(pointer),
        "derivation": _json(node, events),
    }


def _json(node: Derivation, events: Events) -> dict[str, Any]:
    match node:
        case Sum(facts):
            return {"op": "sum", "facts": _facts(facts, events)}
        case Count(facts):
            return {"op": "count", "facts": _facts(facts, events)}
        case Mean(facts):
            return {"op": "mean", "facts": _facts(facts, events)}
        case Value(fact):
            return {"op": "value", "fact": _fact(fact, events) if fact else None}
        case Rule(rule_set, path, value, facts):
            rule = {"rule_set": rule_set, "path": path, "value": value}
            return {"op": "value", "rule": rule, "facts": _facts(facts, events)}
        case Literal(value):
            return {"op": "literal", "value": str(value)}
        case Total(of):
            return {"op": "sum", "of": _operands(of, events)}
        case Difference(of):
            return {"op": "difference", "of": _operands(of, events)}
        case Product(of):
            return {"op": "product", "of": _operands(of, events)}
        case Ratio(of):
            return {"op": "ratio", "of": _operands(of, events)}
        case Round(of):
            return {"op": "round", "places": 2, "of": _operands((of,), events)}
        case _:
            assert_never(node)


def _operands(of: tuple[Operand, ...], events: Events) -> list[Any]:
    return [one if isinstance(one, str) else _json(one, events) for one in of]


def _facts(facts: tuple[FactRef, ...], events: Events) -> list[dict[str, Any]]:
    return [_fact(fact, events) for fact in facts]


def _fact(fact: FactRef, events: Events) -> dict[str, Any]:
    """A fact: the event with the value and the field in it, all events behind, the document."""
    prefix = "/values" if fact.field and events[fact.source]["type"] == CORRECTED else ""
    behind = sorted({fact.source, *fact.positions})
    return {
        "event": _event(events[fact.source]),
        "field": prefix + fact.field,
        "value": fact.value if isinstance(fact.value, int | None) else str(fact.value),
        "document_id": str(fact.document_id) if fact.document_id else None,
        "events": [_event(events[position]) for position in behind],
    }


def _event(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "position": row["position"],
        "event_id": str(row["event_id"]),
        "stream_id": str(row["stream_id"]),
        "version": row["version"],
        "type": row["type"],
    }
