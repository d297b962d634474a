"""A sentence for whatever is recorded, corrected or cancelled; only what changed; nobody named."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.document import ForeignAmount
from domain.event import Fact, Money, Record, class_of, encode, name_of
from domain.expenditure import Paid
from domain.person import SealedPerson
from domain.project import TargetSet
from projections.audit_query import AuditEntry
from service.audit.sentences import Sentence, changes_line, line, sentences
from service.wording.wording import LANGUAGES, Language, Wording
from tests.builders import PROJECT, document, held, money, registered, travel, work
from tests.service.audit.test_words import ABOUT_FACTS, stored_facts

CZECH, ENGLISH = Wording("cs"), Wording("en")
TYPES = sorted(stored_facts().keys() - ABOUT_FACTS)
USER = UUID("00000000-0000-4000-8000-00000000000a")
STREAM = UUID("00000000-0000-4000-8000-00000000000b")
IMPORT = UUID("00000000-0000-4000-8000-00000000000c")
OTHER = UUID("00000000-0000-4000-8000-00000000000d")


def values_of(fact: Fact) -> dict[str, Any]:
    return msgspec.json.decode(encode(fact))


def entry(old: Fact | None, new: Fact | None, **changes: Any) -> AuditEntry:
    """What `audit_page` gives for a fact recorded (no `old`), corrected, cancelled (no `new`)."""
    fact = new or old
    assert fact is not None
    before, after = (values_of(one) if one else None for one in (old, new))
    event = name_of(type(fact))
    if before is not None and after is not None:
        names = [name for name in {**before, **after} if after.get(name) != before.get(name)]
        before = {name: before.get(name) for name in names}
        after = {name: after.get(name) for name in names}
        event = "fact.corrected.v1"
    elif after is None:
        event = "fact.cancelled.v1"
    made: dict[str, Any] = {
        "position": 7,
        "recorded_at": datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        "actor": str(USER),
        "kind": name_of(type(fact)).partition(".")[0],
        "reference": "R1",
        "stream_id": STREAM,
        "version": 2,
        "fact_version": 1,
        "type": event,
        "fact_type": name_of(type(fact)),
        "effective_on": fact.effective_on,
        "reason": None,
        "event_id": OTHER,
        "causation": None,
        "before": before,
        "after": after,
        "fact": values_of(fact),
    }
    return AuditEntry(**{**made, **changes})


def said(one: AuditEntry, wording: Wording, references: dict[UUID, str] | None = None) -> Sentence:
    [sentence] = sentences([one], wording, {str(USER): "U"}, references or {})
    return sentence


def changes_of(one: AuditEntry, wording: Wording = CZECH) -> dict[str, tuple[Any, Any]]:
    return {change.name: (change.before, change.after) for change in said(one, wording).changes}


def test_who_when_what_why_stand_in_one_line() -> None:
    old, new = document(), document(description="Plakáty")
    sentence = said(entry(old, new, reason="přepis"), CZECH)
    assert line(sentence, CZECH) == (
        "29. 3. 2026 01:30:00, U: Opraven účetní doklad R1. popis: prázdné → Plakáty. Důvod: přepis"
    )


def test_an_erased_user_is_an_id_and_the_program_its_own_word() -> None:
    recorded = entry(None, document())
    [erased] = sentences([recorded], ENGLISH, {}, {})
    assert erased.who == f"user {USER}"
    assert said(recorded._replace(actor="system:import"), ENGLISH).who == "system:import"


def test_what_an_import_brought_says_which_one() -> None:
    imported = entry(None, document(), causation=IMPORT)
    assert said(imported, ENGLISH).why == f"import {IMPORT}"
    assert said(imported._replace(reason="given"), ENGLISH).why == "given"
    assert said(entry(None, document()), ENGLISH).why is None


def test_a_correction_tells_only_what_changed() -> None:
    corrected = entry(work(), work(project_hours=Decimal("92.5"), contract="DPP"))
    assert changes_of(corrected) == {
        "hodiny pro projekt": ("92", "92,5"),
        "pracovněprávní vztah": ("pracovní smlouva", "dohoda o provedení práce (DPP)"),
    }


def test_a_day_that_follows_from_another_value_is_told_once() -> None:
    old, new = held(), held(end=date(2023, 3, 3), effective_on=date(2023, 3, 3))
    assert changes_of(entry(old, new), ENGLISH) == {"end": ("2 Mar 2023", "3 Mar 2023")}


def test_a_day_is_called_what_it_is() -> None:
    paid = [Paid(effective_on=date(2023, 3, day), project=PROJECT) for day in (1, 2)]
    assert changes_of(entry(*paid)) == {"den úhrady": ("1. 3. 2023", "2. 3. 2023")}


def test_money_is_in_the_documents_currency_and_exact_numbers_stay_exact() -> None:
    foreign = ForeignAmount(
        currency="EUR",
        amount=money("121.00"),
        rate=Decimal("24.12345"),
        rate_kind="CNB_DAILY",
        rate_date=date(2023, 2, 1),
        amount_unit=1,
    )
    told = changes_of(entry(None, document(currency="EUR", fx=foreign)))
    assert told["základ bez DPH"] == (None, "100,00\N{NO-BREAK SPACE}EUR")
    assert told["částka"] == (None, "121,00\N{NO-BREAK SPACE}Kč")
    assert "24,12345 Kč" in told["cizí měna"][1]
    share = changes_of(entry(registered(), registered(eu_rate=Decimal("0.76731"))))
    percents = ("76,73\N{NO-BREAK SPACE}%", "76,731\N{NO-BREAK SPACE}%")
    assert share == {"podíl EU": percents}


def test_local_times_of_a_trip_stay_as_written() -> None:
    later = travel(departed_at=datetime.fromisoformat("2023-05-01T23:59"))
    assert changes_of(entry(travel(), later), ENGLISH) == {
        "departure": ("1 May 2023 06:10", "1 May 2023 23:59")
    }


def test_records_are_called_by_their_references_where_known() -> None:
    old, new = document(), document(corrects=OTHER)
    assert said(entry(old, new), CZECH).changes[0].after == str(OTHER)
    assert said(entry(old, new), CZECH, {OTHER: "FP9"}).changes[0].after == "FP9"


def test_a_long_list_is_cut_in_words() -> None:
    [allocation] = document().allocations
    many = entry(document(), document(allocations=(allocation,) * 50))
    [change] = said(many, ENGLISH).changes
    assert (change.before or "").count("1.1.1") == 1
    assert (change.after or "").count("1.1.1") == 20
    assert (change.after or "").endswith("and 30 more")


def test_a_code_without_words_stands_as_it_is() -> None:
    target = {"effective_on": date(2023, 1, 1), "code": "1", "name": "N", "unit": "bottle"}
    target |= {"kind": "output", "target": Decimal(1), "source": "activity:conference"}
    told = changes_of(entry(None, TargetSet(**target)))
    assert told["jednotka"] == (None, "bottle")
    assert told["z čeho se počítá"] == (None, "aktivity: Konference")


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS | st.sampled_from(["{", "}", "{who}", "%s", ""]),
    int: st.integers(0, 10**6),
    bool: st.booleans(),
    UUID: st.uuids(),
    date: st.dates(),
    datetime: st.datetimes(),
    Decimal: st.decimals(0, 10**9, places=4),
    NoneType: st.none(),
}


def of_hint(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a field's type."""
    origin, inside = get_origin(hint), get_args(hint)
    if hint == Money or Money in (hint,):
        return st.decimals(-(10**9), 10**9, places=2)
    if origin is Annotated:
        return of_hint(inside[0])
    if origin in (UnionType, Union):
        return st.one_of([of_hint(one) for one in inside])
    if origin is tuple:
        return st.lists(of_hint(inside[0]), max_size=3).map(tuple)
    if hint is SealedPerson:
        return st.builds(SealedPerson, person=st.uuids(), sha256=st.just("ab" * 32))
    if isinstance(hint, type) and issubclass(hint, Record):
        return of_record(hint)
    return PLAIN[hint]


