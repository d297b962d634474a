"""Commands that are running: an advisory lock each, seen by all processes of the database.

The locks have connections of their own. A command needs one of the pool beside its lock; were they
of the same pool, many commands could hold them all and wait for one another.
"""

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from service.store.database import WAIT_S_MAX, Pool

TRY_LOCK = "SELECT pg_try_advisory_xact_lock(%s)"


class StillRunning(Exception):
    """The same command runs at this moment; it is done or refused soon."""


class Running:
    """The commands of one process among all that run."""

    def __init__(self, app_url: str, size: int) -> None:
        self._pool = Pool(
            app_url,
            min_size=0,
            max_size=size,
            timeout=WAIT_S_MAX,
            kwargs={"autocommit": True},
            open=True,
        )

    @contextmanager
    def alone(self, command: UUID) -> Generator[None]:
        """Until the end nobody else runs the command. Raises StillRunning.

        The lock is of 64 bits of the id, which holds tenant, user and key: two commands share one
        once in 2^64, and the second is told to try again.
        """
        lock = int.from_bytes(command.bytes[:8], "big", signed=True)
        with self._pool.connection() as connection, connection.transaction():
            row = connection.execute(TRY_LOCK, [lock], prepare=True).fetchone()
            if row is None or not row[0]:
                raise StillRunning(str(command))
            yield

    def close(self) -> None:
        """Ends the connections."""
        self._pool.close()
