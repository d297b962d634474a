"""What a programme file may say of the ministry's files, and which key is named when it may not."""

from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from domain.rule_set import InvalidRuleSet, parse_rule_set

TEXT = files("domain").joinpath("programmes", "opz-plus.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("contract", "month", "gross", "code"),
    [
        ("Smlouva", date(2024, 12, 1), "50000.00", "Smlouva"),
        ("DPC", date(2025, 1, 1), "50000.00", "DPC"),
        ("DPP", date(2024, 12, 1), "10000.00", "DPPDo"),
        ("DPP", date(2024, 12, 1), "10000.01", "DPPNad"),
        ("DPP", date(2025, 1, 1), "10000.01", "DPP"),
        ("DPP", date(2024, 12, 1), "-500.00", "DPPDo"),
        ("HPP", date(2024, 12, 1), "1.00", None),
    ],
)
def test_the_code_of_a_contract_is_that_of_its_month_and_wage(
    contract: str, month: date, gross: str, code: str | None
) -> None:
    rules = parse_rule_set(TEXT)
    assert rules.work_list_import.code_of(contract, month, Decimal(gross)) == code


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("records_max = 500", "records_max = 0", "work_list_import.records_max"),
        ("records_max = 500", 'records_max = "500"', "work_list_import.records_max"),
        ('gross_wage_max = "10000.00"', "gross_wage_max = 10000.0", "gross_wage_max"),
        ('format = "ms2021"', 'format = "ms2030"', "ministry_system.format"),
        ('activity_kind = "counselling"', 'activity = "counselling"', "support_codes[0]"),
        ("[[support_codes]]", "[[support_code]]", "support_code"),
    ],
)
def test_the_key_at_fault_is_named(old: str, new: str, named: str) -> None:
    assert old in TEXT
    with pytest.raises(InvalidRuleSet) as refused:
        parse_rule_set(TEXT.replace(old, new))
    assert named in str(refused.value)


def test_a_kind_of_activity_has_one_code() -> None:
    block = TEXT[TEXT.index("[[support_codes]]") :].partition("\n\n")[0]
    with pytest.raises(InvalidRuleSet, match="counselling is there twice"):
        parse_rule_set(TEXT.replace(block, f"{block}\n\n{block}"))
