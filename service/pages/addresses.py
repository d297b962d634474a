"""Addresses of pages: where a redirect may go, and links that keep what the reader asked for."""

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode, urlsplit
from uuid import UUID

PATH_LENGTH_MAX = 2000


def local_path(wanted: str) -> str:
    """The path if it is one of this server's, else the front page: no redirect leaves it."""
    if len(wanted) > PATH_LENGTH_MAX or not wanted.startswith("/") or wanted[1:2] in ("/", "\\"):
        return "/"
    if any(character <= " " or character == "\\" for character in wanted):
        return "/"
    parts = urlsplit(wanted)
    return wanted if not parts.scheme and not parts.netloc else "/"


def address(path: str, query: Mapping[str, str | None]) -> str:
    """A path with its query; what is None or empty is left out."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given, quote_via=quote, safe='/')}" if given else path


def project_path(project: UUID, *parts: object) -> str:
    """The address of a page of a project."""
    return "/".join(["/projects", str(project), *map(str, parts)])


def figure_link(project: UUID, query: Mapping[str, str | None]) -> Callable[[str], str]:
    """From a figure's address in the report to its page."""
    path = project_path(project, "figure")
    return lambda pointer: address(path, {**query, "figure": pointer})
