"""Cells that a spreadsheet would calculate get an apostrophe; numbers and words stay."""

import pytest

from service.spreadsheet_csv import safe_cell


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+420 123", "-2+3", "@SUM(A1)", "\t=1", "\r", " =1", "'=1", "＝1+1", "=-1", "-"],
)
def test_a_formula_is_made_text(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "-100", "+5", "-12.50", "-12,50", "1 210,00 Kč", "−5", "a=b", "'t Hart", "{}"]
)
def test_numbers_and_words_stay(text: str) -> None:
    assert safe_cell(text) == text
