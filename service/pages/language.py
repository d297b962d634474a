"""Which language a page is in: the one chosen by the switch, else the browser's first of ours."""

from typing import Any

from litestar import Request, get
from litestar.datastructures import Cookie
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from service.pages.addresses import local_path
from service.wording.wording import LANGUAGES, Language, Wording

COOKIE = "language"
COOKIE_S_MAX = 365 * 24 * 3600
# Who understands Czech by what a browser asks for; everybody else is answered in English.
UNDERSTAND_CZECH = ("cs", "sk")
AnyRequest = Request[Any, Any, Any]


def wording_of(request: AnyRequest) -> Wording:
    """The words of the request's language."""
    return Wording(language_of(request))


def language_of(request: AnyRequest) -> Language:
    """Czech where the browser asks for nothing."""
    chosen = request.cookies.get(COOKIE)
    for language in LANGUAGES:
        if chosen == language:
            return language
    asked = _in_order(request.headers.get("accept-language", ""))
    return "cs" if not asked or asked[0] in UNDERSTAND_CZECH else _first_of_ours(asked)


def _first_of_ours(asked: list[str]) -> Language:
    for one in asked:
        if one in UNDERSTAND_CZECH:
            return "cs"
        if one == "en":
            break
    return "en"


def _in_order(header: str) -> list[str]:
    """The primary languages of `Accept-Language`, the most wanted first."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if tag and weight > 0:
            wanted.append((-weight, tag.partition("-")[0].lower()))
    return [tag for _, tag in sorted(wanted, key=lambda one: one[0])]


@get("/language/{language:str}", include_in_schema=False)
async def choose_language(
    request: AnyRequest, language: FromPath[str], back: FromQuery[str] = "/"
) -> Redirect:
    """Keeps the choice in a cookie and returns to the page; it changes nothing else."""
    cookie = Cookie(
        key=COOKIE,
        value=language if language in LANGUAGES else "cs",
        max_age=COOKIE_S_MAX,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
    return Redirect(local_path(back), status_code=303, cookies=[cookie])
