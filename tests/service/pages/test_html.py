"""Every page is valid HTML, in both languages, and asks for nothing but its own style."""

import csv
import re
from html import escape, unescape
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from tests.end_to_end.running import SEED, SEED_PLUS
from tests.node_packages import run_tool
from tests.service.pages.addresses import pages_of
from tests.service.pages.visits import CZECH, ENGLISH, Visit

VALIDATOR = "html-validate/bin/html-validate.mjs"
LOADED = re.compile(r'(?:src|srcset|<link[^>]* href)="([^"]*)"')
REFUSED_FORMS = {
    "wrong-token": {"token": "gl_wrong"},
    "wrong-login": {"login": '"><b>', "password": "x"},
}
HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
}


def answers(visit: Visit, anonymous: httpx.Client) -> dict[str, httpx.Response]:
    """Every page and state in both languages; each must have its status."""
    found: dict[str, httpx.Response] = {}
    for language in (CZECH, ENGLISH):
        for name, page in pages_of(visit).items():
            client = visit.client if page.signed_in else anonymous
            headers = {**language, "Accept": "text/html"}
            answer = client.get(page.path, headers=headers)
            assert answer.status_code == page.status, name
            assert answer.headers["content-language"] == language["Accept-Language"]
            found[f"{name}-{language['Accept-Language']}"] = answer
    return found


def complaints(folder: Path, pages: dict[str, str]) -> str:
    """What the validator says of the pages, nothing when they are valid."""
    for name, text in pages.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    ran = run_tool(VALIDATOR, "--preset", "standard", "--formatter", "text", str(folder))
    assert ran.returncode in (0, 1), ran.stderr
    return ran.stdout + ran.stderr if ran.returncode else ""


def test_every_page_is_valid(tmp_path: Path, of_two: Visit, anonymous: httpx.Client) -> None:
    pages = {name: answer.text for name, answer in answers(of_two, anonymous).items()}
    assert len(pages) >= 50
    for name, form in REFUSED_FORMS.items():
        for language in (CZECH, ENGLISH):
            sent = {**form, "organisation": str(of_two.tenant)}  # others are of other root keys
            answer = anonymous.post("/sign-in", data=sent, headers=language)
            assert answer.status_code == 401
            pages[f"{name}-{language['Accept-Language']}"] = answer.text
    assert complaints(tmp_path, pages) == ""


def test_a_broken_page_is_found(tmp_path: Path, of_two: Visit) -> None:
    page = of_two.read("/")
    broken = {
        "unclosed": page.replace("</main>", ""),
        "twice": page.replace("<h1>", '<h1 id="content">'),
        "unknown": page.replace("<h1>", "<h1><blink>x</blink>"),
    }
    for name, text in broken.items():
        folder = tmp_path / name
        folder.mkdir()
        assert complaints(folder, {name: text}) != "", name


def test_every_page_has_the_headers_and_loads_only_from_here(
    of_two: Visit, anonymous: httpx.Client
) -> None:
    for name, answer in answers(of_two, anonymous).items():
        for header, value in HEADERS.items():
            assert answer.headers[header] == value, (name, header)
        for what in ("<script", "<style", " style=", "javascript:", " onclick", "@import"):
            assert what not in answer.text, (name, what)
        for address in LOADED.findall(answer.text):
            assert urlsplit(address).netloc == "", (name, address)


def test_the_style_is_kept_by_its_content(of_two: Visit) -> None:
    (style,) = re.findall(r'rel="stylesheet" href="([^"]*)"', of_two.read("/"))
    answer = of_two.get(style)
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"].startswith("text/css")
    assert "http" not in answer.text.replace("http-equiv", ""), "it loads nothing"


def names_in(folder: Path) -> set[str]:
    """Names of persons and suppliers in the seed's files, as a page would show them."""
    columns = {
        "participants": ("first_name", "last_name"),
        "sd1": ("supplier_name",),
        "sd2": ("first_name", "last_name"),
        "sd3": ("traveller",),
    }
    found: set[str] = set()
    for table, names in columns.items():
        with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found.add(" ".join(row[name] for name in names))
    return found


def named(page: str, names: set[str]) -> list[str]:
    """The names that stand in a page."""
    text = unescape(page)
    return [name for name in names if name in text]


def test_no_page_names_a_person_or_a_supplier(of_two: Visit, anonymous: httpx.Client) -> None:
    names = names_in(SEED) | names_in(SEED_PLUS)
    assert len(names) > 200
    for name, answer in answers(of_two, anonymous).items():
        assert named(answer.text, names) == [], name
    for name in names:
        assert name in named(f"<td>{escape(name)}</td>", names), "control"
