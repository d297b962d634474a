"""Counting persons at the edges of threshold, completeness and age."""

from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from domain.calendar import age_on
from domain.indicator import (
    Support,
    common_indicators_of,
    fulfilment,
    is_complete,
    threshold_day,
)
from domain.rule_set import InvalidRuleSet, RuleSet, parse_rule_set

D1, D2, D3 = date(2023, 1, 1), date(2023, 2, 1), date(2023, 3, 1)


def rules() -> RuleSet:
    text = files("domain").joinpath("programmes/opz.toml").read_text(encoding="utf-8")
    return parse_rule_set(text)


def reached(*supports: tuple[date, str, str, str]) -> date | None:
    given = [Support(day, Decimal(quantity), unit, form) for day, quantity, unit, form in supports]
    return threshold_day(given, rules().support_threshold)


def test_exactly_forty_hours_of_them_twenty_in_person_count() -> None:
    assert reached((D1, "20", "hour", "in_person"), (D2, "20.00", "hour", "electronic")) == D2


def test_a_minute_less_does_not_count() -> None:
    supports = ((D1, "20", "hour", "in_person"), (D2, "1199", "minute", "electronic"))
    assert reached(*supports) is None


def test_less_than_twenty_hours_in_person_do_not_count() -> None:
    supports = ((D1, "19.99", "hour", "in_person"), (D2, "34", "hour", "electronic"))
    assert reached(*supports) is None


def test_the_day_is_the_first_on_which_both_are_reached_whatever_the_order_of_recording() -> None:
    supports = (
        (D3, "20", "hour", "in_person"),
        (D1, "48", "hour", "electronic"),
        (D2, "5", "hour", "in_person"),
    )
    assert reached(*supports) == D3


def test_hours_that_binary_fractions_miss_are_exact() -> None:
    parts = ("6", "10.37", "13.26", "10.37")
    assert reached(*((D1, part, "hour", "in_person") for part in parts)) == D1


PERSON = {
    "first_name": "A",
    "last_name": "B",
    "birth_date": "1968-02-29",
    "sex": "POHZENY",
    "municipality": "Praha",
    "entry_date": "2023-02-28",
    "labour_status": "TNKNEZ",
    "education": "VZ0",
    "disadvantage": "ZNPTZ|ZNUZP",
}


def test_an_unknown_disadvantage_is_no_lack_but_a_missing_education_is() -> None:
    assert is_complete({**PERSON, "disadvantage": None}, rules())
    assert not is_complete({**PERSON, "education": None}, rules())


def test_a_person_born_on_29_february_is_fifty_four_until_1_march() -> None:
    codes = common_indicators_of(PERSON, rules())
    assert "CO07" not in codes
    assert "CO07" in common_indicators_of({**PERSON, "entry_date": "2023-03-01"}, rules())
    assert age_on(date(1968, 2, 29), date(2024, 2, 29)) == 56


def test_two_disadvantages_count_once_together_and_once_each() -> None:
    codes = common_indicators_of(PERSON, rules())
    assert codes.count("CO15") == 1
    assert {"EECO13", "EECO14", "EECO09", "CO01"} <= set(codes)
    assert not {"CO09", "EECO15"} & set(codes)


def test_who_refused_is_in_no_indicator_of_disadvantage() -> None:
    codes = common_indicators_of({**PERSON, "disadvantage": "refused"}, rules())
    assert not {"CO15", "CO16", "CO17", "CO18", "EECO12", "EECO13"} & set(codes)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('hours = "40"', "hours"),
        ('code = "CO01"', "code"),
        ('confidence = "found"', "confidence"),
    ],
)
def test_a_rule_set_with_a_fault_names_the_key(line: str, fault: str) -> None:
    text = files("domain").joinpath("programmes/opz.toml").read_text(encoding="utf-8")
    broken = text.replace(line, f"{line.split(' ')[0]} = 1.5", 1)
    assert broken != text
    with pytest.raises(InvalidRuleSet, match=fault):
        parse_rule_set(broken)


def test_a_reported_indicator_that_is_not_there_is_refused() -> None:
    text = files("domain").joinpath("programmes/opz.toml").read_text(encoding="utf-8")
    broken = text.replace('"CO17", "CO18"', '"CO17", "CO81"', 1)
    assert broken != text
    with pytest.raises(InvalidRuleSet, match=r"reported_common_indicators.*CO81"):
        parse_rule_set(broken)


def test_fulfilment_is_rounded_half_up_and_needs_a_target() -> None:
    assert str(fulfilment(80, Decimal(70))) == "114.3"
    assert str(fulfilment(1, Decimal(800))) == "0.1"
    assert str(fulfilment(1, Decimal(2000))) == "0.1"  # 0.05
    assert str(fulfilment(1, Decimal("2.5"))) == "40.0"
    assert fulfilment(3, Decimal(0)) is None
