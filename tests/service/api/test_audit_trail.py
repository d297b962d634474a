"""The audit trail of a project: its words, its filters and its pages."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import normalize
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections.audit_query import AuditEntry, Wanted
from service.audit.sentences import line
from service.audit.trail import Trail
from service.wording.wording import LANGUAGES, PRAGUE, Language, Wording
from tests.service.api.conftest import COLLEAGUE, USER
from tests.service.api.made_trail import Made
from tests.service.api.requests import PLANTED, problem_of

GOLDEN = Path(__file__).parents[2] / "golden"
HASH = re.compile(r"(?<=\()[0-9a-f]{8}(?=\))")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_trail_reads_as_the_golden_page(made: Made, language: Language) -> None:
    trail = Trail(made.services, made.api.tenant, str(made.api.user), Wording(language))
    told, last = trail.page(Wanted(upto=made.head, project=made.project), 1000, None)
    users = {str(made.api.user): "A", str(made.colleague.user): "B"}
    said = [
        line(one.sentence._replace(when=str(number), who=users[one.entry.actor]), trail.wording)
        for number, one in enumerate(told, start=1)
    ]
    golden = GOLDEN / f"audit-trail.{language}.txt"
    assert last is None
    assert HASH.sub("…", "\n".join(said) + "\n") == golden.read_text(encoding="utf-8")


def test_no_person_is_named_in_the_trail_but_who_recorded(made: Made) -> None:
    path = f"/v1/projects/{made.project}/audit-trail"
    for shown in (made.api.get(path, limit=500).text, made.api.get(f"{path}.csv").text):
        assert USER in shown  # the control: a name that is there is found
        assert COLLEAGUE in shown
        assert not [name for name in PLANTED if name in shown]


def naive_text(text: str) -> str:
    plain = "".join(
        one for one in normalize("NFKD", text.lower()) if not "\u0300" <= one <= "\u036f"
    )
    return " ".join(plain.split())


def clear(value: Any) -> Iterator[str]:
    """The texts in an event's values; no ids, no hashes of persons."""
    match value:
        case {"person": _, "sha256": _}:
            return
        case dict():
            yield from (text for one in value.values() for text in clear(one))
        case list():
            yield from (text for one in value for text in clear(one))
        case str() if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
            yield value
        case _:
            return


def naively_found(entry: AuditEntry, wanted: dict[str, Any]) -> bool:
    """The filters as one would write them over the whole trail."""
    told = [entry.reference or "", entry.reason or ""]
    told += [] if entry.type == "fact.cancelled.v1" else clear(entry.fact)
    return all(
        (
            wanted["record"] in (None, entry.stream_id),
            wanted["actor"] in (None, entry.actor),
            wanted["type"] in (None, entry.type),
            wanted["since"] is None or entry.recorded_at >= wanted["since"],
            wanted["before"] is None or entry.recorded_at < wanted["before"],
            wanted["text"] is None
            or any(naive_text(wanted["text"]) in naive_text(one) for one in told),
            entry.position <= wanted["upto"],
        )
    )


def asked(entries: list[AuditEntry]) -> st.SearchStrategy[dict[str, Any]]:
    """Filters that mostly find something, each of them or none."""
    texts = sorted({text for one in entries for text in clear(one.fact) if text.strip()})
    parts = st.sampled_from(texts).flatmap(
        lambda text: st.tuples(st.integers(0, len(text) - 1), st.integers(1, len(text))).map(
            lambda at: text[at[0] : at[0] + at[1]] if text[at[0] : at[0] + at[1]].strip() else text
        )
    )
    moments = st.sampled_from([one.recorded_at for one in entries])
    near = st.builds(
        lambda moment, by: moment + timedelta(microseconds=by), moments, st.integers(-1, 1)
    )
    filters: dict[str, st.SearchStrategy[Any]] = {
        "record": st.sampled_from([one.stream_id for one in entries]) | st.just(uuid4()),
        "actor": st.sampled_from([one.actor for one in entries]),
        "type": st.sampled_from([one.type for one in entries]),
        "since": near,
        "before": near,
        "text": parts | parts.map(str.upper) | parts.map(naive_text).filter(bool),
    }
    none: dict[str, st.SearchStrategy[Any]] = {name: st.none() for name in filters}
    beside: dict[str, st.SearchStrategy[Any]] = {
        "upto": st.sampled_from([one.position for one in entries]) | st.just(entries[-1].position),
        "newest_first": st.booleans(),
    }
    return st.lists(st.sampled_from(sorted(filters)), max_size=3, unique=True).flatmap(
        lambda names: st.fixed_dictionaries(
            {**none, **{name: filters[name] for name in names}, **beside}
        )
    )


def test_filters_and_pages_find_what_a_walk_through_the_trail_finds(made: Made) -> None:
    whole = made.read()
    hits: list[int] = []

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(wanted=asked(whole), limit=st.sampled_from([1, 7, 20, 1000]))
    def check(wanted: dict[str, Any], limit: int) -> None:
        expected = [one for one in whole if naively_found(one, wanted)]
        if wanted["newest_first"]:
            expected.reverse()
        hits.append(len(expected))
        assert made.read(limit, **wanted) == expected

    check()
    assert len([hit for hit in hits if hit > 1]) > 30, "the filters found next to nothing"


def test_a_text_is_found_whatever_its_case_and_accents(made: Made) -> None:
    for text in ("Plzeň", "PLZEN", "plzeň", "  kurz   BYL jinde ", "zadost O pobyt"):
        assert made.read(text=text), text
    assert made.read(text="Plzeň") == made.read(text="plzen")
    assert not made.read(text="plzn")
    assert not made.read(text="100%")
    assert not made.read(text="planted")


def test_days_are_those_of_prague(made: Made) -> None:
    path = f"/v1/projects/{made.project}/audit-trail"
    whole = made.api.read(path, limit=500)["items"]
    first = datetime.fromisoformat(whole[0]["recorded_at"]).astimezone(PRAGUE)
    day = first.date().isoformat()
    assert made.api.read(path, limit=500, since=day, until=day)["items"] == [
        one for one in whole if _prague_day(one) == first.date()
    ]
    before = (first.date() - timedelta(1)).isoformat()
    assert made.api.read(path, until=before)["items"] == []
    since = whole[5]["recorded_at"]
    assert made.api.read(path, limit=500, since=since)["items"] == whole[5:]
    assert made.api.read(path, limit=500, until=since)["items"] == whole[:5]
    for bad in ("2026-02-30", "20260301", "2026-03-01T10:00", "9999-12-31", "now"):
        answer = made.api.get(path, until=bad)
        assert (answer.status_code, problem_of(answer)) == (400, "invalid-value"), bad


def _prague_day(item: dict[str, Any]) -> date:
    return datetime.fromisoformat(item["recorded_at"]).astimezone(PRAGUE).date()


def test_a_renamed_record_is_called_by_the_name_of_its_time(made: Made) -> None:
    [renamed] = [one for one in made.read(type="fact.corrected.v1") if one.reason == "Přečíslováno"]
    assert (renamed.before or {})["reference"] == "FP96"
    assert renamed.reference == "FP99"
    later = [one for one in made.read(record=renamed.stream_id) if one.position > renamed.position]
    earlier = [
        one for one in made.read(record=renamed.stream_id) if one.position < renamed.position
    ]
    assert {one.reference for one in later} == {"FP99"}
    assert {one.reference for one in earlier} == {"FP96"}
