"""How persons count in indicators: the threshold of support, and the EU common indicators.

Rules come from the rule set; sums are exact (minutes as `Decimal`), never rounded.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from domain.activity import MINUTES
from domain.calendar import age_on
from domain.rule_set import CommonIndicator, RuleSet, SupportThreshold

REFUSED = "refused"
PersonFields = Mapping[str, str | None]


class Support(NamedTuple):
    """Support that a person received on a day: quantity in its unit, and the form."""

    on: date
    quantity: Decimal
    unit: str
    form: str


def threshold_day(supports: Iterable[Support], threshold: SupportThreshold) -> date | None:
    """The first day on which all supports up to and including it reach the threshold.

    Both the hours in all and those in person must be reached; None when they never are.
    """
    total = in_person = Decimal(0)
    needed = threshold.hours * MINUTES["hour"]
    needed_in_person = threshold.in_person_hours * MINUTES["hour"]
    by_day: dict[date, list[Support]] = {}
    for support in supports:
        by_day.setdefault(support.on, []).append(support)
    for day in sorted(by_day):
        for support in by_day[day]:
            minutes = support.quantity * MINUTES[support.unit]
            total += minutes
            in_person += minutes if support.form == "in_person" else 0
        if total >= needed and in_person >= needed_in_person:
            return day
    return None


def is_complete(person: PersonFields, rules: RuleSet) -> bool:
    """Whether every field that a record needs is given; a refused disadvantage is no lack."""
    return all(person.get(field) for field in rules.complete_record)


def common_indicators_of(person: PersonFields, rules: RuleSet) -> list[str]:
    """The codes of the EU common indicators that a counted person belongs to.

    Needs a complete record. Age is that on the day of entry.
    """
    age = age_on(_day(person, "birth_date"), _day(person, "entry_date"))
    found: list[str] = []
    for indicator in rules.common_indicators:
        if _holds(indicator, person, age, found):
            found.append(indicator.code)
    return found


def _holds(indicator: CommonIndicator, person: PersonFields, age: int, found: list[str]) -> bool:
    disadvantages = set((person.get("disadvantage") or "").split("|")) - {"", REFUSED}
    return (
        (not indicator.labour_status or person.get("labour_status") in indicator.labour_status)
        and (not indicator.education or person.get("education") in indicator.education)
        and (not indicator.disadvantage or bool(disadvantages & set(indicator.disadvantage)))
        and (not indicator.any_of or bool(set(found) & set(indicator.any_of)))
        and (indicator.age_min is None or age >= indicator.age_min)
        and (indicator.age_max is None or age <= indicator.age_max)
    )


def _day(person: PersonFields, field: str) -> date:
    return date.fromisoformat(person[field] or "")


def fulfilment(achieved: Decimal | int, target: Decimal) -> Decimal | None:
    """The share of the target that was achieved, per cent with 1 decimal; None without a target."""
    if target <= 0:
        return None
    return (achieved * 100 / target).quantize(Decimal("0.1"), ROUND_HALF_UP)
