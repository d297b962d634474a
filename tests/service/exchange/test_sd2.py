"""SD-2 XML, read by lxml alone and compared with the project's own table of work records."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from lxml import etree

from domain.rejection import NotFound
from domain.rule_set import RuleSet
from service.composition import Services
from service.exchange import sd2_xml
from service.exchange.export import Export, InvalidExport, Order
from service.exchange.making import make_export
from service.exchange.sd2 import SD2
from service.programmes import Programmes
from service.reports import Point
from service.store.database import in_tenant
from tests.end_to_end.running import ACTOR, Imported, imported
from tests.multiplied import write_multiplied
from tests.service.exchange.seed_tables import Tables

NS = "{http://ms21xsd.mssf.cz/ImportXML/SoupiskaDoklad/v_1.1}"
ORDER = (
    *("ID_EXT", "TYPDOKLADU", "IC", "POLOZKA", "POPIS", "DATUMUHRADY", "DATUMLZ", "PRIJMENI"),
    *("JMENO", "DRUHPRACVZTAHU", "MZDA", "FONDPRACDOBY", "POCETHODINNAPRJ"),
    *("JINEVYDAJESODVODY", "POJISTNE", "JINEVYDAJEBEZODVODU"),
)
AMOUNTS = ("MZDA", "POJISTNE", "JINEVYDAJESODVODY", "JINEVYDAJEBEZODVODU")
PURPOSE = "hand in the list of work"


def exported(project: Imported, folder: Path, **more: Any) -> Export:
    order = replace(Order(project.project, ACTOR, Point(), format="ms2021"), **more)
    return make_export(project.services, project.tenant, SD2, order, folder)


def records_of(made: Export, folder: Path) -> list[dict[str, str]]:
    found = []
    for file in made.files:
        for record in etree.parse(folder / file.name).getroot():
            assert record.tag == f"{NS}SoupiskaDoklad"
            names = [child.tag.removeprefix(NS) for child in record]
            assert names == [name for name in ORDER if name in names], "the order of the format"
            found.append({name: child.text for name, child in zip(names, record, strict=True)})
    return found


def eligible(record: dict[str, str]) -> Decimal:
    return sum((Decimal(record[name]) for name in AMOUNTS), Decimal(0))


def text(number: str) -> str:
    """As the format writes it, without trailing zeros."""
    return number.rstrip("0").rstrip(".") if "." in number else number


def code_of(row: dict[str, str]) -> str:
    """By the README of the seed: nobody's agreements pass 10,000 CZK in a month."""
    return "DPPDo" if row["contract"] == "DPP" and row["month"] < "2025" else row["contract"]


def record_of(row: dict[str, str], ico: str, *, named: bool) -> dict[str, str]:
    names = {"PRIJMENI": row["last_name"], "JMENO": row["first_name"]} if named else {}
    return names | {
        "ID_EXT": row["id"],
        "TYPDOKLADU": "Mzdy",
        "IC": ico,
        "POLOZKA": row["budget_item"],
        "DATUMUHRADY": f"{row['paid_on']}T00:00:00.000",
        "DATUMLZ": f"{row['month']}T00:00:00.000",
        "DRUHPRACVZTAHU": code_of(row),
        "MZDA": text(row["gross_wage"]),
        "FONDPRACDOBY": text(row["working_time_fund_hours"]),
        "POCETHODINNAPRJ": text(row["project_hours"]),
        "JINEVYDAJESODVODY": text(row["other_with_contributions"]),
        "POJISTNE": text(row["employer_contributions"]),
        "JINEVYDAJEBEZODVODU": text(row["other_without_contributions"]),
    }


@pytest.fixture(params=["seed", "seed_plus"])
def project(request: pytest.FixtureRequest) -> Imported:
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize("purpose", [None, PURPOSE])
def test_the_project_is_its_work_records_without_findings(
    project: Imported, tmp_path: Path, purpose: str | None
) -> None:
    tables = Tables(project.folder)
    made = exported(project, tmp_path, purpose=purpose)
    found = records_of(made, tmp_path)

    ico = tables.project["beneficiary"]["ico"]
    expected = [record_of(row, ico, named=purpose is not None) for row in tables.work().values()]
    assert sorted(found, key=lambda one: one["ID_EXT"]) == expected
    by_item = {
        item: sum((eligible(one) for one in found if one["POLOZKA"] == item), Decimal("0.00"))
        for item in {one["POLOZKA"] for one in found}
    }
    figures = project.figures()["budget_by_item"]
    assert {item: str(amount) for item, amount in by_item.items()} == {
        item: figures[item]["recorded"] for item in by_item
    }
    assert [file.rows for file in made.files] == [len(found)]


