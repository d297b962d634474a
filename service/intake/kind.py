"""A kind of cell: how its text is read, and the form in which a workbook holds it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

Read = Callable[[str], Any]


class Form(Enum):
    """What a cell of a workbook holds; decides number formats, drop-downs and what is refused."""

    TEXT = auto()
    CODE = auto()
    CODES = auto()
    FLAG = auto()
    MONEY = auto()
    NUMBER = auto()
    WHOLE = auto()
    DAY = auto()
    MOMENT = auto()


class BadCell(Exception):
    """The cell is not of its kind; `expected` says what it should be, without the cell's text."""

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected


@dataclass(frozen=True)
class Kind:
    """Reads the text of a cell that is not empty; raises BadCell. `codes`: all that it takes."""

    read: Read
    form: Form
    codes: tuple[str, ...] = ()

    def __call__(self, cell: str) -> Any:
        """The value of the cell."""
        return self.read(cell)


def kind(form: Form) -> Callable[[Read], Kind]:
    """Makes a kind of a function from text to value."""

    def made(read: Read) -> Kind:
        return Kind(read, form)

    return made
