"""Facts with plain values; a test names only what it is about."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.activity import AttendanceRecorded, Held
from domain.budget import ItemAdded
from domain.document import Allocation, DocumentRecorded
from domain.person import SealedPerson
from domain.project import Beneficiary, Period, Registered, RuleSetVersion
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded

PROJECT = UUID("00000000-0000-4000-8000-000000000001")
DOCUMENT = UUID("00000000-0000-4000-8000-000000000002")
PERSON = UUID("00000000-0000-4000-8000-000000000003")
SOMEBODY = SealedPerson(person=PERSON, sha256="00" * 32)
PERIODS = (
    Period(number=1, start=date(2023, 1, 1), end=date(2023, 6, 30), report_due=date(2023, 7, 31)),
    Period(number=2, start=date(2023, 7, 1), end=date(2023, 12, 31), report_due=date(2024, 1, 31)),
)


def money(text: str) -> Decimal:
    """CZK."""
    return Decimal(text)


def registered(**changes: Any) -> Registered:
    """A project of one year with two periods."""
    values: dict[str, Any] = {
        "effective_on": date(2023, 1, 1),
        "registration_number": "CZ.1",
        "programme": "OPZ+",
        "rule_set": RuleSetVersion(name="opz-plus.1", sha256="00"),
        "budget_variant": "flat-40",
        "title_en": "A project",
        "title_cs": "Projekt",
        "beneficiary": Beneficiary(name="Spolek", ico="89803434", kind="NGO"),
        "start": date(2023, 1, 1),
        "end": date(2023, 12, 31),
        "currency": "CZK",
        "total_eligible": money("1400.00"),
        "flat_rate": Decimal("0.40"),
        "public_rate": Decimal("0.95"),
        "eu_rate": Decimal("0.7673"),
        "state_rate": Decimal("0.1827"),
        "own_rate": Decimal("0.05"),
        "initial_advance": money("300.00"),
        "periods": PERIODS,
        "note": "",
    }
    return Registered(**{**values, **changes})


def item(**changes: Any) -> ItemAdded:
    """An item of ten months at 100 CZK."""
    values: dict[str, Any] = {
        "effective_on": date(2023, 1, 1),
        "project": PROJECT,
        "code": "1.1.1",
        "name": "Pracovník",
        "unit": "month",
        "unit_price": money("100.00"),
        "count": Decimal(10),
        "total": money("1000.00"),
        "evidence": "SD-2",
        "purchased_service": False,
    }
    return ItemAdded(**{**values, **changes})


def held(**changes: Any) -> Held:
    """A workshop of two days that offers 14 hours in person."""
    values: dict[str, Any] = {
        "effective_on": date(2023, 3, 2),
        "project": PROJECT,
        "reference": "A1",
        "key_activity": "KA1",
        "kind": "participatory_workshop",
        "name_en": "Workshop",
        "name_cs": "Dílna",
        "start": date(2023, 3, 1),
        "end": date(2023, 3, 2),
        "place": "Brno",
        "country": "CZ",
        "hours": Decimal(14),
        "form": "in_person",
    }
    return Held(**{**values, **changes})


def attendance(**changes: Any) -> AttendanceRecorded:
    """Seven hours on the first day."""
    values: dict[str, Any] = {
        "effective_on": date(2023, 3, 1),
        "project": PROJECT,
        "participant": PERSON,
        "quantity": Decimal(7),
        "unit": "hour",
        "form": "in_person",
    }
    return AttendanceRecorded(**{**values, **changes})


def document(**changes: Any) -> DocumentRecorded:
    """An invoice of 121 CZK."""
    amount = changes.get("amount", money("121.00"))
    values: dict[str, Any] = {
        "effective_on": date(2023, 2, 1),
        "project": PROJECT,
        "reference": "FP1",
        "supplier": SOMEBODY,
        "supplier_ico": "89803434",
        "document_number": "2023-1",
        "number_key": None,
        "issued_on": date(2023, 2, 1),
        "currency": "CZK",
        "net": money("100.00"),
        "vat": money("21.00"),
        "gross": money("121.00"),
        "recoverable_vat": money("0.00"),
        "amount": amount,
        "fx": None,
        "allocations": (Allocation(project=PROJECT, item="1.1.1", amount=amount),),
        "description": "",
        "corrects": None,
    }
    return DocumentRecorded(**{**values, **changes})


def work(**changes: Any) -> WorkRecorded:
    """March 2023 of half a job."""
    values: dict[str, Any] = {
        "effective_on": date(2023, 3, 31),
        "project": PROJECT,
        "reference": "MZ1",
        "item": "1.1.1",
        "employee": SOMEBODY,
        "contract": "Smlouva",
        "month": date(2023, 3, 1),
        "fund_hours": Decimal(184),
        "project_hours": Decimal(92),
        "gross_wage": money("1000.00"),
        "other_with_contributions": money("0.00"),
        "employer_contributions": money("338.00"),
        "other_without_contributions": money("0.00"),
        "amount": money("1338.00"),
        "fte": Decimal("0.5"),
        "corrects": None,
    }
    return WorkRecorded(**{**values, **changes})


def travel(**changes: Any) -> TravelRecorded:
    """Three days in Berlin."""
    values: dict[str, Any] = {
        "effective_on": date(2023, 5, 3),
        "project": PROJECT,
        "reference": "CP1",
        "item": "1.1.1",
        "traveller": SOMEBODY,
        "activity": None,
        "place": "Berlin",
        "country": "DE",
        "departed_at": datetime.fromisoformat("2023-05-01T06:10"),
        "returned_at": datetime.fromisoformat("2023-05-03T21:40"),
        "fare": money("10.00"),
        "accommodation": money("20.00"),
        "meal_allowance": money("3.00"),
        "amount": money("33.00"),
        "exchange_rate": None,
        "corrects": None,
    }
    return TravelRecorded(**{**values, **changes})
