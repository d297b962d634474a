"""What stands in the lists SD-1, SD-2 and SD-3: their columns, and the values of a line by column.

The ministry's own list of columns was not to be found; these follow its forms (SD-1, SD-3) and its
XML for SD-2.
"""

from collections.abc import Mapping
from typing import NamedTuple, assert_never

from domain.document import DocumentRecorded
from domain.expenditure import Recorded
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded
from projections.document_list import Line
from service.exchange.workbook.sheet import Value
from service.exchange.workbook.table import Column


class Told(NamedTuple):
    """A line with what the list says of it in words; `person` is None while nobody is named."""

    number: int
    line: Line
    person: str | None
    reason: str | None
    corrects: str | None
    findings: str


PERSONAL = frozenset({"supplier", "employee", "traveller"})
FIRST = (
    Column("number", "count"),
    Column("document", width_max=16),
    Column("item", width_max=12),
)
# Every list ends with the money of the line, in the project and in its claim, and its event.
LAST = (
    Column("amount", "money", total=True),
    Column("claim", "count"),
    Column("declared", "money", total=True),
    Column("reduction", "money", total=True),
    Column("approved", "money", total=True),
    Column("reason", width_max=20),
    Column("findings", width_max=24),
    Column("corrects", width_max=11),
    Column("position", "count"),
)
SD1 = (
    *FIRST,
    Column("supplier", width_max=24),
    Column("ico"),
    Column("document_number", width_max=14),
    Column("issued_on", "day"),
    Column("supplied_on", "day"),
    Column("paid_on", "day"),
    Column("description", width_max=32),
    Column("currency"),
    Column("net", "money"),
    Column("vat", "money"),
    Column("gross", "money"),
    Column("rate", "number"),
    *LAST,
)
SD2 = (
    *FIRST,
    Column("employee", width_max=24),
    Column("contract"),
    Column("month", "month"),
    Column("fund_hours", "number"),
    Column("project_hours", "number", total=True),
    Column("fte", "number"),
    Column("gross_wage", "money", total=True),
    Column("employer_contributions", "money", total=True),
    Column("other_with_contributions", "money", total=True),
    Column("other_without_contributions", "money", total=True),
    Column("signed_on", "day"),
    Column("paid_on", "day"),
    *LAST,
)
SD3 = (
    *FIRST,
    Column("traveller", width_max=24),
    Column("place", width_max=18),
    Column("country"),
    Column("departed_at", "moment"),
    Column("returned_at", "moment"),
    Column("fare", "money", total=True),
    Column("accommodation", "money", total=True),
    Column("meal_allowance", "money", total=True),
    Column("rate", "number"),
    Column("paid_on", "day"),
    *LAST,
)
COLUMNS: Mapping[type[Recorded], tuple[Column, ...]] = {
    DocumentRecorded: SD1,
    WorkRecorded: SD2,
    TravelRecorded: SD3,
}


def values_of(told: Told) -> dict[str, Value]:
    """The values of a line by the heading of their column."""
    match told.line.recorded:
        case DocumentRecorded() as document:
            own = _document(document, told.person)
        case WorkRecorded() as work:
            own = _work(work, told.person)
        case TravelRecorded() as trip:
            own = _trip(trip, told.person)
        case _:
            assert_never(told.line.recorded)
    return _common(told) | own


def _common(told: Told) -> dict[str, Value]:
    line = told.line
    return {
        "number": told.number,
        "document": line.reference,
        "item": line.item,
        "signed_on": line.signed_on,
        "paid_on": line.paid_on,
        "amount": line.amount,
        "claim": line.claim,
        "declared": line.declared,
        "reduction": line.reduced,
        "approved": line.approved,
        "reason": told.reason,
        "findings": told.findings,
        "corrects": told.corrects,
        "position": line.source,
    }


def _document(fact: DocumentRecorded, supplier: str | None) -> dict[str, Value]:
    """An IČO has 8 digits, also where a spreadsheet lost its zeros at the left."""
    return {
        "supplier": supplier,
        "ico": fact.supplier_ico.zfill(8) if fact.supplier_ico else None,
        "document_number": fact.document_number,
        "issued_on": fact.issued_on,
        "supplied_on": fact.effective_on,
        "description": fact.description,
        "currency": fact.currency,
        "net": fact.net,
        "vat": fact.vat,
        "gross": fact.gross,
        "rate": fact.fx.rate / fact.fx.amount_unit if fact.fx else None,
    }


def _work(fact: WorkRecorded, employee: str | None) -> dict[str, Value]:
    return {
        "employee": employee,
        "contract": fact.contract,
        "month": fact.month,
        "fund_hours": fact.fund_hours,
        "project_hours": fact.project_hours,
        "fte": fact.fte,
        "gross_wage": fact.gross_wage,
        "employer_contributions": fact.employer_contributions,
        "other_with_contributions": fact.other_with_contributions,
        "other_without_contributions": fact.other_without_contributions,
    }


def _trip(fact: TravelRecorded, traveller: str | None) -> dict[str, Value]:
    return {
        "traveller": traveller,
        "place": fact.place,
        "country": fact.country,
        "departed_at": fact.departed_at,
        "returned_at": fact.returned_at,
        "fare": fact.fare,
        "accommodation": fact.accommodation,
        "meal_allowance": fact.meal_allowance,
        "rate": fact.exchange_rate,
    }
