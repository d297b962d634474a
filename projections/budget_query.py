"""A project's budget: its items, and what became of each, by period.

Without a point the sums come from the summary that the fold keeps, unless something is dated after
today; then, and at a point of both times, they are summed from the facts in force.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from psycopg import Connection

from projections.page_query import Row, rows

VIEWS = ("budget_item", "budget_summary", "spend", "claim_line")
ITEMS_MAX = 5000
ITEMS = f"""SELECT stream_id, fact_version, code, name, unit, unit_price, count, total, evidence,
        purchased_service
    FROM views.budget_item WHERE project_id = %(project)s AND to_position IS NULL
    ORDER BY fact_version LIMIT {ITEMS_MAX}"""
ITEMS_AT = f"""SELECT code, name, unit, unit_price, count, total, evidence FROM views.budget_item
    WHERE project_id = %(project)s AND effective_on <= %(as_of)s
        AND from_position <= %(known_at)s AND (to_position IS NULL OR to_position > %(known_at)s)
    ORDER BY fact_version LIMIT {ITEMS_MAX}"""
SUMMARY = """SELECT item, period, state, amount, documents FROM views.budget_summary
    WHERE project_id = %(project)s AND documents <> 0 LIMIT 100000"""
SUMS_AT = """WITH spent AS (
        SELECT item, period, amount,
            CASE WHEN blocked_on <= %(as_of)s THEN 'blocked' ELSE 'recorded' END AS state
        FROM views.spend
        WHERE project_id = %(project)s AND effective_on <= %(as_of)s
            AND from_position <= %(known_at)s
            AND (to_position IS NULL OR to_position > %(known_at)s)
    ), claimed AS (
        SELECT item, period, amount, decided_on <= %(as_of)s AS decided, reduction
        FROM views.claim_line
        WHERE project_id = %(project)s AND submitted_on <= %(as_of)s
            AND from_position <= %(known_at)s
            AND (to_position IS NULL OR to_position > %(known_at)s)
    ), counted AS (
        SELECT item, period, state, amount FROM spent
        UNION ALL SELECT item, period, 'declared', amount FROM claimed
        UNION ALL SELECT item, period, 'approved', amount - reduction FROM claimed WHERE decided
        UNION ALL SELECT item, period, 'reduced', reduction FROM claimed
            WHERE decided AND reduction <> 0
    )
    SELECT item, period, state, sum(amount) AS amount, count(*) AS documents FROM counted
    GROUP BY item, period, state LIMIT 100000"""
LATER = """SELECT 1 AS found FROM views.spend
    WHERE project_id = %(project)s AND to_position IS NULL
        AND (effective_on > %(as_of)s OR blocked_on > %(as_of)s)
    UNION ALL SELECT 1 FROM views.claim_line
    WHERE project_id = %(project)s AND to_position IS NULL
        AND (submitted_on > %(as_of)s OR decided_on > %(as_of)s) LIMIT 1"""
STATES = ("recorded", "blocked", "declared", "reduced", "approved")
Point = tuple[date, int]
NO_MONEY = Decimal("0.00")


class Sums(NamedTuple):
    """What became of an item, or of all: CZK by state."""

    recorded: Decimal
    blocked: Decimal
    declared: Decimal
    reduced: Decimal
    approved: Decimal


class BudgetLine(NamedTuple):
    """An item with its sums in all and by period of the project; period 0 = outside of all."""

    code: str
    name: str
    budget: Decimal
    sums: Sums
    by_period: dict[int, Sums]


def items(connection: Connection[Any], project: Any) -> list[Row]:
    """The items as they stand, in the order in which they were added."""
    return rows(connection, ITEMS, {"project": project})


def budget_lines(
    connection: Connection[Any], project: Any, point: tuple[date, int] | None, now: Point
) -> list[BudgetLine]:
    """The items with their sums; `point` = (as_of, known_at), None: `now`, today and the head."""
    as_of, known_at = point or now
    values: dict[str, Any] = {"project": project, "as_of": as_of, "known_at": known_at}
    later = point is None and rows(connection, LATER, values)
    if point is None:
        found = rows(connection, ITEMS, values)
        sums = rows(connection, SUMS_AT if later else SUMMARY, values)
    else:
        found = rows(connection, ITEMS_AT, values)
        sums = rows(connection, SUMS_AT, values)
    by_code: dict[str, list[Row]] = {row["code"]: [] for row in found}
    for row in sums:
        by_code.setdefault(row["item"], []).append(row)
    return [_line(row, by_code[row["code"]]) for row in found]


def total(lines: Sequence[Sums]) -> Sums:
    """Sums of sums."""
    return Sums(*(sum(column, NO_MONEY) for column in zip(*lines, strict=True))) if lines else ZERO


def _line(item: Row, sums: Sequence[Row]) -> BudgetLine:
    periods = sorted({row["period"] for row in sums})
    by_period = {
        period: _sums([row for row in sums if row["period"] == period]) for period in periods
    }
    return BudgetLine(item["code"], item["name"], item["total"], _sums(sums), by_period)


def _sums(found: Sequence[Row]) -> Sums:
    amounts = dict.fromkeys(STATES, NO_MONEY)
    for row in found:
        amounts[row["state"]] += row["amount"]
    return Sums(**amounts)


ZERO = _sums([])
