"""The IS ESF files, read as raw lines and compared with the project's own tables.

Nobody's name is in this file: rows are compared with the rows of the tables.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest

from domain.project import Period
from domain.rule_set import RuleSet, SupportCode
from service.composition import Services
from service.exchange import is_esf_csv
from service.exchange.export import Export, InvalidExport, Order
from service.exchange.is_esf import IS_ESF, SupportRow, support_rows
from service.exchange.making import make_export
from service.programmes import Programmes
from service.reports import Point
from service.store.database import in_tenant
from tests.end_to_end.desk import Desk
from tests.end_to_end.running import ACTOR, SEED_PLUS, Imported, imported
from tests.service.exchange.seed_tables import Tables

PURPOSE = "hand in the supported persons"
# Codes of our own, to see every kind of activity in the file; two kinds share one.
CODES = {
    "participatory_workshop": "1.1",
    "simulation_workshop": "1.1",
    "study_visit": "1.2",
    "conference": "2.10",
    "e_learning": "3.1",
    "counselling": "7.1",
}
COMPLETE = (
    *("first_name", "last_name", "birth_date", "sex", "municipality", "entry_date"),
    *("labour_status", "education"),
)
Line = dict[str, str]


class AllCoded(Programmes):
    """The programmes with a code of support for every kind of activity."""

    def by_name(self, name: str) -> RuleSet:
        rules = super().by_name(name)
        codes = tuple(
            SupportCode(
                activity_kind=kind, code=code, title_cs="", source="test", confidence="found"
            )
            for kind, code in CODES.items()
        )
        return msgspec.structs.replace(rules, support_codes=codes)


def exported(project: Imported, folder: Path, **more: Any) -> Export:
    order = Order(project.project, ACTOR, Point(), format="ms2021", purpose=PURPOSE)
    services = replace(project.services, programmes=more.pop("programmes", Programmes()))
    return make_export(services, project.tenant, IS_ESF, replace(order, **more), folder)


def fields_of(line: str) -> list[str]:
    """Split by hand: no name of the seeds holds a separator or a quote."""
    return [field.removeprefix('"').removesuffix('"') for field in line.split(";")]


def lines_of(made: Export, folder: Path, part: str) -> list[Line]:
    name = next(file.name for file in made.files if file.name.endswith(f"_{part}.csv"))
    content = (folder / name).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert content.count(b"\n") == content.count(b"\r\n")
    header, *lines = content.decode("utf-8-sig").split("\r\n")[:-1]
    return [dict(zip(header.split(";"), fields_of(line), strict=True)) for line in lines]


def persons_of(made: Export, folder: Path) -> list[Line]:
    return lines_of(made, folder, "PodporeneOsoby")


def supports_of(made: Export, folder: Path) -> list[Line]:
    return lines_of(made, folder, "Podpory")


def czech(day: str) -> str:
    return f"{int(day[8:])}.{int(day[5:7])}.{day[:4]}" if day else ""


def complete(tables: Tables) -> list[Line]:
    return [row for row in tables.rows("participants.csv") if all(row[name] for name in COMPLETE)]


def person_of(row: Line) -> Line:
    """The columns that our data have, by section 5.3; all others are empty."""
    disadvantage = "" if row["disadvantage"] == "refused" else row["disadvantage"]
    return {
        "Jmeno_Osoby": row["first_name"],
        "Prijmeni_Osoby": row["last_name"],
        "DatumNarozeni_Osoby": czech(row["birth_date"]),
        "Obec_TrvaleBydlisteOsoby": row["municipality"],
        "DatumVystupuZProjektu_Osoby": czech(row["exit_date"]),
        "VstupuDoProjektu_Osoby": czech(row["entry_date"]),
        "PodlePohlavi": row["sex"],
        "PodlePostaveniNaTrhuPrace_MonitorovaciList": row["labour_status"],
        "PodleNejvyssihoDosazenehoVzdelani_MonitorovaciList": row["education"],
        "PodleTypuZnevyhodneni_MonitorovaciList": disadvantage,
        "PodleSituacePoUkonceniUcastiVProjektu_MonitorovaciList": row["exit_situation"],
    }


def hours(numbers: Iterable[Decimal]) -> str:
    total = sum(numbers, Decimal(0)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return str(total).replace(".", ",") if total else "0"


def support_of(tables: Tables) -> list[Line]:
    """Person, code and period: reckoned from attendance and activities."""
    activities = {row["id"]: row for row in tables.rows("activities.csv")}
    found: dict[tuple[str, int, str], dict[str, list[Decimal]]] = {}
    for row in tables.rows("attendance.csv"):
        activity = activities[row["activity_id"]]
        number = next(
            one["number"]
            for one in tables.project["periods"]
            if one["start"] <= row["date"] <= one["end"]
        )
        key = (row["participant_id"], number, CODES[activity["kind"]])
        sums = found.setdefault(key, {"yes": [], "no": []})
        sums[activity["electronic"]].append(Decimal(row["hours"]))
    rows: list[Line] = []
    for person in complete(tables):
        for (_, number, code), sums in sorted(
            one for one in found.items() if one[0][0] == person["id"]
        ):
            period = tables.project["periods"][number - 1]
            identity = {name: person_of(person).get(name, "") for name in is_esf_csv.IDENTITY}
            rows.append(
                identity
                | {
                    "KodSpecifikace": code,
                    "RozsahPodporyPrezencne": hours(sums["no"]),
                    "RozsahPodporyElektronicky": hours(sums["yes"]),
                    "CenaPodpory": "",
                    "DatumOd": czech(max(person["entry_date"], period["start"])),
                    "DatumDo": czech(period["end"]),
                    "Poznamka": "",
                }
            )
    return rows


@pytest.fixture(params=["seed", "seed_plus"])
def project(request: pytest.FixtureRequest) -> Imported:
    return request.getfixturevalue(request.param)


def test_persons_are_the_complete_records_of_the_table(project: Imported, tmp_path: Path) -> None:
    tables = Tables(project.folder)
    found = persons_of(exported(project, tmp_path), tmp_path)
    expected = [dict.fromkeys(is_esf_csv.PERSON, "") | person_of(row) for row in complete(tables)]
    assert found == expected
    assert any("|" in row["PodleTypuZnevyhodneni_MonitorovaciList"] for row in found) or (
        project.folder == SEED_PLUS
    )


def test_support_is_a_row_a_person_code_and_period(project: Imported, tmp_path: Path) -> None:
    made = exported(project, tmp_path, programmes=AllCoded())
    found = supports_of(made, tmp_path)
    assert found == support_of(Tables(project.folder))
    assert found
    assert not [remark for remark in made.remarks if remark.file == "Podpory"]


def test_a_changed_row_or_a_dropped_one_would_be_seen(seed_plus: Imported, tmp_path: Path) -> None:
    found = supports_of(exported(seed_plus, tmp_path, programmes=AllCoded()), tmp_path)
    expected = support_of(Tables(seed_plus.folder))
    assert found == expected
    for name in found[0]:
        assert [found[0] | {name: "9"}, *found[1:]] != expected
    assert found[1:] != expected
    assert [*found[1:], found[0]] != expected


def test_hours_of_all_persons_add_up_to_the_attendance(project: Imported, tmp_path: Path) -> None:
    """Each row is rounded by itself, so the sum may differ by half a tenth a row."""
    tables = Tables(project.folder)
    found = supports_of(exported(project, tmp_path, programmes=AllCoded()), tmp_path)
    whole = {row["id"] for row in complete(tables)}
    recorded = sum(
        Decimal(row["hours"])
        for row in tables.rows("attendance.csv")
        if row["participant_id"] in whole
    )
    written = sum(
        Decimal(row[name].replace(",", "."))
        for row in found
        for name in ("RozsahPodporyPrezencne", "RozsahPodporyElektronicky")
    )
    assert abs(written - recorded) <= Decimal("0.05") * 2 * len(found)


def test_who_is_not_complete_is_in_the_remarks_and_not_in_the_files(
    project: Imported, tmp_path: Path
) -> None:
    tables = Tables(project.folder)
    made = exported(project, tmp_path)
    columns = {name: column for column, name in is_esf_columns().items()}
    lacking = {
        (row["id"], columns[name])
        for row in tables.rows("participants.csv")
        for name in COMPLETE
        if not row[name]
    }
    told = {(one.record, one.field) for one in made.remarks if one.file == "PodporeneOsoby"}
    assert told == lacking
    assert lacking
    assert len(persons_of(made, tmp_path)) == len(complete(tables))


def is_esf_columns() -> dict[str, str]:
    return {
        "Jmeno_Osoby": "first_name",
        "Prijmeni_Osoby": "last_name",
        "DatumNarozeni_Osoby": "birth_date",
        "Obec_TrvaleBydlisteOsoby": "municipality",
        "VstupuDoProjektu_Osoby": "entry_date",
        "PodlePohlavi": "sex",
        "PodlePostaveniNaTrhuPrace_MonitorovaciList": "labour_status",
        "PodleNejvyssihoDosazenehoVzdelani_MonitorovaciList": "education",
    }


def test_a_kind_without_a_code_is_in_the_remarks_row_by_row(
    project: Imported, tmp_path: Path
) -> None:
    """Of the ministry's codes one is known, of counselling in OPZ+; nothing else is made up."""
    tables = Tables(project.folder)
    made = exported(project, tmp_path)
    activities = {row["id"]: row for row in tables.rows("activities.csv")}
    known = {"counselling"} if tables.project["programme"] == "OPZ+" else set()
    whole = {row["id"] for row in complete(tables)}
    expected = set()
    for row in tables.rows("attendance.csv"):
        kind = activities[row["activity_id"]]["kind"]
        number = next(
            one["number"]
            for one in tables.project["periods"]
            if one["start"] <= row["date"] <= one["end"]
        )
        if row["participant_id"] in whole and kind not in known:
            expected.add((f"{row['participant_id']}, period {number}", kind))
    told = [
        (one.record, one.found)
        for one in made.remarks
        if one.field == "KodSpecifikace" and one.severity == "error"
    ]
    assert set(told) == expected
    assert len(told) == len(expected)
    codes = {row["KodSpecifikace"] for row in supports_of(made, tmp_path)}
    assert codes == ({"7.1"} if known else set())
    unverified = [one.found for one in made.remarks if one.severity == "warning" and one.found]
    assert any("7.1" in found for found in unverified) is bool(known)


