"""The tables of a project: file, columns with their kinds, and what a row is known by."""

from collections.abc import Iterable
from dataclasses import dataclass

from service.intake import cells, code_lists, rows
from service.intake.kind import Kind


@dataclass(frozen=True)
class Column:
    """A column; `person` = its cells tell about a person and are reported by their shape only."""

    name: str
    kind: Kind
    optional: bool = False
    person: bool = False


@dataclass(frozen=True)
class Table:
    """A file of the folder. `key`: the columns a row is known by; `repeats`: they may recur."""

    name: str
    file: str
    row: type[rows.Row]
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    repeats: bool = False

    def column(self, name: str) -> Column:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)


def _columns(*groups: Iterable[Column] | Column) -> tuple[Column, ...]:
    flat: list[Column] = []
    for group in groups:
        flat.extend([group] if isinstance(group, Column) else group)
    return tuple(flat)


def _each(kind: Kind, *names: str) -> list[Column]:
    return [Column(name, kind) for name in names]


def _optional(kind: Kind, *names: str) -> list[Column]:
    return [Column(name, kind, optional=True) for name in names]


def _of_person(kind: Kind, *names: str) -> list[Column]:
    return [Column(name, kind, person=True) for name in names]


def _of_participant(kind: Kind, *names: str) -> list[Column]:
    return [Column(name, kind, optional=True, person=True) for name in names]


