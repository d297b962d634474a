"""The commands on what was agreed and done: projects, budgets, activities, persons, outputs."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

from domain.money import round_money
from domain.project import Beneficiary, Period
from service.commands import activities, participants, projects
from tests.properties.steps import FIRST_DAY, Dice
from tests.properties.world import World

PERIODS = tuple(
    Period(number=number, start=start, end=end, report_due=end + timedelta(days=31))
    for number, start, end in (
        (1, date(2023, 1, 1), date(2023, 4, 30)),
        (2, date(2023, 5, 1), date(2023, 8, 31)),
        (3, date(2023, 9, 1), date(2023, 12, 31)),
    )
)


def project(world: World, dice: Dice) -> None:
    """One of two projects with different shares; the second time it is refused."""
    number = dice.number(2)
    own = (Decimal("0.00"), Decimal("0.05"))[number]
    values = projects.NewProject(
        registration_number=f"CZ.{number}",
        programme=("OPZ", "OPZ+")[number],
        budget_variant=("direct-indirect-25", "flat-40")[number],
        title_en="A project",
        title_cs="Projekt",
        beneficiary=Beneficiary(name="Spolek", ico="89803434", kind="NGO"),
        start=FIRST_DAY,
        end=date(2023, 12, 31),
        currency="CZK",
        total_eligible=Decimal("1000.00"),
        flat_rate=(Decimal("0.25"), Decimal("0.40"))[number],
        public_rate=1 - own,
        eu_rate=Decimal("0.7673"),
        state_rate=1 - own - Decimal("0.7673"),
        own_rate=own,
        initial_advance=Decimal("300.00"),
        periods=PERIODS,
        note="",
    )
    world.run("project", lambda work: projects.register_project(work, uuid4(), values))


def item(world: World, dice: Dice) -> None:
    of, price, count = dice.one_of(world.of("projects")), dice.money(), Decimal(dice.number(9) + 1)
    values = projects.NewItem(
        code=f"1.{dice.number(6)}",
        name="Item",
        unit="month",
        unit_price=price,
        count=count,
        total=round_money(price * count),
        evidence=dice.one_of(("SD-1", "SD-2", "SD-3")),
        purchased_service=dice.number(2) == 0,
    )
    world.run("item", lambda work: projects.add_item(work, of, values))


def target(world: World, dice: Dice) -> None:
    of = dice.one_of(world.of("projects"))
    values = new_target(dice)
    world.run("target", lambda work: projects.set_target(work, of, values))


def new_target(dice: Dice) -> projects.NewTarget:
    source = dice.one_of(("participants", "documents", "questionnaires", "activity:conference"))
    return projects.NewTarget(
        code=f"6000{dice.number(8)}",
        name="Indicator",
        unit="person",
        kind="output",
        target=Decimal(dice.number(50)),
        source=source,
    )


def rate(world: World, dice: Dice) -> None:
    values = projects.NewRate(
        date=dice.day(60),
        currency="EUR",
        amount_unit=1,
        rate=Decimal("24.000") + dice.number(900) / Decimal(1000),
        kind="CNB_DAILY",
    )
    world.run("rate", lambda work: projects.record_rate(work, values))


def activity(world: World, dice: Dice) -> None:
    of, start = dice.one_of(world.of("projects")), dice.day(360)
    values = activities.NewActivity(
        reference=f"A{len(world.of('activities'))}",
        key_activity="KA1",
        kind=dice.one_of(("conference", "helpdesk", "e_learning")),
        name_en="Activity",
        name_cs="Aktivita",
        start=start,
        end=start + timedelta(days=dice.number(90)),
        place=None,
        country="CZ",
        hours=Decimal(dice.number(3) * 20 + 10),
        form=dice.one_of(("in_person", "electronic")),
    )
    stream = uuid4()
    world.run("activity", lambda work: activities.hold_activity(work, of, stream, values))


def participant(world: World, dice: Dice) -> None:
    """One of 20 persons, so that some come twice; some records are incomplete."""
    of, person = dice.one_of(world.of("projects")), dice.number(20)
    left = date(2023, 1, 1) + timedelta(days=dice.number(400))
    values = participants.NewParticipant(
        reference=f"P{len(world.of('participants'))}",
        first_name="Participant",
        last_name=f"Number {person}",
        birth_date=date(1950 + 3 * person, 2, 28),
        sex=dice.one_of(("POHZENY", "POHMUZI")),
        municipality="Brno" if dice.often() else None,
        entry_date=FIRST_DAY if dice.often() else None,
        labour_status=dice.one_of(("TPZAMCI", "TNKNEZ", "TPSTUD")),
        education=dice.one_of(("VZISCED1-2", "VZISCED5-8")),
        disadvantage=dice.one_of(("", "refused", "ZNPTZ|ZNUZP")),
        exit_date=None if dice.often() else left,
        exit_situation="",
    )
    stream = uuid4()
    world.run("participant", lambda work: participants.enter_participant(work, of, stream, values))


def attendance(world: World, dice: Dice) -> None:
    stream, person = dice.one_of(world.of("activities")), dice.one_of(world.of("participants"))
    held = world.live[stream].state.held
    values = activities.NewAttendance(
        participant_id=person,
        date=held.start if held else dice.day(),
        quantity=Decimal(dice.number(50) + 1),
        unit="hour",
        form=dice.one_of((None, "in_person")),
    )
    world.run("attendance", lambda work: activities.record_attendance(work, stream, values))


def questionnaire(world: World, dice: Dice) -> None:
    stream = dice.one_of(world.of("activities"))
    values = activities.NewQuestionnaire(
        reference=f"Q{dice.number(30)}",
        content=dice.number(5) + 1,
        usefulness=dice.number(5) + 1,
        organisation=dice.number(5) + 1,
        language="cs",
    )
    world.run("questionnaire", lambda work: activities.record_questionnaire(work, stream, values))


def contact(world: World, dice: Dice) -> None:
    stream = dice.one_of(world.of("activities"))
    held = world.live[stream].state.held
    values = activities.NewContact(
        client_code=f"C{dice.number(9)}",
        date=held.start if held else dice.day(),
        channel="phone",
        minutes=dice.number(60) + 1,
        topic="housing",
    )
    world.run("contact", lambda work: activities.record_contact(work, stream, values))


def output(world: World, dice: Dice) -> None:
    of, written = dice.one_of(world.of("projects")), dice.day()
    published = written + timedelta(days=dice.number(30)) if dice.often() else None
    values = activities.NewOutput(
        reference=f"O{len(world.of('outputs'))}",
        kind="analysis",
        title="Output",
        written_on=written,
        published_on=published,
        published_at="https://example.org/1" if published else None,
        counts=dice.often(),
    )
    stream = uuid4()
    world.run("output", lambda work: activities.record_output(work, of, stream, values))


def publish(world: World, dice: Dice) -> None:
    stream, day = dice.one_of(world.of("outputs")), dice.day()
    address = "https://example.org/2"
    world.run("publish", lambda work: activities.publish_output(work, stream, day, address))
