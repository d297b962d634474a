"""A refusal says what to send instead: of each field and parameter what it takes, in words."""

from typing import Any
from uuid import uuid4

import msgspec
import pytest

from service.api.corrections import Correction
from service.api.document_bodies import DocumentToRecord
from service.api.expected import expected_in_body
from service.api.export_answers import ExportToMake
from service.api.fields import Body
from tests.service.api.requests import Api, document, project_with_items

AN_ID = "5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"


@pytest.mark.parametrize(
    ("model", "pointer", "said"),
    [
        (DocumentToRecord, "", "an object"),
        (DocumentToRecord, "/amount", 'a string such as "1250.00"'),
        (DocumentToRecord, "/issued_on", 'a day such as "2026-03-31"'),
        (DocumentToRecord, "/paid_on", 'a day such as "2026-03-31"'),
        (DocumentToRecord, "/supplier_ico", 'a string such as "27074358"'),
        (DocumentToRecord, "/allocations", "a list of 1 to 200 elements"),
        (DocumentToRecord, "/allocations/0/project_id", f'an id such as "{AN_ID}"'),
        (Correction, "/version", "a whole number from 1 to 9007199254740992"),
        (
            Correction,
            "/reason",
            'a string of 1 to 2000 characters such as "The amount was misread"',
        ),
        (ExportToMake, "/language", "one of cs, en"),
    ],
)
def test_a_place_of_a_body_is_told_in_words(model: Any, pointer: str, said: str) -> None:
    assert expected_in_body(model, pointer) == f"expected {said}"


def test_of_a_place_that_the_model_has_not_nothing_is_said() -> None:
    assert expected_in_body(DocumentToRecord, "/nothing") is None
    assert expected_in_body(DocumentToRecord, "/allocations/0/nothing/more") is None


def test_every_field_of_every_body_is_told_without_the_words_of_a_parser() -> None:
    told = [
        expected_in_body(model, f"/{field.encode_name}")
        for model in Body.__subclasses__()
        for field in msgspec.structs.fields(model)
    ]
    assert len(told) > 100
    assert [text for text in told if text is None or "`" in text or "\\Z" in text] == []


@pytest.mark.parametrize(
    ("changes", "pointer", "said"),
    [
        ({"gross": 1210}, "/gross", 'expected a string such as "1250.00"'),
        ({"paid_on": "10.4.2026"}, "/paid_on", 'expected a day such as "2026-03-31"'),
        ({"allocations": []}, "/allocations", "expected a list of 1 to 200 elements"),
    ],
)
def test_a_refused_body_says_what_to_send(
    api: Api, changes: dict[str, Any], pointer: str, said: str
) -> None:
    project = project_with_items(api)
    path = f"/v1/projects/{project}/documents"
    answer = api.post(path, document(project, **changes))
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"pointer": pointer, "detail": said}]


def test_a_refused_parameter_says_what_to_send(api: Api) -> None:
    project = f"/v1/projects/{api.project()}"
    expected = {
        f"{project}/documents?sort=supplier": (
            "expected one of amount, -amount, document_number, -document_number, issued_on,"
            " -issued_on, paid_on, -paid_on, reference, -reference"
        ),
        f"{project}/documents?amount_min=1": "expected a text such as 1250.00",
        f"{project}/documents?paid=ano": "expected true or false",
        f"{project}/documents?period=x": "expected a whole number from 0 to 1000",
        f"{project}/reports/figures?known_at=zitra": (
            "expected a position such as 1200, or a time with offset such as"
            " 2026-03-31T12:00:00+02:00"
        ),
        f"{project}/participants/{uuid4()}/personal-data": (
            "missing; expected a text of 3 to 200 characters such as monitoring report of the"
            " first period"
        ),
    }
    for path, said in expected.items():
        errors = api.get(path).json()["errors"]
        assert [error["detail"] for error in errors] == [said], path
