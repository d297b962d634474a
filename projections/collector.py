"""Python's collector of cycles, paused for work that makes many objects and no cycles.

It would go through the growing heap again and again: a third to a half of a rebuild's time. Memory
is given back all the same, by counting references.
"""

import gc
import threading
from collections.abc import Generator
from contextlib import contextmanager


class Pauses:
    """How many threads want it paused; the last one starts it again if the first found it on."""

    def __init__(self) -> None:
        self._mutex, self._count, self._was_enabled = threading.Lock(), 0, True

    @contextmanager
    def paused(self) -> Generator[None]:
        """Pauses it for the block."""
        with self._mutex:
            if self._count == 0:
                self._was_enabled = gc.isenabled()
                gc.disable()
            self._count += 1
        try:
            yield
        finally:
            with self._mutex:
                self._count -= 1
                if self._count == 0 and self._was_enabled:
                    gc.enable()


collector_paused = Pauses().paused
