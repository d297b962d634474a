"""The overview of a project: what a project manager looks at in the morning."""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from litestar import Response
from litestar.params import FromQuery

from domain.deadlines import deadlines
from domain.project import Registered
from projections import audit_query
from projections.audit_query import Wanted, audit_page
from projections.budget_query import NO_MONEY, Point
from projections.overview_query import MONEY, PEOPLE, Overview, act_at, overview
from service.api.caller import AsCaller, Caller, Snapshot
from service.api.route import ProjectId, read
from service.audit.sentences import Sentence, changes_line, sentences
from service.composition import today
from service.finding_words import rule_in_words
from service.pages.addresses import figure_link
from service.pages.charts import charts_shown
from service.pages.language import wording_of
from service.pages.point import Asked, asked
from service.pages.rendering import AnyRequest, page
from service.wording.wording import Wording

EVENTS_SHOWN = 8


class EventShown(NamedTuple):
    """An event of the record; who did it stands in the audit trail, where the reading is logged."""

    sentence: Sentence
    recorded_at: datetime
    record: UUID
    change: str
    reason: str | None


@read("/projects/{project_id:uuid}", permission="reports.read")
def show_overview(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    as_of: FromQuery[str | None] = None,
    known_at: FromQuery[str | None] = None,
) -> Response[str]:
    """The project at a point of both times, by default now."""
    wanted, wording = asked(as_of, known_at), wording_of(request)
    people = () if caller.services.vault.closed else PEOPLE
    with caller.reading(project_id, (*MONEY, *people, *audit_query.VIEWS)) as snapshot:
        act, wanted = _act(caller, snapshot, project_id, wanted)
        rules = caller.services.programmes.of(act.rule_set)
        sexes = (rules.codes.sex_women, rules.codes.sex_men) if people else None
        point = None if wanted.is_now else _resolved(caller, snapshot, wanted)
        now = (max(today(), act.start), snapshot.position)
        found = overview(snapshot.connection, project_id, act, sexes, point, now)
        events = _last_events(caller, snapshot, project_id, found.known_at, wording)
    claimed = {row["period"] for row in found.claims if row["period"] is not None}
    recorded = _recorded(found)
    return page(
        request,
        "overview.html",
        status=400 if wanted.errors else 200,
        section="overview",
        project=project_id,
        act=act,
        asked=wanted,
        query=wanted.query,
        link=figure_link(project_id, wanted.query),
        found=found,
        figures=found.figures,
        claims=found.claims,
        names={line.code: line.name for line in found.lines},
        balance=_balance(found, act),
        recorded=recorded,
        remaining=Decimal(found.figures["direct_budget"]) - recorded,
        rule_of={rule.code: rule for rule in rules.findings},
        words_of={rule.code: rule_in_words(rule, wording) for rule in rules.findings},
        deadlines=deadlines(act, claimed, found.as_of),
        charts=charts_shown(project_id, act, rules, found, wording),
        events=events,
    )


def _act(
    caller: Caller, snapshot: Snapshot, project: UUID, wanted: Asked
) -> tuple[Registered, Asked]:
    """The legal act at the point; where there was none yet, the fault and the act of now."""
    act: Registered | None = None
    if not wanted.is_now:
        as_of, known_at = _resolved(caller, snapshot, wanted)
        act = act_at(snapshot.connection, project, known_at)
        if act is None:
            wanted = wanted.refused("known_at", "too_early")
        elif as_of < act.start:
            wanted = wanted.refused("as_of", "too_early")
    if act is None:
        act = act_at(snapshot.connection, project, snapshot.position)
    assert act is not None, "the snapshot has the project"
    return act, wanted


def _resolved(caller: Caller, snapshot: Snapshot, wanted: Asked) -> Point:
    """The day and the position asked for, no later than what was read."""
    as_of, known_at = caller.reports.resolved(wanted.point)
    return as_of, min(known_at, snapshot.position)


def _balance(found: Overview, act: Registered) -> str:
    """What the balance means: before the last claim is decided, an advance is nothing to return."""
    balance = Decimal(found.figures["settlement"]["balance"])
    if balance == 0:
        return "even"
    if balance > 0:
        return "receive"
    decided = {row["period"] for row in found.claims if row["decided_on"] is not None}
    return "return" if act.periods[-1].number in decided else "advance"


def _recorded(found: Overview) -> Decimal:
    """What is recorded on all items."""
    by_item: dict[str, Any] = found.figures["budget_by_item"]
    return sum((Decimal(item["recorded"]) for item in by_item.values()), NO_MONEY)


def _last_events(
    caller: Caller, snapshot: Snapshot, project: UUID, known_at: int, wording: Wording
) -> list[EventShown] | None:
    """The last events in words; None for whom the audit trail is not."""
    if "audit.read" not in caller.rights.in_project(project):
        return None
    wanted = Wanted(upto=min(known_at, snapshot.position), project=project, newest_first=True)
    found = audit_page(snapshot.connection, caller.tenant, wanted, EVENTS_SHOWN, None)
    told = sentences(found.entries, wording, {}, found.references)
    return [
        EventShown(
            sentence=sentence,
            recorded_at=entry.recorded_at,
            record=entry.stream_id,
            change=changes_line(sentence, wording),
            reason=entry.reason,
        )
        for entry, sentence in zip(found.entries, told, strict=True)
    ]