def test_codes_of_support_stand_in_quotes_and_nothing_else_does(
    seed_plus: Imported, tmp_path: Path
) -> None:
    made = exported(seed_plus, tmp_path, programmes=AllCoded())
    for file in made.files:
        lines = (tmp_path / file.name).read_text(encoding="utf-8-sig").splitlines()[1:]
        for line in lines:
            quoted = re.findall(r'"[^"]*"', line)
            wanted = 1 if file.name.endswith("_Podpory.csv") else 0
            assert len(quoted) == wanted
            assert all(re.fullmatch(r'"[0-9.]+"', one) for one in quoted)


def test_remarks_hold_no_name(project: Imported, tmp_path: Path) -> None:
    rows = Tables(project.folder).rows("participants.csv")
    names = {row[name] for row in rows for name in ("first_name", "last_name") if row[name]}
    written = msgspec.json.encode(exported(project, tmp_path)).decode()
    assert not [name for name in names if re.search(rf"\b{re.escape(name)}\b", written)]
    assert re.search(r"\bP00001\b", f"{written} P00001"), "the search finds words"


def test_refused_none_and_not_stated_are_empty(seed: Imported, tmp_path: Path) -> None:
    rows = complete(Tables(seed.folder))
    found = persons_of(exported(seed, tmp_path), tmp_path)
    column = "PodleTypuZnevyhodneni_MonitorovaciList"
    for value in ("refused", ""):
        numbers = [n for n, row in enumerate(rows) if row["disadvantage"] == value]
        assert numbers
        assert {found[n][column] for n in numbers} == {""}


