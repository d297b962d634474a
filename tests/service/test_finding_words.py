"""Every rule that the program judges by has words in both languages."""

import pytest

from domain import findings
from service.finding_words import rule_in_words
from service.programmes import Programmes
from service.wording.wording import LANGUAGES, Language, Wording

CODES = {
    *(findings.DUPLICATE_DOCUMENT, findings.INCURRED_OUTSIDE_PROJECT),
    *(findings.INVALID_SUPPLIER_ID, findings.PAID_AFTER_DEADLINE),
    *(findings.SIGNED_TOO_EARLY, findings.FTE_ABOVE_ONE),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("programme", Programmes().names())
def test_every_rule_of_a_programme_has_words(programme: str, language: Language) -> None:
    rules, _ = Programmes().current(programme)
    assert {rule.code for rule in rules.findings} == CODES
    wording = Wording(language)
    for code in CODES:
        for part in ("title", "means", "resolved_by"):
            assert wording.known(f"findings.rule.{code}.{part}", ""), (code, part)


def test_a_rule_without_words_says_what_its_rule_set_says() -> None:
    rules, _ = Programmes().current("OPZ")
    rule = type(rules.findings[0])(
        code="a_new_rule",
        blocking=True,
        title_en="new",
        title_cs="nové",
        resolved_by="wait",
        source="nobody",
        confidence="memory",
    )
    assert rule_in_words(rule, Wording("cs")) == ("nové", "nové", "wait")
    assert rule_in_words(rule, Wording("en")).title == "new"
