"""Which of the media types of an answer a request wants (RFC 9110, 12.5.1)."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from litestar import Request

from service.api.fields import Item
from service.api.route import LISTS
from service.spreadsheet_csv import MEDIA_TYPE as CSV

JSON = "application/json"
QUALITY = re.compile(r";\s*q\s*=\s*(1(?:\.0{0,3})?|0(?:\.[0-9]{0,3})?)\s*(?:;|$)", re.IGNORECASE)


def csv_wanted(request: Request[Any, Any, Any]) -> type[Item] | None:
    """The items of the list, if the request is for one and wants it as CSV."""
    item: type[Item] | None = request.route_handler.opt.get(LISTS)
    return item if item is not None and best_of(request, [JSON, CSV]) == CSV else None


class _Range(NamedTuple):
    """A part of `Accept`: how exactly it names a type (0: any), and how much that is wanted."""

    exactness: int
    quality: float


def best_of(request: Request[Any, Any, Any], offered: Sequence[str]) -> str | None:
    """The type that is wanted most, None where none is; who does not choose gets the first.

    Of two that are wanted as much it is the one that is named more exactly: `text/csv, */*`.
    """
    accept = ",".join(request.headers.getall("accept", [])).strip() or "*/*"
    wanted = [(_range(accept.lower(), kind), -index) for index, kind in enumerate(offered)]
    best, index = max(wanted, key=lambda one: (one[0].quality, one[0].exactness, one[1]))
    return offered[-index] if best.quality > 0 else None


def _range(accept: str, offered: str) -> _Range:
    """The most exact part that names a type; parameters but `q` are not looked at."""
    main = offered.partition("/")[0]
    exactness = {"*/*": 0, f"{main}/*": 1, offered: 2}
    found = [
        _Range(exactness[kind], _quality(rest))
        for kind, rest in map(_split, accept.split(","))
        if kind in exactness
    ]
    return max(found, default=_Range(0, 0.0))


def _split(part: str) -> tuple[str, str]:
    kind, semicolon, rest = part.partition(";")
    return kind.strip(), semicolon + rest


def _quality(parameters: str) -> float:
    if found := QUALITY.search(parameters):
        return float(found[1])
    return 1.0
