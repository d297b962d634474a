"""The overview shows the figures of the report, each at its address, at any point of both times."""

import re
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from projections.overview_query import MONEY, PEOPLE, Overview, act_at, overview
from projections.reading import consistent
from service.composition import today
from tests.end_to_end.running import SEED_PLUS, Imported, imported, leaves
from tests.service.pages.visits import Visit

FIGURE = re.compile(r'<a class="figure" href="([^"]*)">([^<]*)</a>')
POINTS = [
    (None, None),
    (date(2016, 9, 15), None),
    (date(2017, 6, 30), None),
    (date(2018, 8, 31), 1500),
    (date(2018, 1, 31), 2500),
]


def overview_of(project: Imported, as_of: date | None, known_at: int | None) -> Overview:
    services, head = project.services, project.head()
    project.reports.bring_up_to_date()
    point = None if as_of is None else (as_of, known_at or head)
    with consistent(services.pool, project.tenant, (*MONEY, *PEOPLE)) as connection:
        act = act_at(connection, project.project, known_at or head)
        assert act is not None
        codes = services.programmes.of(act.rule_set).codes
        sexes = (codes.sex_women, codes.sex_men)
        return overview(connection, project.project, act, sexes, point, (today(), head))


@pytest.mark.parametrize(("as_of", "known_at"), POINTS)
def test_the_overview_has_the_values_of_the_report(
    seed: Imported, as_of: date | None, known_at: int | None
) -> None:
    found = overview_of(seed, as_of, known_at)
    report = seed.figures(as_of, known_at)
    assert found.figures == {name: report[name] for name in found.figures}
    assert len(leaves(found.figures)) > 100
    blocking = {reference for row in found.findings for reference in row["references"]}
    assert blocking >= set(report["findings"])


def test_that_of_another_programme_too(services: Any) -> None:
    project = imported(services, SEED_PLUS)
    found, report = overview_of(project, None, None), project.figures()
    assert found.figures == {name: report[name] for name in found.figures}


def figures_shown(page: str) -> dict[str, str]:
    """What stands at each address of a figure."""
    shown: dict[str, str] = {}
    for link, text in FIGURE.findall(page):
        (pointer,) = parse_qs(urlsplit(unescape(link)).query)["figure"]
        assert shown.setdefault(pointer, text) == text
    return shown


def test_each_number_stands_at_its_own_address(of_seed: Visit, seed: Imported) -> None:
    for query in ({}, {"as_of": "2017-06-30", "known_at": "2500"}):
        page = of_seed.read(f"/projects/{seed.project}", **query)
        as_of = date(2017, 6, 30) if query else None
        report = leaves(seed.figures(as_of, 2500 if query else None))
        shown = figures_shown(page)
        assert len(shown) > 100
        for pointer, text in shown.items():
            number = unescape(text).replace(",", "").replace("−", "-")
            assert number == str(report[pointer]), pointer


def test_links_keep_the_point_that_was_asked_for(of_seed: Visit, seed: Imported) -> None:
    page = of_seed.read(f"/projects/{seed.project}", as_of="2017-06-30", known_at="2500")
    for link, _ in FIGURE.findall(page):
        query = parse_qs(urlsplit(unescape(link)).query)
        assert (query["as_of"], query["known_at"]) == (["2017-06-30"], ["2500"])


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("as_of", "31.3.2017", "Expected a day."),
        ("as_of", "0001-01-01", "Expected a day."),
        ("as_of", "2016-01-31", "The project begins on 1 Feb 2016."),
        ("known_at", "yesterday", "Expected a position of the log"),
        ("known_at", "9" * 30, "Expected a position of the log"),
        ("known_at", "0", "The project was not recorded yet."),
        ("known_at", "2016-01-01", "The project was not recorded yet."),
    ],
)
def test_a_point_that_cannot_be_is_said_at_its_field(
    of_seed: Visit, seed: Imported, field: str, value: str, said: str
) -> None:
    answer = of_seed.get(f"/projects/{seed.project}", **{field: value})
    assert answer.status_code == 400
    assert f'id="{field}-error">{said}' in answer.text
    assert f'value="{value}"' in answer.text


@pytest.mark.parametrize(
    ("known_at", "event"), [("2500", "2,500"), ("2199-12-31", "3,508"), ("", "3,508")]
)
def test_a_point_may_be_a_position_or_a_day(
    of_seed: Visit, seed: Imported, known_at: str, event: str
) -> None:
    page = of_seed.read(f"/projects/{seed.project}", known_at=known_at, as_of="")
    assert f"recorded up to event {event}." in page


def test_findings_say_what_would_resolve_them(of_seed: Visit, seed: Imported) -> None:
    page = of_seed.read(f"/projects/{seed.project}")
    assert "Cancel one of the two, or correct the document number." in page
    assert "FP00076" in page


def test_deadlines_are_relative_to_the_day(of_seed: Visit, seed: Imported) -> None:
    before = of_seed.read(f"/projects/{seed.project}", as_of="2017-08-15")
    assert "Report and claim for period 3" in before
    assert "16 days left" in before
    assert "Nothing is due within a year." in of_seed.read(f"/projects/{seed.project}")


def test_what_no_one_may_see_does_not_exist(of_seed: Visit, visit: Visit, seed: Imported) -> None:
    answer = visit.get(f"/projects/{seed.project}")
    assert answer.status_code == 404
    assert "<h1>Not found</h1>" in answer.text
    assert of_seed.get(f"/projects/{seed.project}").status_code == 200, "control"
