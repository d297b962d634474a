"""Each kind of cell: what it reads, what it refuses, and that notations are one content."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.intake import cells
from service.intake.cells import canonical, cleaned
from service.intake.kind import BadCell

MONEY, HOURS = cells.money(), cells.hours()
NBSP, NARROW = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("kind", "cell", "value"),
    [
        (MONEY, "1350000.00", "1350000.00"),
        (MONEY, "45000", "45000.00"),
        (MONEY, "1 350 000,5", "1350000.50"),
        (MONEY, f"1{NBSP}350{NBSP}000,00", "1350000.00"),
        (MONEY, f"-4{NARROW}840.00", "-4840.00"),
        (MONEY, "-0,00", "0.00"),
        (HOURS, "7,5", "7.5"),
        (HOURS, "14.00", "14"),
        (HOURS, "120", "120"),
        (HOURS, "0.05", "0.05"),
        (cells.rate, "27,029", "27.029"),
        (cells.rate, "27.0290", "27.029"),
        (cells.share, "0,7673", "0.7673"),
        (cells.share, "1.00", "1"),
        (cells.whole(), "1 000", "1000"),
        (cells.day, "31.1.2017", "2017-01-31"),
        (cells.day, f"1.{NBSP}2. 2016", "2016-02-01"),
        (cells.moment, "2016-08-01T06:10", "2016-08-01T06:10"),
        (cells.moment, "1.8.2016 6:10", "2016-08-01T06:10"),
        (cells.moment, "2016-08-01 06:10:00", "2016-08-01T06:10"),
        (cells.flag, "ANO", "yes"),
        (cells.flag, "Ne", "no"),
        (cells.ico, "1234567", "01234567"),
        (cells.some_of("A", "B"), "B | A", "B|A"),
    ],
)
def test_notations_are_read_as_one_content(
    kind: Callable[[str], Any], cell: str, value: str
) -> None:
    assert canonical(kind(cell)) == value


@pytest.mark.parametrize("kind", [MONEY, HOURS], ids=["money", "hours"])
@pytest.mark.parametrize("cell", ["1,234", "1.234", "-1,234", "0.125", "12 345,678", "1234.567"])
def test_one_separator_before_three_digits_is_ambiguous_in_money_and_hours(
    kind: Callable[[str], Any], cell: str
) -> None:
    with pytest.raises(BadCell, match="not ambiguous"):
        kind(cell)


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        (MONEY, "1,234.50", "an amount with at most 2 decimals"),
        (MONEY, "1.234.567", "an amount with at most 2 decimals"),
        (MONEY, "12 34", "an amount with at most 2 decimals"),
        (MONEY, "1250 Kč", "an amount with at most 2 decimals"),
        (MONEY, "12.3456", "an amount with at most 2 decimals"),
        (MONEY, "1e5", "an amount with at most 2 decimals"),
        (MONEY, "NaN", "an amount with at most 2 decimals"),
        (MONEY, "١٢", "an amount with at most 2 decimals"),
        (MONEY, "", "an amount with at most 2 decimals"),
        (MONEY, "9" * 14, "at most 13 digits"),
        (cells.money(negative=False), "-1.00", "an amount of 0.00 or more"),
        (HOURS, "-1", "0 or more"),
        (HOURS, "3.3333", "a number with at most 2 decimals"),
        (cells.rate, "1 027,029", "a rate without thousands separators"),
        (cells.rate, "0", "a rate above 0"),
        (cells.share, "1.01", "a fraction from 0 to 1"),
        (cells.whole(1, 5), "6", "a whole number from 1 to 5"),
        (cells.whole(), "1,234", "a whole number"),
        (cells.whole(1), "0", "a whole number above 0"),
        (cells.day, "31.2.1980", "a day that exists"),
        (cells.day, "2016-13-01", "a day that exists"),
        (cells.day, "1.2.16", "a day such as"),
        (cells.day, "0216-02-01", "a year from 1900"),
        (cells.month, "2016-02-02", "the first day of the month"),
        (cells.moment, "2016-08-01", "a local time"),
        (cells.moment, "2016-08-01T24:00", "a local time"),
        (cells.flag, "maybe", "yes or no"),
        (cells.ico, "CZ12345678", "an IČO of 8 digits"),
        (cells.one_of("OPZ", "OPZ+"), "opz", "one of OPZ, OPZ"),
        (cells.some_of("A", "B"), "A|A", "each once"),
        (cells.refused_or(cells.some_of("A")), "A|refused", "refused alone"),
        (cells.row_id, "Jana", "an id of letters, digits"),
        (cells.row_id, "P/1", "an id of letters, digits"),
        (cells.text, "a\x00b", "without control characters"),
        (cells.text, "x" * 4001, "at most 4000"),
    ],
)
def test_other_cells_are_refused_with_what_was_expected(
    kind: Callable[[str], Any], cell: str, expected: str
) -> None:
    with pytest.raises(BadCell) as refused:
        kind(cell)
    assert expected in refused.value.expected


@given(
    st.decimals(-(10**12), 10**12, places=2),
    st.sampled_from(["", " ", NBSP, NARROW]),
    st.sampled_from([".", ","]),
)
def test_an_amount_in_any_notation_reads_back(value: Decimal, space: str, point: str) -> None:
    cell = f"{value:,.2f}".replace(".", "#").replace(",", space).replace("#", point)
    assert canonical(MONEY(cell)) == f"{value or abs(value):.2f}"
    assert MONEY(cell) == value


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)), st.times(), st.booleans())
def test_a_day_and_a_time_in_any_notation_read_back(on: date, at: Any, czech: bool) -> None:
    written = f"{on.day}.{on.month}.{on.year}" if czech else on.isoformat()
    assert cells.day(written) == on
    moment = datetime(on.year, on.month, on.day, at.hour, at.minute)  # noqa: DTZ001
    assert cells.moment(f"{written} {at.hour}:{at.minute:02}") == moment


@given(st.text())
def test_any_text_is_read_or_refused(cell: str) -> None:
    for kind in (MONEY, HOURS, cells.rate, cells.day, cells.moment, cells.flag, cells.ico):
        try:
            value = kind(cleaned(cell))
        except BadCell:
            continue
        assert canonical(kind(canonical(value))) == canonical(value)
