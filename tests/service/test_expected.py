"""A refusal says what to send instead: of each field and parameter what it takes, in words."""

from typing import Any

import msgspec
import pytest

from service.api.corrections import Correction
from service.api.document_bodies import DocumentToRecord
from service.api.export_answers import ExportToMake
from service.api.fields import Body
from service.expected import expected_in_body

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
