"""Every figure of both seed projects is right, and its derivation alone gives the same value."""

from collections.abc import Iterator
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient

from service.composition import Services
from tests.end_to_end import evaluator
from tests.end_to_end.evaluator import DoesNotHold
from tests.end_to_end.explained import Explained, written
from tests.end_to_end.running import Http, Imported, expected_of, leaves

EVALUATOR_LINES_MAX = 80
PROGRAM = ("domain", "projections", "service", "migrations", "tests")
FINDING_AND_CLAIMS = ("/findings/", "/claims/")


@pytest.fixture(scope="module", params=["seed", "seed_plus"])
def explained(request: pytest.FixtureRequest, client: TestClient) -> Explained:
    project: Imported = request.getfixturevalue(request.param)
    return Explained(project, Http(client, project))


def facts_in(node: Any) -> Iterator[dict[str, Any]]:
    """The lists of facts of every sum and count inside a derivation."""
    if isinstance(node, dict):
        if node.get("op") in ("sum", "count") and "facts" in node:
            yield node
        for child in node.values():
            yield from facts_in(child)
    elif isinstance(node, list):
        for child in node:
            yield from facts_in(child)


def test_every_leaf_of_expected_json_is_a_figure_with_that_value(explained: Explained) -> None:
    expected = leaves(expected_of(explained.project.folder))
    assert len(expected) > 200
    answered = {answer["figure"]: answer["value"] for answer in explained.answers.values()}
    assert answered == expected
    assert leaves(explained.figures) == expected
    assert explained.figures == expected_of(explained.project.folder)


def test_every_leaf_follows_from_its_derivation_alone(explained: Explained) -> None:
    assert explained.wrong() == []


def test_every_sum_and_count_names_facts_that_are_in_the_log(explained: Explained) -> None:
    seen = 0
    for derivation in explained.derivations.values():
        for node in facts_in(derivation):
            for fact in node["facts"]:
                for event in [fact["event"], *fact["events"]]:
                    stored = explained.log[event["position"]]
                    assert event == {name: stored[name] for name in event}
                    assert set(event) == set(evaluator.EVENT)
                    seen += 1
    assert seen > 100


def test_documents_behind_spending_are_named_and_in_the_log(explained: Explained) -> None:
    streams = {event["stream_id"] for event in explained.log.values()}
    for pointer in leaves(explained.figures):
        if pointer.startswith(FINDING_AND_CLAIMS) or pointer.endswith(("/recorded", "/approved")):
            for node in facts_in(explained.derivations[pointer]):
                for fact in node["facts"]:
                    if fact["event"]["type"].startswith("participant."):
                        continue
                    assert fact["document_id"] in streams, pointer


def test_a_derivation_that_was_tampered_with_is_caught(explained: Explained) -> None:
    """The control of the evaluator: without it, one that agreed with everything would pass."""
    caught = 0
    for pointer, derivation in explained.derivations.items():
        nodes = [node for node in facts_in(derivation) if node["facts"]]
        if not nodes:
            continue
        assert is_caught(explained, pointer, drop_a_fact), pointer
        assert is_caught(explained, pointer, name_another_event), pointer
        if nodes[0]["op"] == "sum":
            assert is_caught(explained, pointer, change_an_amount), pointer
        else:
            assert is_caught(explained, pointer, count_a_fact_twice), pointer
        caught += 1
    assert caught > 50


def is_caught(explained: Explained, pointer: str, tamper: Any) -> bool:
    derivation = deepcopy(explained.derivations[pointer])
    node = next(node for node in facts_in(derivation) if node["facts"])
    tamper(node["facts"])
    try:
        value = explained.evaluator(explained.derivations | {pointer: derivation}).value(pointer)
    except DoesNotHold:
        return True
    answer = explained.answers[pointer]["value"]
    return written(value, answer) != answer


def drop_a_fact(facts: list[dict[str, Any]]) -> None:
    facts.remove(max(facts, key=lambda fact: abs(Decimal(fact["value"]))))


def change_an_amount(facts: list[dict[str, Any]]) -> None:
    facts[0]["value"] = str(Decimal(facts[0]["value"]) + 1)


def name_another_event(facts: list[dict[str, Any]]) -> None:
    facts[0]["event"]["position"] += 1


def count_a_fact_twice(facts: list[dict[str, Any]]) -> None:
    facts.append(facts[0])


def test_the_evaluator_is_short_and_shares_nothing_with_the_program(services: Services) -> None:
    source = Path(evaluator.__file__).read_text(encoding="utf-8")
    assert len(source.splitlines()) <= EVALUATOR_LINES_MAX
    imports = [line for line in source.splitlines() if line.startswith(("import ", "from "))]
    assert not [line for line in imports if line.split()[1].split(".")[0] in PROGRAM]
