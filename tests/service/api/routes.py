"""The routes of the API as the app has them, with what each needs, and their addresses."""

import re
from dataclasses import dataclass
from uuid import uuid4

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from service.api.route import NEEDS, Needs


@dataclass(frozen=True)
class Endpoint:
    """One method of one path."""

    method: str
    path: str
    needs: Needs | None
    summary: str

    def address(self, project: str) -> str:
        """With the project's id, and with ids and names of nothing."""
        path = self.path.replace("{project_id:uuid}", project)
        path = re.sub(r"\{\w+:uuid\}", str(uuid4()), path)
        return re.sub(r"\{\w+:str\}", "nothing", path)


def endpoints(app: Litestar) -> list[Endpoint]:
    """All below `/v1` but the automatic answers to OPTIONS."""
    return [
        Endpoint(method, route.path, handler.opt.get(NEEDS), handler.summary or "")
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        if isinstance(handler, HTTPRouteHandler) and route.path.startswith("/v1/")
        for method in sorted(handler.http_methods)
        if method != "OPTIONS"
    ]
