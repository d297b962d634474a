"""Activities, participants, and everything else that indicators count, of a made project."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests.end_to_end.made_values import (
    Draw,
    Frame,
    Row,
    days_around,
    days_within,
    or_nothing,
    sampled,
)

KINDS = ("participatory_workshop", "conference", "e_learning", "helpdesk", "counselling")
OFFERED = ("0", "19.99", "40", "60.5")
RECEIVED = ("0.01", "13.26", "19.99", "20", "20.01", "26.74", "39.99", "40")
STATUSES = (
    *("TPZAMCI", "TPOSVC", "TPMATZ", "TPMATO", "TNKNEZ", "TPDNEZ"),
    *("TPSTUD", "TPSTD", "TPINV", "TPRODI", "TPNEAKO"),
)
EDUCATIONS = ("VZ0", "VZISCED1-2", "VZISCED3-4", "VZISCED5-8", "VZJN")
DISADVANTAGES = ("ZNPTZ", "ZNUZP", "ZNMIG", "ZNZP", "PBOBP", "SPPVT", "SPOZ", "SPZSV")
NEEDED = (
    *("first_name", "last_name", "birth_date", "sex", "municipality", "entry_date"),
    *("labour_status", "education"),
)
AGES = (17, 18, 24, 25, 29, 30, 54, 55, 56)
LEAP_DAYS = (date(1960, 2, 29), date(1992, 2, 29), date(1996, 2, 29))
INDICATORS = (
    ("60000", "participants"),
    ("80500", "documents"),
    ("PROJ-Q", "questionnaires"),
    ("PROJ-CONF", "activity:conference"),
    ("PROJ-CD", "activity:counselling"),
    ("PROJ-POL", "manual"),
)


def activities(draw: Draw, frame: Frame) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        start = draw(days_within(frame))
        end = min(frame.end, start + timedelta(sampled(draw, 0, 1, 30)))
        rows.append(
            {
                "id": f"A{number:03}",
                "key_activity": "KA1",
                "kind": sampled(draw, *KINDS),
                "name_en": "An activity",
                "name_cs": "Aktivita",
                "start": str(start),
                "end": str(end),
                "place": sampled(draw, "", "Brno"),
                "country": sampled(draw, "", "CZ"),
                "hours": sampled(draw, *OFFERED),
                "electronic": sampled(draw, "no", "no", "yes"),
            }
        )
    return rows


def participants(draw: Draw, frame: Frame, activities: list[Row]) -> tuple[list[Row], list[Row]]:
    """Persons, and the support they received."""
    people: list[Row] = []
    attendance: list[Row] = []
    for number in range(1, draw(st.integers(0, 5)) + 1):
        own = _attended(draw, f"P{number:05}", activities)
        attendance += own
        first = min((row["date"] for row in own), default=str(frame.start))
        entry = date.fromisoformat(first) - timedelta(sampled(draw, 0, 0, 1, 30))
        people.append(_person(draw, number, entry, frame))
    return people, draw(st.permutations(attendance))


def _attended(draw: Draw, person: str, activities: list[Row]) -> list[Row]:
    rows: list[Row] = []
    for activity in activities:
        fitting = [h for h in RECEIVED if Decimal(h) <= Decimal(activity["hours"])]
        if fitting and sampled(draw, True, True, False):
            rows.append(
                {
                    "participant_id": person,
                    "activity_id": activity["id"],
                    "date": activity["start"],
                    "hours": sampled(draw, *fitting),
                }
            )
    return rows


def _person(draw: Draw, number: int, entry: date, frame: Frame) -> Row:
    person = {
        "id": f"P{number:05}",
        "first_name": "Jana",
        "last_name": f"Nováková-{number}",
        "birth_date": str(draw(_births(entry))),
        "sex": sampled(draw, "POHZENY", "POHMUZI"),
        "municipality": "Praha",
        "entry_date": str(entry),
        "labour_status": sampled(draw, *STATUSES),
        "education": sampled(draw, *EDUCATIONS),
        "disadvantage": draw(_disadvantages()),
    }
    if sampled(draw, True, False, False):
        person["exit_date"] = str(max(entry, frame.start) + timedelta(draw(st.integers(0, 90))))
        person["exit_situation"] = sampled(draw, "", "SPVZD", "SPVZD|SPUKV")
    missing = draw(st.sampled_from(["", "", "", "", *NEEDED]))
    return {name: "" if name == missing else value for name, value in person.items()}


def _births(entry: date) -> st.SearchStrategy[date]:
    """Birthdays on, a day before and a day after the entry, and on leap days."""
    first_of_month = entry.replace(day=1)
    birthdays = [
        first_of_month.replace(year=entry.year - age) + timedelta(entry.day - 1 + shift)
        for age in AGES
        for shift in (-1, 0, 1)
    ]
    return st.one_of(st.sampled_from(birthdays), st.sampled_from(LEAP_DAYS))


def _disadvantages() -> st.SearchStrategy[str]:
    some = st.lists(st.sampled_from(DISADVANTAGES), unique=True, max_size=3).map("|".join)
    return st.one_of(some, st.just("refused"))


def contacts(draw: Draw, activities: list[Row]) -> list[Row]:
    helpdesks = [one for one in activities if one["kind"] == "helpdesk"]
    rows: list[Row] = []
    for _ in range(draw(st.integers(0, 3)) if helpdesks else 0):
        open_ = sampled(draw, *helpdesks)
        days = st.dates(date.fromisoformat(open_["start"]), date.fromisoformat(open_["end"]))
        rows.append(
            {
                "client_code": sampled(draw, "C001", "C002"),
                "date": str(draw(days)),
                "channel": sampled(draw, "phone", "online"),
                "minutes": str(draw(st.integers(1, 90))),
                "topic": "residence",
            }
        )
    return rows


def questionnaires(draw: Draw, activities: list[Row]) -> list[Row]:
    grades = st.integers(1, 5).map(str)
    return [
        {
            "id": f"Q{number:04}",
            "activity_id": sampled(draw, *activities)["id"],
            "content_1_5": draw(grades),
            "usefulness_1_5": draw(grades),
            "organisation_1_5": draw(grades),
            "language": "cs",
        }
        for number in range(1, (draw(st.integers(0, 4)) if activities else 0) + 1)
    ]


def outputs(draw: Draw, frame: Frame) -> list[Row]:
    rows: list[Row] = []
    for number in range(1, draw(st.integers(0, 4)) + 1):
        written = draw(days_around(frame))
        published = draw(or_nothing(days_around(frame)))
        published = max(published, str(written)) if published else ""
        rows.append(
            {
                "id": f"O{number:02}",
                "kind": "manual",
                "title": "A manual",
                "written_on": str(written),
                "published_on": published,
                "published_at": "https://example.org/1" if published else "",
                "counts_for_documents_indicator": sampled(draw, "yes", "yes", "no"),
            }
        )
    return rows


def indicators(draw: Draw) -> list[Row]:
    return [
        {
            "code": code,
            "name": f"indicator {code}",
            "unit": "piece",
            "type": "output",
            "target": str(draw(st.integers(0, 50))),
            "source": source,
        }
        for code, source in INDICATORS
    ]
