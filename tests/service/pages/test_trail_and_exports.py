"""The audit trail with its filters and its file, exports with a purpose, and who may see what."""

import re
from collections.abc import Callable
from html import unescape
from uuid import uuid4

import pytest

from service.composition import Services
from service.identity import create_tenant
from service.importing.import_run import ImportRun
from service.store.database import in_tenant
from tests.end_to_end.running import Imported
from tests.service.api.requests import Api
from tests.service.pages.visits import CZECH, Visit

EVENT = re.compile(r'<li id="event-([0-9]+)">')
READS = "SELECT actor, purpose FROM vault.read_log ORDER BY at"


def trail(visit: Visit, project: Imported, **filters: str) -> list[int]:
    page = visit.read(f"/projects/{project.project}/audit-trail", **filters)
    return [int(position) for position in EVENT.findall(page)]


def test_the_last_event_comes_first_and_pages_follow(of_seed: Visit, seed: Imported) -> None:
    first = of_seed.read(f"/projects/{seed.project}/audit-trail")
    positions = [int(one) for one in EVENT.findall(first)]
    assert positions == sorted(positions, reverse=True)
    assert len(positions) == 50
    (link,) = re.findall(r'href="([^"]*cursor=[^"]*)" rel="next"', first)
    second = [int(one) for one in EVENT.findall(of_seed.read(unescape(link)))]
    assert second[0] < positions[-1]


def test_filters_narrow_it(of_seed: Visit, seed: Imported) -> None:
    by_text = trail(of_seed, seed, text="fp00076")
    assert len(by_text) == 2
    assert len(trail(of_seed, seed, text="fp00076", type="expenditure.paid.v1")) == 1
    assert trail(of_seed, seed, since="2199-01-01") == []
    assert trail(of_seed, seed, until="2001-01-01") == []
    assert len(trail(of_seed, seed, actor="system:test")) == 50
    assert trail(of_seed, seed, actor=str(uuid4())) == []
    assert trail(of_seed, seed, since="", type="", text="") == trail(of_seed, seed)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("since", "yesterday"),
        ("type", "no.such.v1"),
        ("actor", "Jana"),
        ("record", "FP00076"),
        ("text", "x" * 201),
    ],
)
def test_a_filter_that_cannot_be_is_said_and_shows_nothing(
    of_seed: Visit, seed: Imported, field: str, value: str
) -> None:
    at = f"/projects/{seed.project}/audit-trail"
    answer = of_seed.get(at, **{field: value})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.text
    assert EVENT.findall(answer.text) == []
    assert of_seed.get(f"{at}/csv", **{field: value}).status_code == 400


def test_the_file_has_what_the_filters_left(of_seed: Visit, seed: Imported) -> None:
    at = f"/projects/{seed.project}/audit-trail/csv"
    answer = of_seed.client.get(at, params={"text": "fp00076"}, headers=CZECH)
    assert answer.headers["content-type"].startswith("text/csv")
    assert re.search(r'filename="audit-trail_p\d+\.csv"', answer.headers["content-disposition"])
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("pozice;")
    assert len(lines) == 3
    everything = of_seed.get(at).text.count("\r\n")
    assert everything > 1000


def test_reading_users_names_is_logged(services: Services, api: Api, visit: Visit) -> None:
    project = api.project()

    def reads() -> list[tuple[object, ...]]:
        found = in_tenant(services.pool, visit.tenant, READS, [])
        return [row for row in found if row[0] == str(visit.user)]

    assert "Registered the project" in visit.read(f"/projects/{project}")
    assert reads() == [], "the overview names nobody"
    assert "Jana Nováková" in visit.read(f"/projects/{project}/audit-trail")
    assert reads() == [(str(visit.user), "audit trail: who recorded it")]


def made(visit: Visit, seed: Imported, kind: str, **fields: str) -> tuple[int, str]:
    form = {"form_token": visit.form_token(), **fields}
    at = f"/projects/{seed.project}/exports/{kind}"
    answer = visit.client.post(at, data=form, headers={"Accept-Language": "en"})
    return answer.status_code, answer.text


def downloaded(visit: Visit, page: str) -> list[bytes]:
    """The files of an export, as its forms fetch them."""
    files: list[bytes] = []
    for action, fields in re.findall(
        r'<form action="([^"]*/files/[^"]*)"[^>]*>(.*?)</form>', page, re.S
    ):
        form = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', fields))
        answer = visit.client.post(unescape(action), data={k: unescape(v) for k, v in form.items()})
        assert answer.status_code == 200, answer.text[:500]
        assert answer.headers["cache-control"] == "no-store"
        files.append(answer.content)
    return files


def test_an_export_is_what_the_api_makes(of_seed: Visit, seed: Imported) -> None:
    status, page = made(of_seed, seed, "workbook", language="en")
    assert status == 200
    (file,) = downloaded(of_seed, page)
    at = f"/v1/projects/{seed.project}/exports/workbook"
    bearer = {"Authorization": f"Bearer {of_seed.token}"}
    described = of_seed.client.get(at, params={"language": "en"}, headers=bearer).json()
    (of_api,) = described["files"]
    assert of_seed.client.get(of_api["href"], headers=bearer).content == file


