"""From a row of a table to the command that records it; the same commands as the API's."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec

from domain.document import Allocation
from domain.identity import rates_stream
from domain.streams import RATES
from service.commands import activities, claims, expenditures, participants, projects
from service.commands.persons import (
    StaffName,
    SupplierName,
)
from service.importing.recording import Recording
from service.intake import rows

WORK = tuple(field.name for field in msgspec.structs.fields(expenditures.NewWork))


def budget(recording: Recording, row: rows.BudgetItemRow) -> UUID:
    values = projects.NewItem(
        code=row.code,
        name=row.name,
        unit=row.unit,
        unit_price=row.unit_price,
        count=row.count,
        total=row.total,
        evidence=row.evidence,
        purchased_service=row.purchased_service,
    )
    return projects.add_item(recording.work, recording.project, values)


def indicators(recording: Recording, row: rows.IndicatorRow) -> UUID:
    values = projects.NewTarget(
        code=row.code,
        name=row.name,
        unit=row.unit,
        kind=row.type,
        target=expenditures.Decimal(row.target),
        source=row.source,
    )
    projects.set_target(recording.work, recording.project, values)
    return recording.project


def exchange_rates(recording: Recording, row: rows.ExchangeRateRow) -> UUID:
    values = projects.NewRate(
        date=row.date,
        currency=row.currency,
        amount_unit=row.amount_unit,
        rate=row.rate_czk,
        kind=row.kind,
    )
    return projects.record_rate(recording.work, values)


def is_recorded_rate(recording: Recording, row: rows.ExchangeRateRow) -> bool:
    """Whether another project of the organisation brought the same rate already."""
    stream = rates_stream(recording.work.tenant, row.currency)
    rate = recording.work.load(RATES, stream).state.by_day.get((row.date, row.kind))
    return rate is not None and (rate.amount_unit, rate.rate) == (row.amount_unit, row.rate_czk)


def activity(recording: Recording, row: rows.ActivityRow) -> UUID:
    stream = recording.stream("activities", row.row_id)
    values = activities.NewActivity(
        reference=row.id,
        key_activity=row.key_activity,
        kind=row.kind,
        name_en=row.name_en,
        name_cs=row.name_cs,
        start=row.start,
        end=row.end,
        place=row.place,
        country=row.country,
        hours=row.hours,
        form="electronic" if row.electronic else "in_person",
    )
    activities.hold_activity(recording.work, recording.project, stream, values)
    return stream


def new_participant(row: rows.ParticipantRow) -> participants.NewParticipant:
    """The values of a participant's row."""
    given = row.disadvantage
    disadvantage = given if isinstance(given, str) else "|".join(given or ())
    return participants.NewParticipant(
        reference=row.id,
        first_name=row.first_name,
        last_name=row.last_name,
        birth_date=row.birth_date,
        sex=row.sex,
        municipality=row.municipality,
        entry_date=row.entry_date,
        labour_status=row.labour_status,
        education=row.education,
        disadvantage=disadvantage,
        exit_date=row.exit_date,
        exit_situation="|".join(row.exit_situation or ()),
    )


def participant(recording: Recording, row: rows.ParticipantRow) -> UUID:
    stream = recording.stream("participants", row.row_id)
    sealed = recording.participants[row.row_id]
    values = new_participant(row)
    participants.record_participant(recording.work, recording.project, stream, values, sealed)
    return stream


def attendance(recording: Recording, row: rows.AttendanceRow) -> UUID:
    stream = recording.stream("activities", row.activity_id)
    values = activities.NewAttendance(
        participant_id=recording.stream("participants", row.participant_id),
        date=row.date,
        quantity=row.hours,
        unit="hour",
        form=None,
    )
    activities.record_attendance(recording.work, stream, values)
    return stream


def questionnaire(recording: Recording, row: rows.QuestionnaireRow) -> UUID:
    stream = recording.stream("activities", row.activity_id)
    values = activities.NewQuestionnaire(
        reference=row.id,
        content=row.content_1_5,
        usefulness=row.usefulness_1_5,
        organisation=row.organisation_1_5,
        language=row.language,
    )
    activities.record_questionnaire(recording.work, stream, values)
    return stream


def output(recording: Recording, row: rows.OutputRow) -> UUID:
    stream = recording.stream("outputs", row.row_id)
    values = activities.NewOutput(
        reference=row.id,
        kind=row.kind,
        title=row.title,
        written_on=row.written_on,
        published_on=row.published_on,
        published_at=row.published_at,
        counts=row.counts_for_documents_indicator,
    )
    activities.record_output(recording.work, recording.project, stream, values)
    return stream


