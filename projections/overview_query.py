"""The figures that the overview of a project shows, from a handful of statements.

The tree has the shape, the addresses and the values of the report of figures
(`projections/figures.py`), so that each number can be opened there; but it is summed by the
database, from the summaries that the fold keeps where the question is of now.
"""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from psycopg import Connection

from domain.money import money_text, round_money
from domain.project import Registered
from projections import budget_query, indicator_query
from projections.budget_query import NO_MONEY, BudgetLine, Point
from projections.derivation import as_quantity
from projections.indicator_query import Progress
from projections.indicator_tables import PERSONS
from projections.page_query import Row, rows
from projections.project_query import act_of

MONEY = (*budget_query.VIEWS, "spend_project", "claim", "finding")
PEOPLE = (*indicator_query.VIEWS, "participant")
FINDINGS_SHOWN = 5
_IN_FORCE = """project_id = %(project)s AND from_position <= %(known_at)s
    AND (to_position IS NULL OR to_position > %(known_at)s)"""
CLAIMS = f"""SELECT c.claim_id, c.number, c.kind, c.period, c.submitted_on, c.decided_on, c.paid_on,
        c.paid_amount, coalesce(l.documents, 0) AS documents,
        coalesce(l.declared, 0.00) AS declared, coalesce(l.reduced, 0.00) AS reduced
    FROM (SELECT * FROM views.claim WHERE {_IN_FORCE}) AS c
    LEFT JOIN (
        SELECT claim_id, count(*) AS documents, sum(amount) AS declared, sum(reduction) AS reduced
        FROM views.claim_line WHERE {_IN_FORCE} GROUP BY claim_id
    ) AS l ON l.claim_id = c.claim_id
    WHERE c.submitted_on <= %(as_of)s
    ORDER BY c.number, c.submitted_source LIMIT 1000"""
FINDINGS = f"""SELECT code, count(*) AS documents,
        (array_agg(reference ORDER BY reference COLLATE "C"))[:{FINDINGS_SHOWN}] AS references,
        (array_agg(document_id ORDER BY reference COLLATE "C"))[:{FINDINGS_SHOWN}] AS document_ids
    FROM views.finding WHERE {_IN_FORCE} AND since <= %(as_of)s GROUP BY code LIMIT 100"""
ACT = f"SELECT act FROM views.spend_project WHERE {_IN_FORCE} LIMIT 1"
PARTICIPANTS = f"""SELECT count(*) AS recorded,
        count(*) FILTER (WHERE reached_on <= %(as_of)s) AS reached
    FROM views.participant WHERE {_IN_FORCE} AND entered_on <= %(as_of)s"""
Tree = dict[str, Any]


class Overview(NamedTuple):
    """What the overview shows at `as_of`, `known_at`.

    `figures` are written as in the report of figures; `claims` are the claims behind them, the
    advance too; `findings` are codes with how many documents have them, and the first of these.
    `progress` and the figures of people are not there where persons cannot be read.
    """

    as_of: date
    known_at: int
    figures: Tree
    lines: list[BudgetLine]
    progress: Progress | None
    claims: list[Row]
    findings: list[Row]


def overview(
    connection: Connection[Any],
    project: UUID,
    act: Registered,
    sexes: tuple[str, str] | None,
    point: Point | None,
    now: Point,
) -> Overview:
    """The overview at `point` = (as_of, known_at), None: `now`.

    `sexes`: the codes of women and men; None: without people, of the views of `MONEY` only.
    """
    as_of, known_at = point or now
    lines = budget_query.budget_lines(connection, project, point, now)
    values = {"project": project, "as_of": as_of, "known_at": known_at}
    claims, money = claims_and_settlement(connection, project, act, (as_of, known_at))
    figures: Tree = {
        **_budget(lines, act),
        **money,
    }
    progress = None
    if sexes is not None:
        progress = indicator_query.progress(connection, project, point, now)
        counted = rows(connection, PARTICIPANTS, values)[0]
        figures["participants"] = _participants(counted, progress, act, sexes)
        figures["indicators"] = _indicators(progress, act)
    findings = rows(connection, FINDINGS, values)
    return Overview(as_of, known_at, figures, lines, progress, claims, findings)


def claims_and_settlement(
    connection: Connection[Any], project: UUID, act: Registered, point: Point
) -> tuple[list[Row], Tree]:
    """The claims handed in by then, the advance too, and their figures: one statement."""
    as_of, known_at = point
    values = {"project": project, "as_of": as_of, "known_at": known_at}
    claims = [_at(row, as_of) for row in rows(connection, CLAIMS, values)]
    interim = [_claim(row, act) for row in claims if row["kind"] != "advance"]
    return claims, {
        "claims": [_written(claim) for claim in interim],
        "settlement": _written(_settlement(claims, interim)),
    }


