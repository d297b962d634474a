"""Visitors of the pages: by plain HTTP, and in a browser that may reach nothing but the server."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from playwright.sync_api import Browser, Page, Route

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COOKIE = "grantledger"
FORM_TOKEN = re.compile(r'name="form_token" value="([0-9a-f]{64})"')
CZECH, ENGLISH = {"Accept-Language": "cs"}, {"Accept-Language": "en"}


@dataclass(frozen=True)
class Visit:
    """A signed-in visitor; pages are asked for in English unless told otherwise."""

    client: httpx.Client
    tenant: UUID
    user: UUID
    token: str

    def sign_in(self) -> httpx.Response:
        answer = self.client.post("/sign-in", data={"token": self.token, "back": "/"})
        assert answer.status_code == 303, answer.text
        return answer

    @property
    def cookie(self) -> str:
        return self.client.cookies[COOKIE]

    def get(self, path: str, **query: str) -> httpx.Response:
        return self.client.get(path, params=query or None, headers=ENGLISH)

    def read(self, path: str, **query: str) -> str:
        """The text of a page that must be there."""
        answer = self.get(path, **query)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return answer.text

    def form_token(self) -> str:
        found = FORM_TOKEN.search(self.client.get("/", follow_redirects=True).text)
        assert found is not None
        return found[1]


@contextmanager
def browsing(
    browser: Browser, server: str, visit: Visit | None = None, **options: Any
) -> Iterator[Page]:
    """A page of a fresh browser; a request to anywhere else is stopped and fails the test."""
    context = browser.new_context(base_url=server, **{"locale": "en-GB", **options})
    elsewhere: list[str] = []

    def only_here(route: Route) -> None:
        if route.request.url.startswith(server + "/"):
            route.continue_()
        else:
            elsewhere.append(route.request.url)
            route.abort()

    context.route("**/*", only_here)
    if visit is not None:
        context.add_cookies([{"name": COOKIE, "value": visit.cookie, "url": server}])
    yield context.new_page()
    context.close()
    assert elsewhere == [], "a page asked another machine"
