"""Files for others: which kinds there are, one made anew, and its files.

All by POST: why personal data are read is never in an address. An export is made again for each of
its files; the same point of both times gives the same bytes.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Stream

from domain.rejection import InvalidValue, NotFound
from projections.claim_query import CLAIMS
from projections.facts_in_force import UnknownProject
from projections.overview_query import act_at
from service.api.caller import AsCaller, Caller
from service.api.exports import download_headers, made
from service.api.made_files import chunks
from service.api.route import ProjectId, read, write
from service.exchange.catalogue import CATALOGUE, kind_of
from service.exchange.export import Kind, Order
from service.pages.addresses import project_path
from service.pages.language import wording_of
from service.pages.point import asked
from service.pages.rendering import HEADERS, AnyRequest, page
from service.wording.wording import LANGUAGES, Language

PURPOSE_LENGTH_MAX = 200
CLAIMS_SHOWN = 200
Form = URLEncodedBody[dict[str, str]]


@read("/projects/{project_id:uuid}/exports", permission="exports.read")
def show_exports(request: AnyRequest, caller: AsCaller, project_id: ProjectId) -> Response[str]:
    """The kinds, each with a form of what it needs."""
    return _kinds(request, caller, project_id)


@write("/projects/{project_id:uuid}/exports/{kind:str}", permission="exports.read")
def make_export(
    request: AnyRequest,
    caller: AsCaller,
    project_id: ProjectId,
    kind: FromPath[str],
    data: Form,
) -> Response[str]:
    """Makes it, and shows its files and what could not be written as the format demands."""
    chosen = kind_of(kind)
    try:
        order = _order(caller, project_id, chosen, data)
        with made(caller, chosen, order) as (export, _):
            point = {"as_of": export.as_of.isoformat(), "known_at": str(export.known_at)}
    except InvalidValue as error:
        return _kinds(request, caller, project_id, fault=(kind, error.pointer, data))
    except UnknownProject:  # seen by the visitor, so it is the day before which there was none
        return _kinds(request, caller, project_id, fault=(kind, "as_of", data))
    return page(
        request,
        "export.html",
        section="exports",
        project=project_id,
        query={},
        kind=chosen,
        title=wording_of(request).text(chosen.title),
        export=export,
        sent={**_kept(data), **point},
        path=project_path(project_id, "exports", kind, "files"),
    )


@write("/projects/{project_id:uuid}/exports/{kind:str}/files/{name:str}", permission="exports.read")
def download_file(
    caller: AsCaller,
    project_id: ProjectId,
    kind: FromPath[str],
    name: FromPath[str],
    data: Form,
) -> Stream:
    """A file of it, streamed."""
    chosen = kind_of(kind)
    order = _order(caller, project_id, chosen, data)
    with made(caller, chosen, order) as (export, folder):
        file = next((one for one in export.files if one.name == name), None)
        if file is None:
            raise NotFound("the export has no such file at this day and position")
        opened = (folder / name).open("rb")
    headers = {**HEADERS, **download_headers(file, export.known_at), "Cache-Control": "no-store"}
    return Stream(chunks(opened), headers=headers, status_code=200)


def _kept(data: dict[str, str]) -> dict[str, str]:
    """What the forms of the files send again."""
    return {
        name: data[name] for name in ("claim", "language", "format", "purpose") if data.get(name)
    }


def _order(caller: Caller, project: UUID, kind: Kind, data: dict[str, str]) -> Order:
    """The export that a form asks for. Raises InvalidValue."""
    point = asked(data.get("as_of"), data.get("known_at"))
    if point.errors:
        raise InvalidValue("expected a day", "as_of")
    purpose = data.get("purpose", "").strip() or None
    if purpose is not None and (len(purpose) > PURPOSE_LENGTH_MAX or not purpose.isprintable()):
        raise InvalidValue("expected the purpose in words", "purpose")
    order = Order(project, caller.actor, point.point, purpose=purpose)
    if kind.in_languages:
        order = replace(order, language=_language(data.get("language")))
    if kind.of_claim and (claim := data.get("claim")):
        if not (claim.isascii() and claim.isdigit() and len(claim) < 6):
            raise InvalidValue("expected the number of a claim", "claim")
        order = replace(order, claim=int(claim))
    if kind.format is not None and data.get("format") == kind.format:
        order = replace(order, format=kind.format)
    return order


def _language(given: str | None) -> Language:
    for language in LANGUAGES:
        if language == given:
            return language
    raise InvalidValue("expected a language", "language")


def _kinds(
    request: AnyRequest,
    caller: Caller,
    project: UUID,
    fault: tuple[str, str, dict[str, str]] | None = None,
) -> Response[str]:
    with caller.reading(project, CLAIMS.views) as snapshot:
        act = act_at(snapshot.connection, project, snapshot.position)
        assert act is not None, "the snapshot has the project"
        values = {"project": project, "claim": None}
        claims, _ = CLAIMS.page(snapshot.connection, values, CLAIMS_SHOWN, None)
    own = caller.services.programmes.of(act.rule_set).ministry_system.format
    personal = "exports.personal" in caller.rights.in_project(project)
    shown: list[dict[str, Any]] = [
        {
            "kind": kind,
            "title": wording_of(request).text(kind.title),
            "elsewhere": kind.format is not None and kind.format != own,
            "fault": fault[1].strip("/") if fault and fault[0] == kind.name else None,
            "given": fault[2] if fault and fault[0] == kind.name else {},
        }
        for kind in CATALOGUE
        if personal or kind.personal != "required"
    ]
    return page(
        request,
        "exports.html",
        status=400 if fault else 200,
        section="exports",
        project=project,
        query={},
        kinds=shown,
        personal=personal,
        claims=[claim["number"] for claim in claims if claim["kind"] != "advance"],
        purpose_length_max=PURPOSE_LENGTH_MAX,
    )
