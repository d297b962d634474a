"""Templates to answers: one place for the language, the headers, and what every template knows."""

from collections.abc import Mapping
from functools import cache, partial
from hashlib import sha256
from importlib.resources import files
from typing import Any
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined
from litestar import Request, Response

from projections.derivation import escaped
from service.api.guard import IDENTITY
from service.pages.addresses import address, project_path
from service.pages.figures import percent, progress_bar, spending_bar
from service.pages.language import wording_of
from service.permissions import Permission
from service.tokens import Identity
from service.wording.wording import LANGUAGES

# No script at all and nothing from elsewhere; a style stands in the one file, never in a page.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: with it a browser sends `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}
SECTIONS: Mapping[str, Permission] = {
    "overview": "reports.read",
    "claims": "claims.read",
    "findings": "reports.read",
    "audit-trail": "audit.read",
    "exports": "exports.read",
}
AnyRequest = Request[Any, Any, Any]
FORM_TOKEN = "form_token"  # noqa: S105 the name of a field


@cache
def templates() -> Environment:
    """All templates; an unknown name in one is an error of ours, never an empty place."""
    environment = Environment(
        loader=PackageLoader("service.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["capitalize_first"] = capitalized
    known: dict[str, Any] = {
        "languages": LANGUAGES,
        "address": address,
        "project_path": project_path,
        "percent": percent,
        "spending_bar": spending_bar,
        "progress_bar": progress_bar,
        "escaped": escaped,
        "style_address": _asset_address("pages.css"),
        "icon_address": _asset_address("icon.svg"),
    }
    environment.globals.update(known)
    return environment


def capitalized(text: str) -> str:
    """With a capital first letter; the others stay as they are."""
    return text[:1].upper() + text[1:]


@cache
def asset(name: str) -> bytes:
    """A file that pages load."""
    return (files("service.pages") / "static" / name).read_bytes()


def _sections(request: AnyRequest, project: UUID) -> list[str]:
    """The parts of a project that the visitor may see."""
    identity: Identity = request.scope["state"][IDENTITY]
    allowed = identity.rights.in_project(project)
    return [name for name, permission in SECTIONS.items() if permission in allowed]


def _asset_address(name: str) -> str:
    """With the content's hash, so that browsers may keep the file for good."""
    return address(f"/{name}", {"v": sha256(asset(name)).hexdigest()[:12]})


def page(request: AnyRequest, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """A page in the request's language."""
    wording = wording_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    text = (
        templates()
        .get_template(template)
        .render(
            t=wording.text,
            counted=wording.counted,
            known=wording.known,
            money=wording.money,
            number=wording.number,
            day=wording.day,
            moment=wording.moment,
            language=wording.language,
            here=request.url.path + query if request.method == "GET" else "/",
            sections_of=partial(_sections, request),
            form_token=request.scope["state"].get(FORM_TOKEN),
            **values,
        )
    )
    headers = {**HEADERS, "Content-Language": wording.language}
    return Response(text, status_code=status, media_type="text/html", headers=headers)
