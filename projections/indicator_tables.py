"""The tables of `indicator_progress`: what was done and who counted, as facts and sums.

A person is a pseudonymous id with quantities, completeness, the reason for counting or not, and
the indicators counted in; characteristics stay in the vault.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from projections.projection import Column, Table

Row = Mapping[str, Any]
Contribution = tuple[str, tuple[Any, ...], Mapping[str, Decimal | int]]
COUNTED, INCOMPLETE, BELOW = "counted", "incomplete", "below_threshold"
PERSONS = "participants"


def _one(row: Row, source: str, sex: str = "") -> Contribution:
    return "indicator_summary", (row["project_id"], source, row["period"], sex), {"value": 1}


def activity_summary(row: Row) -> Iterable[Contribution]:
    """Activities by kind and period of their last day."""
    yield _one(row, f"activity:{row['kind']}")


def participant_summary(row: Row) -> Iterable[Contribution]:
    """Participants by the reason for counting or not."""
    yield "participant_summary", (row["project_id"], row["status"]), {"persons": 1}


def contribution_summary(row: Row) -> Iterable[Contribution]:
    """Counted persons by indicator, period and sex."""
    yield _one(row, row["code"], row["sex"])


def questionnaire_summary(row: Row) -> Iterable[Contribution]:
    """Questionnaires by period of their activity's last day."""
    yield _one(row, "questionnaires")


def output_summary(row: Row) -> Iterable[Contribution]:
    """Outputs that the indicator of documents counts: of its kinds, and published."""
    if row["counts"] and row["published_on"] is not None:
        yield _one(row, "documents")


PROJECT = Table(
    "indicator_project",
    "history",
    key=(Column("project_id", "uuid"),),
    values=(Column("act", "bytea"), Column("source", "bigint")),
)
TARGET = Table(
    "indicator_target",
    "history",
    key=(Column("stream_id", "uuid"), Column("fact_version", "bigint")),
    values=(
        Column("project_id", "uuid"),
        Column("code", "text"),
        Column("name", "text"),
        Column("unit", "text"),
        Column("kind", "text"),
        Column("target", "numeric"),
        Column("counts", "text"),
        Column("effective_on", "date"),
        Column("source", "bigint"),
    ),
    finds=("stream_id", "project_id"),
)
ACTIVITY = Table(
    "activity",
    "history",
    key=(Column("activity_id", "uuid"),),
    values=(
        Column("project_id", "uuid"),
        Column("reference", "text"),
        Column("key_activity", "text"),
        Column("kind", "text"),
        Column("name_en", "text"),
        Column("name_cs", "text"),
        Column("starts_on", "date"),
        Column("ends_on", "date"),
        Column("place", "text"),
        Column("country", "text"),
        Column("hours", "numeric"),
        Column("form", "text"),
        Column("effective_on", "date"),
        Column("period", "int"),
        Column("held_version", "bigint"),
        Column("source", "bigint"),
    ),
    finds=("activity_id", "project_id"),
    summarise=activity_summary,
)
SUPPORT = Table(
    "support",
    "history",
    key=(Column("activity_id", "uuid"), Column("fact_version", "bigint")),
    values=(
        Column("project_id", "uuid"),
        Column("participant_id", "uuid"),
        Column("received_on", "date"),
        Column("quantity", "numeric"),
        Column("unit", "text"),
        Column("form", "text"),
        Column("source", "bigint"),
    ),
    finds=("activity_id", "participant_id"),
)
PARTICIPANT = Table(
    "participant",
    "history",
    key=(Column("participant_id", "uuid"),),
    values=(
        Column("project_id", "uuid"),
        Column("reference", "text"),
        Column("entered_on", "date"),
        Column("entry_known", "boolean"),
        Column("left_on", "date"),
        Column("identity", "bytea"),
        Column("characteristics", "bytea"),
        Column("situation", "bytea"),
        Column("minutes", "numeric"),
        Column("in_person_minutes", "numeric"),
        Column("complete", "boolean"),
        Column("reached_on", "date"),
        Column("status", "text"),
        Column("period", "int"),
        Column("entered_version", "bigint"),
        Column("characterised_version", "bigint"),
        Column("left_version", "bigint"),
        Column("entered_source", "bigint"),
        Column("characterised_source", "bigint"),
        Column("positions", "bigint[]"),
    ),
    finds=("participant_id", "project_id"),
    summarise=participant_summary,
)
CONTRIBUTION = Table(
    "contribution",
    "history",
    key=(Column("participant_id", "uuid"), Column("code", "text")),
    values=(
        Column("project_id", "uuid"),
        Column("period", "int"),
        Column("sex", "text"),
        Column("effective_on", "date"),
        Column("positions", "bigint[]"),
    ),
    finds=("participant_id", "project_id"),
    summarise=contribution_summary,
)
QUESTIONNAIRE = Table(
    "questionnaire",
    "history",
    key=(Column("activity_id", "uuid"), Column("fact_version", "bigint")),
    values=(
        Column("project_id", "uuid"),
        Column("reference", "text"),
        Column("content", "int"),
        Column("usefulness", "int"),
        Column("organisation", "int"),
        Column("language", "text"),
        Column("effective_on", "date"),
        Column("period", "int"),
        Column("source", "bigint"),
    ),
    finds=("activity_id", "project_id"),
    summarise=questionnaire_summary,
)
CONTACT = Table(
    "helpdesk_contact",
    "history",
    key=(Column("activity_id", "uuid"), Column("fact_version", "bigint")),
    values=(
        Column("project_id", "uuid"),
        Column("channel", "text"),
        Column("topic", "text"),
        Column("minutes", "int"),
        Column("effective_on", "date"),
        Column("source", "bigint"),
    ),
    finds=("activity_id", "project_id"),
)
OUTPUT = Table(
    "output",
    "history",
    key=(Column("output_id", "uuid"),),
    values=(
        Column("project_id", "uuid"),
        Column("reference", "text"),
        Column("kind", "text"),
        Column("title", "text"),
        Column("counts", "boolean"),
        Column("written_on", "date"),
        Column("published_on", "date"),
        Column("published_at", "text"),
        Column("period", "int"),
        Column("written_version", "bigint"),
        Column("published_version", "bigint"),
        Column("written_source", "bigint"),
        Column("published_source", "bigint"),
    ),
    finds=("output_id", "project_id"),
    summarise=output_summary,
)
INDICATOR_SUMMARY = Table(
    "indicator_summary",
    "sum",
    key=(
        Column("project_id", "uuid"),
        Column("source", "text"),
        Column("period", "int"),
        Column("sex", "text"),
    ),
    values=(Column("value", "bigint"),),
)
PARTICIPANT_SUMMARY = Table(
    "participant_summary",
    "sum",
    key=(Column("project_id", "uuid"), Column("status", "text")),
    values=(Column("persons", "bigint"),),
)
TABLES = (
    *(PROJECT, TARGET, ACTIVITY, SUPPORT, PARTICIPANT, CONTRIBUTION),
    *(QUESTIONNAIRE, CONTACT, OUTPUT, INDICATOR_SUMMARY, PARTICIPANT_SUMMARY),
)
