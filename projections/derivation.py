"""How a figure comes about: expressions over facts, rules and other figures, down to events.

A figure is not stored but derived; the same expression gives its value and, on demand, its
provenance. Operands are addresses of other figures (JSON Pointers) or expressions.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple, assert_never
from uuid import UUID

from domain.money import money_text, round_money


class FactRef(NamedTuple):
    """A fact that a figure rests on; a large project's report has tens of thousands.

    `source`: position of the event that holds the value, in `field` (a JSON Pointer into it);
    `positions`: all events behind the fact; `document_id`: the document, where there is one.
    """

    source: int
    field: str
    value: Any
    positions: tuple[int, ...] = ()
    document_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Sum:
    """The values of the facts added up."""

    facts: tuple[FactRef, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many facts there are."""

    facts: tuple[FactRef, ...]


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of the values of the facts; None of nothing."""

    facts: tuple[FactRef, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """The value of one fact; None when there is no such fact (not yet paid)."""

    fact: FactRef | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A parameter of the rule set, by its path in it; `facts` are what the rule was applied to."""

    rule_set: str
    path: str
    value: Any
    facts: tuple[FactRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """A number of the definition itself, such as the 100 of a percentage."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of other figures."""

    of: "tuple[Operand, ...]"


@dataclass(frozen=True, slots=True)
class Difference:
    """The first figure less all others."""

    of: "tuple[Operand, ...]"


@dataclass(frozen=True, slots=True)
class Product:
    """The product of figures, exact."""

    of: "tuple[Operand, ...]"


@dataclass(frozen=True, slots=True)
class Ratio:
    """The first figure divided by the second; 0 when that is 0 (nothing spent: no share)."""

    of: "tuple[Operand, Operand]"


@dataclass(frozen=True, slots=True)
class Round:
    """Rounded to 2 decimals, half up; None stays None."""

    of: "Operand"


Derivation = (
    Sum | Count | Mean | Value | Rule | Literal | Total | Difference | Product | Ratio | Round
)
Operand = str | Derivation
Tree = Mapping[str, Any] | list[Any]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A figure of a report: how it is derived and how it is written."""

    derivation: Derivation
    write: Callable[[Any], Any]


def as_money(value: Any) -> Any:
    """Money, percentages and means: a string with 2 decimals."""
    return None if value is None else money_text(value)


def as_count(value: Any) -> Any:
    """A whole number."""
    return int(value)


def as_quantity(value: Any) -> Any:
    """A whole number where it is one, else a decimal string."""
    return int(value) if value == int(value) else str(value)


def as_text(value: Any) -> Any:
    """Codes and names as they are, dates as ISO text."""
    return value if value is None or isinstance(value, str | int) else value.isoformat()


class Figures:
    """A tree of figures that can be written out, and each of them explained."""

    def __init__(self, tree: Mapping[str, Any]) -> None:
        self.tree = tree
        self.leaves = dict(_leaves("", tree))
        self._values: dict[str, Any] = {}

    def written(self) -> dict[str, Any]:
        """The report: the tree with each figure as it is written."""
        return _written(self, self.tree)

    def figure(self, pointer: str) -> Any:
        """One figure as it is written. Raises KeyError for an unknown address."""
        leaf = self.leaves[pointer]
        return leaf.write(self.value(pointer))

    def value(self, operand: Operand) -> Any:
        """The exact value of a figure or expression; a written figure is rounded as written."""
        if not isinstance(operand, str):
            return self._evaluate(operand)
        if operand not in self._values:
            self._values[operand] = self._evaluate(self.leaves[operand].derivation)
        return self._values[operand]

    def _evaluate(self, node: Derivation) -> Any:
        match node:
            case Sum(facts):
                return sum((fact.value for fact in facts), Decimal(0))
            case Count(facts):
                return len(facts)
            case Mean(facts):
                total = sum((Decimal(fact.value) for fact in facts), Decimal(0))
                return total / len(facts) if facts else None
            case Value(fact):
                return None if fact is None else fact.value
            case Rule(value=value) | Literal(value=value):
                return value
            case Total(of):
                return sum((self.value(one) for one in of), Decimal(0))
            case Difference(of):
                first, *others = (self.value(one) for one in of)
                return first - sum(others, Decimal(0))
            case Product(of):
                product = Decimal(1)
                for one in of:
                    product *= self.value(one)
                return product
            case Ratio((part, whole)):
                divisor = self.value(whole)
                return self.value(part) / divisor if divisor else Decimal(0)
            case Round(of):
                value = self.value(of)
                return None if value is None else round_money(value)
            case _:
                assert_never(node)


def facts_of(node: Derivation) -> Iterable[FactRef]:
    """The facts that an expression names itself or in its inner expressions."""
    match node:
        case Sum(facts) | Count(facts) | Mean(facts) | Rule(facts=facts):
            yield from facts
        case Value(fact):
            if fact is not None:
                yield fact
        case Round(of):
            if not isinstance(of, str):
                yield from facts_of(of)
        case Total(of) | Difference(of) | Product(of) | Ratio(of):
            for one in of:
                if not isinstance(one, str):
                    yield from facts_of(one)
        case Literal():
            return


def _leaves(pointer: str, node: Any) -> Iterable[tuple[str, Leaf]]:
    if isinstance(node, Leaf):
        yield pointer, node
    elif isinstance(node, list):
        for index, child in enumerate(node):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            yield from _leaves(f"{pointer}/{index}", child)
    else:
        for name, child in node.items():
            yield from _leaves(f"{pointer}/{escaped(name)}", child)


def _written(figures: Figures, node: Any, pointer: str = "") -> Any:
    if isinstance(node, Leaf):
        return figures.figure(pointer)
    if isinstance(node, list):
        return [
            _written(figures, child, f"{pointer}/{index}")
            for index, child in enumerate(node)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        ]
    return {
        name: _written(figures, child, f"{pointer}/{escaped(name)}") for name, child in node.items()
    }


def escaped(name: str) -> str:
    """A name as a reference token of a JSON Pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def pointers(group: str, codes: Iterable[str], field: str) -> tuple[str, ...]:
    """The addresses of one field of each member of a group."""
    return tuple(f"/{group}/{escaped(code)}/{field}" for code in codes)