BUDGET = Table(
    "budget",
    "budget.csv",
    rows.BudgetItemRow,
    _columns(
        _each(cells.code, "code"),
        _each(cells.text, "name"),
        _each(cells.one_of(*code_lists.UNITS), "unit"),
        _each(cells.money(negative=False), "unit_price"),
        _each(cells.hours(), "count"),
        _each(cells.money(negative=False), "total"),
        _each(cells.one_of(*code_lists.LISTS), "evidence"),
        _each(cells.flag, "purchased_service"),
    ),
    key=("code",),
)
ACTIVITIES = Table(
    "activities",
    "activities.csv",
    rows.ActivityRow,
    _columns(
        _each(cells.row_id, "id"),
        _each(cells.code, "key_activity"),
        _each(cells.one_of(*code_lists.ACTIVITY_KINDS), "kind"),
        _each(cells.text, "name_en", "name_cs"),
        _each(cells.day, "start", "end"),
        _optional(cells.text, "place"),
        _optional(cells.country, "country"),
        _each(cells.hours(), "hours"),
        _each(cells.flag, "electronic"),
    ),
    key=("id",),
)
PARTICIPANTS = Table(
    "participants",
    "participants.csv",
    rows.ParticipantRow,
    _columns(
        _each(cells.row_id, "id"),
        _of_participant(cells.text, "first_name", "last_name"),
        _of_participant(cells.day, "birth_date"),
        _of_participant(cells.one_of(*code_lists.SEXES), "sex"),
        _of_participant(cells.text, "municipality"),
        _of_participant(cells.day, "entry_date"),
        _of_participant(cells.one_of(*code_lists.LABOUR_STATUSES), "labour_status"),
        _of_participant(cells.one_of(*code_lists.EDUCATIONS), "education"),
        _of_participant(cells.refused_or(cells.some_of(*code_lists.DISADVANTAGES)), "disadvantage"),
        _of_participant(cells.day, "exit_date"),
        _of_participant(cells.some_of(*code_lists.EXITS), "exit_situation"),
    ),
    key=("id",),
)
ATTENDANCE = Table(
    "attendance",
    "attendance.csv",
    rows.AttendanceRow,
    _columns(
        _each(cells.row_id, "participant_id", "activity_id"),
        _each(cells.day, "date"),
        _each(cells.hours(), "hours"),
    ),
    key=("participant_id", "activity_id", "date"),
)
HELPDESK_CONTACTS = Table(
    "helpdesk_contacts",
    "helpdesk-contacts.csv",
    rows.HelpdeskContactRow,
    _columns(
        _each(cells.row_id, "client_code"),
        _each(cells.day, "date"),
        _each(cells.one_of(*code_lists.CHANNELS), "channel"),
        _each(cells.whole(1), "minutes"),
        _each(cells.one_of(*code_lists.TOPICS), "topic"),
    ),
    key=("client_code", "date"),
    repeats=True,
)
QUESTIONNAIRES = Table(
    "questionnaires",
    "questionnaires.csv",
    rows.QuestionnaireRow,
    _columns(
        _each(cells.row_id, "id", "activity_id"),
        _each(cells.whole(1, 5), "content_1_5", "usefulness_1_5", "organisation_1_5"),
        _each(cells.language, "language"),
    ),
    key=("id",),
)
OUTPUTS = Table(
    "outputs",
    "outputs.csv",
    rows.OutputRow,
    _columns(
        _each(cells.row_id, "id"),
        _each(cells.one_of(*code_lists.OUTPUT_KINDS), "kind"),
        _each(cells.text, "title"),
        _each(cells.day, "written_on"),
        _optional(cells.day, "published_on"),
        _optional(cells.text, "published_at"),
        _each(cells.flag, "counts_for_documents_indicator"),
    ),
    key=("id",),
)
INDICATORS = Table(
    "indicators",
    "indicators.csv",
    rows.IndicatorRow,
    _columns(
        _each(cells.code, "code"),
        _each(cells.text, "name", "unit"),
        _each(cells.one_of("output", "result"), "type"),
        _each(cells.whole(), "target"),
        _each(cells.one_of(*code_lists.SOURCES), "source"),
    ),
    key=("code",),
)
SD1 = Table(
    "sd1",
    "sd1.csv",
    rows.AccountingDocumentRow,
    _columns(
        _each(cells.row_id, "id"),
        _each(cells.code, "budget_item"),
        _of_person(cells.text, "supplier_name"),
        _optional(cells.ico, "supplier_ico"),
        _of_person(cells.text, "supplier_document_number"),
        _each(cells.day, "issued_on", "taxable_supply_on"),
        _optional(cells.day, "paid_on"),
        _each(cells.one_of(*code_lists.CURRENCIES), "currency"),
        _each(cells.money(), "amount_without_vat", "vat", "amount_total"),
        _optional(cells.rate, "exchange_rate"),
        _each(cells.money(), "amount_czk"),
        _optional(cells.text, "description"),
        _optional(cells.row_id, "corrects"),
    ),
    key=("id",),
)
SD2 = Table(
    "sd2",
    "sd2.csv",
    rows.WorkRecordRow,
    _columns(
        _each(cells.row_id, "id"),
        _each(cells.code, "budget_item"),
        _of_person(cells.text, "first_name", "last_name"),
        _each(cells.one_of(*code_lists.CONTRACTS), "contract"),
        _each(cells.month, "month"),
        _each(cells.hours(), "working_time_fund_hours"),
        _each(cells.hours(negative=True), "project_hours"),
        _each(cells.money(), "gross_wage", "other_with_contributions"),
        _each(cells.money(), "employer_contributions", "other_without_contributions"),
        _each(cells.money(), "amount_czk"),
        _each(cells.share, "fte"),
        _optional(cells.day, "paid_on", "signed_on"),
        _optional(cells.row_id, "corrects"),
    ),
    key=("id",),
)
SD3 = Table(
    "sd3",
    "sd3.csv",
    rows.TravelOrderRow,
    _columns(
        _each(cells.row_id, "id"),
        _each(cells.code, "budget_item"),
        _of_person(cells.text, "traveller"),
        _optional(cells.row_id, "activity_id"),
        _each(cells.text, "place"),
        _each(cells.country, "country"),
        _each(cells.moment, "departed_at", "returned_at"),
        _each(cells.money(), "fare_czk", "accommodation_czk", "meal_allowance_czk", "amount_czk"),
        _optional(cells.rate, "exchange_rate"),
        _optional(cells.day, "paid_on"),
        _optional(cells.row_id, "corrects"),
    ),
    key=("id",),
)
DECISIONS = Table(
    "decisions",
    "decisions.csv",
    rows.DecisionRow,
    _columns(
        _each(cells.whole(1), "claim"),
        _each(cells.row_id, "document_id"),
        _each(cells.money(), "reduction_czk"),
        _each(cells.text, "reason"),
    ),
    key=("claim", "document_id"),
)
CLAIMS = Table(
    "claims",
    "claims.csv",
    rows.ClaimRow,
    _columns(
        _each(cells.whole(1), "claim"),
        _each(cells.one_of(*code_lists.CLAIM_KINDS), "kind"),
        _optional(cells.whole(1), "period"),
        _each(cells.day, "submitted_on"),
        _optional(cells.day, "decided_on", "paid_on"),
        _optional(cells.money(negative=False), "paid_amount_czk"),
    ),
    key=("claim",),
)
EXCHANGE_RATES = Table(
    "exchange_rates",
    "exchange-rates.csv",
    rows.ExchangeRateRow,
    _columns(
        _each(cells.day, "date"),
        _each(cells.currency_code, "currency"),
        _each(cells.whole(1), "amount_unit"),
        _each(cells.rate, "rate_czk"),
        _each(cells.code, "kind"),
    ),
    key=("date", "currency"),
)
TABLES = (
    *(BUDGET, ACTIVITIES, PARTICIPANTS, ATTENDANCE, HELPDESK_CONTACTS, QUESTIONNAIRES, OUTPUTS),
    *(INDICATORS, SD1, SD2, SD3, DECISIONS, CLAIMS, EXCHANGE_RATES),
)
