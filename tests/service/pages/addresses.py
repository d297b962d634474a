"""Every page and every state of a page, by name."""

import re
from dataclasses import dataclass

from tests.service.pages.visits import Visit

PROJECT = re.compile(r'href="(/projects/[0-9a-f-]{36})"')
RECORD = re.compile(r'href="(/projects/[0-9a-f-]{36}/records/[0-9a-f-]{36})">(?:FP|MZ)')
RECORD_BEHIND = re.compile(r'<th scope="row"><a href="(/projects/[0-9a-f-]+/records/[0-9a-f-]+)')
CLAIM = re.compile(r'href="(/projects/[0-9a-f-]{36}/claims/[0-9a-f-]{36})">Claim 2')
MISSING = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Addressed:
    """A page: its address, the status it has, and whether one has to be signed in."""

    path: str
    status: int = 200
    signed_in: bool = True


def pages_of(visit: Visit) -> dict[str, Addressed]:
    """The pages of a visitor with the seed project and another one, and pages of nobody."""
    projects = PROJECT.findall(visit.read("/"))
    at = next(path for path in projects if "FP00076" in visit.read(path))
    overview = visit.read(at)
    (record, *_), (claim, *_) = RECORD.findall(overview), CLAIM.findall(overview)
    figure = f"{at}/figure?figure="

    def record_behind(pointer: str) -> str:
        """The first record that a figure rests on."""
        return RECORD_BEHIND.findall(visit.read(figure + pointer))[0]

    return {
        "projects": Addressed("/"),
        "overview": Addressed(at),
        "overview-then": Addressed(f"{at}?as_of=2017-08-15&known_at=3000"),
        "overview-first-day": Addressed(f"{at}?as_of=2016-02-01"),
        "overview-wrong": Addressed(f"{at}?as_of=2001-01-01&known_at=never", 400),
        "figure-sum": Addressed(f"{figure}/budget_by_item/1.1.4.1/recorded"),
        "figure-product": Addressed(f"{figure}/claims/1/public"),
        "figure-rule": Addressed(f"{figure}/findings/FP00076/0"),
        "figure-none": Addressed(f"{figure}/claims/4/paid_amount"),
        "record": Addressed(record),
        "record-work": Addressed(record_behind("/budget_by_item/1.1.1.1.1/recorded")),
        "record-trip": Addressed(record_behind("/budget_by_item/1.1.2.1/recorded")),
        "record-participant": Addressed(record_behind("/participants/recorded")),
        "record-activity": Addressed(record_behind("/activities/helpdesk")),
        "record-project": Addressed(at.replace("/projects/", f"{at}/records/")),
        "claims": Addressed(f"{at}/claims"),
        "claim": Addressed(claim),
        "findings": Addressed(f"{at}/findings"),
        "findings-none": Addressed(f"{at}/findings?code=fte_above_one"),
        "trail": Addressed(f"{at}/audit-trail"),
        "trail-found": Addressed(f"{at}/audit-trail?text=FP00076&since=2020-01-01"),
        "trail-none": Addressed(f"{at}/audit-trail?text=no+such+words"),
        "trail-wrong": Addressed(f"{at}/audit-trail?since=x&type=y&actor=z", 400),
        "exports": Addressed(f"{at}/exports"),
        "not-found": Addressed(f"/projects/{MISSING}", 404),
        "no-such-page": Addressed("/nothing", 404),
        "wrong-address": Addressed(f"{at}?nothing=1", 400),
        "sign-in": Addressed("/sign-in", signed_in=False),
        "signed-out": Addressed(at, 401, signed_in=False),
    }
