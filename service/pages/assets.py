"""What pages load: one style sheet and an icon, named by their content so that they may be kept."""

from litestar import Response, get
from litestar.params import FromQuery

from service.pages.rendering import HEADERS, asset

KEPT = {**HEADERS, "Cache-Control": "public, max-age=31536000, immutable"}
MEDIA_TYPES = {"pages.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"}


def _file(name: str) -> Response[bytes]:
    headers = {name: value for name, value in KEPT.items() if name != "Vary"}
    return Response(asset(name), media_type=MEDIA_TYPES[name], headers=headers)


@get("/pages.css", include_in_schema=False)
async def style(v: FromQuery[str] = "") -> Response[bytes]:  # noqa: ARG001
    """The style sheet of all pages; `v` names its content and is not read."""
    return _file("pages.css")


@get("/icon.svg", include_in_schema=False)
async def icon(v: FromQuery[str] = "") -> Response[bytes]:  # noqa: ARG001
    """The icon of the browser's tab."""
    return _file("icon.svg")
