"""What must hold within one row: parts and totals, order of days, cells that belong together."""

from collections.abc import Iterator
from decimal import Decimal

from domain.money import round_money
from domain.rejection import InvalidValue
from service.intake.reading import Reading
from service.intake.rows import (
    AccountingDocumentRow,
    ActivityRow,
    BudgetItemRow,
    ClaimRow,
    OutputRow,
    TravelOrderRow,
    WorkRecordRow,
)

ADVANCE = "advance"


def check_rows(reading: Reading) -> None:
    """Refuses the rows whose cells contradict one another."""
    _check_budget(reading)
    for activity in reading.open(ActivityRow):
        if activity.end < activity.start:
            reading.refuse(activity, "end", f"{activity.start} (the start) or later")
    for output in reading.open(OutputRow):
        _check_output(reading, output)
    for document in reading.open(AccountingDocumentRow):
        _check_document(reading, document)
    for record in reading.open(WorkRecordRow):
        _check_work(reading, record)
    for trip in reading.open(TravelOrderRow):
        _check_trip(reading, trip)
    for claim in reading.open(ClaimRow):
        _check_claim(reading, claim)


def _check_budget(reading: Reading) -> None:
    for item in reading.open(BudgetItemRow):
        total = rounded(item.unit_price * item.count)
        if item.total != total:
            reading.refuse(item, "total", f"{total or 'a smaller product'} (unit_price × count)")


def _check_output(reading: Reading, output: OutputRow) -> None:
    if (output.published_on is None) != (output.published_at is None):
        missing = "published_on" if output.published_on is None else "published_at"
        reading.refuse(output, missing, "day and address of publication, or neither")
    elif output.published_on is not None and output.published_on < output.written_on:
        reading.refuse(output, "published_on", f"{output.written_on} (written_on) or later")


def _check_document(reading: Reading, document: AccountingDocumentRow) -> None:
    total = document.amount_without_vat + document.vat
    if document.amount_total != total:
        reading.refuse(document, "amount_total", f"{total} (amount_without_vat + vat)")
    if document.currency == "CZK":
        if document.exchange_rate is not None:
            reading.refuse(document, "exchange_rate", "nothing, because the currency is CZK")
        if document.amount_czk != document.amount_total:
            expected = f"{document.amount_total} (amount_total)"
            reading.refuse(document, "amount_czk", expected)
        return
    if document.exchange_rate is None:
        expected = f"the rate in CZK, because the currency is {document.currency}"
        reading.refuse(document, "exchange_rate", expected)
        return
    amount = rounded(document.amount_total * document.exchange_rate)
    if document.amount_czk != amount:
        expected = f"{amount or 'a smaller product'} (amount_total × exchange_rate)"
        reading.refuse(document, "amount_czk", expected)


def _check_work(reading: Reading, record: WorkRecordRow) -> None:
    amount = (
        record.gross_wage
        + record.other_with_contributions
        + record.employer_contributions
        + record.other_without_contributions
    )
    if record.amount_czk != amount:
        reading.refuse(record, "amount_czk", f"{amount} (sum of the four amounts before it)")


def _check_trip(reading: Reading, trip: TravelOrderRow) -> None:
    if trip.returned_at < trip.departed_at:
        expected = f"{trip.departed_at.isoformat(timespec='minutes')} (departed_at) or later"
        reading.refuse(trip, "returned_at", expected)
    amount = trip.fare_czk + trip.accommodation_czk + trip.meal_allowance_czk
    if trip.amount_czk != amount:
        reading.refuse(trip, "amount_czk", f"{amount} (sum of the three amounts before it)")


def _check_claim(reading: Reading, claim: ClaimRow) -> None:
    for column, expected in _claim_problems(reading, claim):
        reading.refuse(claim, column, expected)


def _claim_problems(reading: Reading, claim: ClaimRow) -> Iterator[tuple[str, str]]:
    if (claim.claim == 1) != (claim.kind == ADVANCE):
        yield "kind", "advance for claim 1, and only for it"
    elif claim.kind == ADVANCE:
        if claim.period is not None:
            yield "period", "nothing, because the advance has no period"
        if claim.decided_on is not None:
            yield "decided_on", "nothing, because an advance is not decided"
    elif claim.period is None or claim.period != claim.claim - 1:
        yield "period", f"{claim.claim - 1}: claim n covers period n - 1"
    elif reading.project is not None and claim.period > len(reading.project.periods):
        count = len(reading.project.periods)
        yield "period", f"one of the {count} periods of {reading.project_file}"
    if claim.decided_on is not None and claim.decided_on < claim.submitted_on:
        yield "decided_on", f"{claim.submitted_on} (submitted_on) or later"
    if (claim.paid_on is None) != (claim.paid_amount_czk is None):
        missing = "paid_on" if claim.paid_on is None else "paid_amount_czk"
        yield missing, "day and amount of the payment, or neither"
    elif claim.paid_on is not None and claim.paid_on < (claim.decided_on or claim.submitted_on):
        yield "paid_on", f"{claim.decided_on or claim.submitted_on} or later"


def check_total(reading: Reading) -> str | None:
    """What the total eligible budget should be by the items, when it is another."""
    budget = reading.table_of(BudgetItemRow)
    if reading.project is None or not budget.readable or budget.refused:
        return None
    direct = sum((item.total for item in reading.of(BudgetItemRow)), Decimal("0.00"))
    flat = rounded(direct * reading.project.flat_rate)
    if flat is None or direct + flat == reading.project.total_eligible:
        return None
    return f"{direct + flat} (totals of {reading.file('budget')} and flat_rate of them)"


def rounded(value: Decimal) -> Decimal | None:
    """To the haléř; None when it is too large for an amount."""
    try:
        return round_money(value)
    except InvalidValue:
        return None
