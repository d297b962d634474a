"""Correcting and cancelling what an import recorded, by the commands of API and command line."""

from datetime import date
from typing import Any
from uuid import UUID, uuid4

from domain.identity import imported_stream
from service.commands.corrections import Correction, cancel, correct
from service.commands.execute import Commands
from service.commands.work import NO_REQUEST
from tests.end_to_end.running import ACTOR, Imported

REASON = "a mistake in the spreadsheet"
SETTLED_ON = date(2024, 10, 30)


class Desk:
    """Somebody who corrects a project; rows are named by table and id, facts by version."""

    def __init__(self, project: Imported, on: date = SETTLED_ON) -> None:
        self.project, self.on = project, on
        self.commands: Commands = project.services.commands(project.tenant, ACTOR)

    def stream(self, table: str, row: str) -> UUID:
        return imported_stream(self.project.tenant, self.project.project, table, row)

    def correct(self, table: str, row: str, version: int = 1, **changes: Any) -> UUID:
        return self.correct_fact(self.stream(table, row), version, changes)

    def correct_fact(self, stream: UUID, version: int, changes: dict[str, Any]) -> UUID:
        """The stream that took the correction: the fact's own, or that of a difference."""
        order = Correction(stream, version, changes, REASON, self.on)
        return self.commands.run(uuid4(), NO_REQUEST, lambda work: correct(work, order)).stream

    def cancel(self, table: str, row: str, version: int | None = None) -> UUID:
        return self.cancel_fact(self.stream(table, row), version)

    def cancel_fact(self, stream: UUID, version: int | None) -> UUID:
        return self.commands.run(
            uuid4(),
            NO_REQUEST,
            lambda work: cancel(work, stream, version, REASON, self.on),
        ).stream
