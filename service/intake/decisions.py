"""Decisions name a line of their claim and reduce it by no more than it is.

Which claim a document belongs to follows from its findings and its payment, by the same functions
of `domain/` that later judge the claim.
"""

from datetime import date
from decimal import Decimal
from typing import assert_never
from uuid import UUID

import msgspec

from domain import project as domain_project
from domain.calendar import last_day_of_month
from domain.document import DocumentRecorded, normalised_number
from domain.expenditure import Recorded
from domain.findings import Judged, blocked_since, findings
from domain.person import SealedPerson
from domain.project import Registered, RuleSetVersion, payment_period_of
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded
from service.intake.project_file import Project
from service.intake.reading import Reading
from service.intake.references import DECISION_CLAIM, DECISION_DOCUMENT, check_reference
from service.intake.rows import (
    AccountingDocumentRow,
    ClaimRow,
    DecisionRow,
    DocumentRow,
    TravelOrderRow,
    WorkRecordRow,
)

NO_ID = UUID(int=0)
NOBODY = SealedPerson(person=NO_ID, sha256="")


def check_decisions(reading: Reading) -> None:
    """Refuses reductions of what is not in the claim, or by more than there is."""
    check_reference(reading, DECISION_CLAIM)
    check_reference(reading, DECISION_DOCUMENT)
    claims = {claim.claim: claim for claim in reading.open(ClaimRow)}
    documents = {document.id: document for document in reading.documents()}
    claim_numbers = _claim_of_documents(reading)
    for decision in reading.open(DecisionRow):
        document = documents[decision.document_id]
        if claims[decision.claim].decided_on is None:
            file = reading.file("claims")
            reading.refuse(decision, "claim", f"a claim that is decided (decided_on in {file})")
        elif reading.project is not None and claim_numbers[document.id] != decision.claim:
            number = claim_numbers[document.id]
            expected = f"a line of claim {decision.claim}; this document is in "
            expected += f"claim {number}" if number else "no claim"
            reading.refuse(decision, "document_id", expected)
        elif not 0 < decision.reduction_czk <= document.amount_czk:
            expected = f"above 0.00 and at most {document.amount_czk}, the amount of the document"
            reading.refuse(decision, "reduction_czk", expected)


def _claim_of_documents(reading: Reading) -> dict[str, int]:
    """The number of the claim of each document, 0 for none."""
    if reading.project is None:
        return {}
    act = _registered(reading.project)
    first_with_number: dict[tuple[str, str], date] = {}
    claims: dict[str, int] = {}
    for document in reading.documents():
        earlier = None
        if isinstance(document, AccountingDocumentRow) and document.supplier_ico:
            number = normalised_number(document.supplier_document_number)
            key = (document.supplier_ico, number)
            earlier = first_with_number.get(key) if number else None
            first_with_number.setdefault(key, document.taxable_supply_on)
        signed_on = document.signed_on if isinstance(document, WorkRecordRow) else None
        judged = Judged(
            recorded=_recorded(document),
            paid_on=document.paid_on,
            signed_on=signed_on,
            earlier_same_number=earlier,
            month_fte=Decimal(0),  # a warning only: it keeps nothing out of a claim
        )
        claims[document.id] = 0
        found = findings(judged, act)
        if document.paid_on is not None and blocked_since(found) is None:
            period = payment_period_of(act.periods, document.paid_on)
            claims[document.id] = period + 1 if period else 0
    return claims


def _registered(project: Project) -> Registered:
    """The legal act as the rules read it."""
    fields = msgspec.structs.asdict(project)
    periods = tuple(
        domain_project.Period(**msgspec.structs.asdict(period)) for period in project.periods
    )
    beneficiary = domain_project.Beneficiary(**msgspec.structs.asdict(project.beneficiary))
    rule_set = RuleSetVersion(name=project.programme, sha256="")
    fields |= {"periods": periods, "beneficiary": beneficiary, "note": project.note or ""}
    return Registered(effective_on=project.start, rule_set=rule_set, **fields)


def _recorded(row: DocumentRow) -> Recorded:
    """The document as the rules read it, without who it is about."""
    match row:
        case AccountingDocumentRow():
            return DocumentRecorded(
                effective_on=row.taxable_supply_on,
                project=NO_ID,
                reference=row.id,
                supplier=NOBODY,
                supplier_ico=row.supplier_ico,
                document_number="",
                number_key=None,
                issued_on=row.issued_on,
                currency=row.currency,
                net=row.amount_without_vat,
                vat=row.vat,
                gross=row.amount_total,
                recoverable_vat=row.vat * 0,
                amount=row.amount_czk,
                fx=None,
                allocations=(),
                description="",
                corrects=None,
            )
        case WorkRecordRow():
            return WorkRecorded(
                effective_on=last_day_of_month(row.month),
                project=NO_ID,
                reference=row.id,
                item=row.budget_item,
                employee=NOBODY,
                contract=row.contract,
                month=row.month,
                fund_hours=row.working_time_fund_hours,
                project_hours=row.project_hours,
                gross_wage=row.gross_wage,
                other_with_contributions=row.other_with_contributions,
                employer_contributions=row.employer_contributions,
                other_without_contributions=row.other_without_contributions,
                amount=row.amount_czk,
                fte=row.fte,
                corrects=None,
            )
        case TravelOrderRow():
            return TravelRecorded(
                effective_on=row.returned_at.date(),
                project=NO_ID,
                reference=row.id,
                item=row.budget_item,
                traveller=NOBODY,
                activity=None,
                place=row.place,
                country=row.country,
                departed_at=row.departed_at,
                returned_at=row.returned_at,
                fare=row.fare_czk,
                accommodation=row.accommodation_czk,
                meal_allowance=row.meal_allowance_czk,
                amount=row.amount_czk,
                exchange_rate=row.exchange_rate,
                corrects=None,
            )
        case _:
            assert_never(row)
