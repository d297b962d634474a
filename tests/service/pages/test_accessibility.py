"""axe-core finds nothing on any page, in any state, language, theme and width."""

from itertools import product
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from service.sign_in import FREE_OF_LOGIN
from tests.service.api.requests import Api
from tests.service.doors import LOGIN, PASSWORD, Door
from tests.service.pages.accessibility import violations
from tests.service.pages.addresses import Addressed, pages_of
from tests.service.pages.visits import Visit, browsing

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 320, "height": 640}
LOCALES = {"cs": "cs-CZ", "en": "en-GB"}
# A page each of its kind; all of them in each language, theme and width are in the long run.
SAMPLE = {
    ("overview", "cs", "light", 1280),
    ("overview", "en", "dark", 320),
    ("overview-wrong", "en", "light", 320),
    ("figure-sum", "cs", "dark", 320),
    ("record", "en", "light", 1280),
    ("trail-wrong", "cs", "dark", 1280),
    ("exports", "en", "light", 320),
    ("projects", "cs", "light", 320),
    ("findings", "en", "dark", 320),
    ("sign-in", "en", "dark", 1280),
    ("not-found", "cs", "light", 1280),
}
CONTROL = """<button style="width: 5px; height: 5px; padding: 0">x</button>
    <button style="width: 5px; height: 5px; padding: 0">y</button>
    <p style="color: #999; background: #fff">grey</p>"""


def opened(page: Page, address: Addressed) -> None:
    answer = page.goto(address.path)
    assert answer is not None
    assert answer.status == address.status


def broken(
    browser: Browser, server: str, visit: Visit, only: set[tuple[str, str, str, int]] | None
) -> dict[str, Any]:
    """What is found of the pages wanted, of all when `only` is None."""
    found: dict[str, Any] = {}
    pages = pages_of(visit)
    for language, theme, view in product(LOCALES, ("light", "dark"), (WIDE, PHONE)):
        wanted = [
            name for name in pages if only is None or (name, language, theme, view["width"]) in only
        ]
        options = {
            "locale": LOCALES[language],
            "color_scheme": theme,
            "viewport": view,
            "bypass_csp": True,
        }
        for signed_in in (True, False):
            names = [name for name in wanted if pages[name].signed_in is signed_in]
            if not names:
                continue
            with browsing(browser, server, visit if signed_in else None, **options) as page:
                for name in names:
                    opened(page, pages[name])
                    problems = violations(page)
                    if page.evaluate("document.documentElement.scrollWidth") > view["width"]:
                        problems.append("the page scrolls sideways")
                    if page.evaluate("document.documentElement.lang") != language:
                        problems.append("wrong language")
                    if problems:
                        found[f"{name} {language} {theme} {view['width']}"] = problems
    return found


def test_nothing_is_found_on_a_sample(browser: Browser, server: str, of_two: Visit) -> None:
    assert broken(browser, server, of_two, SAMPLE) == {}


@pytest.mark.long
def test_nothing_is_found_anywhere(browser: Browser, server: str, of_two: Visit) -> None:
    assert broken(browser, server, of_two, None) == {}


def test_nothing_is_found_on_what_forms_answer_and_on_an_empty_project(
    browser: Browser, server: str, api: Api, visit: Visit
) -> None:
    empty = f"/projects/{api.project()}"
    with browsing(browser, server, visit, viewport=PHONE, bypass_csp=True) as page:
        for path in ("", "/claims", "/findings", "/audit-trail", "/exports"):
            opened(page, Addressed(empty + path))
            assert violations(page) == [], path
        opened(page, Addressed(f"{empty}/exports"))
        page.get_by_role("button", name="Make").first.click()
        assert page.get_by_role("heading", name="Files").is_visible()
        assert violations(page) == []
        page.get_by_role("link", name="Exports").first.click()
        page.locator("form", has_text="ms2021").first.get_by_role("button").click()
        assert page.get_by_role("alert").is_visible()
        assert violations(page) == []
    with browsing(browser, server, None, bypass_csp=True, color_scheme="dark") as page:
        page.goto("/sign-in")
        page.get_by_label("Access token").fill("gl_wrong")
        page.get_by_role("button", name="Sign in with the token").click()
        assert page.get_by_role("alert").is_visible()
        assert violations(page) == []


@pytest.mark.parametrize(
    ("language", "theme", "view"), [("cs", "light", WIDE), ("en", "dark", PHONE)]
)
def test_nothing_is_found_on_what_the_sign_in_form_answers(
    browser: Browser, server: str, door: Door, language: str, theme: Any, view: Any
) -> None:
    """Something is wrong, a code is wanted, too many attempts."""
    door.app()
    options = {"locale": LOCALES[language], "color_scheme": theme, "viewport": view}
    with browsing(browser, server, None, bypass_csp=True, **options) as page:
        page.goto("/sign-in")
        for password, marked in (("wrong", 4), (PASSWORD, 1)):
            check_answer(page, door, password, marked)
        door.refused(FREE_OF_LOGIN - 1)
        door.later(-1000)
        check_answer(page, door, PASSWORD, 0)


def check_answer(page: Page, door: Door, password: str, marked: int) -> None:
    """What the form answers, with the field for a recovery code open."""
    given = {"organisation": str(door.tenant), "login": LOGIN, "password": password}
    for name, text in given.items():
        page.locator(f"#{name}").fill(text)
    page.locator("#password").press("Enter")
    assert page.get_by_role("alert").is_visible()
    assert page.locator("[aria-invalid]").count() == marked
    assert page.locator("#password").input_value() == ""
    page.locator("summary").click()
    assert page.locator("#recovery").is_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_small_button_and_grey_text_are_found(
    browser: Browser, server: str, of_two: Visit
) -> None:
    with browsing(browser, server, None, bypass_csp=True) as page:
        page.goto("/sign-in")
        assert violations(page) == []
        page.evaluate("html => document.querySelector('main').innerHTML += html", CONTROL)
        found = " ".join(violations(page))
    assert "target-size" in found
    assert "color-contrast" in found