def test_an_earlier_day_knows_neither_later_persons_nor_later_exits(
    seed_plus: Imported, tmp_path: Path
) -> None:
    day = date(2023, 6, 30)
    made = exported(seed_plus, tmp_path, point=Point(as_of=day), programmes=AllCoded())
    found = persons_of(made, tmp_path)
    rows = [
        row for row in complete(Tables(seed_plus.folder)) if row["entry_date"] <= day.isoformat()
    ]
    later = dict.fromkeys(("exit_date", "exit_situation"), "")
    expected = [
        person_of(row if row["exit_date"] <= day.isoformat() else row | later) for row in rows
    ]
    assert [{name: one[name] for name in expected[0]} for one in found] == expected
    assert {row["DatumDo"] for row in supports_of(made, tmp_path)} == {"31.7.2023"}
    assert 0 < len(rows) < len(complete(Tables(seed_plus.folder)))


def test_a_corrected_exit_is_the_exit_in_the_file(services: Services, tmp_path: Path) -> None:
    project = imported(services, SEED_PLUS)
    before = exported(project, tmp_path)
    Desk(project).correct("participants", "P00001", version=3, exit_situation="SPUKV")
    folder = tmp_path / "after"
    folder.mkdir()
    column = "PodleSituacePoUkonceniUcastiVProjektu_MonitorovaciList"
    then = exported(project, folder, point=Point(known_at=before.known_at))
    assert persons_of(before, tmp_path)[0][column] == "SPVZD"
    assert persons_of(then, folder)[0][column] == "SPVZD"
    assert persons_of(exported(project, folder), folder)[0][column] == "SPUKV"
    assert [file.sha256 for file in then.files] == [file.sha256 for file in before.files]


