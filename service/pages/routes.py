"""The pages: open to everybody, of a session, and of a session that may see what they show."""

from typing import Any

from litestar import Router
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from service.api.caller import provide_caller
from service.api.route import NEGOTIATES
from service.pages import (
    assets,
    charts,
    claims,
    exports,
    findings,
    language,
    overview,
    projects,
    provenance,
    record,
    sign_in,
    trail,
)
from service.pages.errors import PAGE_HANDLERS
from service.pages.visitor import check_request, permitted, signed_in

FORM_BYTES_MAX = 64_000
OPEN: list[ControllerRouterHandler] = [
    *(assets.style, assets.icon, language.choose_language),
    *(sign_in.show_sign_in, sign_in.sign_in),
]
OF_A_SESSION: list[ControllerRouterHandler] = [sign_in.sign_out]
PERMITTED: list[ControllerRouterHandler] = [
    *(projects.show_projects, overview.show_overview),
    *(provenance.show_figure, record.show_record, charts.show_chart),
    *(claims.show_claims, claims.show_claim, findings.show_findings),
    *(trail.show_trail, trail.download_trail),
    *(exports.show_exports, exports.make_export, exports.download_file),
]


def page_routes() -> list[Router]:
    """No page is in the description of the API."""
    return [
        _router(OPEN),
        _router(OF_A_SESSION, guards=[signed_in]),
        _router(
            PERMITTED,
            guards=[signed_in, permitted],
            dependencies={"caller": Provide(provide_caller)},
        ),
    ]


def _router(handlers: list[ControllerRouterHandler], **options: Any) -> Router:
    return Router(
        "/",
        route_handlers=handlers,
        include_in_schema=False,
        before_request=check_request,
        exception_handlers=PAGE_HANDLERS,
        request_max_body_size=FORM_BYTES_MAX,
        opt={NEGOTIATES: True},  # no page is JSON, so none is refused to who takes no JSON
        **options,
    )
