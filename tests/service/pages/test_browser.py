"""What a project manager does, in a real browser without scripts and without any other machine."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from service.composition import Services
from service.store.database import in_tenant
from tests.end_to_end.running import Imported
from tests.service.doors import LOGIN, PASSWORD, Door
from tests.service.pages.test_sign_in import EARLIER
from tests.service.pages.visits import COOKIE, Visit, browsing

TABS_MAX = 60


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    """A browser that runs no scripts."""
    with browsing(browser, server, java_script_enabled=False) as opened:
        yield opened


@pytest.fixture
def scripted(browser: Browser, server: str) -> Iterator[Page]:
    """A browser as people have it."""
    with browsing(browser, server) as opened:
        yield opened


def sign_in(page: Page, token: str) -> None:
    page.goto("/")
    page.get_by_label("Access token").fill(token)
    page.get_by_role("button", name="Sign in with the token").click()


@pytest.mark.parametrize("with_scripts", [True, False])
def test_from_the_token_down_to_the_document(
    request: pytest.FixtureRequest, with_scripts: bool, of_seed: Visit, seed: Imported
) -> None:
    page: Page = request.getfixturevalue("scripted" if with_scripts else "page")
    sign_in(page, of_seed.token)
    expect(page).to_have_url(re.compile(rf"/projects/{seed.project}$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reinforcing the role")

    row = page.get_by_role("row").filter(has_text="1.1.4.5")
    approved = row.get_by_role("cell").nth(2)
    expect(approved).to_have_text("177,300.00")
    approved.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Budget by item › 1.1.4.5 › Approved")
    expect(page.locator(".value")).to_have_text("177,300.00")

    page.locator("tbody a", has_text="FP0").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Accounting document FP0")
    expect(page.get_by_text("sealed (")).to_be_visible()
    expect(page.get_by_role("heading", name="History")).to_be_visible()


def test_charts_are_drawn(page: Page, of_seed: Visit) -> None:
    sign_in(page, of_seed.token)
    images = page.locator("figure img.by-day")
    expect(images).to_have_count(4)
    for image in images.all():
        answer = page.request.get(image.get_attribute("src") or "")
        assert answer.status == 200
        assert answer.headers["content-type"] == "image/svg+xml"
        assert "immutable" in answer.headers["cache-control"]
        assert (image.bounding_box() or {"height": 0})["height"] > 100


def test_the_switch_changes_the_language_and_stays(page: Page, of_seed: Visit) -> None:
    sign_in(page, of_seed.token)
    page.get_by_role("link", name="Claims", exact=True).click()
    here = page.url
    page.get_by_role("link", name="Česky").click()
    expect(page).to_have_url(here)
    expect(page.get_by_role("heading", level=1)).to_have_text("Žádosti o platbu a vypořádání")
    expect(page.locator("html")).to_have_attribute("lang", "cs")
    page.get_by_role("link", name="Přehled").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Posílení role")
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reinforcing the role")


def test_a_wrong_token_is_said_and_can_be_corrected(page: Page, of_seed: Visit) -> None:
    sign_in(page, "gl_wrong")
    expect(page.get_by_role("alert")).to_contain_text("This token is not valid")
    expect(page.get_by_label("Access token")).to_have_attribute("aria-invalid", "true")
    sign_in(page, of_seed.token)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Reinforcing the role")


def test_an_expired_session_leads_back_to_where_it_was(
    page: Page, services: Services, seed: Imported, visit_of: Any
) -> None:
    visit = visit_of(seed.tenant)
    sign_in(page, visit.token)
    page.get_by_role("link", name="Findings", exact=True).click()
    in_tenant(services.pool, seed.tenant, EARLIER, {"user": visit.user})
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Your session has ended")
    page.get_by_label("Access token").fill(visit.token)
    page.get_by_role("button", name="Sign in with the token").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Findings")


def test_signing_out_shows_nothing_on_going_back(page: Page, of_seed: Visit) -> None:
    sign_in(page, of_seed.token)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_an_export_is_made_and_downloaded(page: Page, of_seed: Visit) -> None:
    sign_in(page, of_seed.token)
    page.get_by_role("link", name="Exports").click()
    card = page.locator(".cards li").filter(has_text="orkbook")
    card.get_by_role("button", name="Make").click()
    expect(page.get_by_role("heading", name="Files")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").first.click()
    assert waiting.value.suggested_filename.endswith(".xlsx")
    assert waiting.value.path().read_bytes().startswith(b"PK")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.innerText || document.activeElement.id")


def tab_to(page: Page, wanted: str) -> None:
    """Presses Tab until the element with the text or id has the focus, which must be seen."""
    for _ in range(TABS_MAX):
        page.keyboard.press("Tab")
        if focused(page) == wanted:
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
            assert outline != "0px", wanted
            return
    pytest.fail(f"{wanted} is not reached")


def test_the_keyboard_alone_is_enough(scripted: Page, of_seed: Visit) -> None:
    page, heading = scripted, scripted.get_by_role("heading", level=1)
    page.goto("/")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to the content"
    page.keyboard.press("Enter")
    tab_to(page, "token")
    page.keyboard.type(of_seed.token)
    page.keyboard.press("Enter")
    expect(heading).to_contain_text("Reinforcing the role")
    tab_to(page, "as_of")
    tab_to(page, "8,500,000.00")
    page.keyboard.press("Enter")
    expect(page.locator(".value")).to_have_text("8,500,000.00")
    tab_to(page, "Audit trail")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Audit trail")
    tab_to(page, "text")
    page.keyboard.type("fp00076")
    page.keyboard.press("Enter")
    expect(page.locator(".events > li")).to_have_count(2)
    tab_to(page, "Sign out")
    page.keyboard.press("Enter")
    expect(heading).to_have_text("Sign in")


def test_a_person_signs_in_with_the_keyboard_alone_and_without_scripts(
    page: Page, door: Door
) -> None:
    """The code is asked for when it was forgotten; only it and the password are typed again."""
    app = door.app()
    page.goto("/")
    page.locator("#content").focus()
    for text in (str(door.tenant), LOGIN, PASSWORD):
        page.keyboard.press("Tab")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This user has a second factor.")
    expect(page).to_have_title("Error: Sign in – grantledger")
    expect(page.get_by_label("Login", exact=True)).to_have_value(LOGIN)
    page.get_by_label("Password", exact=True).focus()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    expect(page.get_by_label("Code of the second factor")).to_be_focused()
    page.keyboard.type(app.generate(int(time.time())).decode())
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_another_machine_would_be_noticed(browser: Browser, server: str) -> None:
    def ask_elsewhere() -> None:
        with browsing(browser, server) as page:
            page.set_content('<img src="https://elsewhere.example/x.png">')
            page.wait_for_load_state()

    with pytest.raises(AssertionError, match="asked another machine"):
        ask_elsewhere()


def test_a_script_in_a_page_would_not_run(
    browser: Browser, server: str, of_seed: Visit, seed: Imported
) -> None:
    with browsing(browser, server, of_seed) as page:
        page.goto(f"/projects/{seed.project}/audit-trail?text=<script>document.title='x'</script>")
        assert page.title() == "Audit trail – grantledger"
        assert page.locator("#text").input_value().startswith("<script>")
        refused: list[str] = []
        page.on("console", lambda message: refused.append(message.text))
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'),"
            " {text: 'document.title = 1'}))"
        )
        assert page.title() == "Audit trail – grantledger"
        assert any("Content Security Policy" in text for text in refused)


def test_the_cookie_cannot_be_read_by_scripts(
    browser: Browser, server: str, of_seed: Visit
) -> None:
    with browsing(browser, server) as page:
        sign_in(page, of_seed.token)
        assert COOKIE not in page.evaluate("document.cookie")
        assert COOKIE in {one["name"] for one in page.context.cookies()}, "control"
