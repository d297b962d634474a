"""Sections on indicators and participants: numbers only, nobody is named."""

from collections.abc import Sequence
from decimal import Decimal

from domain.indicator import fulfilment
from domain.rule_set import CommonIndicator
from projections.indicator_tables import PERSONS
from service.exchange.report.document import Block, Column, Intro, Section, Table
from service.exchange.report.given import Given

STATES = ("recorded", "reached_threshold", "not_counted_incomplete", "counted")
PERIODS_BESIDE, PERIODS_MAX = 6, 12  # increments beside the targets; in a table of their own
Cells = tuple[str, ...]


def indicators(given: Given) -> Section:
    """Target, achieved, fulfilment, and the increment of each period."""
    periods = [str(period.number) for period in given.source.act.periods]
    together = len(periods) <= PERIODS_BESIDE
    blocks: list[Block] = [
        Intro(given.text("indicators.intro")),
        _progress(given, periods if together else []),
    ]
    if not together:
        parts = (periods[at : at + PERIODS_MAX] for at in range(0, len(periods), PERIODS_MAX))
        blocks += [_increments(given, part) for part in parts]
    blocks.append(given.picture("indicator_progress"))
    return Section(given.text("indicators.title"), blocks)


def _progress(given: Given, periods: Sequence[str]) -> Table:
    columns = (
        Column(given.text("indicators.code"), "code"),
        Column(given.text("indicators.name")),
        *(Column(given.text(f"indicators.{name}"), "number") for name in ("target", "achieved")),
        Column(given.text("indicators.share"), "number"),
        *_of_periods(given, periods),
    )
    number = given.wording.number
    rows: list[Cells] = []
    for code, one in given.figures["indicators"].items():
        share = fulfilment(one["achieved"], Decimal(one["target"]))
        whole = (number(one["target"]), number(one["achieved"]), given.percent(share))
        increments = (number(one["by_period"][period]) for period in periods)
        rows.append((code, one["name"], *whole, *increments))
    return Table(given.text("indicators.table"), columns, rows)


def _increments(given: Given, periods: Sequence[str]) -> Table:
    """The increments of many periods apart from the targets, which leave them no room."""
    columns = (Column(given.text("indicators.code"), "code"), *_of_periods(given, periods))
    rows = [
        (code, *(given.wording.number(one["by_period"][period]) for period in periods))
        for code, one in given.figures["indicators"].items()
    ]
    return Table(given.text("indicators.increments"), columns, rows)


def _of_periods(given: Given, periods: Sequence[str]) -> list[Column]:
    return [Column(given.text("indicators.period", number=one), "number") for one in periods]


def participants(given: Given) -> Section:
    """Persons by state, by period and sex, by age and sex, and the EU common indicators."""
    threshold = given.source.rules.support_threshold
    intro = given.text(
        "participants.intro",
        hours=given.wording.number(threshold.hours),
        in_person=given.wording.number(threshold.in_person_hours),
    )
    if threshold.confidence != "found":
        intro = given.text("not_verified", text=intro.rstrip(".")) + "."
    blocks: list[Block] = [
        Intro(intro),
        _states(given),
        _by_period(given),
        given.picture("participants_over_time"),
        _by_age(given),
        _common(given),
    ]
    return Section(given.text("participants.title"), blocks)


def _states(given: Given) -> Table:
    persons = given.figures["participants"]
    columns = (
        Column(given.text("participants.state")),
        Column(given.text("participants.count"), "number"),
    )
    rows = [
        (given.text(f"participants.{state}"), given.wording.number(persons[state]))
        for state in STATES
    ]
    return Table(given.text("participants.states"), columns, rows[:-1], rows[-1:])


def _of_sexes(given: Given, *first: Column) -> tuple[Column, ...]:
    shared = (given.wording.text(f"shared.{name}") for name in ("women", "men", "total"))
    return (*first, *(Column(name, "number") for name in shared))


def _counts(given: Given, women: int, men: int, total: int) -> Cells:
    return tuple(given.wording.number(count) for count in (women, men, total))


