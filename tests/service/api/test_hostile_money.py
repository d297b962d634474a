"""What is no amount is refused wherever an amount is taken, and nothing is recorded of it.

The places are those of the description; corrections name fields of events, whose decimals are those
of the domain.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, get_args, get_type_hints

import pytest
from litestar import Response
from litestar.params import JSONBody
from litestar.testing import TestClient

from domain.event import Money, class_of
from domain.money import AMOUNT_PATTERN, DECIMAL_PATTERN, MONEY_PATTERN
from projections.audit_query import AuditEntry
from service import app
from service.api import claims
from service.api.caller import AsCaller, Recorded
from service.api.fields import Body
from service.api.route import ClaimId, ProjectId, write
from service.composition import Services
from tests.service.api.every_write import Writes
from tests.service.api.made_trail import Made
from tests.service.api.places import Place, description, places
from tests.service.api.requests import Api, problem_of

PATTERNS = {one.replace(r"\Z", "$") for one in (MONEY_PATTERN, AMOUNT_PATTERN, DECIMAL_PATTERN)}
OF_MONEY = {one.replace(r"\Z", "$") for one in (MONEY_PATTERN, AMOUNT_PATTERN)}
NAMED = re.compile(
    "amount|price|total|net$|vat$|gross|wage|contribution|fare|accommodation|allowance|advance"
    "|hours|fte$|quantity|^count$|target$|rate$"
)
NO_DECIMALS: list[Any] = [
    *("NaN", "sNaN", "-NaN", "Infinity", "-Infinity", "inf", "1e5", "1E+5", "1e-2", "1_000.00"),
    *(1e5, 100, 100.5, 0, -1, True, ["1.00"], {"amount": "1.00"}),
    *("1,00", "1 000.00", "1.000,00", " 1.00", "1.00 ", "1.00\n", "\t1.00", "+1.00", "--1.00"),
    *(
        "0x10",
        "१२.००",
        "１２.００",
        "1٫00",
        "½",
        "",
        "-",
        ".",
        ".50",
        "1.",
        "01.00",
        "-0.00",
        "CZK 1.00",
    ),
    *("9" * 40, "9" * 40 + ".00", "1." + "0" * 40, "99999999999999.00"),
]
OF_ITEMS = ["NaN", "1e5", 100.5]  # where the same code has judged all of them already
OF_CHANGES = [
    *("NaN", "Infinity", "1e5", 1e5, 100, 100.5, True, ["1.00"], "1,00", " 1.00", "1.00\n"),
    *("+1.00", "0x10", "१२.००", "", "-0.00", "9" * 40, "1.0000000001"),
]
NO_MONEY = ["1.234", "1.005", "1", "1.5", "1000"]


def hostile(place: Place) -> list[Any]:
    """What must not be taken there."""
    values = [*NO_DECIMALS, *([] if place.nullable else [None])]
    if place.schema["pattern"] in OF_MONEY:
        values += NO_MONEY
    if place.schema["pattern"] == AMOUNT_PATTERN.replace(r"\Z", "$"):
        values.append("-1.00")
    return values


def is_decimal(place: Place) -> bool:
    return place.schema.get("pattern") in PATTERNS


PLACES = places(is_decimal)


def pointers(answer: Any) -> list[str]:
    return [error["pointer"] for error in answer.json()["errors"]]


def head(services: Services, api: Api) -> int:
    return services.ledger(api.tenant).head()


def taken(api: Api, asked: Writes, wanted: Sequence[Place]) -> list[tuple[Place, Any]]:
    """The places and values where it was not refused as it must be."""
    found: list[tuple[Place, Any]] = []
    for place in wanted:
        path, body = asked[place.operation]
        for value in hostile(place) if place.path[0] != "items" else OF_ITEMS:
            answer = api.post(path, place.put(body, value))
            refused = answer.status_code == 400 and problem_of(answer) == "invalid-value"
            if not refused or pointers(answer) != [place.pointer]:
                found.append((place, value))
    return found


def test_the_places_are_found() -> None:
    """The least that there were when this was written; a new one is found by itself."""
    assert len(PLACES) >= 56
    assert len({place.operation for place in PLACES}) >= 16
    assert ("record_many_documents", ("items", 0, "allocations", 0, "amount")) in {
        (place.operation, place.path) for place in PLACES
    }


def test_what_is_named_like_an_amount_is_a_decimal_and_nothing_is_a_number() -> None:
    named = places(lambda place: bool(place.path and NAMED.search(str(place.path[-1]))))
    others = [str(one) for one in named if one.schema["type"] == "string" and not is_decimal(one)]
    assert others == []
    assert len(named) >= len(PLACES)
    assert places(lambda place: place.schema.get("type") == "number") == []


def in_queries() -> list[tuple[str, str, bool]]:
    """Path, name of the parameter, and whether it is a decimal by the description."""
    found: list[tuple[str, str, bool]] = []
    for path, operations in description()["paths"].items():
        for parameter in operations.get("get", {}).get("parameters", ()):
            schema, name = parameter.get("schema", {}), parameter.get("name", "")
            is_decimal = schema.get("pattern") in PATTERNS
            if is_decimal or schema.get("type") == "number" or NAMED.search(name):
                found.append((path, name, is_decimal))
    return found


def test_no_amount_is_refused_in_every_query(api: Api) -> None:
    at = {"{project_id}": api.project()}
    found = in_queries()
    assert len(found) >= 6
    for path, name, is_decimal in found:
        assert is_decimal, (path, name)
        address = re.sub(r"{\w+}", lambda step: at[step[0]], path)
        for value in [*OF_CHANGES, *NO_MONEY]:
            if isinstance(value, str):
                answer = api.get(address, **{name: value})
                assert (answer.status_code, problem_of(answer)) == (400, "invalid-value"), value
                assert pointers(answer) == [name]
        assert api.get(address, **{name: "1.00"}).status_code == 200, "control"


def test_no_amount_is_refused_at_every_place_and_nothing_is_recorded(
    services: Services, api: Api, asked: Writes
) -> None:
    before = head(services, api)
    assert taken(api, asked, PLACES) == []
    assert head(services, api) == before


def test_control_an_amount_is_taken_at_every_place(
    services: Services, api: Api, asked: Writes
) -> None:
    """Or refused because of what it is about, which names another field or none."""
    before = head(services, api)
    for place in PLACES:
        path, body = asked[place.operation]
        value = "1000.00" if place.schema["pattern"] in OF_MONEY else "1"
        answer = api.post(path, place.put(body, value), dry_run="true")
        shape = "expected" in answer.text and place.pointer in pointers(answer)
        assert answer.status_code in (200, 201) or not shape, (place, answer.text)
    assert head(services, api) == before


class LaxPayment(Body, frozen=True, kw_only=True):
    """As one would write it at first."""

    paid_on: date
    amount: Decimal


@write(
    "/projects/{project_id:uuid}/claims/{claim_id:uuid}/payment",
    permission="claims.pay",
    changes="claim_id",
    operation_id="pay_claim",
)
def pay_laxly(
    caller: AsCaller, project_id: ProjectId, claim_id: ClaimId, data: JSONBody[LaxPayment]
) -> Response[Recorded]:
    """Takes what `Decimal` takes, and rounds it."""
    amount = "0.00" if data.amount.is_nan() else f"{data.amount:.2f}"
    payment = claims.ClaimPayment(paid_on=data.paid_on, amount=amount)
    return claims.pay_claim.fn(caller, project_id, claim_id, payment)  # type: ignore[no-any-return]


def test_control_a_lax_variant_is_caught(
    services: Services, api: Api, asked: Writes, monkeypatch: pytest.MonkeyPatch
) -> None:
    routes = [pay_laxly if one is claims.pay_claim else one for one in app.ROUTES]
    monkeypatch.setattr(app, "ROUTES", routes)
    paid = [place for place in PLACES if place.operation == "pay_claim"]
    assert taken(api, asked, paid) == []
    with TestClient(app.create_app(services), raise_server_exceptions=False) as client:
        found = [value for _, value in taken(replace(api, client=client), asked, paid)]
    assert all(value in found for value in ("1e5", "NaN", " 1.00", "1.234", 100))


def lines_of(body: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(item).encode() for item in body["items"])


def test_lines_of_bulk_requests_are_as_strict(services: Services, api: Api, asked: Writes) -> None:
    of_bulk = [place for place in PLACES if place.path[0] == "items"]
    assert len(of_bulk) >= 20
    headers = api.headers | {"Content-Type": "application/x-ndjson"}
    before = head(services, api)
    for place in of_bulk:
        path, body = asked[place.operation]
        bad = [place.put(body, value)["items"][0] for value in hostile(place)]
        content = lines_of({"items": bad})
        answer = api.client.post(f"{path}?mode=continue", content=content, headers=headers)
        told = [json.loads(line) for line in answer.text.splitlines()]
        assert [one["status"] for one in told] == [400] * len(bad), place
        found = {error["pointer"] for one in told for error in one["problem"]["errors"]}
        assert found == {place.pointer.removeprefix("/items/0")}
    assert head(services, api) == before


def decimals_of(record: type[Any]) -> Iterator[tuple[str, bool]]:
    """The fields of an event that hold a decimal, and whether each is money."""
    for name, hint in get_type_hints(record, include_extras=True).items():
        kinds = {hint, *get_args(hint)}
        if kinds & {Decimal, Money}:
            yield name, Money in kinds


def correction(made: Made, entry: AuditEntry, name: str, value: Any) -> Any:
    body = {"version": entry.version, "changes": {name: value}, "reason": "A drill"}
    return made.api.post(f"/v1/records/{entry.stream_id}/corrections", body)


def test_corrections_are_as_strict_for_every_kind_of_fact(made: Made) -> None:
    head_before, drilled, others = made.services.ledger(made.api.tenant).head(), 0, set[str]()
    of_type = {entry.type: list[AuditEntry]() for entry in made.read() if entry.before is None}
    for entry in made.read():
        if entry.type in of_type:
            of_type[entry.type].append(entry)
    for type_name, entries in of_type.items():
        for number, (name, is_money) in enumerate(decimals_of(class_of(type_name))):
            correctable = (
                one for one in entries if correction(made, one, name, "NaN").status_code == 400
            )
            if (entry := next(correctable, None)) is None:
                others.add(type_name)
                continue
            drilled += 1
            values = OF_ITEMS if number else OF_CHANGES
            for value in [*values, *(NO_MONEY if is_money else ())]:
                answer = correction(made, entry, name, value)
                assert answer.status_code == 400, (type_name, name, value, answer.text)
                assert pointers(answer)[0].startswith(f"/changes/{name}"), (name, value)
    assert drilled >= 25
    assert others == {"person-month.worked.v1"}, "which follows its document"
    assert made.services.ledger(made.api.tenant).head() == head_before
