"""A project's indicators: targets, and what is counted by period and sex.

Without a point from the summary that the fold keeps, of all that is recorded; at a point of both
times counted from the facts in force.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from psycopg import Connection

from projections.indicator_tables import PERSONS
from projections.page_query import Row, rows

VIEWS = (
    *("indicator_target", "indicator_summary", "activity", "contribution"),
    *("questionnaire", "output"),
)
TARGETS_MAX = 1000
_TARGET = "stream_id, fact_version, code, name, unit, kind, target, counts"
TARGETS = f"""SELECT {_TARGET} FROM views.indicator_target
    WHERE project_id = %(project)s AND to_position IS NULL
    ORDER BY fact_version LIMIT {TARGETS_MAX}"""
TARGETS_AT = f"""SELECT {_TARGET} FROM views.indicator_target
    WHERE project_id = %(project)s AND effective_on <= %(as_of)s
        AND from_position <= %(known_at)s AND (to_position IS NULL OR to_position > %(known_at)s)
    ORDER BY fact_version LIMIT {TARGETS_MAX}"""
SUMMARY = """SELECT source, period, sex, value FROM views.indicator_summary
    WHERE project_id = %(project)s AND value <> 0 LIMIT 100000"""
_THEN = """project_id = %(project)s AND from_position <= %(known_at)s
    AND (to_position IS NULL OR to_position > %(known_at)s)"""
COUNTS_AT = f"""WITH counted AS (
        SELECT 'activity:' || kind AS source, period, '' AS sex FROM views.activity
        WHERE {_THEN} AND ends_on <= %(as_of)s
        UNION ALL SELECT code, period, sex FROM views.contribution
        WHERE {_THEN} AND effective_on <= %(as_of)s
        UNION ALL SELECT 'questionnaires', period, '' FROM views.questionnaire
        WHERE {_THEN} AND effective_on <= %(as_of)s
        UNION ALL SELECT 'documents', period, '' FROM views.output
        WHERE {_THEN} AND counts AND published_on <= %(as_of)s
    )
    SELECT source, period, sex, count(*) AS value FROM counted
    GROUP BY source, period, sex LIMIT 100000"""


LATER = """SELECT 1 AS found FROM views.activity
    WHERE project_id = %(project)s AND to_position IS NULL AND ends_on > %(as_of)s
    UNION ALL SELECT 1 FROM views.contribution
    WHERE project_id = %(project)s AND to_position IS NULL AND effective_on > %(as_of)s
    UNION ALL SELECT 1 FROM views.questionnaire
    WHERE project_id = %(project)s AND to_position IS NULL AND effective_on > %(as_of)s
    UNION ALL SELECT 1 FROM views.output
    WHERE project_id = %(project)s AND to_position IS NULL AND published_on > %(as_of)s LIMIT 1"""


class Progress(NamedTuple):
    """Targets as they stand, and what is counted of each source."""

    targets: list[Row]
    counted: list[Row]

    def value(self, source: str, *, period: int | None = None, sex: str | None = None) -> int:
        """How many of a source, of one period or sex if given."""
        return sum(
            row["value"]
            for row in self.counted
            if row["source"] == source
            and (period is None or row["period"] == period)
            and (sex is None or row["sex"] == sex)
        )

    def achieved(self, target: Row, periods: Iterable[int]) -> dict[int, int]:
        """What counts for a target by period."""
        return {
            period: self.value(source_of(target["counts"]), period=period) for period in periods
        }


def source_of(counts: str) -> str:
    """The counted source of a target's `source`; persons are counted under one code."""
    return PERSONS if counts == "participants" else counts


def targets(connection: Connection[Any], project: Any) -> list[Row]:
    """The targets as they stand."""
    return rows(connection, TARGETS, {"project": project})


def progress(
    connection: Connection[Any], project: Any, point: tuple[date, int] | None, now: tuple[date, int]
) -> Progress:
    """Targets and counts; `point` = (as_of, known_at), None: `now`, today and the head.

    Counts of now come from the summary that the fold keeps, unless something is dated later.
    """
    as_of, known_at = point or now
    values: dict[str, Any] = {"project": project, "as_of": as_of, "known_at": known_at}
    if point is None:
        later = rows(connection, LATER, values)
        counts = rows(connection, COUNTS_AT if later else SUMMARY, values)
        return Progress(rows(connection, TARGETS, values), counts)
    return Progress(rows(connection, TARGETS_AT, values), rows(connection, COUNTS_AT, values))