def test_claims_are_the_lines_that_they_declare(project: Imported, tmp_path: Path) -> None:
    tables = Tables(project.folder)
    ico = tables.project["beneficiary"]["ico"]
    for claim in project.figures()["claims"]:
        number = claim["claim"]
        folder = tmp_path / str(number)
        folder.mkdir()
        found = records_of(exported(project, folder, claim=number), folder)
        expected = [record_of(row, ico, named=False) for row in tables.work(number).values()]
        assert sorted(found, key=lambda one: one["ID_EXT"]) == expected
        of_others = sum(tables.declared(number, name) for name in ("sd1.csv", "sd3.csv"))
        assert sum(map(eligible, found)) + of_others == Decimal(claim["declared_direct"])


def test_a_changed_amount_or_a_dropped_row_would_be_seen(
    seed_plus: Imported, tmp_path: Path
) -> None:
    found = records_of(exported(seed_plus, tmp_path), tmp_path)
    work = Tables(seed_plus.folder).work()
    ico = Tables(seed_plus.folder).project["beneficiary"]["ico"]
    expected = [record_of(row, ico, named=False) for row in work.values()]
    found.sort(key=lambda one: one["ID_EXT"])
    assert found == expected
    assert found[1:] != expected
    assert [found[0] | {"MZDA": "0.01"}, *found[1:]] != expected


def test_what_is_blocked_is_in_the_remarks_and_not_in_the_file(
    project: Imported, tmp_path: Path
) -> None:
    made = exported(project, tmp_path)
    ids = {one["ID_EXT"] for one in records_of(made, tmp_path)}
    blocked = {
        (document, code)
        for document, codes in Tables(project.folder).expected["findings"].items()
        for code in codes
        if document.startswith("MZ")
    }
    assert {
        (remark.record, remark.found) for remark in made.remarks if remark.field == "finding"
    } == blocked
    assert blocked
    assert not ids & {document for document, _ in blocked}


def test_names_are_read_for_a_purpose_that_is_logged(seed_plus: Imported, tmp_path: Path) -> None:
    log = "SELECT purpose, sum(persons) FROM vault.read_log WHERE actor = %s GROUP BY purpose"
    services, tenant = seed_plus.services, seed_plus.tenant
    before = dict(in_tenant(services.pool, tenant, log, [ACTOR]))
    without = exported(seed_plus, tmp_path)
    assert dict(in_tenant(services.pool, tenant, log, [ACTOR])) == before
    exported(seed_plus, tmp_path, purpose="only this test")
    after = dict(in_tenant(services.pool, tenant, log, [ACTOR]))
    employees = {
        (row["first_name"], row["last_name"]) for row in Tables(seed_plus.folder).work().values()
    }
    assert after == before | {"only this test": len(employees)}
    assert [one.field for one in without.remarks if one.severity == "warning"] == ["PRIJMENI"]


def test_the_file_is_as_the_official_sample_begins(seed_plus: Imported, tmp_path: Path) -> None:
    made = exported(seed_plus, tmp_path, claim=1)
    content = (tmp_path / made.files[0].name).read_bytes()
    day = content.partition(b'DATE="')[2][:10].decode()
    assert content == (
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        b'<ns2:IMPORT xmlns:ns2="http://ms21xsd.mssf.cz/ImportXML/SoupiskaDoklad/v_1.1"'
        b' DATE="' + day.encode() + b'T00:00:00.000"></ns2:IMPORT>\n'
    )
    recorded = in_tenant(
        seed_plus.services.pool,
        seed_plus.tenant,
        "SELECT (recorded_at AT TIME ZONE 'Europe/Prague')::date FROM ledger.event"
        " WHERE position = %s",
        [made.known_at],
    )
    assert date.fromisoformat(day) == recorded[0][0]


