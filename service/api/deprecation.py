"""Operations that will go, each with its dates: the one table that answers and description follow.

`Deprecation` (RFC 9745) says since when, `Sunset` (RFC 8594) from when on it may be gone, `Link`
what to do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from litestar.types import Scope


@dataclass(frozen=True, slots=True)
class Deprecation:
    """Since when, until when at least, and where it is written what to do. Moments are in UTC."""

    since: datetime
    sunset: datetime
    link: str


DEPRECATED: Mapping[str, Deprecation] = {}  # by operation id


def deprecation_headers(scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers of an answer of a deprecated operation."""
    handler: Any = dict(scope).get("route_handler")  # none where no path was found
    operation = getattr(handler, "operation_id", None)
    found = DEPRECATED.get(operation) if isinstance(operation, str) else None
    if found is None:
        return []
    links = ", ".join(f'<{found.link}>; rel="{rel}"' for rel in ("deprecation", "sunset"))
    return [
        (b"deprecation", f"@{int(found.since.timestamp())}".encode()),
        (b"sunset", format_datetime(found.sunset, usegmt=True).encode()),
        (b"link", links.encode()),
    ]
