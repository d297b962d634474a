"""`If-Match`: a command on an existing record names the version that its caller has seen.

The tag of a record is its version, in a read followed by a dot and a digest of the answer: what a
read shows also changes by events of other records, what a command is judged by does not.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from domain.rejection import InvalidValue, NotFound, Rejection
from service.commands.work import Work

HEADER = "If-Match"
TAG = re.compile(r'[ \t]*(W/)?"([\x21\x23-\x7e]{0,200})"[ \t]*')
TAG_PATTERN = r'(W/)?"[\x21\x23-\x7e]{0,200}"'
TAGS_PATTERN = rf"^(\*|{TAG_PATTERN}(, ?{TAG_PATTERN}){{0,9}})\Z"
VERSION = re.compile(r"[0-9]{1,18}")


class PreconditionMissing(Exception):
    """The command changes a record, and does not say which version of it was seen."""


class StaleVersion(Exception):
    """The record has another version than those that the caller names."""

    def __init__(self, current: int) -> None:
        super().__init__(current)
        self.current = current


def version_tag(version: int) -> str:
    """The tag of a version of a record."""
    return f'"{version}"'


def check_tags(header: str, name: str) -> None:
    """Raises InvalidValue for what is no list of tags."""
    if not re.fullmatch(TAGS_PATTERN, header.strip()):
        raise InvalidValue('expected the ETag of an answer, such as "3", or *', name)


def versions_of(header: str) -> frozenset[int] | None:
    """The versions of `If-Match`; None: any. A weak tag names none. Raises InvalidValue."""
    if header.strip() == "*":
        return None
    found = [TAG.fullmatch(one) for one in header.split(",")]
    if not all(found):
        raise InvalidValue('expected the ETag of the record, such as "3", or *', HEADER)
    tags = [match[2].partition(".")[0] for match in found if match and not match[1]]
    return frozenset(int(tag) for tag in tags if VERSION.fullmatch(tag))


@dataclass(frozen=True, slots=True)
class Precondition:
    """The versions that the record of a command may have."""

    record: UUID
    versions: frozenset[int]

    def judged(self, work: Work, decide: Callable[[], object]) -> None:
        """Decides; the append repeats the check under its lock. Raises StaleVersion.

        What the caller may not see stays not found; all other refusals would be of an old version.
        """
        try:
            decide()
        except NotFound:
            raise
        except Rejection:
            self._check(work)
            raise
        self._check(work)

    def check(self, current: int) -> None:
        """Raises StaleVersion."""
        if current not in self.versions:
            raise StaleVersion(current)

    def _check(self, work: Work) -> None:
        self.check(work.version_seen(self.record))
