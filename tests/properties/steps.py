"""Random lists of commands: each step is a kind and numbers from which its values are taken.

A number says which of the known projects, documents, persons a step is about, so that a list stays
meaningful when hypothesis shortens it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")
FIRST_DAY = date(2023, 1, 1)
NUMBER_MAX = 9999
NUMBERS = 8
STEPS_MIN, STEPS_MAX = 30, 60
# How often each kind of command is drawn.
KINDS = {
    "project": 1,
    "item": 4,
    "target": 2,
    "rate": 2,
    "document": 8,
    "work": 5,
    "travel": 3,
    "pay": 4,
    "claim": 5,
    "decide": 4,
    "pay_claim": 2,
    "activity": 4,
    "participant": 5,
    "attendance": 8,
    "questionnaire": 2,
    "contact": 1,
    "output": 2,
    "publish": 1,
    "correct": 8,
    "cancel": 4,
    "repeat": 3,
    "stale": 2,
    "look": 2,
}


class Step(NamedTuple):
    """One command of a list."""

    kind: str
    numbers: tuple[int, ...]


def lists_of_steps() -> st.SearchStrategy[list[Step]]:
    """Lists of 30 to 60 commands."""
    kinds = [kind for kind, weight in KINDS.items() for _ in range(weight)]
    number = st.integers(0, NUMBER_MAX)
    numbers = st.tuples(*[number] * NUMBERS)
    step = st.builds(Step, st.sampled_from(kinds), numbers)
    return st.lists(step, min_size=STEPS_MIN, max_size=STEPS_MAX)


@dataclass
class Dice:
    """Gives the values of a step, one number each."""

    numbers: Sequence[int]
    used: int = 0

    def number(self, below: int) -> int:
        """The next number, from 0; from the first again when all are used."""
        value = self.numbers[self.used % len(self.numbers)]
        self.used += 1
        return value % below

    def one_of(self, things: Sequence[T]) -> T:
        """One of several."""
        return things[self.number(len(things))]

    def often(self) -> bool:
        """True four times of five."""
        return self.number(5) > 0

    def money(self) -> Decimal:
        """0.01 to 100.00 with every ending, so that halves are rounded."""
        return Decimal(self.number(NUMBER_MAX) + 1).scaleb(-2)

    def day(self, days: int = 420) -> date:
        """A day in or shortly after the projects (365 days)."""
        return FIRST_DAY + timedelta(days=self.number(days))