def _whole(given: Given) -> Cells:
    persons = given.figures["participants"]
    return _counts(given, persons["women"], persons["men"], persons["counted"])


def _by_period(given: Given) -> Table:
    codes, persons = given.source.rules.codes, given.figures["participants"]
    rows: list[Cells] = []
    for period in given.source.act.periods:
        women, men = (
            given.progress.value(PERSONS, period=period.number, sex=sex)
            for sex in (codes.sex_women, codes.sex_men)
        )
        total = persons["counted_by_period"][str(period.number)]
        days = {"start": given.day(period.start), "end": given.day(period.end)}
        name = given.text("participants.period_of", number=period.number, **days)
        rows.append((name, *_counts(given, women, men, total)))
    columns = _of_sexes(given, Column(given.text("participants.period")))
    whole = (given.text("participants.counted"), *_whole(given))
    return Table(given.text("participants.by_period"), columns, rows, [whole])


def _by_age(given: Given) -> Table:
    """The common indicators that are age groups, and those in none of them."""
    rows: list[Cells] = []
    persons, found = given.figures["participants"], given.figures["common_indicators"]
    groups = age_groups(given.source.rules.reported_common_indicators, _indicators(given))
    rest = {"women": persons["women"], "men": persons["men"], "total": persons["counted"]}
    for one in groups:
        counts: dict[str, int] = found[one.code]
        rest = {name: rest[name] - counts[name] for name in rest}
        name = f"{_ages(given, one.age_min, one.age_max)} ({one.code})"
        rows.append((name, *_counts(given, **counts)))
    others = ", ".join(_ages(given, *gap) for gap in gaps(groups))
    if others:
        name = given.text("participants.age_other", range=others)
        rows.append((name, *_counts(given, **rest)))
    columns = _of_sexes(given, Column(given.text("participants.age")))
    whole = (given.text("participants.counted"), *_whole(given))
    return Table(given.text("participants.by_age"), columns, rows, [whole])


def _indicators(given: Given) -> dict[str, CommonIndicator]:
    return {one.code: one for one in given.source.rules.common_indicators}


def age_groups(
    reported: Sequence[str], indicators: dict[str, CommonIndicator]
) -> list[CommonIndicator]:
    """The reported indicators whose only condition is an age, from the youngest."""
    found = [
        one
        for one in (indicators[code] for code in reported)
        if (one.age_min is not None or one.age_max is not None)
        and not (one.labour_status or one.education or one.disadvantage or one.any_of)
    ]
    return sorted(found, key=lambda one: one.age_min or 0)


def gaps(groups: Sequence[CommonIndicator]) -> list[tuple[int | None, int | None]]:
    """The ages that are in none of the groups; none where groups overlap: no rest adds up then."""
    found: list[tuple[int | None, int | None]] = []
    start: int | None = 0
    for one in groups:
        lowest = one.age_min or 0
        if start is None or lowest < start:
            return []
        if lowest > start:
            found.append((start or None, lowest - 1))
        start = None if one.age_max is None else one.age_max + 1
    return [*found, (start, None)] if start else found


def _ages(given: Given, lowest: int | None, highest: int | None) -> str:
    match lowest, highest:
        case None, int():
            return given.text("participants.age_upto", max=highest)
        case int(), None:
            return given.text("participants.age_from", min=lowest)
        case _:
            return given.text("participants.age_between", min=lowest or 0, max=highest)


def _common(given: Given) -> Table:
    found, indicators = given.figures["common_indicators"], _indicators(given)
    columns = _of_sexes(
        given,
        Column(given.text("participants.code"), "code"),
        Column(given.text("participants.name")),
    )
    rows: list[Cells] = []
    for code in given.source.rules.reported_common_indicators:
        name = given.wording.known(f"codes.common_indicator.{code}", indicators[code].name)
        rows.append((code, name, *_counts(given, **found[code])))
    return Table(given.text("participants.common"), columns, rows)
