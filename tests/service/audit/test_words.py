"""Every stored event and every field has words in both languages; nothing is left for later."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from string import Formatter
from typing import Any, get_args, get_origin

import pytest

import domain
from domain.event import Record, class_of, stored_names
from service.audit.values import CODES, KINDS, hints
from service.intake import code_lists
from service.wording.wording import LANGUAGES, Language, Wording

UNSAID = {"effective_on", "number_key"}  # the day has words of its own, the key none
ABOUT_FACTS = {"fact.corrected.v1", "fact.cancelled.v1"}
FORMS = ("recorded", "corrected", "cancelled")
# What a sentence says beside a fact's own fields.
PUT_TOGETHER = {"record", "support", "entered", "title", "name"}
CODES_OF = {
    "unit": (*code_lists.UNITS, "minute", "lesson"),
    "activity_kind": code_lists.ACTIVITY_KINDS,
    "output_kind": code_lists.OUTPUT_KINDS,
    "claim_kind": code_lists.CLAIM_KINDS,
    "indicator_kind": ("output", "result"),
    "rate_kind": ("CNB_DAILY",),
    "channel": code_lists.CHANNELS,
    "topic": code_lists.TOPICS,
    "source": [one for one in code_lists.SOURCES if ":" not in one],
    "contract": code_lists.CONTRACTS,
    "budget_variant": code_lists.BUDGET_VARIANTS,
    "form": ("in_person", "electronic"),
}


def missing_words(language: Language, facts: Mapping[str, Sequence[str]]) -> list[str]:
    """The texts that facts (fields by stored name) need and that the language lacks."""
    wording, missing = Wording(language), list[str]()
    for name, fields in facts.items():
        forms = ("name",) if name in ABOUT_FACTS else ("name", *FORMS)
        wanted = [f"audit.event.{name}.{form}" for form in forms]
        wanted += [f"audit.field.{one}" for one in fields if one not in UNSAID]
        missing += [key for key in wanted if not wording.known(key, "")]
    return missing


def stored_facts() -> dict[str, Sequence[str]]:
    """All that the modules of `domain` register, a new module too."""
    for module in iter_modules(domain.__path__):
        import_module(f"domain.{module.name}")
    return {
        name: () if name in ABOUT_FACTS else class_of(name).__struct_fields__
        for name in stored_names()
        if class_of(name).__module__.startswith("domain.")  # tests register facts of their own
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_stored_event_has_words(language: Language) -> None:
    assert len(stored_facts()) > 20
    assert missing_words(language, stored_facts()) == []


def test_an_event_or_a_field_without_words_would_be_found() -> None:
    made = {"budget.item-moved.v1": ("code",), "budget.item-added.v1": ("code", "moved_to")}
    assert missing_words("cs", made) == [
        *(f"audit.event.budget.item-moved.v1.{form}" for form in ("name", *FORMS)),
        "audit.field.moved_to",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_names_only_what_its_fact_has(language: Language) -> None:
    wording = Wording(language)
    wrong = [
        (name, form, placeholder)
        for name in stored_facts().keys() - ABOUT_FACTS
        for form in FORMS
        for _, placeholder, _, _ in Formatter().parse(wording.text(f"audit.event.{name}.{form}"))
        if placeholder and placeholder not in {*hints(name), *PUT_TOGETHER}
    ]
    assert wrong == []


def test_every_kind_is_of_a_list_of_codes() -> None:
    with_kind = {name for name, fields in stored_facts().items() if "kind" in fields}
    assert with_kind == KINDS.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_of_the_tables_has_words(language: Language) -> None:
    wording = Wording(language)
    assert CODES_OF.keys() == CODES | set(KINDS.values())
    wordless = [
        (name, code)
        for name, codes in CODES_OF.items()
        for code in codes
        if not wording.known(f"codes.{name}.{code}", "")
    ]
    assert wordless == []


def test_every_type_of_a_field_can_be_worded() -> None:
    """A record inside a fact that `values` does not know would fail when it is shown."""
    known = {
        *("Allocation", "ForeignAmount", "SealedPerson", "Beneficiary", "Period"),
        *("RuleSetVersion", "ClaimLine", "Reduction"),
    }
    inside = {
        part.__name__
        for name in stored_facts().keys() - ABOUT_FACTS
        for hint in hints(name).values()
        for part in _parts(hint)
        if isinstance(part, type) and issubclass(part, Record)
    }
    assert inside == known


def _parts(hint: Any) -> list[Any]:
    if get_origin(hint) is None:
        return [hint]
    return [part for one in get_args(hint) for part in _parts(one)]
