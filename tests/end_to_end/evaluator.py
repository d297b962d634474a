"""Recomputes a figure from its derivation alone, reading events and rules but no view.

Shares no code with the program. `log`: the stored events by position, `data` their JSON; `rules`:
the programme files by name; `derivations`: of every figure, because they refer to one another.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import prod
from typing import Any

OPERATIONS = {
    "sum": lambda values: sum(values, Decimal(0)),
    "difference": lambda values: values[0] - sum(values[1:], Decimal(0)),
    "product": prod,
    "ratio": lambda values: values[0] / values[1] if values[1] else Decimal(0),
}
EVENT = ("position", "event_id", "stream_id", "version", "type")


class DoesNotHold(Exception):
    """The derivation names something that the log or the rules do not have so."""


def at(document: Any, pointer: str) -> Any:
    """The value at a JSON Pointer."""
    for token in pointer.split("/")[1:]:
        name = token.replace("~1", "/").replace("~0", "~")
        document = document[int(name)] if isinstance(document, list) else document[name]
    return document


@dataclass
class Evaluator:
    log: Mapping[int, Mapping[str, Any]]
    rules: Mapping[str, Any]
    derivations: Mapping[str, Any]

    def value(self, node: Any) -> Any:
        """The value of a figure (by its pointer) or of an expression."""
        match node:
            case str():
                return self.value(self.derivations[node])
            case {"op": "sum", "facts": facts}:
                return sum(self.numbers(facts), Decimal(0))
            case {"op": "count", "facts": facts}:
                return len(self.numbers(facts))
            case {"op": "mean", "facts": facts}:
                return sum(self.numbers(facts), Decimal(0)) / len(facts) if facts else None
            case {"op": "value", "fact": fact}:
                return fact and self.fact(fact)
            case {"op": "value", "rule": rule, "facts": facts}:
                if not [self.fact(one) for one in facts]:
                    raise DoesNotHold("a rule applied to nothing")
                return at(self.rules[rule["rule_set"]], rule["path"])
            case {"op": "literal", "value": value}:
                return value
            case {"op": "round", "of": [one]}:
                exact = self.value(one)
                return exact and exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
        values = [Decimal(self.value(one)) for one in node["of"]]
        return OPERATIONS[node["op"]](values)

    def numbers(self, facts: list[Any]) -> list[Decimal]:
        """The values of facts, each of which may be there only once."""
        if len({(one["event"]["position"], one["field"]) for one in facts}) != len(facts):
            raise DoesNotHold("a fact is there twice")
        return [Decimal(self.fact(one)) for one in facts]

    def fact(self, fact: Mapping[str, Any]) -> Any:
        """The value of a fact as its event holds it; every event named must be in the log."""
        for named in [fact["event"], *fact["events"]]:
            stored = self.log.get(named["position"], {})
            if any(stored.get(column) != named[column] for column in EVENT):
                raise DoesNotHold(f"no such event: {named}")
        value = at(self.log[fact["event"]["position"]]["data"], fact["field"])
        if fact["field"] and str(value) != str(fact["value"]):
            raise DoesNotHold(f"the event holds {value}, not {fact['value']}")
        return value if fact["field"] else fact["value"]
