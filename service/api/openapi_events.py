"""What the description says of events that go out: the stream beside the batch, and webhooks."""

from typing import Any

from service.api.events import STREAM_MEDIA_TYPE

LINK: dict[str, Any] = {
    "description": "The next page (`rel=next`)",
    "schema": {"type": "string"},
}
STREAM_EXAMPLE = """retry: 2000

id: 17
data: {"specversion":"1.0","sequence":"0000000000000000017","type":"cz.grantledger.claim.paid.v1"}

"""


def describe_feed(operation: dict[str, Any]) -> None:
    """The second representation of the feed, and the header that leads on."""
    found = operation["responses"]["200"]
    found["description"] = "Events after the position, none where there is none yet"
    found["headers"]["Link"] = {"$ref": "#/components/headers/Link"}
    found["content"][STREAM_MEDIA_TYPE] = {
        "schema": {"type": "string"},
        "examples": {"typical": {"value": STREAM_EXAMPLE}},
    }
