"""What the description says of events that go out: the stream beside the batch, and webhooks."""

from typing import Any

from service.api.events import STREAM_MEDIA_TYPE
from service.feed.cloud_event import MEDIA_TYPE as EVENT_MEDIA_TYPE

LINK: dict[str, Any] = {
    "description": "The next page (`rel=next`)",
    "schema": {"type": "string"},
}
STREAM_EXAMPLE = """retry: 2000

id: 17
data: {"specversion":"1.0","sequence":"0000000000000000017","type":"cz.grantledger.claim.paid.v1"}

"""
WEBHOOK_DESCRIPTION = """One event a request, signed as Standard Webhooks say. Any answer of 2xx
within 15 seconds takes it; any other is a failure, and the event is sent again with the same
`webhook-id`: at once, after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h, each pause a
little longer by chance. Events come in the order of the log while the first three attempts of one
last; then later ones go on. An event may come more than once: drop what you have seen."""
SIGNED: dict[str, tuple[str, dict[str, Any], str]] = {
    "webhook-id": (
        "The event's `id`, the same in each attempt",
        {"format": "uuid", "maxLength": 36},
        "9a3e0e1b-0d0a-4c57-9f5a-0a7a1b8d3c21",
    ),
    "webhook-timestamp": (
        "Seconds of Unix time of the attempt",
        {"pattern": "^[0-9]{1,12}$", "maxLength": 12},
        "1775122200",
    ),
    "webhook-signature": (
        "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; two during a rotation",
        {"pattern": "^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)?$", "maxLength": 95},
        "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
    ),
}


def describe_feed(operation: dict[str, Any]) -> None:
    """The second representation of the feed, and the header that leads on."""
    found = operation["responses"]["200"]
    found["description"] = "Events after the position, none where there is none yet"
    found["headers"]["Link"] = {"$ref": "#/components/headers/Link"}
    found["content"][STREAM_MEDIA_TYPE] = {
        "schema": {"type": "string"},
        "examples": {"typical": {"value": STREAM_EXAMPLE}},
    }


def webhooks() -> dict[str, Any]:
    """The section `webhooks`: what an endpoint of the organisation gets, and how it answers."""
    event = {"$ref": "#/components/schemas/CloudEvent"}
    return {
        "event": {
            "post": {
                "operationId": "receive_event",
                "summary": "An event, sent to a webhook endpoint",
                "description": WEBHOOK_DESCRIPTION,
                "tags": ["webhooks"],
                "security": [],
                "parameters": [_signed(name, *words) for name, words in SIGNED.items()],
                "requestBody": {
                    "required": True,
                    "description": "The event",
                    "content": {EVENT_MEDIA_TYPE: {"schema": event}},
                },
                "responses": {
                    "204": {"description": "Taken; any status of 2xx is the same"},
                    "410": {"description": "The endpoint is no more: it is disabled"},
                    "429": {
                        "description": "Too much at once: sent again, not before `Retry-After`",
                        "headers": {"Retry-After": {"$ref": "#/components/headers/Retry-After"}},
                    },
                },
            }
        }
    }


def _signed(name: str, description: str, limits: dict[str, Any], example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string", **limits},
        "example": example,
    }
