"""What an import would do: decided rows with their commands, and what is told of the others."""

from dataclasses import dataclass, field
from uuid import UUID

from service.commands.work import Pending
from service.importing.changed_columns import ChangedRow
from service.importing.known_rows import RecordedRow
from service.intake.problems import Problem


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A decided row: its command and what is remembered of it."""

    pending: Pending
    recorded: tuple[RecordedRow, ...]


@dataclass
class Plan:
    """What an import would do. `changed`: with a reason those that it corrects, else what stops it.

    `missing`: table and row id of recorded rows that the files do not have.
    """

    project: UUID
    rows: list[PlannedRow] = field(default_factory=list[PlannedRow])
    same: int = 0
    changed: list[ChangedRow] = field(default_factory=list[ChangedRow])
    missing: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    problems: list[Problem] = field(default_factory=list[Problem])

    @property
    def new(self) -> int:
        """How many rows the plan records."""
        return sum(not one.is_known for planned in self.rows for one in planned.recorded)

    @property
    def corrected(self) -> int:
        """How many recorded rows the plan corrects."""
        return sum(one.is_known for planned in self.rows for one in planned.recorded)

    @property
    def events(self) -> int:
        """How many events the plan records."""
        return sum(len(planned.pending.envelopes) for planned in self.rows)