def of_record(record: type[Record]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(record, include_extras=True)
    fields = {name: of_hint(hint) for name, hint in hints.items()}
    if "unit" in fields and "quantity" in fields:
        fields["unit"] = st.sampled_from(["minute", "hour", "lesson"])
    return st.builds(record, **fields)


@pytest.mark.parametrize("name", TYPES)
def test_every_fact_has_its_sentences_and_names_no_person(name: str) -> None:
    facts = of_record(class_of(name))

    @settings(
        max_examples=8, deadline=timedelta(seconds=5), suppress_health_check=list(HealthCheck)
    )
    @given(old=facts, new=facts, language=st.sampled_from(LANGUAGES))
    def check(old: Fact, new: Fact, language: Language) -> None:
        wording = Wording(language)
        persons = [str(one.person) for fact in (old, new) for one in sealed(fact)]
        for one in (entry(None, new), entry(old, new), entry(old, None)):
            sentence = said(one, wording)
            assert sentence.what.strip()
            assert not [person for person in persons if person in repr(sentence)]
            assert line(sentence, wording)
            shown = bool(changes_line(sentence, wording))
            assert shown == (one.type == "fact.corrected.v1" and bool(sentence.changes))

    check()


def sealed(fact: Fact) -> list[SealedPerson]:
    found = (getattr(fact, name) for name in fact.__struct_fields__)
    return [one for one in found if isinstance(one, SealedPerson)]