def test_a_claim_that_is_not_submitted_is_not_found(seed_plus: Imported, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        exported(seed_plus, tmp_path, claim=9)
    with pytest.raises(NotFound):
        exported(seed_plus, tmp_path, claim=3, point=Point(as_of=date(2023, 9, 30)))


def test_an_earlier_day_has_only_what_had_happened(seed_plus: Imported, tmp_path: Path) -> None:
    as_of = date(2023, 9, 30)
    found = records_of(exported(seed_plus, tmp_path, point=Point(as_of=as_of)), tmp_path)
    work = Tables(seed_plus.folder).work().values()
    assert {one["ID_EXT"] for one in found} == {
        row["id"] for row in work if row["month"][:7] <= "2023-09"
    }
    assert all(one.get("DATUMUHRADY", "") <= as_of.isoformat() + "T99" for one in found)
    assert any("DATUMUHRADY" not in one for one in found)


class FiftyAFile(Programmes):
    """The programmes with a smaller limit of records."""

    def by_name(self, name: str) -> RuleSet:
        rules = super().by_name(name)
        limits = msgspec.structs.replace(rules.work_list_import, records_max=50)
        return msgspec.structs.replace(rules, work_list_import=limits)


def test_a_list_is_split_where_the_rule_set_says(seed: Imported, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    one = exported(seed, whole)
    services = replace(seed.services, programmes=FiftyAFile())
    several = exported(replace(seed, services=services), parts)
    assert [file.rows for file in several.files] == [50, 50, 19]
    assert records_of(several, parts) == records_of(one, whole)


@pytest.mark.long
def test_more_than_500_records_are_several_files(services: Services, tmp_path: Path) -> None:
    folder = write_multiplied(tmp_path / "five", 5)
    project = imported(services, folder)
    out = tmp_path / "out"
    out.mkdir()
    made = exported(project, out)
    found = records_of(made, out)
    assert [file.rows for file in made.files] == [500, 95]
    assert len({one["ID_EXT"] for one in found}) == 595
    assert [file.name.rpartition("_")[2] for file in made.files] == ["1.xml", "2.xml"]
    recorded = project.figures()["budget_by_item"]
    items = {one["POLOZKA"] for one in found}
    assert sum(map(eligible, found)) == sum(Decimal(recorded[item]["recorded"]) for item in items)


def a_record(**changes: str | None) -> tuple[Any, sd2_xml.Fault | None]:
    values = dict.fromkeys(ORDER) | {
        "ID_EXT": "MZ1",
        "TYPDOKLADU": "Mzdy",
        "POLOZKA": "1.1.1.1",
        "DATUMLZ": "2023-02-01T00:00:00.000",
        "MZDA": "25000.5",
        "FONDPRACDOBY": "168",
        "POCETHODINNAPRJ": "0",
        "JINEVYDAJESODVODY": "0",
        "POJISTNE": "-0.05",
        "JINEVYDAJEBEZODVODU": "0",
    }
    return sd2_xml.record(sd2_xml.new_schema(), values | changes)


@pytest.mark.parametrize(
    ("element", "value"),
    [
        ("ID_EXT", "x" * 65),
        ("IC", "1234567"),
        ("IC", "12345678901"),
        ("POLOZKA", None),
        ("POPIS", "x" * 2001),
        ("DATUMUHRADY", "2023-02-30T00:00:00.000"),
        ("DATUMLZ", "2023-02-02T00:00:00.000"),
        ("PRIJMENI", "x" * 256),
        ("JMENO", "a\x00b"),
        ("DRUHPRACVZTAHU", "HPP"),
        ("MZDA", "25000.50"),
        ("MZDA", "25000,5"),
        ("FONDPRACDOBY", "-1"),
        ("POCETHODINNAPRJ", "1.2345"),
    ],
)
def test_a_record_that_the_format_cannot_hold_is_told_by_its_element(
    element: str, value: str | None
) -> None:
    assert a_record()[1] is None
    fault = a_record(**{element: value})[1]
    assert fault is not None
    if value is not None:
        assert fault.element == element
        assert value not in fault.expected


def written(tmp_path: Path, records: list[Any]) -> Path:
    path = tmp_path / "read.xml"
    sd2_xml.write_file(path, date(2023, 2, 1), records)
    return path


def test_reading_back_sees_what_is_out_of_order_too_many_or_twice(tmp_path: Path) -> None:
    schema = sd2_xml.new_schema()
    several = [a_record(ID_EXT=f"MZ{n}")[0] for n in range(501)]
    assert sd2_xml.read_back(schema, written(tmp_path, several[:500])).records == 500
    with pytest.raises(InvalidExport):
        sd2_xml.read_back(schema, written(tmp_path, several))
    with pytest.raises(InvalidExport):
        sd2_xml.read_back(schema, written(tmp_path, [several[0], several[0]]))
    out_of_order = a_record()[0]
    out_of_order.append(out_of_order[0])
    with pytest.raises(InvalidExport):
        sd2_xml.read_back(schema, written(tmp_path, [out_of_order]))


@pytest.mark.parametrize(
    ("number", "written"),
    [("168.00", "168"), ("25000.50", "25000.5"), ("0.00", "0"), ("-0.05", "-0.05"), ("100", "100")],
)
def test_numbers_have_no_trailing_zeros(number: str, written: str) -> None:
    assert sd2_xml.decimal_text(Decimal(number)) == written