def act_at(connection: Connection[Any], project: UUID, known_at: int) -> Registered | None:
    """The legal act as the ledger knew it; None: not yet."""
    found = rows(connection, ACT, {"project": project, "known_at": known_at})
    return act_of(found[0]) if found else None


def _budget(lines: list[BudgetLine], act: Registered) -> Tree:
    direct = sum((line.budget for line in lines), NO_MONEY)
    flat = round_money(direct * act.flat_rate)
    return {
        "total_eligible_budget": money_text(direct + flat),
        "direct_budget": money_text(direct),
        "flat_budget": money_text(flat),
        "budget_by_item": {
            line.code: _written(
                {
                    "budget": line.budget,
                    "recorded": line.sums.recorded,
                    "approved": line.sums.approved,
                    "remaining": line.budget - line.sums.recorded,
                }
            )
            for line in lines
        },
    }


def _at(claim: Row, as_of: date) -> Row:
    """The claim without what happened to it after the day."""
    decided = claim["decided_on"] is not None and claim["decided_on"] <= as_of
    paid = claim["paid_on"] is not None and claim["paid_on"] <= as_of
    return {
        **claim,
        "decided_on": claim["decided_on"] if decided else None,
        "reduced": claim["reduced"] if decided else NO_MONEY,
        "paid_on": claim["paid_on"] if paid else None,
        "paid_amount": claim["paid_amount"] if paid else None,
    }


def _claim(claim: Row, act: Registered) -> Tree:
    approved: Decimal = claim["declared"] - claim["reduced"]
    flat = round_money(approved * act.flat_rate)
    total = approved + flat
    public, eu = round_money(total * act.public_rate), round_money(total * act.eu_rate)
    return {
        "claim": claim["number"],
        "period": claim["period"],
        "submitted_on": claim["submitted_on"].isoformat(),
        "documents": claim["documents"],
        "declared_direct": claim["declared"],
        "reductions": claim["reduced"],
        "approved_direct": approved,
        "flat_rate_amount": flat,
        "eligible_total": total,
        "public": public,
        "eu": eu,
        "state": public - eu,
        "own": total - public,
        "paid_amount": claim["paid_amount"],
    }


def _settlement(claims: list[Row], interim: list[Tree]) -> dict[str, Decimal]:
    of_interim = [row for row in claims if row["kind"] != "advance"]
    decided = [claim for row, claim in zip(of_interim, interim, strict=True) if row["decided_on"]]
    due = _sum(claim["public"] for claim in decided)
    advance = _sum(row["paid_amount"] for row in claims if row["kind"] == "advance")
    payments = _sum(row["paid_amount"] for row in of_interim)
    return {
        "approved_direct": _sum(claim["approved_direct"] for claim in decided),
        "flat": _sum(claim["flat_rate_amount"] for claim in decided),
        "provider_due": due,
        "advance_received": advance,
        "payments_received": payments,
        "balance": due - advance - payments,
    }


def _sum(amounts: Any) -> Decimal:
    return sum((amount for amount in amounts if amount is not None), NO_MONEY)


def _participants(
    counted: Row, progress: Progress, act: Registered, sexes: tuple[str, str]
) -> Tree:
    persons = progress.value(PERSONS)
    women, men = (progress.value(PERSONS, sex=sex) for sex in sexes)
    return {
        "recorded": counted["recorded"],
        "reached_threshold": counted["reached"],
        "counted": persons,
        "not_counted_incomplete": counted["reached"] - persons,
        "counted_by_period": {
            str(period.number): progress.value(PERSONS, period=period.number)
            for period in act.periods
        },
        "women": women,
        "men": men,
    }


def _indicators(progress: Progress, act: Registered) -> Tree:
    numbers = [period.number for period in act.periods]
    found: Tree = {}
    for target in progress.targets:
        achieved = progress.achieved(target, numbers)
        found[target["code"]] = {
            "name": target["name"],
            "target": as_quantity(target["target"]),
            "achieved": sum(achieved.values()),
            "by_period": {str(number): value for number, value in achieved.items()},
        }
    return found


def _written(amounts: Tree) -> Tree:
    """Amounts as the report of figures writes them, the rest as it is."""
    return {
        name: money_text(value) if isinstance(value, Decimal) else value
        for name, value in amounts.items()
    }
