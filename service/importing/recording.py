"""What the row commands of one import share: the project, its streams, sealed persons."""

from uuid import UUID

from domain.identity import imported_stream
from service.commands.persons import DuplicateParticipant, SealedNames, SealedRecord
from service.commands.work import Work
from service.intake import rows

SealedParticipant = SealedRecord | DuplicateParticipant


class Recording:
    """What the row commands of one import share: the project, its streams, sealed persons."""

    def __init__(self, work: Work, project: UUID) -> None:
        self.work, self.project = work, project
        self.names = SealedNames()
        self.participants: dict[str, SealedParticipant] = {}
        self.reductions: dict[int, list[rows.DecisionRow]] = {}
        self.documents: dict[str, UUID] = {}
        self.all_documents: list[UUID] = []
        self._streams: dict[tuple[str, str], UUID] = {}

    def stream(self, table: str, row_id: str) -> UUID:
        """The stream of a row."""
        stream = self._streams.get((table, row_id))
        if stream is None:  # asked for by every row that refers to it
            stream = imported_stream(self.work.tenant, self.project, table, row_id)
            self._streams[table, row_id] = stream
        return stream

    def corrected(self, reference: str | None) -> UUID | None:
        """The stream of the document that another one corrects."""
        return self.documents[reference] if reference else None
