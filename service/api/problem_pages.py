"""`/problems`: what each kind of problem means and what to do; for people and for programs."""

from html import escape
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import HTTPException, NotFoundException
from litestar.params import FromPath

from service.api.negotiation import best_of
from service.api.problem import type_of
from service.api.problem_kinds import KINDS

HTML, JSON = "text/html", "application/json"
POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
</head>
<body>
<main>
<h1>{title}</h1>
{content}
</main>
</body>
</html>
"""
AnyRequest = Request[Any, Any, Any]


@get("/problems", include_in_schema=False, sync_to_thread=False)
def problem_pages(request: AnyRequest) -> Response[Any]:
    """All kinds of problems."""
    if _as_json(request):
        return Response({"items": [_described(kind) for kind in KINDS]}, media_type=JSON)
    rows = "\n".join(
        f'<li><a href="/problems/{kind}">{escape(kind)}</a>: {status}, {escape(title)}</li>'
        for kind, (status, title, _) in KINDS.items()
    )
    return _page("Kinds of problems", f"<ul>\n{rows}\n</ul>")


@get("/problems/{kind:str}", include_in_schema=False, sync_to_thread=False)
def problem_page(request: AnyRequest, kind: FromPath[str]) -> Response[Any]:
    """One kind: its status, its type, and what to do."""
    if kind not in KINDS:
        raise NotFoundException
    if _as_json(request):
        return Response(_described(kind), media_type=JSON)
    found = _described(kind)
    facts = f"<p>Status {found['status']}, type <code>{escape(str(found['type']))}</code></p>"
    content = f"{facts}\n<p>{escape(str(found['remedy']))}</p>"
    return _page(KINDS[kind].title, f'{content}\n<p><a href="/problems">All kinds</a></p>')


def _described(kind: str) -> dict[str, str | int]:
    status, title, remedy = KINDS[kind]
    return {"type": type_of(kind), "title": title, "status": status, "remedy": remedy}


def _as_json(request: AnyRequest) -> bool:
    best = best_of(request, [HTML, JSON])
    if best is None:
        raise HTTPException(status_code=406, detail=f"this is {HTML} or {JSON}")
    return best == JSON


def _page(title: str, content: str) -> Response[str]:
    headers = {"Content-Security-Policy": POLICY, "Vary": "Accept"}
    text = PAGE.format(title=escape(title), content=content)
    return Response(text, media_type=HTML, headers=headers)
