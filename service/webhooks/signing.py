"""Secrets and signatures of Standard Webhooks: HMAC-SHA256 over id, time and the exact body."""

import base64
import secrets
from collections.abc import Sequence
from hmac import digest

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> bytes:
    """A secret of 256 random bits, one for each endpoint."""
    return secrets.token_bytes(SECRET_BYTES)


def secret_text(secret: bytes) -> str:
    """As the receiver's library takes it."""
    return PREFIX + base64.b64encode(secret).decode()


def signed_headers(
    event_id: str, timestamp: int, body: bytes, keys: Sequence[bytes]
) -> dict[str, str]:
    """The headers of one attempt; one signature for each secret that is good now."""
    content = b"%b.%d.%b" % (event_id.encode(), timestamp, body)
    signatures = [f"v1,{base64.b64encode(digest(key, content, 'sha256')).decode()}" for key in keys]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
