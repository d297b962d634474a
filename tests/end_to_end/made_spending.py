"""Documents of the three lists, exchange rates and claims of a made project."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests.end_to_end.made_values import (
    Draw,
    Frame,
    Row,
    cents,
    days_around,
    earlier_id,
    money,
    or_nothing,
    sampled,
)

ROWS_MAX = 7
# Two valid ones, one written without its zeros as well, one that fails its check digit, and none.
ICOS = ("99941392", "89803434", "00006947", "6947", "12345678", "")
NUMBERS = ("2016-64310", "201664310", "2016/64310", "fv 1a", "FV1A", "77")
STAFF = (("Jana", "Nováková"), ("Petr", "Dvořák"), ("Oksana", "Kovalenko"))
CONTRACTS = ("Smlouva", "DPC", "DPP")
FTES = ("0", "0.5", "0.75", "1")
FROM_TABLE = "as in the table"


def exchange_rates(draw: Draw, frame: Frame) -> list[Row]:
    """Rates of the euro, for 1 or 100 units."""
    days = draw(st.lists(days_around(frame), max_size=3, unique=True))
    rates = [
        {
            "date": str(day),
            "currency": "EUR",
            "amount_unit": sampled(draw, "1", "100"),
            "rate_czk": str(Decimal(draw(st.integers(20_001, 29_999))).scaleb(-3)),
            "kind": "CNB_DAILY",
        }
        for day in sorted(days)
    ]
    for rate in rates:
        if rate["amount_unit"] == "100":
            rate["rate_czk"] = str(Decimal(rate["rate_czk"]) * 100)
    return rates


def accounting_documents(draw: Draw, frame: Frame, items: list[str], rates: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, draw(st.integers(0, ROWS_MAX)) + 1):
        supplied = draw(days_around(frame))
        sign = sampled(draw, 1, 1, 1, -1)
        net, vat = sign * draw(cents(0, 5_000_000)), sign * draw(cents(0, 1_000_000))
        rate = _rate(draw, rates) if sampled(draw, "CZK", "CZK", "EUR") == "EUR" else None
        rows.append(
            {
                "id": f"FP{number:05}",
                "budget_item": sampled(draw, *items),
                "supplier_name": "Dodavatel s.r.o.",
                "supplier_ico": sampled(draw, *ICOS),
                "supplier_document_number": sampled(draw, *NUMBERS),
                "issued_on": str(supplied),
                "taxable_supply_on": str(supplied),
                "paid_on": draw(or_nothing(days_around(frame))),
                "currency": "EUR" if rate else "CZK",
                "amount_without_vat": money(net),
                "vat": money(vat),
                "amount_total": money(net + vat),
                "exchange_rate": f"{rate:f}" if rate else "",
                "amount_czk": money((net + vat) * (rate or 1)),
                "description": "",
                "corrects": earlier_id(draw, rows),
            }
        )
    return rows


def _rate(draw: Draw, rates: list[Row]) -> Decimal:
    own = Decimal(draw(st.integers(20_001, 29_999))).scaleb(-3)
    known = [Decimal(one["rate_czk"]) / int(one["amount_unit"]) for one in rates]
    return sampled(draw, own, *known)


def work_records(draw: Draw, frame: Frame, items: list[str]) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, draw(st.integers(0, ROWS_MAX)) + 1):
        month = sampled(draw, frame.start, frame.end, draw(days_around(frame))).replace(day=1)
        sign = sampled(draw, 1, 1, 1, -1)
        parts = [sign * draw(cents(0, most)) for most in (5_000_000, 10_000, 2_000_000, 10_000)]
        first, last = sampled(draw, *STAFF)
        rows.append(
            {
                "id": f"MZ{number:05}",
                "budget_item": sampled(draw, *items),
                "first_name": first,
                "last_name": last,
                "contract": sampled(draw, *CONTRACTS),
                "month": str(month),
                "working_time_fund_hours": "168",
                "project_hours": money(draw(cents(0, 16_800)) * sign),
                "gross_wage": money(parts[0]),
                "other_with_contributions": money(parts[1]),
                "employer_contributions": money(parts[2]),
                "other_without_contributions": money(parts[3]),
                "amount_czk": money(sum(parts, Decimal(0))),
                "fte": sampled(draw, *FTES),
                "paid_on": draw(or_nothing(days_around(frame))),
                "signed_on": draw(or_nothing(_days_of_signature(month))),
                "corrects": earlier_id(draw, rows),
            }
        )
    return rows


def _days_of_signature(month: date) -> st.SearchStrategy[date]:
    """From five days before the month's end, so that all its last weekdays are hit."""
    end = (month + timedelta(31)).replace(day=1) - timedelta(1)
    return st.dates(end - timedelta(5), end + timedelta(2))


def travel_orders(draw: Draw, frame: Frame, items: list[str], activities: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, draw(st.integers(0, ROWS_MAX // 2)) + 1):
        departed = datetime.combine(draw(days_around(frame)), time(6, 10))
        returned = departed + timedelta(hours=sampled(draw, 0, 14, 18, 62))
        parts = [draw(cents(0, 1_000_000)) for _ in range(3)]
        rows.append(
            {
                "id": f"CP{number:05}",
                "budget_item": sampled(draw, *items),
                "traveller": " ".join(sampled(draw, *STAFF)),
                "activity_id": sampled(draw, "", *(one["id"] for one in activities)),
                "place": "Berlin",
                "country": "DE",
                "departed_at": departed.isoformat(timespec="minutes"),
                "returned_at": returned.isoformat(timespec="minutes"),
                "fare_czk": money(parts[0]),
                "accommodation_czk": money(parts[1]),
                "meal_allowance_czk": money(parts[2]),
                "amount_czk": money(sum(parts, Decimal(0))),
                "exchange_rate": sampled(draw, "", "27.029"),
                "paid_on": draw(or_nothing(days_around(frame))),
                "corrects": earlier_id(draw, rows),
            }
        )
    return rows


def claims(draw: Draw, frame: Frame) -> list[Row]:
    """The advance and the claims of the first periods, some of them not decided or not paid."""
    advance = {
        "claim": "1",
        "kind": "advance",
        "submitted_on": str(frame.start),
        **_payment(draw, frame.start),
    }
    rows: list[Row] = [advance]
    for number in range(1, draw(st.integers(0, len(frame.periods))) + 1):
        due = frame.periods[number - 1].report_due
        decided = due + timedelta(sampled(draw, 0, 40))
        is_decided = sampled(draw, True, True, False)
        rows.append(
            {
                "claim": str(number + 1),
                "kind": "final" if number == len(frame.periods) else "interim",
                "period": str(number),
                "submitted_on": str(due),
                "decided_on": str(decided) if is_decided else "",
                **(_payment(draw, decided) if is_decided else {}),
            }
        )
    return rows


def _payment(draw: Draw, after: date) -> Row:
    if sampled(draw, True, False):
        return {}
    paid, amount = after + timedelta(20), draw(cents(0, 100_000_000))
    return {"paid_on": str(paid), "paid_amount_czk": money(amount)}