def test_personal_data_need_a_purpose_that_is_in_no_address(
    services: Services, seed: Imported, visit_of: Callable[..., Visit]
) -> None:
    visit = visit_of(seed.tenant)
    kinds = visit.read(f"/projects/{seed.project}/exports")
    assert "Purpose of reading personal data" in kinds
    status, page = made(visit, seed, "sd2", format="ms2021", purpose="claim 2, list SD-2")
    assert status == 200
    assert downloaded(visit, page)
    assert "claim+2" not in page
    assert "claim%202" not in page
    purposes = {row[1] for row in in_tenant(services.pool, seed.tenant, READS, [])}
    assert any("claim 2, list SD-2" in str(purpose) for purpose in purposes)


@pytest.mark.parametrize(
    ("kind", "fields", "said"),
    [
        ("sd2", {}, "tick that you want it all the same"),
        ("workbook", {"language": "xx"}, "cannot be made with what was chosen"),
        ("workbook", {"language": "en", "claim": "x"}, "no such claim"),
        ("workbook", {"language": "en", "as_of": "never"}, "Expected a day"),
        ("workbook", {"language": "en", "as_of": "2001-01-01"}, "Expected a day"),
        ("workbook", {"language": "en", "purpose": "x" * 201}, "at most 200 characters"),
    ],
)
def test_what_an_export_lacks_is_said_at_its_form(
    of_seed: Visit, seed: Imported, kind: str, fields: dict[str, str], said: str
) -> None:
    status, page = made(of_seed, seed, kind, **fields)
    assert status == 400
    assert said in page


def test_there_is_no_export_of_an_unknown_kind(of_seed: Visit, seed: Imported) -> None:
    assert made(of_seed, seed, "nothing")[0] == 404


def test_a_role_sees_what_the_api_lets_it_see(
    seed: Imported, visit_of: Callable[..., Visit]
) -> None:
    coordinator = visit_of(seed.tenant, "coordinator")
    at = f"/projects/{seed.project}"
    page = coordinator.read(at)
    for section in ("audit-trail", "exports"):
        assert f'href="{at}/{section}"' not in page
        answer = coordinator.get(f"{at}/{section}")
        assert answer.status_code == 403
        assert "<h1>Not allowed</h1>" in answer.text
    assert "Last events" not in page
    assert "Last events" in visit_of(seed.tenant, "manager").read(at), "control"


def test_without_a_role_there_is_no_project(
    services: Services, seed: Imported, visit_of: Callable[..., Visit]
) -> None:
    nobody = visit_of(seed.tenant, "no-such-role")
    assert nobody.get(f"/projects/{seed.project}").status_code in (403, 404)
    form = {"form_token": re.findall(r'form_token" value="(\w+)"', nobody.get("/").text)[0]}
    assert nobody.client.post("/sign-out", data=form).status_code == 303


def test_a_project_that_is_being_imported_says_so(
    services: Services, visit_of: Callable[..., Visit]
) -> None:
    tenant, project = create_tenant(services.pool, services.vault), uuid4()
    for beside in ImportRun(tenant, uuid4(), project).begin("system:test", {}, 1):
        in_tenant(services.pool, tenant, beside.sql, beside.values)
    answer = visit_of(tenant).get(f"/projects/{project}")
    assert answer.status_code == 409
    assert "<h1>The project is being imported</h1>" in answer.text


def test_the_only_project_is_the_front_page(
    of_seed: Visit, of_two: Visit, visit: Visit, seed: Imported
) -> None:
    answer = of_seed.get("/")
    assert answer.headers["location"] == f"/projects/{seed.project}"
    assert of_two.read("/").count("<h2>") == 2
    assert "There is no project yet" in visit.read("/")


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("cs", "cs"),
        ("cs-CZ,cs;q=0.9,en;q=0.8", "cs"),
        ("sk", "cs"),
        ("de,cs;q=0.5,en;q=0.4", "cs"),
        ("en-GB", "en"),
        ("en;q=0.1,cs;q=0.2", "cs"),
        ("fr,de", "en"),
        ("en;q=x,*;q=0.1", "en"),
        ("", "cs"),
        (None, "cs"),
    ],
)
def test_the_language_is_the_browsers_first_of_ours(
    anonymous: object, visit: Visit, asked: str | None, language: str
) -> None:
    headers = {} if asked is None else {"Accept-Language": asked}
    answer = visit.client.get("/sign-in", headers=headers)
    assert answer.headers["content-language"] == language


def test_the_switch_wins_over_the_browser(visit: Visit) -> None:
    visit.client.get("/language/cs")
    assert visit.get("/").headers["content-language"] == "cs"
    visit.client.get("/language/xx")
    assert visit.get("/").headers["content-language"] == "cs"


def test_programs_get_problems_and_browsers_pages(visit: Visit) -> None:
    page = visit.client.get("/nothing", headers={"Accept": "text/html,*/*"})
    assert page.headers["content-type"].startswith("text/html")
    for path, accept in (("/nothing", "*/*"), ("/v1/nothing", "text/html")):
        answer = visit.client.get(path, headers={"Accept": accept})
        assert answer.headers["content-type"] == "application/problem+json"


def test_an_error_of_ours_tells_nothing(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a secret value")

    monkeypatch.setattr("service.pages.projects.importing_projects", fails)
    answer = visit.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert answer.headers["x-request-id"] in answer.text
