"""Reading a project's audit trail: pages in words, with the users' names, whose reading is logged.

What is read is bounded by a position of the log, and the log is never changed: the pages of one
position are the same whenever they are read, so a long trail needs no snapshot held open meanwhile.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from projections.audit_query import VIEWS, AuditEntry, AuditPage, Wanted, audit_page
from projections.reading import consistent
from service.audit.sentences import Sentence, sentences
from service.composition import Services
from service.identity import user_names
from service.wording.wording import Wording

PURPOSE = "audit trail: who recorded it"
PAGE_SIZE = 500


class Told(NamedTuple):
    """An entry, the user's name unless erased or a word of the program, and the entry in words."""

    entry: AuditEntry
    who: str | None
    sentence: Sentence


@dataclass(frozen=True)
class Trail:
    """The audit trail as `reader`, a user's id, sees it: every name is read once for him."""

    services: Services
    tenant: UUID
    reader: str
    wording: Wording
    _names: dict[UUID, str | None] = field(default_factory=dict[UUID, str | None])

    def page(
        self, wanted: Wanted, limit: int, after: tuple[str, ...] | None
    ) -> tuple[list[Told], tuple[str, ...] | None]:
        """A page, and the key of its last entry when there are more. The views must be there."""
        with consistent(self.services.pool, self.tenant, VIEWS) as connection:
            found = audit_page(connection, self.tenant, wanted, limit, after)
        return self.told(found), found.last

    def pages(self, wanted: Wanted) -> Iterator[list[Told]]:
        """The whole trail page by page, never more than a page in memory."""
        after: tuple[str, ...] | None = None
        while True:
            told, after = self.page(wanted, PAGE_SIZE, after)
            yield told
            if after is None:
                return

    def told(self, page: AuditPage) -> list[Told]:
        """The entries of a page in words."""
        names = self._names_of(page.entries)
        spoken = sentences(page.entries, self.wording, names, page.references)
        return [
            Told(entry, names.get(entry.actor), sentence)
            for entry, sentence in zip(page.entries, spoken, strict=True)
        ]

    def _names_of(self, entries: Sequence[AuditEntry]) -> Mapping[str, str]:
        """Names by actor; who is erased or is the program itself has none; closed vault: nobody."""
        if self.services.vault.closed:
            return {}
        users = {UUID(entry.actor) for entry in entries if ":" not in entry.actor}
        if unknown := users - self._names.keys():
            services = self.services
            read = user_names(
                *(services.pool, services.vault, self.tenant, unknown),
                actor=self.reader,
                purpose=PURPOSE,
            )
            self._names.update({user: read.get(user) for user in unknown})
        return {str(user): name for user in users if (name := self._names[user])}
