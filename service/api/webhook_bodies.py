"""What is said of webhook endpoints, in requests and in answers."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from service.api.fields import NO_NUL, Body, Id, Item
from service.api.paging import NextCursor
from service.api.users import MaybeMoment, Moment

POSITION_MAX = 2**53
Url = Annotated[
    str,
    Meta(
        pattern=r"^https?://[!-~]+\Z",
        max_length=2000,
        description="By https, at a public address, port 443 or 8443; no secrets in it",
        examples=["https://accounting.example.org/grantledger"],
    ),
]
Description = Annotated[
    str,
    Meta(
        pattern=NO_NUL,
        max_length=200,
        description="What it is for: no names of persons",
        examples=["accounting"],
    ),
]
EventType = Annotated[
    str,
    Meta(
        pattern=r"^[a-z-]{1,40}\.[a-z-]{1,40}\.v[1-9][0-9]{0,3}\Z",
        max_length=90,
        examples=["claim.paid.v1"],
    ),
]
MaybeTypes = Annotated[
    Annotated[list[EventType], Meta(min_length=1, max_length=50)] | None,
    Meta(
        description="Only events with these stored names; null: all", examples=[["claim.paid.v1"]]
    ),
]
OfProject = Annotated[
    UUID | None,
    Meta(
        description="Only events that concern this project and no other; null: all",
        examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"],
    ),
]
Position = Annotated[
    int, Meta(ge=0, le=POSITION_MAX, description="A position of the log", examples=[17])
]
MaybeAfter = Annotated[
    Annotated[int, Meta(ge=0, le=POSITION_MAX)] | None,
    Meta(description="Send what is after this position; null: what is recorded from now on"),
]


class WebhookEndpointToMake(Body, frozen=True, kw_only=True):
    """An endpoint."""

    url: Url
    description: Description = ""
    project_id: OfProject = None
    types: MaybeTypes = None
    after: MaybeAfter = None


class WebhookEndpointToChange(Body, frozen=True, kw_only=True):
    """All that can be changed, anew."""

    url: Url
    description: Description
    project_id: OfProject
    types: MaybeTypes
    enabled: Annotated[
        bool, Meta(description="Enabled anew it goes on where it was", examples=[True])
    ]


class WebhookSecret(Item, frozen=True, kw_only=True):
    """An endpoint's newest secret."""

    id: Id
    secret: Annotated[
        str,
        Meta(
            description="What signatures are verified with (Standard Webhooks)",
            examples=["whsec_…"],
        ),
    ]


class WebhookEndpoint(Item, frozen=True, kw_only=True):
    """An endpoint without its secret."""

    id: Id
    version: Annotated[
        int,
        Meta(ge=1, le=2**53, description="For `If-Match`: grows with each change", examples=[1]),
    ]
    url: Url
    description: Description
    project_id: OfProject
    types: MaybeTypes
    enabled: Annotated[bool, Meta(examples=[True])]
    disabled_at: MaybeMoment
    disabled_reason: Annotated[
        str | None,
        Meta(description="Why nothing is sent", examples=["the endpoint answered 410 Gone"]),
    ]
    position: Annotated[
        int,
        Meta(description="Up to here events were taken or are listed deliveries", examples=[17]),
    ]
    held_until: MaybeMoment
    attempted_at: MaybeMoment
    taken_at: MaybeMoment
    created_at: Moment
    old_secret_until: MaybeMoment


class WebhookEndpointPage(Item, frozen=True, kw_only=True):
    """A page of endpoints in the order in which they were made."""

    items: list[WebhookEndpoint]
    next_cursor: NextCursor
