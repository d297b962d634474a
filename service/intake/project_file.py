"""project.json, or the sheets of a workbook that stand for it: the legal act as typed values."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

import msgspec

from service.intake import cells, code_lists
from service.intake.cells import cleaned
from service.intake.kind import BadCell, Kind
from service.intake.problems import NOTHING, Problem, shown
from service.intake.table_file import VOCABULARY

FILE = "project.json"


class Beneficiary(msgspec.Struct, frozen=True, kw_only=True):
    """The organisation that runs the project (příjemce)."""

    name: str
    ico: str
    kind: str


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """A monitoring period; report and claim are due on `report_due`."""

    number: int
    start: date
    end: date
    report_due: date


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """project.json; money in CZK, rates as fractions of 1."""

    registration_number: str
    programme: str
    budget_variant: str
    title_en: str
    title_cs: str
    beneficiary: Beneficiary
    start: date
    end: date
    currency: str
    total_eligible: Decimal
    flat_rate: Decimal
    public_rate: Decimal
    eu_rate: Decimal
    state_rate: Decimal
    own_rate: Decimal
    initial_advance: Decimal
    periods: tuple[Period, ...]
    note: str | None


_registration_number = cells.matching(
    r"[A-Z0-9][A-Za-z0-9._/-]{4,59}", "a registration number without spaces"
)
PROJECT_KINDS: dict[str, Kind] = {
    "registration_number": _registration_number,
    "programme": cells.one_of(*code_lists.PROGRAMMES),
    "budget_variant": cells.one_of(*code_lists.BUDGET_VARIANTS),
    "title_en": cells.text,
    "title_cs": cells.text,
    "start": cells.day,
    "end": cells.day,
    "currency": cells.one_of("CZK"),
    "total_eligible": cells.money(negative=False),
    "flat_rate": cells.share,
    "public_rate": cells.share,
    "eu_rate": cells.share,
    "state_rate": cells.share,
    "own_rate": cells.share,
    "initial_advance": cells.money(negative=False),
    "note": cells.text,
}
BENEFICIARY_KINDS: dict[str, Kind] = {"name": cells.text, "ico": cells.ico, "kind": cells.text}
PERIOD_KINDS: dict[str, Kind] = {
    "number": cells.whole(1),
    "start": cells.day,
    "end": cells.day,
    "report_due": cells.day,
}
OPTIONAL = frozenset({"note"})


@dataclass
class _Reading:
    file: str
    problems: list[Problem]

    def add(self, key: str, found: str, expected: str) -> None:
        self.problems.append(Problem(self.file, None, key, found, expected))

    def object_at(self, key: str, value: Any) -> dict[str, Any] | None:
        if isinstance(value, dict):
            return cast("dict[str, Any]", value)
        self.add(key, _kind_of(value), "an object")
        return None

    def values(
        self, prefix: str, found: Mapping[str, Any], kinds: Mapping[str, Kind]
    ) -> dict[str, Any]:
        """The values of the keys that hold a text or a number; numbers are read as written."""
        read: dict[str, Any] = {}
        for key, kind in kinds.items():
            value = found.get(key)
            cell = cleaned(value) if isinstance(value, str) else None
            if key in OPTIONAL and (value is None or cell == ""):
                read[key] = None
                continue
            try:
                if not cell:
                    kind("")  # says what is expected, except for a text
                    raise BadCell("a text")
                read[key] = kind(cell)
            except BadCell as bad:
                seen = shown(cell, VOCABULARY) if cell is not None else _kind_of(value)
                self.add(prefix + key, seen, bad.expected)
        return read

    def unknown(self, prefix: str, found: Mapping[str, Any], known: set[str]) -> None:
        for key in sorted(found.keys() - known):
            self.add(prefix + shown(key, VOCABULARY), "an unknown key", f"only {_list(known)}")


class _DoubledKey(Exception):
    """An object names a key twice."""


def read_project(text: str) -> tuple[Project | None, list[Problem]]:
    """The project of a JSON text, or None with everything that is wrong."""
    try:
        document = json.loads(
            text,
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=_each_key_once,
        )
    except json.JSONDecodeError as error:
        found = f"not JSON at line {error.lineno}, column {error.colno}"
        return None, [Problem(FILE, error.lineno, None, found, "a JSON object")]
    except (_DoubledKey, RecursionError) as error:
        found = "a key that occurs twice" if isinstance(error, _DoubledKey) else "deep nesting"
        return None, [Problem(FILE, None, None, found, "a JSON object with each key once")]
    return checked_project(FILE, document)


def checked_project(file: str, document: Any) -> tuple[Project | None, list[Problem]]:
    """The project of a document whose values are texts, or None with everything that is wrong."""
    reading = _Reading(file, [])
    found = reading.object_at("", document)
    if found is None:
        return None, reading.problems
    reading.unknown("", found, {*PROJECT_KINDS, "beneficiary", "periods"})
    values = reading.values("", found, PROJECT_KINDS)
    beneficiary = reading.object_at("beneficiary", found.get("beneficiary"))
    periods = list(_periods(reading, found.get("periods")))
    who: dict[str, Any] = {}
    if beneficiary is not None:
        reading.unknown("beneficiary/", beneficiary, set(BENEFICIARY_KINDS))
        who = reading.values("beneficiary/", beneficiary, BENEFICIARY_KINDS)
    if reading.problems:
        return None, reading.problems
    project = Project(beneficiary=Beneficiary(**who), periods=tuple(periods), **values)
    reading.problems.extend(_contradictions(file, project))
    return (None if reading.problems else project), reading.problems


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _DoubledKey
    return found


def _periods(reading: _Reading, value: Any) -> Iterator[Period]:
    if not isinstance(value, list) or not value:
        reading.add("periods", _kind_of(value), "a list of at least one period")
        return
    for index, element in enumerate(cast("list[Any]", value)):
        prefix = f"periods/{index}"
        found = reading.object_at(prefix, element)
        if found is None:
            continue
        reading.unknown(f"{prefix}/", found, set(PERIOD_KINDS))
        values = reading.values(f"{prefix}/", found, PERIOD_KINDS)
        if len(values) == len(PERIOD_KINDS):
            yield Period(**values)


def _contradictions(file: str, project: Project) -> Iterator[Problem]:
    """Values that are readable each but do not hold together."""

    def problem(key: str, found: object, expected: str) -> Problem:
        return Problem(file, None, key, str(found), expected)

    if project.end < project.start:
        yield problem("end", project.end, f"{project.start} (the start) or later")
    expected_start = project.start
    for index, period in enumerate(project.periods):
        key = f"periods/{index}"
        if period.number != index + 1:
            yield problem(f"{key}/number", period.number, f"{index + 1}")
        if period.start != expected_start:
            yield problem(f"{key}/start", period.start, f"{expected_start}: no gap, no overlap")
        if period.end < period.start:
            yield problem(f"{key}/end", period.end, f"{period.start} or later")
        if period.report_due < period.end:
            yield problem(f"{key}/report_due", period.report_due, f"{period.end} or later")
        expected_start = period.end + timedelta(days=1)
    last = project.periods[-1].end
    if last != project.end:
        key = f"periods/{len(project.periods) - 1}/end"
        yield problem(key, last, f"{project.end}, the end of the project")
    rates = project.eu_rate + project.state_rate + project.own_rate
    if rates != 1:
        yield problem("eu_rate, state_rate, own_rate", f"a sum of {rates}", "a sum of 1")
    public = project.eu_rate + project.state_rate
    if project.public_rate != public:
        yield problem("public_rate", project.public_rate, f"{public} (eu_rate + state_rate)")


def _kind_of(value: Any) -> str:
    match value:
        case None:
            return NOTHING
        case bool():
            return "true or false"
        case str():
            return "a single value"
        case list():
            return "a list"
        case _:
            return "an object"


def _list(keys: set[str]) -> str:
    return ", ".join(sorted(keys))
