"""What a template of a project's tables says: headings, examples, explanations, lists of codes.

All of it comes from the tables that the import reads, so that neither knows a column alone; which
codes a programme has is asked of its rule set.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import NamedTuple

from domain.rule_set import RuleSet
from service.intake.kind import Form, Kind
from service.intake.project_sheets import KINDS, PERIODS
from service.intake.project_workbook import SHEETS
from service.intake.table_file import EXAMPLE
from service.intake.tables import Table
from service.programmes import Programmes

PROJECT = "project"
OPTIONAL_KEYS = ("note",)
EXPLAINED_HEADING = ("sheet", "column", "meaning", "may be empty", "written as")
CODES_HEADING = ("sheet", "column", "code")
FORMS = {
    Form.TEXT: "text",
    Form.CODE: "one of the codes",
    Form.CODES: "codes joined by |",
    Form.FLAG: "yes or no",
    Form.MONEY: "amount with at most 2 decimals",
    Form.NUMBER: "number",
    Form.WHOLE: "whole number",
    Form.DAY: "date",
    Form.MOMENT: "date and time",
}
TO_DO = (
    "Fill in the project; put your rows in the place of the example rows (marked EXAMPLE) or "
    "delete those. A table without rows of yours keeps its heading."
)


@dataclass(frozen=True)
class Meaning:
    """What a column holds, and an example of it."""

    text: str
    example: str


class Entry(NamedTuple):
    """A column of a table or a key of the project, under the name of its sheet."""

    sheet: str
    name: str
    kind: Kind
    is_optional: bool
    meaning: Meaning


def meanings() -> dict[str, dict[str, Meaning]]:
    """The meaning of each column by table and name."""
    text = files("service.intake").joinpath("meanings.toml").read_text(encoding="utf-8")
    return {
        table: {name: Meaning(one["meaning"], one["example"]) for name, one in columns.items()}
        for table, columns in tomllib.loads(text).items()
    }


def tables() -> list[Table]:
    """The tables of a workbook besides the project, in the order of the sheets."""
    return [PERIODS, *SHEETS.values()]


def keys() -> list[Entry]:
    """The keys of the project."""
    known = meanings()[PROJECT]
    return [
        Entry(PROJECT, key, kind, key in OPTIONAL_KEYS, known[key]) for key, kind in KINDS.items()
    ]


def columns_of(table: Table) -> list[Entry]:
    """The columns of a table."""
    known = meanings()[table.name]
    return [
        Entry(table.file, column.name, column.kind, column.optional, known[column.name])
        for column in table.columns
    ]


def example_row(entries: list[Entry]) -> list[str]:
    """The example of a table; its first cell keeps the import from recording it."""
    return [EXAMPLE, *(entry.meaning.example for entry in entries[1:])]


def all_entries() -> list[Entry]:
    """Everything that can be filled in."""
    return [*keys(), *(entry for table in tables() for entry in columns_of(table))]


def explained() -> Iterator[tuple[str, ...]]:
    """A line for each key and column."""
    for entry in all_entries():
        optional = "yes" if entry.is_optional else "no"
        meaning = entry.meaning.text
        yield entry.sheet, entry.name, meaning, optional, FORMS[entry.kind.form]


def codes(programmes: Programmes) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The heading, and a line for each code with the programmes that have it."""
    names = programmes.names()
    rules = {name: programmes.current(name)[0] for name in names}
    lines = [
        (entry.sheet, entry.name, code, *(_in(rules[name], entry, code) for name in names))
        for entry in all_entries()
        for code in entry.kind.codes
    ]
    return (*CODES_HEADING, *names), lines


def _in(rules: RuleSet, entry: Entry, code: str) -> str:
    """Whether a programme has the code; lists that no rule set restricts are the program's own."""
    lists = rules.codes
    restricted: Mapping[tuple[str, str], tuple[str, ...]] = {
        ("project", "programme"): (rules.programme,),
        ("project", "budget_variant"): tuple(one.name for one in rules.budget_variants),
        ("participants", "sex"): (lists.sex_women, lists.sex_men),
        ("participants", "labour_status"): lists.labour_status,
        ("participants", "education"): lists.education,
        ("participants", "disadvantage"): ("refused", *lists.disadvantage),
        ("participants", "exit_situation"): lists.exit_situation,
    }
    allowed = restricted.get((entry.sheet, entry.name), (code,))
    return "yes" if code in allowed else "no"
