"""Query parameters are as strict as bodies: a mistyped name or `null` is not silently ignored.

`?as-of=2026-03-31` would otherwise answer with today's figures.
"""

from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler

from domain.rejection import InvalidValue
from service.api.dry_run import PARAMETER, read_dry_run
from service.api.negotiation import CSV, JSON, best_of, csv_wanted
from service.api.preconditions import check_tags
from service.api.route import LISTS, NEGOTIATES

IF_NONE_MATCH = "If-None-Match"
NAME_SHOWN_MAX = 100
OF_PAGES = {"limit", "cursor"}
NOT_OF_QUERY = {"caller", "data", "request", "last_event_id"}


async def check_query(request: Request[Any, Any, Any]) -> None:
    """Raises InvalidValue for a parameter that is unknown, given twice, or `null`, and bad tags."""
    handler: HTTPRouteHandler = request.scope["route_handler"]  # type: ignore[assignment]
    check_accept(request, handler)
    parameters = handler.parsed_fn_signature.parameters
    known = parameters.keys() - NOT_OF_QUERY - request.path_params.keys()
    for name in request.query_params.keys():  # noqa: SIM118 a multi-dict
        if name in OF_PAGES and csv_wanted(request):
            raise InvalidValue("a list as CSV has no pages", name)
        if name == PARAMETER and "POST" in handler.http_methods:
            read_dry_run(request)
        elif name not in known:
            raise InvalidValue("there is no such parameter", shown(name))
        values = request.query_params.getall(name)
        if len(values) > 1:
            raise InvalidValue("given more than once", shown(name))
        if (
            name in known
            and parameters[name].default is None
            and str(values[0]).casefold() == "null"
        ):
            raise InvalidValue("leave the parameter out", name)
    if (tags := request.headers.get(IF_NONE_MATCH)) is not None:
        check_tags(tags, IF_NONE_MATCH)


def shown(name: str) -> str:
    """A parameter's name as an answer may repeat it: printable, and not longer than any of ours."""
    printable = (one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name)
    return "".join(printable)[:NAME_SHOWN_MAX]


def check_accept(request: Request[Any, Any, Any], handler: HTTPRouteHandler) -> None:
    """406 for who takes nothing that there is; errors are sent to everybody."""
    if handler.opt.get(NEGOTIATES) or handler.media_type not in ("", JSON):
        return
    offered = [JSON, CSV] if handler.opt.get(LISTS) else [JSON]
    if best_of(request, offered) is None:
        raise HTTPException(status_code=406, detail=f"this is {' or '.join(offered)}")
