"""What is refused over HTTP is told with what to send instead."""

from typing import Any
from uuid import uuid4

import pytest

from tests.service.api.requests import Api, document, project_with_items


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
