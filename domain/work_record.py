"""A work record (pracovní výkaz, a line of list SD-2): one person, month, item and contract.

Owns: hours, wage and contributions of the month; its signature cannot precede the last worked day.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

from domain.document import AmountsDoNotAddUp
from domain.event import Fact, Money, stored
from domain.person import SealedPerson
from domain.rejection import InvalidValue

CONTRACTS = ("Smlouva", "DPC", "DPP")


@stored("work-record.recorded.v1")
class WorkRecorded(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """The month worked (`month` is its first day, `effective_on` its last); money in CZK.

    `contract`: Smlouva (employment), DPC (dohoda o pracovní činnosti), DPP (dohoda o provedení
    práce). `fte` is the share of a full-time job on the project; `amount` the sum of the four.
    `reason` says of a difference why it was recorded.
    """

    project: UUID
    reference: str
    item: str
    employee: SealedPerson
    contract: str
    month: date
    fund_hours: Decimal
    project_hours: Decimal
    gross_wage: Money
    other_with_contributions: Money
    employer_contributions: Money
    other_without_contributions: Money
    amount: Money
    fte: Decimal
    corrects: UUID | None
    reason: str | None = None


@stored("work-record.signed.v1")
class WorkSigned(Fact, frozen=True, kw_only=True):
    """Employee and superior signed the record on `effective_on`."""

    project: UUID


def check_work(fact: WorkRecorded) -> None:
    """The four amounts add up; hours and FTE are not negative."""
    if fact.contract not in CONTRACTS:
        raise InvalidValue(f"expected {', '.join(CONTRACTS)}", "/contract")
    if fact.month.day != 1:
        raise InvalidValue("expected the first day of the month", "/month")
    total = (
        fact.gross_wage
        + fact.other_with_contributions
        + fact.employer_contributions
        + fact.other_without_contributions
    )
    if fact.amount != total:
        raise AmountsDoNotAddUp("the amount must be the sum of the four", "/amount_czk")
    if fact.fund_hours < 0 or fact.fte < 0 or fact.fte > 1:
        raise InvalidValue("expected 0 to 1 FTE and no negative fund", "/fte")