def test_who_was_erased_is_in_the_remarks(services: Services, tmp_path: Path) -> None:
    project = imported(services, SEED_PLUS)
    whole = persons_of(exported(project, tmp_path), tmp_path)
    of_one = """SELECT s.person_id FROM views.participant AS p
        JOIN vault.sealed AS s ON s.sha256 = p.identity
        WHERE p.reference = 'P00001' AND p.to_position IS NULL"""
    person = in_tenant(services.pool, project.tenant, of_one, [])[0][0]
    assert services.urls.admin is not None
    with psycopg.connect(services.urls.admin) as admin:
        for table in ("sealed", "person_key"):
            admin.execute(f"DELETE FROM vault.{table} WHERE person_id = %s", [person])
    made = exported(project, tmp_path)
    assert persons_of(made, tmp_path) == whole[1:]
    told = [(one.record, one.found) for one in made.remarks if one.found == "erased"]
    assert told == [("P00001", "erased")]


def test_every_read_of_persons_is_logged_with_the_purpose(
    seed_plus: Imported, tmp_path: Path
) -> None:
    log = "SELECT sum(persons) FROM vault.read_log WHERE purpose = %s"
    exported(seed_plus, tmp_path, purpose="only this one")
    read = in_tenant(seed_plus.services.pool, seed_plus.tenant, log, ["only this one"])
    assert read[0][0] == len(Tables(seed_plus.folder).rows("participants.csv"))


PERIODS = (
    Period(number=1, start=date(2023, 1, 1), end=date(2023, 6, 30), report_due=date(2023, 7, 31)),
    Period(number=2, start=date(2023, 7, 1), end=date(2023, 12, 31), report_due=date(2024, 1, 31)),
)


def support(day: date, quantity: str, unit: str, form: str, kind: str = "a") -> dict[str, Any]:
    number = Decimal(quantity)
    return {"kind": kind, "received_on": day, "quantity": number, "unit": unit, "form": form}


