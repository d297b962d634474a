"""A travel order (cestovní příkaz, a line of list SD-3): one traveller's trip and its costs.

Owns: the settled fare, accommodation and meal allowance; they are not recomputed.
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.document import AmountsDoNotAddUp
from domain.event import Fact, Money, stored
from domain.person import SealedPerson
from domain.rejection import InvalidValue


@stored("travel-order.recorded.v1")
class TravelRecorded(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """The trip as settled; `effective_on` is the day of return, times are local; money in CZK.

    `exchange_rate`: CZK for 1 EUR on the day of departure, by which the EUR parts were settled.
    `reason` says of a difference why it was recorded.
    """

    project: UUID
    reference: str
    item: str
    traveller: SealedPerson
    activity: UUID | None
    place: str
    country: str
    departed_at: datetime
    returned_at: datetime
    fare: Money
    accommodation: Money
    meal_allowance: Money
    amount: Money
    exchange_rate: Decimal | None
    corrects: UUID | None
    reason: str | None = None


def check_travel(fact: TravelRecorded) -> None:
    """The trip ends after it starts; the three costs add up."""
    if fact.returned_at < fact.departed_at:
        raise InvalidValue("expected a return after the departure", "/returned_at")
    if fact.amount != fact.fare + fact.accommodation + fact.meal_allowance:
        raise AmountsDoNotAddUp("the amount must be the sum of the three", "/amount_czk")
