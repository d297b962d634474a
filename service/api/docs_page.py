"""`/openapi.json`, and `/docs`: Swagger UI from the package; the page asks no other machine."""

from functools import cache
from importlib.resources import files

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data:; font-src 'self' data:; connect-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'"
)
MEDIA_TYPES = {
    "docs.html": "text/html",
    "docs.js": "text/javascript",
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
}


@cache
def static_file(name: FromPath[str]) -> bytes:
    """A file of the docs page."""
    return (files("service") / "static" / name).read_bytes()


def _file(name: FromPath[str]) -> Response[bytes]:
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "max-age=3600"}
    return Response(static_file(name), media_type=MEDIA_TYPES[name], headers=headers)


@get("/docs", include_in_schema=False)
async def docs() -> Response[bytes]:
    """The docs page."""
    return _file("docs.html")


@get("/docs/{name:str}", include_in_schema=False)
async def docs_file(name: FromPath[str]) -> Response[bytes]:
    """A file that the docs page loads."""
    if name not in MEDIA_TYPES:
        raise NotFoundException
    return _file(name)
