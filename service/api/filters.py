"""The parameters by which lists are filtered; what is not given filters nothing."""

from datetime import date
from typing import Annotated, Literal, TypedDict
from uuid import UUID

from litestar.params import QueryParameter

from domain.money import MONEY_PATTERN

CODE = r"^[A-Za-z0-9_.:+-]{1,60}\Z"
NAMED = r"^[^\x00-\x1f\x7f]{1,100}\Z"
OnlyReference = Annotated[
    str | None, QueryParameter(pattern=NAMED, description="Only with exactly this reference")
]
OnlyItem = Annotated[
    str | None, QueryParameter(pattern=CODE, description="Only with a line on this budget item")
]
OnlySupplier = Annotated[
    str | None, QueryParameter(pattern=r"^[0-9]{1,8}\Z", description="Only of the supplier's IČO")
]
OnlyDocumentNumber = Annotated[
    str | None,
    QueryParameter(pattern=NAMED, description="Only with exactly this number of the supplier's"),
]
OnlyPerson = Annotated[
    UUID | None, QueryParameter(description="Only of this person, by `person_id`")
]
OnlyPaid = Annotated[
    bool | None, QueryParameter(description="`true`: only paid ones; `false`: only unpaid ones")
]
PaidSince = Annotated[date | None, QueryParameter(description="Only paid on this day or later")]
PaidUntil = Annotated[date | None, QueryParameter(description="Only paid by the end of this day")]
IssuedSince = Annotated[date | None, QueryParameter(description="Only issued on this day or later")]
IssuedUntil = Annotated[
    date | None, QueryParameter(description="Only issued by the end of this day")
]
OnlyMonth = Annotated[
    date | None, QueryParameter(description="Only of this month, by its first day")
]
DepartedSince = Annotated[
    date | None, QueryParameter(description="Only trips that began on this day or later")
]
DepartedUntil = Annotated[
    date | None, QueryParameter(description="Only trips that began by the end of this day")
]
AmountMin = Annotated[
    str | None,
    QueryParameter(pattern=MONEY_PATTERN, description="Only with at least this `amount`, CZK"),
]
AmountMax = Annotated[
    str | None,
    QueryParameter(pattern=MONEY_PATTERN, description="Only with at most this `amount`, CZK"),
]
OnlyPaidInPeriod = Annotated[
    int | None,
    QueryParameter(
        ge=0, le=1000, description="Only paid in this monitoring period; 0: in none, or unpaid"
    ),
]
OnlyFinding = Annotated[
    str | None, QueryParameter(pattern=r"^[a-z_]{1,60}\Z", description="Only with this finding")
]
OnlyInClaim = Annotated[
    int | None, QueryParameter(ge=1, le=10_000, description="Only in the claim of this number")
]
OnlyKind = Annotated[str | None, QueryParameter(pattern=CODE, description="Only of this kind")]
OnlyKeyActivity = Annotated[
    str | None, QueryParameter(pattern=CODE, description="Only of this key activity")
]
HeldSince = Annotated[
    date | None, QueryParameter(description="Only those that ended on this day or later")
]
HeldUntil = Annotated[
    date | None, QueryParameter(description="Only those that began by the end of this day")
]
OnlyPeriod = Annotated[
    int | None,
    QueryParameter(ge=0, le=1000, description="Only of this monitoring period; 0: of none"),
]
OnlyParticipant = Annotated[
    UUID | None, QueryParameter(description="Only of this participant, by its id")
]
OnlyPublished = Annotated[
    bool | None, QueryParameter(description="`true`: only published ones; `false`: only others")
]
OnlyStatus = Annotated[
    Literal["counted", "incomplete", "below_threshold"] | None,
    QueryParameter(description="Only participants who count so in the indicators"),
]
OnlyStage = Annotated[
    Literal["submitted", "decided", "paid"] | None,
    QueryParameter(description="Only claims that have come so far and no further"),
]


class OfSpending(TypedDict, total=False):
    """What lists of documents, work records and trips are filtered by."""

    reference: str | None
    item: str | None
    supplier_ico: str | None
    document_number: str | None
    person_id: UUID | None
    paid: bool | None
    paid_since: date | None
    paid_until: date | None
    dated_since: date | None
    dated_until: date | None
    amount_min: str | None
    amount_max: str | None
    period: int | None
    finding: str | None
    claim: int | None
