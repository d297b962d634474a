"""Which columns of a row a changed fact stands for, with the old and the new value.

Columns that hold persons are only named: neither value is shown.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from domain.activity import AttendanceRecorded, ContactRecorded, Held, QuestionnaireRecorded
from domain.budget import ItemAdded
from domain.claim import ClaimPaid, Decided, Submitted
from domain.document import DocumentRecorded, ForeignAmount
from domain.event import Fact
from domain.exchange_rate import RateRecorded
from domain.expenditure import Paid
from domain.output import Published, Written
from domain.project import Beneficiary, TargetSet
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded, WorkSigned
from service.intake.cells import canonical
from service.intake.problems import NOTHING
from service.intake.tables import TABLES

SHOWN_MAX = 60
DOCUMENT = {"item": "budget_item", "amount": "amount_czk", "corrects": "corrects"}
# Fields that are columns under the same name are not listed here but taken as they are.
COLUMNS: dict[type[Fact], dict[str, str]] = {
    TargetSet: {"kind": "type"},
    RateRecorded: {"rate": "rate_czk"},
    Held: {"form": "electronic"},
    AttendanceRecorded: {"quantity": "hours"},
    ContactRecorded: {},
    QuestionnaireRecorded: {
        "content": "content_1_5",
        "usefulness": "usefulness_1_5",
        "organisation": "organisation_1_5",
    },
    ItemAdded: {},
    Written: {"effective_on": "written_on", "counts": "counts_for_documents_indicator"},
    Published: {"effective_on": "published_on"},
    DocumentRecorded: DOCUMENT
    | {
        "supplier": "supplier_name",
        "document_number": "supplier_document_number",
        "effective_on": "taxable_supply_on",
        "net": "amount_without_vat",
        "gross": "amount_total",
        "fx": "exchange_rate",
        "allocations": "budget_item",
    },
    WorkRecorded: DOCUMENT
    | {"employee": "first_name, last_name", "fund_hours": "working_time_fund_hours"},
    TravelRecorded: DOCUMENT
    | {
        "activity": "activity_id",
        "fare": "fare_czk",
        "accommodation": "accommodation_czk",
        "meal_allowance": "meal_allowance_czk",
    },
    Paid: {"effective_on": "paid_on"},
    WorkSigned: {"effective_on": "signed_on"},
    Submitted: {"effective_on": "submitted_on"},
    Decided: {"effective_on": "decided_on"},
    ClaimPaid: {"effective_on": "paid_on", "amount": "paid_amount_czk"},
}
ELECTRONIC: dict[Any, bool] = {"in_person": False, "electronic": True}
# Fields that follow from others, so that no column stands for them.
FOLLOWING = frozenset(
    {
        *("effective_on", "number_key", "reductions", "lines", "rule_set"),
        *("identity", "entry_known", "characteristics", "situation"),
    }
)
_person_columns = {table.name: {c.name for c in table.columns if c.person} for table in TABLES}


class Change(NamedTuple):
    """A column with its old and new value; both None where a person is concerned."""

    column: str
    old: str | None
    new: str | None


class ChangedRow(NamedTuple):
    """A row that differs from what was recorded of it, and in what, as far as it was asked."""

    table: str
    row_id: str
    row: int
    changes: tuple[Change, ...] = ()


def changes_of(
    table: str, pairs: Iterable[tuple[Fact | None, Fact | None]], names: Mapping[UUID, str]
) -> tuple[Change, ...]:
    """What changed between facts; `names` are the rows that ids of records stand for."""
    found: dict[str, Change] = {}
    for old, new in pairs:
        for change in _of_facts(table, old, new, names):
            found.setdefault(change.column, change)
    return tuple(found.values())


def _of_facts(
    table: str, old: Fact | None, new: Fact | None, names: Mapping[UUID, str]
) -> Iterator[Change]:
    one = new or old
    assert one is not None
    columns = COLUMNS.get(type(one), {})
    for field in one.__struct_fields__:
        before, after = getattr(old, field, None), getattr(new, field, None)
        column = columns.get(field, field)
        is_hidden = field == column and field in FOLLOWING
        if before == after or is_hidden or field in ("project", "reference"):
            continue
        if set(column.split(", ")) <= _person_columns.get(table, set()):
            yield Change(column, None, None)
        else:
            if column == "electronic":
                before, after = ELECTRONIC.get(before), ELECTRONIC.get(after)
            yield Change(column, _shown(before, names), _shown(after, names))


def _shown(value: Any, names: Mapping[UUID, str]) -> str:
    match value:
        case UUID():
            text = names.get(value, "another record")
        case ForeignAmount():
            text = f"{(value.rate / value.amount_unit).normalize():f}"
        case Beneficiary():
            text = f"{value.name}, {value.ico}, {value.kind}"
        case tuple():
            text = ", ".join(map(_part, value))  # pyright: ignore[reportUnknownArgumentType]
        case _:
            text = canonical(value)
    return (text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 1]}…") or NOTHING


def _part(one: object) -> str:
    """The item of an allocation, the last day of a period."""
    return str(getattr(one, "item", getattr(one, "end", one)))
