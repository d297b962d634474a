"""The budget of a project (rozpočet): items of the direct costs; one stream a project.

Owns: each item's price and count; an item's total is unit price x count, to the haléř.
"""

from decimal import Decimal
from uuid import UUID

import msgspec

from domain.event import Fact, Money, stored
from domain.money import round_money
from domain.rejection import AlreadyRecorded, InvalidValue

EVIDENCE_LISTS = ("SD-1", "SD-2", "SD-3")


@stored("budget.item-added.v1")
class ItemAdded(Fact, frozen=True, kw_only=True):
    """A leaf item (položka rozpočtu). `unit_price` CZK; `evidence` = the list of its documents.

    `purchased_service` counts as purchased service (nákup služeb); never derived from the code.
    """

    project: UUID
    code: str
    name: str
    unit: str
    unit_price: Money
    count: Decimal
    total: Money
    evidence: str
    purchased_service: bool


class Budget(msgspec.Struct, frozen=True):
    """What decisions about a budget read: the codes of its items."""

    items: frozenset[str] = frozenset()


class TotalDiffers(InvalidValue):
    """The total is not unit price x count."""

    code = "total_differs"


def evolve(state: Budget, fact: Fact) -> Budget:
    """The state after a fact; never refuses."""
    match fact:
        case ItemAdded(code=code):
            return msgspec.structs.replace(state, items=state.items | {code})
        case _:
            return state


def check(state: Budget, fact: Fact) -> None:
    """Raises the rejection that forbids `fact` in this state; corrections are checked alike."""
    match fact:
        case ItemAdded():
            if fact.code in state.items:
                raise AlreadyRecorded(f"the budget has an item {fact.code}", "/code")
            if fact.evidence not in EVIDENCE_LISTS:
                raise InvalidValue(f"expected {', '.join(EVIDENCE_LISTS)}", "/evidence")
            if fact.total != round_money(fact.unit_price * fact.count):
                raise TotalDiffers("the total must be unit price x count", "/total")
        case _:
            raise TypeError(type(fact).__qualname__)
