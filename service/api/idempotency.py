"""`Idempotency-Key`: the same request sent again is the same command.

The command id follows from tenant, actor and key; it and the hash of the request are stored with
the events, so that a repeated request gets the first answer and another one under the same key is
refused. Without the header every request is a command of its own.
"""

import re
from hashlib import sha256
from uuid import UUID, uuid4, uuid5

from domain.rejection import InvalidValue

HEADER = "Idempotency-Key"
REQUESTS = UUID("0f6c6f0a-5b0e-5f43-9f55-9b9c6f3f6d14")
BARE = r"[\x21\x23-\x5b\x5d-\x7e]{1,200}"  # printable ASCII but quote and backslash
KEY, KEY_PATTERN = re.compile(BARE), f'^({BARE}|"{BARE}")$'


def key_of(header: str | None) -> str | None:
    """The key, bare or as a structured-field string in quotes. Raises InvalidValue."""
    if header is None:
        return None
    text = header.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = text[1:-1]
    if not KEY.fullmatch(text):
        raise InvalidValue("expected 1 to 200 printable characters", HEADER)
    return text


def command_id(tenant: UUID, actor: str, key: str | None) -> UUID:
    """The id under which the request's command is stored."""
    return uuid4() if key is None else uuid5(REQUESTS, f"{tenant}/{actor}/{key}")


def request_hash(method: str, path: str, body: bytes) -> bytes:
    """What makes a request the same: method, path and canonical body."""
    return sha256(b"\n".join((method.encode(), path.encode(), body))).digest()
