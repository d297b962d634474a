"""Where the rules say so, who submitted a claim does not decide it, on no way."""

from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest
from litestar.testing import TestClient

from domain.event import class_of
from domain.rule_set import FourEyes
from service.app import create_app
from service.composition import Services
from service.programmes import Programmes
from tests.service.api.conftest import organisation
from tests.service.api.people import user_with
from tests.service.api.requests import Api, problem_of

CLAIM = {"number": 1, "kind": "advance", "period": None, "submitted_on": "2026-01-10"}
DECISION = {"decided_on": "2026-02-01", "reductions": []}
PAIR = FourEyes(
    first="claim.submitted.v1", second="claim.decided.v1", source="a test", confidence="found"
)


class Strict(Programmes):
    """Programmes whose rules want four eyes."""

    def __init__(self) -> None:
        super().__init__()
        self._by_name = {
            name: msgspec.structs.replace(rules, four_eyes=(PAIR,))
            for name, rules in self._by_name.items()
        }


@pytest.fixture(scope="module")
def strict(services: Services) -> Iterator[Services]:
    opened = replace(services, programmes=Strict())
    yield opened
    opened.close()


@pytest.fixture
def owner(strict: Services) -> Iterator[Api]:
    client = TestClient(create_app(strict), raise_server_exceptions=False)
    with client, organisation(strict, client) as api:
        yield api


def claim_of(api: Api) -> tuple[str, str]:
    """A submitted claim: the project, and the claim's address for decisions."""
    project = api.project()
    claim = api.record(f"/v1/projects/{project}/claims", CLAIM)
    return claim, f"/v1/projects/{project}/claims/{claim}/decision"


def test_the_pair_names_facts_that_there_are() -> None:
    assert class_of(PAIR.first) is not class_of(PAIR.second)


def test_who_submitted_does_not_decide_and_another_may(strict: Services, owner: Api) -> None:
    claim, decision = claim_of(owner)

    refused = owner.post(decision, DECISION)
    assert (refused.status_code, problem_of(refused)) == (403, "four-eyes")
    approver = user_with(strict, owner.client, owner.tenant, "approver")
    assert approver.post(decision, DECISION).status_code == 201
    cancel = {"reason": "Mine after all", "version": 2}
    refused = owner.post(f"/v1/records/{claim}/cancellations", cancel)
    assert problem_of(refused) == "four-eyes", "nor takes the decision back"


def test_who_decided_does_not_change_what_was_submitted(strict: Services, owner: Api) -> None:
    claim, decision = claim_of(owner)
    manager = user_with(strict, owner.client, owner.tenant, "manager")
    assert manager.post(decision, DECISION).status_code == 201
    change = {"version": 1, "changes": {"effective_on": "2026-01-11"}, "reason": "A slip"}

    path = f"/v1/records/{claim}/corrections"
    assert problem_of(manager.post(path, change)) == "four-eyes"
    assert owner.post(path, change).status_code == 201, "control"


def test_who_corrected_the_submission_counts_as_its_author(strict: Services, owner: Api) -> None:
    claim, decision = claim_of(owner)
    manager = user_with(strict, owner.client, owner.tenant, "manager")
    change = {"version": 1, "changes": {"effective_on": "2026-01-11"}, "reason": "A slip"}
    assert manager.post(f"/v1/records/{claim}/corrections", change).status_code == 201
    assert problem_of(manager.post(decision, DECISION)) == "four-eyes"


def test_control_without_such_a_rule_one_person_may_do_both(api: Api) -> None:
    _, decision = claim_of(api)
    assert api.post(decision, DECISION).status_code == 201
