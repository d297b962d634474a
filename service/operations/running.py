"""What a kind of operation gets: what was ordered, where to work, and whom to tell."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from projections.runner import Draining
from service.composition import Services
from service.operations.files import LocalFile, OperationFiles
from service.operations.operation import Cancelled, Operation, Order
from service.operations.store import Claimed
from service.permissions import Permission, Rights

STORED_EVERY_S = 0.5


@dataclass
class Running:
    """One attempt of an operation. `rights`: those of who asked for it, as he has them now.

    `folder` is its own and gone afterwards; what is to stay is kept.
    """

    services: Services
    claimed: Claimed
    rights: Rights
    folder: Path
    stop: threading.Event
    kept: list[LocalFile] = field(default_factory=list[LocalFile])
    _stored_at: float | None = None

    @property
    def operation(self) -> Operation:
        """What was ordered, by whom."""
        return self.claimed.operation

    def progress(self, done: int, total: int | None) -> None:
        """Says how far it is; to be called often. Raises Cancelled, Draining, TakenOver."""
        if self.stop.is_set():
            raise Draining
        now = time.monotonic()
        if self._stored_at is not None and now - self._stored_at < STORED_EVERY_S:
            return
        self._stored_at = now
        if self.claimed.advance(done, total):
            raise Cancelled

    def input(self, name: str) -> Path:
        """A file that came with the order, opened into the folder. Raises NotFound."""
        operation = self.operation
        files = OperationFiles(
            self.services.vault, operation.tenant, operation.operation_id, "input"
        )
        return files.copied_to(self.services.pool, name, self.folder)

    def keep(self, file: LocalFile) -> None:
        """Output: stored with the end of the operation, if it succeeds."""
        self.kept.append(file)


@dataclass(frozen=True)
class Kind:
    """A kind of operation. `run` can be repeated, and its result holds no personal data.

    `needs` are permissions over the order's project, or over the organisation where it has
    none: to ask for it, to have it done, and to fetch its output.
    """

    name: str
    run: Callable[[Running], Mapping[str, Any]]
    needs: Callable[[Order], Sequence[Permission]]
