"""Which common indicators are age groups, and which ages are in none of them."""

import pytest

from domain.rule_set import CommonIndicator
from service.exchange.report.people_sections import age_groups, gaps
from service.programmes import Programmes

Ages = tuple[int | None, int | None]


def group(lowest: int | None, highest: int | None) -> CommonIndicator:
    return CommonIndicator(
        code="X", name="", age_min=lowest, age_max=highest, source="", confidence="memory"
    )


@pytest.mark.parametrize(
    ("programme", "codes", "rest"),
    [
        ("OPZ", ["CO06", "CO07"], [(25, 54)]),
        ("OPZ+", ["EECO06", "EECO07", "EECO08"], [(30, 54)]),
    ],
)
def test_age_groups_are_those_of_the_programme(
    programme: str, codes: list[str], rest: list[Ages]
) -> None:
    rules, _ = Programmes().current(programme)
    indicators = {one.code: one for one in rules.common_indicators}
    found = age_groups(rules.reported_common_indicators, indicators)
    assert [one.code for one in found] == codes
    assert gaps(found) == rest


@pytest.mark.parametrize(
    ("groups", "rest"),
    [
        ([(None, 24)], [(25, None)]),
        ([(18, 29)], [(None, 17), (30, None)]),
        ([(None, 24), (25, None)], []),
        ([], []),
        ([(None, 24), (18, 29)], []),
        ([(55, None), (60, None)], []),
    ],
)
def test_the_rest_are_the_ages_between_groups(groups: list[Ages], rest: list[Ages]) -> None:
    assert gaps([group(*ages) for ages in groups]) == rest
