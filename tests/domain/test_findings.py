"""The rules that keep a document out of claims, at their edges, and the day they hold from."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.document import is_valid_ico, normalised_number
from domain.expenditure import Recorded
from domain.findings import Judged, blocked_since, findings
from tests import builders


def codes(recorded: Recorded, **known: Any) -> list[str]:
    return [found.code for found in judged(recorded, **known)]


def judged(recorded: Recorded, **known: Any) -> list[Any]:
    values = {
        "paid_on": None,
        "signed_on": None,
        "earlier_same_number": None,
        "month_fte": Decimal(1),
        **known,
    }
    return findings(Judged(recorded=recorded, **values), builders.registered())


@pytest.mark.parametrize(
    ("day", "found"),
    [
        (date(2022, 12, 31), ["incurred_outside_project"]),
        (date(2023, 1, 1), []),
        (date(2023, 12, 31), []),
        (date(2024, 1, 1), ["incurred_outside_project"]),
    ],
)
def test_supply_outside_the_project(day: date, found: list[str]) -> None:
    assert codes(builders.document(effective_on=day)) == found


@pytest.mark.parametrize(
    ("month", "found"),
    [(date(2022, 12, 1), ["incurred_outside_project"]), (date(2023, 1, 1), [])],
)
def test_work_counts_by_the_month(month: date, found: list[str]) -> None:
    assert codes(builders.work(month=month)) == found


def test_a_trip_counts_by_its_departure() -> None:
    left = datetime.fromisoformat("2022-12-31T23:59")
    assert codes(builders.travel(departed_at=left)) == ["incurred_outside_project"]


@pytest.mark.parametrize(
    ("paid_on", "found"),
    [(date(2024, 1, 31), []), (date(2024, 2, 1), ["paid_after_deadline"])],
)
def test_payment_after_the_last_report_is_due(paid_on: date, found: list[str]) -> None:
    assert codes(builders.document(), paid_on=paid_on) == found


@pytest.mark.parametrize(
    ("signed_on", "found"),
    [(date(2023, 3, 30), ["signed_before_last_worked_day"]), (date(2023, 3, 31), [])],
)
def test_signature_before_the_last_weekday(signed_on: date, found: list[str]) -> None:
    assert codes(builders.work(), signed_on=signed_on) == found


def test_a_month_that_ends_on_a_weekend_is_signed_on_friday() -> None:
    april = builders.work(month=date(2023, 4, 1), effective_on=date(2023, 4, 30))
    assert codes(april, signed_on=date(2023, 4, 28)) == []


def test_several_findings_come_in_alphabetical_order_with_their_days() -> None:
    found = judged(
        builders.document(effective_on=date(2022, 5, 1), supplier_ico="12345678"),
        paid_on=date(2024, 5, 1),
        earlier_same_number=date(2022, 6, 1),
    )
    assert [(one.code, one.since) for one in found] == [
        ("duplicate_document", date(2022, 6, 1)),
        ("incurred_outside_project", date(2022, 5, 1)),
        ("invalid_supplier_id", date(2022, 5, 1)),
        ("paid_after_deadline", date(2024, 5, 1)),
    ]
    assert blocked_since(found) == date(2022, 5, 1)
    assert blocked_since([]) is None


@pytest.mark.parametrize(
    ("ico", "valid"),
    [
        ("89803434", True),
        ("99941392", True),
        ("12345678", False),
        ("27", True),
        ("28", False),
        ("abc", False),
    ],
)
def test_ico_check_digit(ico: str, valid: bool) -> None:
    assert is_valid_ico(ico) is valid


def test_document_numbers_are_compared_without_punctuation_and_case() -> None:
    assert normalised_number("2016-64310") == normalised_number("2016/64310 ") == "201664310"
    assert normalised_number("fa 1") == "FA1"


def test_more_than_one_job_in_a_month_is_a_warning_that_blocks_nothing() -> None:
    found = judged(builders.work(), month_fte=Decimal("1.01"))
    assert [one.code for one in found] == ["fte_above_one"]
    assert blocked_since(found) is None
    assert codes(builders.work(), month_fte=Decimal("1.00")) == []
