"""The HTTP application: routes, errors, the description of the API.

Handlers are synchronous and run in a thread pool of the size of the connection pool, so that no
request waits for a connection while it holds a thread that another one needs.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import msgspec
from litestar import Litestar, Response, Router, get
from litestar.concurrency import set_asyncio_executor
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

from service.api import (
    access_tokens,
    activities,
    attendance,
    audit_trail,
    budget,
    budget_reports,
    bulk,
    claims,
    corrections,
    documents,
    events,
    exchange_rates,
    exports,
    findings,
    health,
    imports,
    indicators,
    me,
    operations,
    outputs,
    participants,
    projects,
    rebuilds,
    reports,
    status,
    trips,
    users,
    webhook_deliveries,
    webhooks,
    work_records,
)
from service.api.answers import with_conditional_answers
from service.api.body_limits import with_body_limits
from service.api.caller import provide_caller
from service.api.docs_page import docs, docs_file
from service.api.errors import HANDLERS
from service.api.guard import permitted
from service.api.oauth import issue_token, key_set
from service.api.openapi_document import CONFIG, finished
from service.api.options import name_all_methods
from service.api.problem_pages import problem_page, problem_pages
from service.api.rate_limits import with_rate_limits
from service.api.request_limits import with_request_limits
from service.api.request_log import with_request_log
from service.api.strict_query import check_query
from service.api.strict_request import StrictRequest
from service.composition import POOL_SIZE, Services
from service.feed.watch import LogWatch
from service.pages.errors import Handler, outside_of_pages
from service.pages.routes import page_routes

BODY_SIZE_MAX = 2_000_000
DOCS: list[ControllerRouterHandler] = [docs, docs_file, problem_pages, problem_page]
NO_HANDLERS: Mapping[type[Exception], Handler] = {}
ROUTES: list[ControllerRouterHandler] = [
    *(projects.register_project, projects.list_projects, projects.get_project),
    *(budget.add_budget_item, budget.get_budget),
    *(indicators.set_target, indicators.list_indicators),
    *(activities.hold_activity, activities.list_activities, activities.get_activity),
    *(attendance.record_attendance, attendance.list_attendance),
    *(attendance.record_questionnaire, attendance.record_contact),
    *(participants.enter_participant, participants.list_participants),
    *(participants.get_participant, participants.read_personal_data),
    *(outputs.record_output, outputs.publish_output, outputs.list_outputs, outputs.get_output),
    *(documents.record_document, documents.pay_document),
    *(documents.list_documents, documents.get_document),
    *(work_records.record_work, work_records.pay_work, work_records.sign_work),
    *(work_records.list_work_records, work_records.get_work_record),
    *(trips.record_trip, trips.pay_trip, trips.list_trips, trips.get_trip),
    *(claims.submit_claim, claims.decide_claim, claims.pay_claim),
    *(claims.list_claims, claims.get_claim),
    exchange_rates.record_rate,
    *(corrections.correct_fact, corrections.cancel_fact),
    *(reports.report_figures, reports.report_claims, reports.explain_figure),
    *(budget_reports.report_budget, budget_reports.report_indicators),
    *(exports.list_export_kinds, exports.make, exports.order, exports.download),
    *(operations.list_operations, operations.read_operation),
    *(operations.cancel_operation, operations.download_operation_file),
    *(rebuilds.rebuild_views, imports.import_project, imports.import_into_project),
    *(audit_trail.audit_trail, audit_trail.download_audit_trail),
    *bulk.ROUTES,
    events.read_events,
    *(webhooks.list_webhook_endpoints, webhooks.read_webhook_endpoint),
    *(webhooks.make_webhook_endpoint, webhooks.change_webhook_endpoint),
    *(webhooks.remove_webhook_endpoint, webhooks.rotate_webhook_secret),
    *(webhook_deliveries.list_webhook_deliveries, webhook_deliveries.list_webhook_attempts),
    *(webhook_deliveries.replay_webhook_event, webhook_deliveries.rewind_webhook_endpoint),
    *(findings.list_findings, status.service_status),
    *(users.list_users, users.read_user, users.add_user, users.disable_user),
    *(users.grant_role, users.revoke_role, me.read_me),
    *(access_tokens.tokens, access_tokens.make_token, access_tokens.take_token_back),
    *(access_tokens.clients, access_tokens.make_client, access_tokens.take_client_back),
]


def create_app(services: Services) -> Litestar:
    """The application over open services; to be made outside of a running event loop."""
    set_asyncio_executor(_request_threads())
    watch = LogWatch(services.urls.app)
    app = Litestar(
        [*_routes(), *page_routes(), issue_token, key_set, openapi, *DOCS],
        openapi_config=None,
        state=State({"services": services, "watch": watch}),
        on_shutdown=[watch.close],
        **_common({HTTPException: outside_of_pages}),
    )
    name_all_methods(app)
    bounded = with_body_limits(app.asgi_handler, lambda: watch.closing)
    inner = with_conditional_answers(with_request_limits(bounded))
    limited = with_rate_limits(inner, services.settings.requests_per_minute)
    app.asgi_handler = with_request_log(limited)
    return app


@cache
def openapi_text() -> str:
    """The description of the API as committed in `openapi/`; needs no database."""
    app = Litestar(_routes(), openapi_config=CONFIG, **_common())
    options = {
        handler.operation_id: handler.opt
        for handler in ROUTES
        if isinstance(handler, HTTPRouteHandler) and isinstance(handler.operation_id, str)
    }
    document = finished(app.openapi_schema.to_schema(), options)
    return msgspec.json.format(msgspec.json.encode(document), indent=1).decode() + "\n"


@get("/openapi.json", include_in_schema=False, sync_to_thread=True)
def openapi() -> Response[bytes]:
    """The description of the API."""
    return Response(_openapi_bytes(), media_type="application/json")


@cache
def _openapi_bytes() -> bytes:
    """The same for all who read it, however slowly."""
    return openapi_text().encode()


@cache
def _request_threads() -> ThreadPoolExecutor:
    """Of the process: the framework has one place for them, whatever apps there are."""
    return ThreadPoolExecutor(POOL_SIZE, thread_name_prefix="request")


def _routes() -> list[ControllerRouterHandler]:
    guarded = Router(
        "/v1",
        route_handlers=ROUTES,
        guards=[permitted],
        before_request=check_query,
        dependencies={"caller": Provide(provide_caller)},
    )
    return [guarded, health.healthz, health.readyz]


def _common(handlers: Mapping[type[Exception], Handler] = NO_HANDLERS) -> dict[str, Any]:
    return {
        "request_class": StrictRequest,
        "exception_handlers": {**HANDLERS, **handlers},
        "request_max_body_size": BODY_SIZE_MAX,
        "logging_config": None,
        "debug": False,
    }
