"""The tables of `budget_spend`: what was planned, spent, claimed and found, as facts and sums.

Every row of a history table is a fact in force from a position to a position; `source` is the
position of the event that holds its value, `positions` those of all events behind it.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from projections.projection import Column, Table

Row = Mapping[str, Any]
Contribution = tuple[str, tuple[Any, ...], Mapping[str, Decimal | int]]


def spend_summary(row: Row) -> Iterable[Contribution]:
    """A document's line counts as recorded, or as blocked while it has a finding."""
    state = "recorded" if row["blocked_on"] is None else "blocked"
    key = (row["project_id"], row["item"], row["period"], state)
    yield "budget_summary", key, {"amount": row["amount"], "documents": 1}


def claim_summary(row: Row) -> Iterable[Contribution]:
    """A claimed line is declared; once decided it is approved, less its reduction."""
    for state, amount in claim_states(row):
        key = (row["project_id"], row["item"], row["period"], state)
        yield "budget_summary", key, {"amount": amount, "documents": 1}


def claim_states(row: Row) -> Iterable[tuple[str, Decimal]]:
    """The states a claimed line counts in, with its amount in each."""
    yield "declared", row["amount"]
    if row["decided_on"] is not None:
        yield "approved", row["amount"] - row["reduction"]
        if row["reduction"]:
            yield "reduced", row["reduction"]


def finding_summary(row: Row) -> Iterable[Contribution]:
    """Documents by finding."""
    yield "finding_summary", (row["project_id"], row["code"]), {"documents": 1}


PROJECT = Table(
    "spend_project",
    "history",
    key=(Column("project_id", "uuid"),),
    values=(Column("act", "bytea"), Column("source", "bigint")),
)
ITEM = Table(
    "budget_item",
    "history",
    key=(Column("stream_id", "uuid"), Column("fact_version", "bigint")),
    values=(
        Column("project_id", "uuid"),
        Column("code", "text"),
        Column("name", "text"),
        Column("unit", "text"),
        Column("unit_price", "numeric"),
        Column("count", "numeric"),
        Column("total", "numeric"),
        Column("evidence", "text"),
        Column("purchased_service", "boolean"),
        Column("effective_on", "date"),
        Column("source", "bigint"),
    ),
    finds=("stream_id", "project_id"),
)
EXPENDITURE = Table(
    "expenditure",
    "history",
    key=(Column("document_id", "uuid"),),
    values=(
        Column("type", "text"),
        Column("data", "bytea"),
        Column("recorded_version", "bigint"),
        Column("paid_version", "bigint"),
        Column("signed_version", "bigint"),
        Column("paid_on", "date"),
        Column("signed_on", "date"),
        Column("number_key", "uuid"),
        Column("source", "bigint"),
        Column("paid_source", "bigint"),
        Column("signed_source", "bigint"),
    ),
    finds=("document_id", "number_key"),
)
NUMBER = Table(
    "document_number",
    "history",
    key=(Column("number_key", "uuid"), Column("document_id", "uuid")),
    values=(
        Column("taken_version", "bigint"),
        Column("effective_on", "date"),
        Column("source", "bigint"),
    ),
    finds=("number_key",),
)
MONTH = Table(
    "person_month",
    "history",
    key=(Column("month_key", "uuid"), Column("fact_version", "bigint")),
    values=(
        Column("work_record", "uuid"),
        Column("fte", "numeric"),
        Column("source", "bigint"),
    ),
    finds=("month_key", "work_record"),
)
SPEND = Table(
    "spend",
    "history",
    key=(Column("document_id", "uuid"), Column("allocation", "int")),
    values=(
        Column("project_id", "uuid"),
        Column("reference", "text"),
        Column("list", "text"),
        Column("item", "text"),
        Column("amount", "numeric"),
        Column("effective_on", "date"),
        Column("paid_on", "date"),
        Column("period", "int"),
        Column("blocked_on", "date"),
        # Of the whole document, which its first line in the project stands for in lists.
        Column("first", "boolean"),
        Column("dated_at", "timestamp"),
        Column("total", "numeric"),
        Column("number", "text"),
        Column("supplier_ico", "text"),
        Column("person", "uuid"),
        Column("source", "bigint"),
        Column("positions", "bigint[]"),
    ),
    finds=("document_id", "project_id"),
    orders=(("project_id", "list", "reference"), ("project_id", "supplier_ico", "reference")),
    summarise=spend_summary,
)
FINDING = Table(
    "finding",
    "history",
    key=(Column("document_id", "uuid"), Column("project_id", "uuid"), Column("code", "text")),
    values=(
        Column("reference", "text"),
        Column("since", "date"),
        Column("positions", "bigint[]"),
    ),
    finds=("document_id", "project_id"),
    summarise=finding_summary,
)
CLAIM = Table(
    "claim",
    "history",
    key=(Column("claim_id", "uuid"),),
    values=(
        Column("project_id", "uuid"),
        Column("number", "int"),
        Column("version", "int"),
        Column("kind", "text"),
        Column("period", "int"),
        Column("submitted_on", "date"),
        Column("decided_on", "date"),
        Column("paid_on", "date"),
        Column("paid_amount", "numeric"),
        Column("submitted_version", "bigint"),
        Column("decided_version", "bigint"),
        Column("paid_version", "bigint"),
        Column("submitted_source", "bigint"),
        Column("decided_source", "bigint"),
        Column("paid_source", "bigint"),
    ),
    finds=("claim_id", "project_id"),
)
CLAIM_LINE = Table(
    "claim_line",
    "history",
    key=(
        Column("claim_id", "uuid"),
        Column("document_id", "uuid"),
        Column("allocation", "int"),
    ),
    values=(
        Column("project_id", "uuid"),
        Column("number", "int"),
        Column("period", "int"),
        Column("reference", "text"),
        Column("item", "text"),
        Column("amount", "numeric"),
        Column("reduction", "numeric"),
        Column("submitted_on", "date"),
        Column("decided_on", "date"),
        Column("line_index", "int"),
        Column("reduction_index", "int"),
        Column("submitted_source", "bigint"),
        Column("decided_source", "bigint"),
    ),
    finds=("claim_id", "project_id", "document_id"),
    summarise=claim_summary,
)
BUDGET_SUMMARY = Table(
    "budget_summary",
    "sum",
    key=(
        Column("project_id", "uuid"),
        Column("item", "text"),
        Column("period", "int"),
        Column("state", "text"),
    ),
    values=(Column("amount", "numeric"), Column("documents", "bigint")),
)
FINDING_SUMMARY = Table(
    "finding_summary",
    "sum",
    key=(Column("project_id", "uuid"), Column("code", "text")),
    values=(Column("documents", "bigint"),),
)
TABLES = (
    PROJECT,
    ITEM,
    EXPENDITURE,
    NUMBER,
    MONTH,
    SPEND,
    FINDING,
    CLAIM,
    CLAIM_LINE,
    BUDGET_SUMMARY,
    FINDING_SUMMARY,
)
