"""The page of the API's description is shown with what the server itself holds, nothing else."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Route

SHOWN_MS = 30_000


@pytest.mark.long
def test_the_docs_page_shows_every_group_of_operations_without_a_network(
    browser: Browser, server: str
) -> None:
    outside: list[str] = []

    def only_the_server(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.scheme in ("data", "blob") or f"{url.scheme}://{url.netloc}" == server:
            route.continue_()
        else:
            outside.append(route.request.url)
            route.abort()

    page = browser.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(error.message))
    page.route("**/*", only_the_server)
    page.goto(f"{server}/docs")
    page.locator(".opblock-tag").first.wait_for(timeout=SHOWN_MS)
    described = page.request.get(f"{server}/openapi.json").json()["paths"]
    wanted = {one["tags"][0] for operations in described.values() for one in operations.values()}
    shown = page.locator(".opblock-tag").evaluate_all("all => all.map(one => one.dataset.tag)")
    assert wanted <= set(shown)
    assert (outside, failed) == ([], [])
    page.close()
