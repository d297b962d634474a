"""Per cent and bars: rounded half up, never longer than the whole."""

from decimal import Decimal

import pytest

from service.pages.figures import Bar, percent, progress_bar, spending_bar


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [("1.00", "3.00", "33.3"), ("1.00", "8.00", "12.5"), ("0.0005", "1", "0.1"), (7, 2, "350.0")],
)
def test_per_cent_has_one_decimal_half_up(part: str, whole: str, expected: str) -> None:
    assert percent(part, whole) == Decimal(expected)


def test_there_is_no_per_cent_of_nothing() -> None:
    assert percent("5.00", "0.00") is None


def test_a_bar_marks_what_is_approved() -> None:
    assert spending_bar("200.00", "100.00", "50.00") == Bar("50.0", "25.0", over=False)
    assert spending_bar("200.00", "100.00", "0.00").approved is None


def test_more_than_the_budget_is_over_and_no_longer_than_the_whole() -> None:
    assert spending_bar("100.00", "150.00", "150.00") == Bar("100", "97.5", over=True)
    assert spending_bar("100.00", "100.00", "0.00") == Bar("100.0", None, over=False)


def test_more_than_a_target_is_not_over() -> None:
    assert progress_bar(70, 80) == Bar("100", None, over=False)


def test_a_credit_is_no_bar() -> None:
    assert spending_bar("100.00", "-5.00", "0.00").recorded == "0"
