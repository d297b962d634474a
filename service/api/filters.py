"""The parameters by which lists are filtered and ordered; what is not given filters nothing."""

from typing import Annotated, Literal, TypedDict

from litestar.params import QueryParameter

CODE = r"^[A-Za-z0-9_.:+-]{1,60}\Z"
OnlyItem = Annotated[
    str | None, QueryParameter(pattern=CODE, description="Only with a line on this budget item")
]
OnlySupplier = Annotated[
    str | None, QueryParameter(pattern=r"^[0-9]{1,8}\Z", description="Only of the supplier's IČO")
]
OnlyPaid = Annotated[
    bool | None, QueryParameter(description="`true`: only paid ones; `false`: only unpaid ones")
]
OnlyFinding = Annotated[
    str | None, QueryParameter(pattern=r"^[a-z_]{1,60}\Z", description="Only with this finding")
]
OnlyInClaim = Annotated[
    int | None, QueryParameter(ge=1, le=10_000, description="Only in the claim of this number")
]
OnlyKind = Annotated[
    str | None, QueryParameter(pattern=CODE, description="Only activities of this kind")
]
OnlyPeriod = Annotated[
    int | None,
    QueryParameter(ge=0, le=1000, description="Only of this monitoring period; 0: of none"),
]
OnlyStatus = Annotated[
    Literal["counted", "incomplete", "below_threshold"] | None,
    QueryParameter(description="Only participants who count so in the indicators"),
]
OnlyStage = Annotated[
    Literal["submitted", "decided", "paid"] | None,
    QueryParameter(description="Only claims that have come so far and no further"),
]
ByReference = Annotated[
    Literal["reference", "-reference"], QueryParameter(description="With `-` the last one first")
]
ByStart = Annotated[
    Literal["start", "-start"], QueryParameter(description="With `-` the latest one first")
]
ByNumber = Annotated[
    Literal["number", "-number"], QueryParameter(description="With `-` the last one first")
]


class OfSpending(TypedDict, total=False):
    """What lists of documents, work records and trips are filtered by."""

    item: str | None
    supplier_ico: str | None
    paid: bool | None
    finding: str | None
    claim: int | None
