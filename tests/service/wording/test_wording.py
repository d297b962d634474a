"""Czech and English say the same things, and numbers as people of the language write them."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from service.wording.wording import LANGUAGES, Wording, texts

CZECH, ENGLISH = Wording("cs"), Wording("en")
PLACEHOLDER = re.compile(r"\{[a-z_]+\}")


def test_both_languages_have_the_same_texts() -> None:
    czech, english = texts("cs"), texts("en")

    assert set(czech) == set(english)
    assert len(czech) > 20


def test_both_languages_fill_the_same_placeholders() -> None:
    def placeholders(text: object) -> set[str]:
        return set(PLACEHOLDER.findall(str(text)))

    different = [
        key
        for key in texts("cs")
        if placeholders(texts("cs")[key]) != placeholders(texts("en")[key])
    ]

    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_that_is_counted_has_every_form_its_language_uses(language: str) -> None:
    for key, forms in texts(language).items():  # type: ignore[arg-type]
        assert isinstance(forms, str) or "one" in forms, key


def test_money_is_written_as_the_language_writes_it() -> None:
    assert CZECH.money("-1234567.5") == "−1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567,50"
    assert ENGLISH.money("-1234567.5") == "−1,234,567.50"


def test_numbers_keep_the_decimals_they_have() -> None:
    assert CZECH.number(Decimal("2.5")) == "2,5"
    assert ENGLISH.number(1234) == "1,234"


def test_days_and_moments_are_those_of_prague() -> None:
    assert CZECH.day(date(2017, 3, 31)) == "31. 3. 2017"
    assert ENGLISH.day(date(2017, 3, 31)) == "31 Mar 2017"
    assert CZECH.moment(datetime(2017, 3, 31, 22, 30, tzinfo=UTC)) == "1. 4. 2017 00:30:00"


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(KeyError):
        CZECH.text("shared.nothing")