def test_support_adds_up_by_form_code_and_period_exactly() -> None:
    first, last, next_day = date(2023, 1, 1), date(2023, 6, 30), date(2023, 7, 1)
    rows = [
        support(first, "20", "minute", "in_person"),
        support(last, "1", "lesson", "in_person", kind="b"),
        support(last, "0.5", "hour", "electronic"),
        support(next_day, "1", "hour", "electronic"),
        support(date(2024, 1, 1), "1", "hour", "electronic"),
        support(first, "1", "hour", "in_person", kind="without a code"),
    ]
    assert support_rows(rows, {"a": "7.1", "b": "7.1"}, PERIODS) == [
        SupportRow("7.1", PERIODS[0], Decimal(65), Decimal("30.0")),
        SupportRow("7.1", PERIODS[1], Decimal(0), Decimal(60)),
    ]


@pytest.mark.parametrize(
    ("minutes", "written"),
    [("0", "0"), ("2.9", "0"), ("3", "0,1"), ("90", "1,5"), ("480", "8,0"), ("87", "1,5")],
)
def test_hours_have_one_decimal_and_a_comma(minutes: str, written: str) -> None:
    assert is_esf_csv.hours_text(Decimal(minutes)) == written


WHOLE: Line = {
    "Jmeno_Osoby": 'A "B"; C',
    "Prijmeni_Osoby": "D\r\nE",
    "DatumNarozeni_Osoby": "1.2.1980",
    "Obec_TrvaleBydlisteOsoby": "F",
    "KodSpecifikace": "7.1",
    "RozsahPodporyPrezencne": "1,5",
    "RozsahPodporyElektronicky": "0",
    "DatumOd": "1.1.2023",
    "DatumDo": "30.6.2023",
}


def support_file(path: Path, *rows: bytes, header: bytes | None = None) -> Path:
    path.write_bytes((header or is_esf_csv.header(is_esf_csv.SUPPORT)) + b"".join(rows))
    return path


def test_reading_back_takes_what_is_written_and_refuses_the_rest(tmp_path: Path) -> None:
    path, columns = tmp_path / "Podpory.csv", is_esf_csv.SUPPORT
    codes = {"KodSpecifikace": ["7.1"]}
    whole = is_esf_csv.encoded(columns, WHOLE)
    line = dict.fromkeys(columns, "") | WHOLE
    who = is_esf_csv.fingerprint(line)
    assert is_esf_csv.read_back(support_file(path, whole), columns, codes, {who}) == [who]
    assert whole.startswith(b'"A ""B""; C";"D\r\nE";1.2.1980;F;;;;;;;"7.1";1,5;0;;')
    broken = {
        "no quotes": whole.replace(b'"7.1"', b"7.1"),
        "quotes too many": whole.replace(b";F;", b';"F";'),
        "LF": whole.removesuffix(b"\r\n") + b"\n",
        "a field too many": whole.removesuffix(b"\r\n") + b";\r\n",
        "quotes inside": whole.replace(b";F;", b';"F"G;'),
        "ISO date": whole.replace(b"1.1.2023", b"2023-01-01"),
        "point": whole.replace(b"1,5", b"1.5"),
        "another code": whole.replace(b'"7.1"', b'"7.2"'),
        "a price": whole.replace(b";1,5;0;;", b";1,5;0;9;"),
        "another person": whole.replace(b";F;", b";G;"),
    }
    for name, row in broken.items():
        assert row != whole, name
        with pytest.raises(InvalidExport):
            is_esf_csv.read_back(support_file(path, row), columns, codes, {who})
    header = is_esf_csv.header(columns)
    for other in (b"a;b\r\n", header.removeprefix(b"\xef\xbb\xbf"), header.replace(b"\r", b"")):
        with pytest.raises(InvalidExport):
            is_esf_csv.read_back(support_file(path, whole, header=other), columns, codes, {who})
