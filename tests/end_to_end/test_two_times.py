"""As of a day and known at a position: the same as if nothing later had ever been recorded."""

from datetime import date, timedelta
from random import Random

import pytest
from litestar.testing import TestClient

from domain.event import encode
from tests.end_to_end.copied_log import Copy, Stored, stored_events
from tests.end_to_end.explained import Explained
from tests.end_to_end.recount import Recount
from tests.end_to_end.running import Http, Imported

DATES = POSITIONS = 20
SEED_DATES = (date(2016, 9, 15), date(2017, 8, 31), date(2018, 8, 10))
RECOUNTED = ("budget_by_item", "claims", "settlement", "participants", "indicators", "findings")


@pytest.fixture(scope="module")
def events(seed: Imported) -> list[Stored]:
    return stored_events(seed.services, seed.tenant)


def test_as_of_a_day_is_what_a_ledger_without_later_facts_says(
    seed: Imported, events: list[Stored]
) -> None:
    random = Random(20160201)
    first = min(event.fact.effective_on for event in events if event.type.startswith("project."))
    last = max(event.fact.effective_on for event in events)
    days = [first, last]
    days += [first + timedelta(random.randrange((last - first).days)) for _ in range(DATES - 2)]
    seen = []
    for day in days:
        copy = Copy(seed, events)
        copy.take(event for event in events if event.fact.effective_on <= day)
        seen.append(seed.figures(as_of=day))
        assert seen[-1] == copy.project.figures(), day
        assert seen[-1] == copy.project.figures(as_of=day), day
    assert len({str(figures) for figures in seen}) > DATES // 2


def test_known_at_a_position_is_what_a_ledger_of_the_first_events_says(
    seed: Imported, events: list[Stored]
) -> None:
    random = Random(3)
    positions = sorted({1, len(events), *random.sample(range(2, len(events)), POSITIONS - 2)})
    copy, done, seen = Copy(seed, events), 0, []
    for position in positions:
        copy.take(events[done:position])
        done = position
        assert copy.project.head() == position
        seen.append(seed.figures(known_at=position))
        assert seen[-1] == copy.project.figures(), position
    assert len({str(figures) for figures in seen}) > POSITIONS // 2


def test_both_times_together_are_what_a_ledger_without_either_says(
    seed: Imported, events: list[Stored]
) -> None:
    random = Random(7)
    for _ in range(5):
        position, day = random.randrange(100, len(events)), date(2017, random.randint(1, 12), 15)
        copy = Copy(seed, events)
        copy.take(event for event in events[:position] if event.fact.effective_on <= day)
        assert seed.figures(as_of=day, known_at=position) == copy.project.figures()


def test_a_ledger_with_one_event_less_says_something_else(
    seed: Imported, events: list[Stored]
) -> None:
    """The control: a copy that misses a payment of the day before is told apart."""
    day = date(2017, 8, 31)
    gone = next(event for event in events if event.type == "claim.paid.v1")
    copy = Copy(seed, events)
    copy.take(e for e in events if e.fact.effective_on <= day and e.position != gone.position)
    assert copy.project.figures() != seed.figures(as_of=day)


def test_a_copied_event_keeps_its_bytes_but_for_the_sealed_rows(
    seed: Imported, events: list[Stored]
) -> None:
    copy = Copy(seed, events)
    copy.take(events)
    copied = stored_events(seed.services, copy.tenant)
    same = [a.data == b.data for a, b in zip(events, copied, strict=True)]
    sealed = [b"sha256" in event.data and b'"person"' in event.data for event in events]
    assert [a.data == encode(a.fact) for a in events] == [True] * len(events)
    assert same == [not one for one in sealed]
    assert copy.project.figures() == seed.figures()


@pytest.mark.parametrize("day", SEED_DATES, ids=str)
def test_the_figures_as_of_a_day_are_those_recounted_from_the_files(
    seed: Imported, day: date
) -> None:
    recounted, figures = Recount(seed.folder, day).figures(), seed.figures(as_of=day)
    for part in RECOUNTED:
        assert figures[part] == recounted[part]
    assert figures == recounted


@pytest.mark.parametrize("name", ["seed", "seed_plus"])
def test_every_month_of_the_seed_projects_is_recounted_from_the_files(
    name: str, request: pytest.FixtureRequest
) -> None:
    project: Imported = request.getfixturevalue(name)
    day = date.fromisoformat(Recount(project.folder).act["start"])
    for _ in range(36):
        assert project.figures(as_of=day) == Recount(project.folder, day).figures(), day
        day += timedelta(days=31)


def test_both_times_are_asked_over_http_alike(seed: Imported, client: TestClient) -> None:
    http = Http(client, seed)
    assert http.figures(as_of="2017-08-31") == seed.figures(as_of=date(2017, 8, 31))
    assert http.figures(known_at="1500") == seed.figures(known_at=1500)
    pointer = "/claims/0/declared_direct"
    answer = http.explained(pointer, as_of="2017-08-31", known_at="3500")
    assert answer["value"] == seed.figures()["claims"][0]["declared_direct"]


@pytest.mark.parametrize("day", [date(2023, 9, 1), date(2024, 4, 20)], ids=str)
def test_figures_of_an_earlier_point_are_explained_by_what_was_known_then(
    seed_plus: Imported, day: date
) -> None:
    for position in range(40, seed_plus.head(), 60):
        explained = Explained(seed_plus, as_of=day, known_at=position)
        assert explained.wrong() == []
        explained.log = {at: event for at, event in explained.log.items() if at <= position}
        assert explained.wrong() == []
