"""The rows of the project's tables as typed values; fields are the columns, in their order.

What each column means stands in the README of the seed project. An optional cell that is empty is
None; money is CZK with 2 decimals unless the column says otherwise.
"""

from datetime import date as Day  # noqa: N812 (two tables have a column `date`)
from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row: the line of the file a person sees, its id, and its cells as they are compared.

    `cells` are canonical texts in the order of the columns: the same content in another notation
    (decimal comma, d.m.yyyy, ano/ne) has the same cells.
    """

    row_number: int
    row_id: str
    cells: tuple[str, ...]


class BudgetItemRow(Row, frozen=True, kw_only=True):
    """budget.csv: a leaf item of the direct costs."""

    code: str
    name: str
    unit: str
    unit_price: Decimal
    count: Decimal
    total: Decimal
    evidence: str
    purchased_service: bool


class ActivityRow(Row, frozen=True, kw_only=True):
    """activities.csv: an activity that was held."""

    id: str
    key_activity: str
    kind: str
    name_en: str
    name_cs: str
    start: Day
    end: Day
    place: str | None
    country: str | None
    hours: Decimal
    electronic: bool


class ParticipantRow(Row, frozen=True, kw_only=True):
    """participants.csv: a person; what is missing makes the record incomplete, not wrong.

    `disadvantage`: codes, "refused" (the person refused to say), or None (none stated).
    """

    id: str
    first_name: str | None
    last_name: str | None
    birth_date: Day | None
    sex: str | None
    municipality: str | None
    entry_date: Day | None
    labour_status: str | None
    education: str | None
    disadvantage: tuple[str, ...] | Literal["refused"] | None
    exit_date: Day | None
    exit_situation: tuple[str, ...] | None


class AttendanceRow(Row, frozen=True, kw_only=True):
    """attendance.csv: support that one person received in one activity."""

    participant_id: str
    activity_id: str
    date: Day
    hours: Decimal


class HelpdeskContactRow(Row, frozen=True, kw_only=True):
    """helpdesk-contacts.csv: an anonymous client.

    The id is client, day and the number of the contact among that client's of that day.
    """

    client_code: str
    date: Day
    channel: str
    minutes: int
    topic: str


class QuestionnaireRow(Row, frozen=True, kw_only=True):
    """questionnaires.csv: an anonymous evaluation, 1 (worst) to 5 (best)."""

    id: str
    activity_id: str
    content_1_5: int
    usefulness_1_5: int
    organisation_1_5: int
    language: str


class OutputRow(Row, frozen=True, kw_only=True):
    """outputs.csv: a document written and, if `published_on` is given, published."""

    id: str
    kind: str
    title: str
    written_on: Day
    published_on: Day | None
    published_at: str | None
    counts_for_documents_indicator: bool


class IndicatorRow(Row, frozen=True, kw_only=True):
    """indicators.csv: an indicator with its target and the source of its value."""

    code: str
    name: str
    unit: str
    type: str
    target: int
    source: str


class AccountingDocumentRow(Row, frozen=True, kw_only=True):
    """sd1.csv: an accounting document; the three amounts before the rate are in `currency`."""

    id: str
    budget_item: str
    supplier_name: str
    supplier_ico: str | None
    supplier_document_number: str
    issued_on: Day
    taxable_supply_on: Day
    paid_on: Day | None
    currency: str
    amount_without_vat: Decimal
    vat: Decimal
    amount_total: Decimal
    exchange_rate: Decimal | None
    amount_czk: Decimal
    description: str | None
    corrects: str | None


class WorkRecordRow(Row, frozen=True, kw_only=True):
    """sd2.csv: a month's work of one person on one item under one contract."""

    id: str
    budget_item: str
    first_name: str
    last_name: str
    contract: str
    month: Day
    working_time_fund_hours: Decimal
    project_hours: Decimal
    gross_wage: Decimal
    other_with_contributions: Decimal
    employer_contributions: Decimal
    other_without_contributions: Decimal
    amount_czk: Decimal
    fte: Decimal
    paid_on: Day | None
    signed_on: Day | None
    corrects: str | None


class TravelOrderRow(Row, frozen=True, kw_only=True):
    """sd3.csv: one traveller's trip as settled."""

    id: str
    budget_item: str
    traveller: str
    activity_id: str | None
    place: str
    country: str
    departed_at: datetime
    returned_at: datetime
    fare_czk: Decimal
    accommodation_czk: Decimal
    meal_allowance_czk: Decimal
    amount_czk: Decimal
    exchange_rate: Decimal | None
    paid_on: Day | None
    corrects: str | None


class DecisionRow(Row, frozen=True, kw_only=True):
    """decisions.csv: a reduction of one line of a claim."""

    claim: int
    document_id: str
    reduction_czk: Decimal
    reason: str


class ClaimRow(Row, frozen=True, kw_only=True):
    """claims.csv: a payment claim; claim n covers period n - 1, no. 1 is the advance."""

    claim: int
    kind: str
    period: int | None
    submitted_on: Day
    decided_on: Day | None
    paid_on: Day | None
    paid_amount_czk: Decimal | None


class ExchangeRateRow(Row, frozen=True, kw_only=True):
    """exchange-rates.csv: CZK for `amount_unit` units of a currency."""

    date: Day
    currency: str
    amount_unit: int
    rate_czk: Decimal
    kind: str


DocumentRow = AccountingDocumentRow | WorkRecordRow | TravelOrderRow
