"""project.json: malformed, with missing and with wrong values."""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from service.intake.project_file import read_project
from tests.service.intake.variants import SEED

TEXT = (SEED / "project.json").read_text("utf-8")


def problems_of(change: Callable[[dict[str, Any]], object]) -> list[tuple[str | None, str, str]]:
    document = json.loads(TEXT)
    change(document)
    project, problems = read_project(json.dumps(document))
    assert (project is None) == bool(problems)
    return [(problem.column, problem.found, problem.expected) for problem in problems]


def put(document: dict[str, Any], path: str, value: object) -> None:
    *parents, last = path.split("/")
    target: Any = document
    for parent in parents:
        target = target[int(parent) if isinstance(target, list) else parent]
    target[int(last) if isinstance(target, list) else last] = value


def test_numbers_may_stand_without_quotes_and_are_read_as_written() -> None:
    document = json.loads(TEXT) | {"flat_rate": 0.25, "total_eligible": 8500000, "note": None}
    project, problems = read_project(json.dumps(document))
    assert problems == []
    assert project is not None
    assert (project.flat_rate, project.total_eligible) == (Decimal("0.25"), Decimal("8500000.00"))
    assert project.note is None


@pytest.mark.parametrize(
    ("path", "value", "found", "expected"),
    [
        ("registration_number", "", "nothing", "a registration number without spaces"),
        ("programme", "OPZ++", "OPZ++", "one of OPZ, OPZ+"),
        ("budget_variant", None, "nothing", "one of direct-indirect-25, flat-40"),
        ("start", "2016-02-30", "2016-02-30", "a day that exists"),
        ("currency", "EUR", "EUR", "one of CZK"),
        ("total_eligible", "8,500", "8,500", "a number that is not ambiguous"),
        ("flat_rate", "25", "25", "a fraction from 0 to 1"),
        ("eu_rate", True, "true or false", "a fraction from 0 to 1"),
        ("initial_advance", [], "a list", "an amount with at most 2 decimals"),
        ("beneficiary", "nobody", "a single value", "an object"),
        ("beneficiary/ico", "123456789", "123456789", "an IČO of 8 digits"),
        ("beneficiary/name", None, "nothing", "a text"),
        ("periods", [], "a list", "a list of at least one period"),
        ("periods/1/number", "0", "0", "a whole number above 0"),
        ("periods/2", None, "nothing", "an object"),
        ("periods/0/number", "2", "2", "1"),
        ("periods/0/report_due", "2016-07-30", "2016-07-30", "2016-07-31 or later"),
        ("periods/4/end", "2018-07-30", "2018-07-30", "2018-07-31, the end of the project"),
        ("public_rate", "0.99", "0.99", "1.00 (eu_rate + state_rate)"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(
    path: str, value: object, found: str, expected: str
) -> None:
    problems = problems_of(lambda document: put(document, path, value))
    at_path = [problem for problem in problems if problem[0] == path]
    assert [seen for _, seen, _ in at_path] == [found]
    assert at_path[0][2].startswith(expected)


def test_shares_that_do_not_add_up_are_named_together() -> None:
    problems = problems_of(lambda document: document.update(own_rate="0.05"))
    assert problems == [("eu_rate, state_rate, own_rate", "a sum of 1.05", "a sum of 1")]


def test_a_gap_between_periods_is_named() -> None:
    problems = problems_of(lambda document: put(document, "periods/1/start", "2016-08-02"))
    assert problems == [("periods/1/start", "2016-08-02", "2016-08-01: no gap, no overlap")]


def test_a_missing_key_and_an_unknown_one_are_two_problems() -> None:
    problems = problems_of(lambda document: document.update(ends=document.pop("end")))
    assert [(column, found) for column, found, _ in problems] == [
        ("aaaa", "an unknown key"),
        ("end", "nothing"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "not JSON at line 1, column 1"),
        (TEXT[: len(TEXT) // 2], "not JSON at line"),
        ("[]", "a list"),
        ("5", "a single value"),
        ('{"a": 1, "a": 2}', "a key that occurs twice"),
        ("[" * 100_000, "deep nesting"),
        ('{"start": NaN}', "nothing"),
    ],
)
def test_what_is_no_project_at_all_is_said(text: str, found: str) -> None:
    project, problems = read_project(text)
    assert project is None
    assert problems[0].found.startswith(found)
    assert problems[0].file == "project.json"
