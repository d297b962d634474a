"""Random histories: a made project is imported, then anything in it is corrected or cancelled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from msgspec import to_builtins

from domain.event import Corrected, corrected_fact
from domain.project import Registered
from domain.rejection import Rejection
from domain.streams import NotCorrectable
from tests.end_to_end.copied_log import Stored, stored_events
from tests.end_to_end.desk import Desk
from tests.end_to_end.made_values import sampled
from tests.end_to_end.running import Imported

DAYS = ("2015-01-30", "2016-03-01", "2016-06-15", "2017-09-30", "2020-05-05")
DATED = {"effective_on": DAYS}
# What may be changed to what, by stored name.
CHOICES: dict[str, list[dict[str, Sequence[Any]]]] = {
    "project.registered.v1": [],
    "budget.item-added.v1": [{"purchased_service": (True, False)}, {"name": ("Jiná", "Další")}],
    "accounting-document.recorded.v1": [
        DATED,
        {"document_number": ("77", "2016-64310", "x-1")},
        {"supplier_ico": ("99941392", "12345678", "89803434", None)},
        {"description": ("a", "b")},
    ],
    "work-record.recorded.v1": [
        {"month": ("2015-01-01", "2016-03-01", "2020-01-01")},
        {"fte": ("0.5", "1", "0.9")},
        {"employer_contributions": ("0.00",), "amount": ("0.00",), "gross_wage": ("0.00",)},
    ],
    "travel-order.recorded.v1": [{"place": ("Brno", "Dresden")}],
    "expenditure.paid.v1": [DATED],
    "work-record.signed.v1": [DATED],
    "claim.submitted.v1": [DATED],
    "claim.decided.v1": [DATED, {"reductions": ([],)}],
    "claim.paid.v1": [{"amount": ("1.00", "2.50")}],
    "project.target-set.v1": [{"target": ("5", "6")}],
    "activity.held.v1": [{"kind": ("conference", "counselling")}, {"end": DAYS}],
    "activity.attendance-recorded.v1": [{"quantity": ("0.5", "19.99", "20", "40")}],
    "activity.questionnaire-recorded.v1": [{"content": (1, 5)}],
    "activity.contact-recorded.v1": [{"minutes": (1, 99)}],
    "participant.entered.v1": [DATED, {"birth_date": ("1960-02-29", "1999-12-31")}],
    "participant.characteristics-recorded.v1": [
        {"sex": ("POHZENY", "POHMUZI")},
        {"education": ("VZ0", "VZISCED5-8", None)},
        {"labour_status": ("TNKNEZ", "TPSTUD")},
    ],
    "output.written.v1": [{"counts": (True, False)}],
    "output.published.v1": [DATED],
}


@dataclass(frozen=True)
class Step:
    """A choice of a fact, of whether it is cancelled, and of what it is changed to."""

    fact: int
    cancels: bool
    change: int
    value: int


@st.composite
def steps(draw: Any) -> list[Step]:
    numbers = st.integers(0, 999)
    return [
        Step(draw(numbers), sampled(draw, False, False, True), draw(numbers), draw(numbers))
        for _ in range(draw(st.integers(5, 15)))
    ]


def play(project: Imported, chosen: Sequence[Step]) -> int:
    """Does the steps that the program does not refuse; how many it did."""
    desk, done = Desk(project), 0
    for step in chosen:
        try:
            do(desk, chosen_fact(project, step.fact), step)
            done += 1
        except (Rejection, NotCorrectable):
            continue
    return done


def chosen_fact(project: Imported, number: int) -> Stored:
    """A fact of the log, every kind as likely as the others."""
    by_type: dict[str, list[Stored]] = {}
    for event in stored_events(project.services, project.tenant):
        by_type.setdefault(event.type, []).append(event)
    types = sorted(by_type.keys() & CHOICES.keys())
    facts = by_type[types[number % len(types)]]
    return facts[number // len(types) % len(facts)]


def do(desk: Desk, event: Stored, step: Step) -> None:
    if isinstance(event.fact, Registered):
        desk.correct_fact(event.stream, 1, another_end(event.fact, step.value))
    elif step.cancels:
        desk.cancel_fact(event.stream, None if step.value % 2 else event.version)
    else:
        choices = CHOICES[event.type]
        change = choices[step.change % len(choices)]
        values = {name: of[step.value % len(of)] for name, of in change.items()}
        desk.correct_fact(event.stream, event.version, values)


def another_end(act: Registered, number: int) -> dict[str, Any]:
    """The last period ends, and is due, on another day."""
    *before, last = to_builtins(act.periods)
    end = act.periods[-1].start + timedelta(number % 200)
    last |= {"end": str(end), "report_due": str(end + timedelta(number % 3 * 20))}
    return {"end": str(end), "periods": [*before, last]}


def corrected_types(project: Imported) -> set[str]:
    """The stored names of what was corrected."""
    facts = [event.fact for event in stored_events(project.services, project.tenant)]
    return {type(corrected_fact(one)).__name__ for one in facts if isinstance(one, Corrected)}
