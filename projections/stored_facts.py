"""Facts that a projection keeps in its rows: decoded once, however often a fold reads them.

A fact never changes and holds no personal data, so it may be shared and kept.
"""

from functools import lru_cache

from domain.event import Fact, decode

KEPT_MAX = 1024


@lru_cache(maxsize=KEPT_MAX)
def stored_fact(name: str, data: bytes) -> Fact:
    """As `domain.event.decode`."""
    return decode(name, data)