def supplier_of(row: rows.AccountingDocumentRow) -> SupplierName:
    """The supplier as on the document."""
    return SupplierName(row.supplier_name, row.supplier_ico)


def document(recording: Recording, row: rows.AccountingDocumentRow) -> UUID:
    stream = recording.stream("sd1", row.row_id)
    allocation = Allocation(project=recording.project, item=row.budget_item, amount=row.amount_czk)
    values = expenditures.NewDocument(
        reference=row.id,
        supplier_ico=row.supplier_ico,
        document_number=row.supplier_document_number,
        issued_on=row.issued_on,
        taxable_supply_on=row.taxable_supply_on,
        paid_on=row.paid_on,
        currency=row.currency,
        net=row.amount_without_vat,
        vat=row.vat,
        gross=row.amount_total,
        exchange_rate=row.exchange_rate,
        amount=row.amount_czk,
        allocations=(allocation,),
        description=row.description or "",
        corrects=recording.corrected(row.corrects),
    )
    supplier = recording.names.of_supplier[supplier_of(row)]
    expenditures.record_document(recording.work, recording.project, stream, values, supplier)
    return stream


def employee_of(row: rows.WorkRecordRow) -> StaffName:
    """The employee, known by the name."""
    return StaffName(row.first_name, row.last_name)


def work_record(recording: Recording, row: rows.WorkRecordRow) -> UUID:
    stream = recording.stream("sd2", row.row_id)
    fields = msgspec.structs.asdict(row)
    values = expenditures.NewWork(
        **{name: fields[name] for name in WORK if name in fields and name != "corrects"},
        reference=row.id,
        item=row.budget_item,
        fund_hours=row.working_time_fund_hours,
        amount=row.amount_czk,
        corrects=recording.corrected(row.corrects),
    )
    employee = recording.names.of_staff[employee_of(row)]
    expenditures.record_work(recording.work, recording.project, stream, values, employee)
    return stream


def traveller_of(row: rows.TravelOrderRow) -> StaffName:
    """The traveller, known by the full name."""
    return StaffName(None, row.traveller)


def travel_order(recording: Recording, row: rows.TravelOrderRow) -> UUID:
    stream = recording.stream("sd3", row.row_id)
    activity_id = recording.stream("activities", row.activity_id) if row.activity_id else None
    values = expenditures.NewTravel(
        reference=row.id,
        item=row.budget_item,
        activity_id=activity_id,
        place=row.place,
        country=row.country,
        departed_at=row.departed_at,
        returned_at=row.returned_at,
        fare=row.fare_czk,
        accommodation=row.accommodation_czk,
        meal_allowance=row.meal_allowance_czk,
        amount=row.amount_czk,
        exchange_rate=row.exchange_rate,
        paid_on=row.paid_on,
        corrects=recording.corrected(row.corrects),
    )
    traveller = recording.names.of_staff[traveller_of(row)]
    expenditures.record_travel(recording.work, recording.project, stream, values, traveller)
    return stream


def contact(recording: Recording, row: rows.HelpdeskContactRow, helpdesk: UUID) -> UUID:
    """A contact belongs to the helpdesk that was open on its day."""
    values = activities.NewContact(
        client_code=row.client_code,
        date=row.date,
        channel=row.channel,
        minutes=row.minutes,
        topic=row.topic,
    )
    activities.record_contact(recording.work, helpdesk, values)
    return helpdesk


def claim(recording: Recording, row: rows.ClaimRow) -> UUID:
    """A claim with its decision and payment, as far as they are given."""
    work, stream = recording.work, recording.stream("claims", row.row_id)
    values = claims.NewClaim(
        number=row.claim, kind=row.kind, period=row.period, submitted_on=row.submitted_on
    )
    claims.submit_claim(work, recording.project, stream, values, recording.all_documents)
    if row.decided_on is not None:
        reductions = [
            claims.NewReduction(
                document_id=recording.documents[decision.document_id],
                amount=decision.reduction_czk,
                reason=decision.reason,
            )
            for decision in recording.reductions.get(row.claim, [])
        ]
        claims.decide_claim(work, stream, row.decided_on, reductions)
    if row.paid_on is not None and row.paid_amount_czk is not None:
        claims.pay_claim(work, stream, row.paid_on, row.paid_amount_czk)
    return stream


RowCommand = Callable[[Recording, Any], UUID]
COMMANDS: dict[str, RowCommand] = {
    "indicators": indicators,
    "budget": budget,
    "exchange_rates": exchange_rates,
    "activities": activity,
    "participants": participant,
    "attendance": attendance,
    "questionnaires": questionnaire,
    "outputs": output,
    "sd1": document,
    "sd2": work_record,
    "sd3": travel_order,
    "claims": claim,
}
