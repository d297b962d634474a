"""Each number opens to what it is made of, and that to records with their history."""

import re
from html import unescape

import pytest

from tests.end_to_end.running import Imported
from tests.service.api.requests import PLANTED, Api, document, project_with_items
from tests.service.pages.test_overview import FIGURE, figures_shown
from tests.service.pages.visits import Visit

VALUE = re.compile(r'<p class="value">([^<]*)</p>')
RECORD = re.compile(r'href="(/projects/[0-9a-f-]{36}/records/[0-9a-f-]{36})')


def differing(visit: Visit, path: str, step: int, **query: str) -> list[str]:
    """Figures whose own page has another value than the page that links to them."""
    page = visit.read(path, **query)
    links = dict(FIGURE.findall(page))
    assert len(links) == len(figures_shown(page)) > 20
    wrong: list[str] = []
    for link, text in list(links.items())[::step]:
        (value,) = VALUE.findall(visit.read(unescape(link)))
        if value != text:
            wrong.append(f"{link}: {text} there {value}")
    return wrong


def test_a_number_opens_to_its_own_value(of_seed: Visit, seed: Imported) -> None:
    assert differing(of_seed, f"/projects/{seed.project}", 12) == []


@pytest.mark.long
@pytest.mark.parametrize("page", ["", "/claims"])
def test_every_number_opens_to_its_own_value(of_seed: Visit, seed: Imported, page: str) -> None:
    assert differing(of_seed, f"/projects/{seed.project}{page}", 1) == []


@pytest.mark.long
def test_every_number_of_another_day_does(of_seed: Visit, seed: Imported) -> None:
    point = {"as_of": "2017-06-30", "known_at": "2500"}
    assert differing(of_seed, f"/projects/{seed.project}", 1, **point) == []


def test_a_figure_leads_to_its_documents(of_seed: Visit, seed: Imported) -> None:
    at = f"/projects/{seed.project}/figure"
    page = of_seed.read(at, figure="/budget_by_item/1.1.4.5/recorded")
    records = RECORD.findall(page)
    assert records
    for path in set(records[:3]):
        assert "<h1>Accounting document FP" in of_seed.read(path)


def test_a_long_sum_is_turned_over_page_by_page(of_seed: Visit, seed: Imported) -> None:
    at, figure = f"/projects/{seed.project}/figure", "/participants/recorded"
    found: list[str] = []
    for number in ("1", "2", "3"):
        page = of_seed.read(at, figure=figure, number=number)
        found += re.findall(r'<th scope="row"><a href="([^"]*)"', page)
        assert ("Next page" in page) is (number != "3")
        assert ("Previous page" in page) is (number != "1")
    assert len(found) == len(set(found)) == seed.figures()["participants"]["recorded"]


@pytest.mark.parametrize("figure", ["/nothing", "", "/claims/99/eu", "x" * 300, "/claims/x/eu"])
def test_there_is_no_page_of_a_figure_that_is_not(
    of_seed: Visit, seed: Imported, figure: str
) -> None:
    answer = of_seed.get(f"/projects/{seed.project}/figure", figure=figure)
    assert answer.status_code == 404


def test_a_record_shows_what_holds_now_and_what_was(api: Api, visit: Visit) -> None:
    project = project_with_items(api)
    path = f"/v1/projects/{project}/documents"
    record = api.record(path, document(project, paid_on="2026-04-10"))
    changed = {"description": "Printed leaflets"}
    correction = {"version": 1, "changes": changed, "reason": "The description was misread"}
    answer = api.post(f"/v1/records/{record}/corrections", correction)
    assert answer.status_code == 201, answer.text
    page = visit.read(f"/projects/{project}/records/{record}")
    standing, _, history = page.partition('id="history"')
    assert "Printed leaflets" in standing
    assert "Printed materials" not in standing
    assert "<del>Printed materials</del>" in history
    assert "<ins>Printed leaflets</ins>" in history
    assert "The description was misread" in history
    assert "Jana Nováková" in history
    assert "sealed (" in standing
    assert not any(name in page for name in PLANTED)

    answer = api.post(f"/v1/records/{record}/cancellations", {"reason": "Recorded twice"})
    assert answer.status_code == 201, answer.text
    page = visit.read(f"/projects/{project}/records/{record}")
    assert page.count(">cancelled</span>") == 2
    assert "Recorded twice" in page


def test_a_record_of_another_project_does_not_exist(api: Api, visit: Visit) -> None:
    first = project_with_items(api)
    other = api.project(registration_number="CZ.03.2.63/0.0/0.0/15_023/0000002")
    record = api.record(f"/v1/projects/{first}/documents", document(first))
    assert visit.get(f"/projects/{first}/records/{record}").status_code == 200
    assert visit.get(f"/projects/{other}/records/{record}").status_code == 404


def test_facts_of_a_long_record_are_paged(of_seed: Visit, seed: Imported) -> None:
    page = of_seed.read(f"/projects/{seed.project}/figure", figure="/activities/research")
    (path, *_) = RECORD.findall(page)
    seen: list[str] = []
    while True:
        page = of_seed.read(path)
        seen += re.findall(r'<article class="fact[^"]*" id="(fact-[0-9]+)"', page)
        more = re.search(r'href="([^"]*facts=[^"]*)" rel="next"', page)
        if more is None:
            break
        path = unescape(more[1])
    assert len(seen) == len(set(seen)) > 0
