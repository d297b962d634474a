"""The whole report of a project: cover, sections, and what it was made from."""

from datetime import UTC
from decimal import Decimal
from importlib.resources import files

from domain.indicator import fulfilment
from service.exchange.export import Source
from service.exchange.report.document import (
    Block,
    Column,
    Document,
    Intro,
    Paragraph,
    Section,
    Table,
)
from service.exchange.report.given import Given, given
from service.exchange.report.money_sections import budget, claims, findings
from service.exchange.report.people_sections import indicators, participants
from service.exchange.report.work_sections import activities, outputs, publicity
from service.wording.wording import LOCALES

WORDS = ("contents", "page", "page_of", "table", "picture", "emblem")


def report_of(source: Source) -> Document:
    """The report at the source's point of both times, in its language."""
    found = given(source)
    act, language = source.act, source.wording.language
    moment = source.recorded_at.astimezone(UTC)
    lines = source.rules.publicity
    return Document(
        language=language,
        region=LOCALES[language].territory or "",
        words={word: found.text(word) for word in WORDS},
        title=found.text("title"),
        project=act.title_cs if language == "cs" else act.title_en,
        beneficiary=act.beneficiary.name,
        registration_number=act.registration_number,
        state=found.text("state", as_of=found.day(source.as_of)),
        footer=found.text(
            "footer",
            as_of=found.day(source.as_of),
            position=source.known_at,
            rules=f"{source.rule_set.name} ({source.rule_set.sha256[:8]})",
        ),
        recorded_at=(*moment.timetuple()[:6],),  # type: ignore[arg-type]
        emblem=files("service.exchange.report").joinpath("emblem.svg").read_text(encoding="utf-8"),
        publicity=lines.lines_cs if language == "cs" else lines.lines_en,
        card=_card(found),
        key_figures=_key_figures(found),
        sections=[
            activities(found),
            indicators(found),
            budget(found),
            claims(found),
            participants(found),
            outputs(found),
            findings(found),
            publicity(found),
            _about(found),
        ],
    )


def _card(found: Given) -> list[tuple[str, str]]:
    act, shared = found.source.act, found.wording.text
    shares = {name: found.rate(getattr(act, f"{name}_rate")) for name in ("eu", "state", "own")}
    beneficiary = {"name": act.beneficiary.name, "ico": act.beneficiary.ico}
    days = {"start": found.day(act.start), "end": found.day(act.end)}
    return [
        (shared("shared.registration_number"), act.registration_number),
        (shared("shared.programme"), f"{found.source.rules.title_cs} ({act.programme})"),
        (shared("shared.beneficiary"), found.text("card.beneficiary", **beneficiary)),
        (shared("shared.implementation"), found.text("days", **days)),
        (found.text("card.periods"), found.wording.number(len(act.periods))),
        (found.text("card.total"), found.czk(found.figures["total_eligible_budget"])),
        (
            found.text("card.flat_rate"),
            found.text("card.flat_rate_of", rate=found.rate(act.flat_rate)),
        ),
        (found.text("card.financing"), found.text("card.shares", **shares)),
        (found.text("card.advance"), found.czk(act.initial_advance)),
    ]


def _key_figures(found: Given) -> list[tuple[str, str]]:
    figures, number = found.figures, found.wording.number
    settlement = figures["settlement"]
    shares = [
        fulfilment(one["achieved"], Decimal(one["target"]))
        for one in figures["indicators"].values()
    ]
    with_target = [share for share in shares if share is not None]
    reached = sum(share >= 100 for share in with_target)
    items = figures["budget_by_item"].values()
    recorded = sum((Decimal(item["recorded"]) for item in items), Decimal(0))
    of = {"part": number(reached), "whole": number(len(with_target))}
    return [
        (found.text("key.participants"), number(figures["participants"]["counted"])),
        (found.text("key.indicators"), found.wording.text("charts.of", **of)),
        (found.text("key.recorded"), found.czk(recorded)),
        (found.text("key.approved"), found.czk(settlement["approved_direct"])),
        (found.text("key.due"), found.czk(settlement["provider_due"])),
        (found.text("key.balance"), found.czk(settlement["balance"])),
    ]


def _about(found: Given) -> Section:
    source, rules = found.source, found.source.rule_set
    columns = (
        Column(found.text("about.what"), "code"),
        Column(found.text("about.value")),
    )
    rows = [
        (found.text("about.as_of"), found.day(source.as_of)),
        (found.text("about.position"), str(source.known_at)),
        (found.text("about.recorded_at"), found.wording.moment(source.recorded_at)),
        (found.text("about.rule_set"), f"{rules.name} ({source.rules.title_cs})"),
        ("SHA-256", rules.sha256),
    ]
    blocks: list[Block] = [
        Intro(found.text("about.point")),
        Table(found.text("about.made_from"), columns, rows),
        Paragraph(found.text("about.rules")),
        Paragraph(found.text("about.figures")),
    ]
    return Section(found.text("about.title"), blocks)
