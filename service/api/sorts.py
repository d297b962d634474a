"""The fields by which each list can be sorted, as `sort=field` or `sort=-field`."""

from typing import Annotated, Literal

from litestar.params import QueryParameter

SORT = QueryParameter(
    description="The field to sort by, with `-` the last one first. What is null comes after all"
    " else, with `-` before it"
)
SortOfDocuments = Annotated[
    Literal[
        "reference",
        "-reference",
        "document_number",
        "-document_number",
        "issued_on",
        "-issued_on",
        "paid_on",
        "-paid_on",
        "amount",
        "-amount",
    ],
    SORT,
]
SortOfWork = Annotated[
    Literal[
        "reference",
        "-reference",
        "month",
        "-month",
        "paid_on",
        "-paid_on",
        "amount",
        "-amount",
    ],
    SORT,
]
SortOfTrips = Annotated[
    Literal[
        "reference",
        "-reference",
        "departed_at",
        "-departed_at",
        "paid_on",
        "-paid_on",
        "amount",
        "-amount",
    ],
    SORT,
]
SortOfActivities = Annotated[
    Literal["start", "-start", "end", "-end", "reference", "-reference"], SORT
]
SortOfAttendance = Annotated[Literal["version", "-version", "date", "-date"], SORT]
SortOfParticipants = Annotated[
    Literal[
        "reference",
        "-reference",
        "entered_on",
        "-entered_on",
        "reached_on",
        "-reached_on",
        "hours",
        "-hours",
    ],
    SORT,
]
SortOfOutputs = Annotated[
    Literal[
        "written_on", "-written_on", "published_on", "-published_on", "reference", "-reference"
    ],
    SORT,
]
SortOfClaims = Annotated[
    Literal[
        "number",
        "-number",
        "submitted_on",
        "-submitted_on",
        "paid_on",
        "-paid_on",
        "declared",
        "-declared",
    ],
    SORT,
]
SortOfFindings = Annotated[Literal["reference", "-reference", "since", "-since"], SORT]
SortOfEvents = Annotated[Literal["position", "-position"], SORT]
