"""`dry_run=true`: the same checks and the same answer, and nothing is stored."""

from typing import Any

from litestar import Request

from domain.rejection import InvalidValue

PARAMETER = "dry_run"
HEADER = (b"dry-run", b"true")
STATE = "dry_run"


def read_dry_run(request: Request[Any, Any, Any]) -> None:
    """Remembers what a write's query says. Raises InvalidValue."""
    match request.query_params.get(PARAMETER):
        case None | "false":
            pass
        case "true":
            request.scope["state"][STATE] = True
        case _:
            raise InvalidValue("expected true or false", PARAMETER)


def is_dry_run(request: Request[Any, Any, Any]) -> bool:
    """Whether the request only asks what would be."""
    return bool(request.scope["state"].get(STATE))
