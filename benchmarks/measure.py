"""Runs variants by turns and compares their medians: what else the machine does hits all alike."""

import statistics
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

LIMIT_S = 165.0
BEGAN = time.monotonic()
shares: dict[str, list[float]] = {}


@dataclass(frozen=True)
class Line:
    """A line of the table: a figure, what it is compared with in the same run, what is aimed at.

    `less_is_better`: of a time; the ratio is always "how much of the reference's speed".
    """

    what: str
    value: float
    unit: str
    reference: str = ""
    reference_value: float | None = None
    aim: str = ""
    less_is_better: bool = False

    @property
    def ratio(self) -> str:
        """The figure in per cent of its reference."""
        if not self.reference_value:
            return ""
        faster = self.value / self.reference_value
        return f"{1 / faster if self.less_is_better else faster:.0%}"

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        compared = (
            f"{self.reference}: {shown(self.reference_value)} {self.unit}"
            if self.reference_value
            else ""
        )
        return (self.what, f"{shown(self.value)} {self.unit}", compared, self.ratio, self.aim)


def shown(value: float) -> str:
    """Three digits that matter and thousands separated."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def time_left() -> bool:
    """Whether another round may begin: the whole run takes at most 3 minutes."""
    return time.monotonic() - BEGAN < LIMIT_S


def by_turns(variants: Mapping[str, Callable[[], float]], repeats: int) -> dict[str, list[float]]:
    """Each variant `repeats` times, by turns; fewer when the time is up, but once at least."""
    found: dict[str, list[float]] = {name: [] for name in variants}
    for number in range(repeats):
        if number and not time_left():
            break
        for name, run in variants.items():
            found[name].append(run())
    return found


def medians(found: Mapping[str, list[float]]) -> dict[str, float]:
    """The middle of each variant's runs."""
    return {name: statistics.median(values) for name, values in found.items() if values}


@contextmanager
def noted(name: str) -> Generator[None]:
    """Notes how much of the wall time this process computed: the rest it waited for the server."""
    wall, own = time.perf_counter(), time.process_time()
    yield
    share = (time.process_time() - own) / (time.perf_counter() - wall)
    shares.setdefault(name, []).append(share)


def seconds(run: Callable[[], Any]) -> float:
    """How long a call takes."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def table(lines: list[Line]) -> str:
    """The lines in Markdown."""
    head = ("what", "found", "reference in the same run", "ratio", "aim")
    rows = [head, ("---", "---:", "---", "---:", "---:"), *(line.cells() for line in lines)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows) + "\n"
