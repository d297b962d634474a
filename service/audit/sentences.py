"""The audit trail in sentences: who, when, what, why, before → after, in Czech and English."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from string import Formatter
from typing import NamedTuple
from uuid import UUID

from domain.activity import Held
from domain.event import name_of
from domain.project import Registered
from domain.travel import TravelRecorded
from domain.work_record import WorkRecorded
from projections.audit_query import AuditEntry
from service.audit.values import Spoken
from service.wording.wording import Wording

# The day of these follows from another of their values, which is told.
DATED_BY_VALUES = frozenset(map(name_of, (Registered, Held, WorkRecorded, TravelRecorded)))
SAID_ELSEWHERE = frozenset({"project", "reference", "reason"})  # of a whole fact
OF_THE_PROGRAM = frozenset({"number_key"})  # an id that nobody knows; its document number is told
FORMS = {"fact.corrected.v1": "corrected", "fact.cancelled.v1": "cancelled"}
RECORDED = "recorded"


class Change(NamedTuple):
    """A field in words; `before` is None in a first recording, `after` in a cancellation."""

    field: str
    name: str
    before: str | None
    after: str | None


class Sentence(NamedTuple):
    """One event in words. `changes`: of a correction what it changed, else the whole fact."""

    position: int
    when: str
    who: str
    what: str
    why: str | None
    changes: tuple[Change, ...]


def sentences(
    entries: Sequence[AuditEntry],
    wording: Wording,
    names: Mapping[str, str],
    references: Mapping[UUID, str],
) -> list[Sentence]:
    """The entries in words; `names` are users' names by actor, `references` records' by id."""
    spoken = Spoken(wording, references)
    return [_sentence(entry, spoken, names) for entry in entries]


def line(sentence: Sentence, wording: Wording) -> str:
    """A sentence in one line; a first recording or cancellation without the whole fact."""
    parts = {"when": sentence.when, "who": sentence.who, "what": sentence.what}
    said = [wording.text("audit.line", **parts)]
    if changed := changes_line(sentence, wording):
        said.append(changed)
    if sentence.why:
        said.append(wording.text("audit.reason", why=sentence.why))
    return ". ".join(said)


def changes_line(sentence: Sentence, wording: Wording) -> str:
    """What a correction changed, in one line; nothing for any other event."""
    return "; ".join(
        wording.text("audit.change", name=one.name, before=one.before, after=one.after)
        for one in sentence.changes
        if one.before is not None and one.after is not None
    )


def _sentence(entry: AuditEntry, spoken: Spoken, names: Mapping[str, str]) -> Sentence:
    wording = spoken.wording
    form = FORMS.get(entry.type, RECORDED)
    return Sentence(
        position=entry.position,
        when=wording.moment(entry.recorded_at),
        who=_who(entry.actor, wording, names),
        what=_what(entry, form, spoken),
        why=_why(entry, wording),
        changes=tuple(_changes(entry, spoken)),
    )


def _who(actor: str, wording: Wording, names: Mapping[str, str]) -> str:
    """The user's name; of a user who is erased the id; the program's own word as it is."""
    if ":" in actor:
        return actor
    return names.get(actor) or wording.text("audit.user_erased", user=actor)


def _what(entry: AuditEntry, form: str, spoken: Spoken) -> str:
    key = f"audit.event.{entry.fact_type}.{form}"
    template = spoken.wording.text(key)
    wanted = {name for _, name, _, _ in Formatter().parse(template) if name}
    return template.format(**{name: _told(name, entry, spoken) for name in wanted})


def _told(name: str, entry: AuditEntry, spoken: Spoken) -> str:
    """What a sentence says of the fact: a value, or what is put together from several."""
    wording, fact = spoken.wording, entry.fact
    match name:
        case "record":
            return entry.reference or str(entry.stream_id)
        case "name" | "title" if f"{name}_{wording.language}" in fact:
            return fact[f"{name}_{wording.language}"]
        case "support":
            quantity = Decimal(fact["quantity"]).normalize()
            return wording.counted(f"audit.support.{fact['unit']}", quantity)
        case "entered" if not fact["entry_known"]:
            return wording.text("audit.entry_unknown")
        case "entered":
            day = spoken.value(entry.fact_type, "effective_on", fact)
            return wording.text("audit.entered_on", day=day)
        case "lines" | "reductions":
            return wording.number(len(fact[name]))
        case _:
            return spoken.value(entry.fact_type, name, fact)


def _why(entry: AuditEntry, wording: Wording) -> str | None:
    """The reason given; what came by an import says which one."""
    if entry.reason is not None or entry.causation is None:
        return entry.reason
    return wording.text("audit.by_import", operation=entry.causation)


def _changes(entry: AuditEntry, spoken: Spoken) -> Iterator[Change]:
    before, after = entry.before, entry.after
    hidden = OF_THE_PROGRAM
    if entry.fact_type in DATED_BY_VALUES:
        hidden |= {"effective_on"}
    if before is None or after is None:
        hidden |= SAID_ELSEWHERE
    for field in (before if after is None else after) or ():
        if field not in hidden:
            kind = entry.fact_type
            yield Change(
                field,
                spoken.field(kind, field),
                spoken.value(kind, field, _whole(entry, before)) if before is not None else None,
                spoken.value(kind, field, _whole(entry, after)) if after is not None else None,
            )


def _whole(entry: AuditEntry, part: Mapping[str, object]) -> Mapping[str, object]:
    """The changed fields within the fact: an amount's currency may stand in an unchanged one."""
    return {**entry.fact, **part}
