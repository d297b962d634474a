"""Every kind of stream there is, and which kind a stored name belongs to."""

from typing import Any

from domain import (
    activity,
    budget,
    claim,
    exchange_rate,
    expenditure,
    output,
    participant,
    project,
    reservation,
)
from domain.event import Fact
from domain.rejection import Rejection
from domain.stream import Kind

PROJECT = Kind("project", project.Project(), project.evolve, project.check)
BUDGET = Kind("budget", budget.Budget(), budget.evolve, budget.check)
ACTIVITY = Kind("activity", activity.Activity(), activity.evolve, activity.check)
PARTICIPANT = Kind("participant", participant.Participant(), participant.evolve, participant.check)
OUTPUT = Kind("output", output.Output(), output.evolve, output.check)
EXPENDITURE = Kind("expenditure", expenditure.Expenditure(), expenditure.evolve, expenditure.check)
CLAIM = Kind("claim", claim.Claim(), claim.evolve, claim.check)
RATES = Kind("exchange-rate", exchange_rate.Rates(), exchange_rate.evolve, exchange_rate.check)


class NotCorrectable(Rejection):
    """The stream follows others (a reservation); correct or cancel those."""

    code = "not_correctable"


RESERVED = (
    reservation.NumberTaken,
    reservation.NumberReleased,
    reservation.MonthWorked,
    reservation.RegistrationTaken,
)


def _no_state(state: None, _: Fact) -> None:
    return state


def _check_reservation(_: None, fact: Fact) -> None:
    if not isinstance(fact, RESERVED):
        raise TypeError(type(fact).__qualname__)


RESERVATION: Kind[None] = Kind("reservation", None, _no_state, _check_reservation)

_KIND_OF: dict[str, Kind[Any]] = {
    "project": PROJECT,
    "budget": BUDGET,
    "activity": ACTIVITY,
    "participant": PARTICIPANT,
    "output": OUTPUT,
    "accounting-document": EXPENDITURE,
    "work-record": EXPENDITURE,
    "travel-order": EXPENDITURE,
    "claim": CLAIM,
    "exchange-rate": RATES,
    "document-number": RESERVATION,
    "person-month": RESERVATION,
    "project-number": RESERVATION,
}


def kind_of(first_name: str) -> Kind[Any]:
    """The kind of a stream whose first event has this stored name."""
    return _KIND_OF[first_name.partition(".")[0]]
