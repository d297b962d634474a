"""A read may name the position that it must have seen."""

import pytest

from service.composition import Services
from tests.service.api.requests import PROJECT, Api, problem_of


def at(api: Api, position: str) -> dict[str, str]:
    return api.headers | {"Ledger-Position": position}


def test_a_read_at_the_position_of_a_write_shows_it(api: Api) -> None:
    for number in range(1, 4):
        body = PROJECT | {"registration_number": f"CZ.03.2.63/0.0/0.0/15_023/000000{number}"}
        position = api.post("/v1/projects", body).headers["ledger-position"]
        answer = api.client.get("/v1/projects", headers=at(api, position))
        assert len(answer.json()["items"]) == number
        assert int(answer.headers["ledger-position"]) >= int(position)


def test_a_position_that_the_log_does_not_have_is_said(services: Services, api: Api) -> None:
    head = services.ledger(api.tenant).head()
    answer = api.client.get("/v1/projects", headers=at(api, str(head + 1)))
    assert (answer.status_code, problem_of(answer)) == (400, "position-ahead")
    assert answer.json()["errors"][0]["detail"] == f"expected at most {head}"
    assert api.client.get("/v1/projects", headers=at(api, str(head))).status_code == 200


@pytest.mark.parametrize("position", ["-1", "1.0", "x", "9" * 30])
def test_what_is_no_position_is_refused(api: Api, position: str) -> None:
    answer = api.client.get("/v1/projects", headers=at(api, position))
    assert answer.json()["errors"][0]["pointer"] == "Ledger-Position"
