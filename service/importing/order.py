"""How an import is to run, and who hears of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

Progress = Callable[[int, int], None]


def go_on() -> None:
    """Nobody asks for an early end."""


@dataclass(frozen=True)
class Order:
    """How the import is to run. `documents` gives the project's documents known to the views.

    With a `reason` rows that changed are corrected for it; without one they stop the import. With
    `into` it must be that project; without `rates` those of the organisation are refused. `run` is
    the id of its record, else that of an unfinished one of the same files, or a new one. `progress`
    hears of each batch that was recorded, `check` is asked often before the first one: what they
    raise ends the import there, and the same files continue it.
    """

    dry_run: bool
    skip_bad_rows: bool
    documents: Callable[[UUID], Sequence[UUID]]
    progress: Progress
    reason: str | None = None
    into: UUID | None = None
    rates: bool = True
    run: UUID | None = None
    check: Callable[[], None] = go_on
