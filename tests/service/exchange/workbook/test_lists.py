"""The lists of documents, line by line against the project's own tables."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from zipfile import ZipFile

import pytest

from domain.rejection import NotFound
from service.reports import Point
from service.store.database import in_tenant
from tests.end_to_end.desk import SETTLED_ON, Desk
from tests.end_to_end.running import SEED, SEED_PLUS, Imported, imported
from tests.service.exchange.seed_tables import Tables
from tests.service.exchange.workbook.sheets import day, exported, number, read, sheet, table

FILES = {"sd1": "sd1.csv", "sd2": "sd2.csv", "sd3": "sd3.csv"}
PERSON = {"sd1": "Supplier", "sd2": "Employee", "sd3": "Traveller"}
PURPOSE = "on-the-spot check of claim 3"
READS = "SELECT persons FROM vault.read_log WHERE tenant_id = %s AND purpose = %s"
TABLES = Tables(SEED)


def amounts(name: str) -> dict[str, Decimal]:
    return {row["id"]: Decimal(row["amount_czk"]) for row in TABLES.rows(FILES[name])}


def name_of(row: dict[str, str]) -> str:
    both = f"{row.get('first_name', '')} {row.get('last_name', '')}".strip()
    return row.get("supplier_name") or row.get("traveller") or both


@pytest.mark.parametrize("name", ["sd1", "sd2", "sd3"])
def test_every_document_is_a_line_with_its_claim_and_what_became_of_it(
    seed: Imported, tmp_path: Path, name: str
) -> None:
    lines = table(read(exported(seed, tmp_path))[sheet(name)])

    rows = {row["id"]: row for row in TABLES.rows(FILES[name])}
    findings = TABLES.expected["findings"]
    reduced = {
        row["document_id"]: Decimal(row["reduction_czk"]) for row in TABLES.rows("decisions.csv")
    }
    assert [line["Document"] for line in lines] == sorted(rows)
    assert [line["No."] for line in lines] == list(range(1, len(rows) + 1))
    for line in lines:
        row, reference = rows[line["Document"]], line["Document"]
        amount = Decimal(row["amount_czk"])
        assert (line["Item"], number(line["Amount CZK"])) == (row["budget_item"], amount)
        assert day(line["Paid"]).isoformat() == row["paid_on"]
        assert line["Corrects document"] == row["corrects"]
        assert (line["Findings"] != "") is (reference in findings)
        if reference in findings:
            assert (line["Claim no."], line["Declared"], line["Approved"]) == ("", "", "")
            continue
        assert line["Claim no."] == TABLES.claim_of(row["paid_on"])
        assert number(line["Declared"]) == amount
        assert number(line["Reduced"]) == reduced.get(reference, 0)
        assert number(line["Approved"]) == amount - reduced.get(reference, 0)
        assert (line["Reason of reduction"] != "") is (reference in reduced)


def test_what_a_document_says_stands_in_its_line(seed: Imported, tmp_path: Path) -> None:
    sheets = read(exported(seed, tmp_path))

    bills, work, trips = (TABLES.rows(name) for name in FILES.values())
    for row, line in zip(bills, table(sheets[sheet("sd1")]), strict=True):
        assert line["IČO"] == row["supplier_ico"].zfill(8)
        assert line["Supplier's document number"] == row["supplier_document_number"]
        assert day(line["Taxable supply"]).isoformat() == row["taxable_supply_on"]
        assert number(line["With VAT"]) == Decimal(row["amount_total"])
        assert number(line["Rate"]) == Decimal(row["exchange_rate"] or 0)
    for row, line in zip(work, table(sheets[sheet("sd2")]), strict=True):
        assert (line["Contract"], day(line["Month"]).isoformat()) == (row["contract"], row["month"])
        assert number(line["Gross wage"]) == Decimal(row["gross_wage"])
        assert number(line["Project hours"]) == Decimal(row["project_hours"])
    for row, line in zip(trips, table(sheets[sheet("sd3")]), strict=True):
        assert (line["Place"], line["Country"]) == (row["place"], row["country"])
        assert line["Departed"].isoformat(timespec="minutes") == row["departed_at"]
        assert number(line["Meal allowance"]) == Decimal(row["meal_allowance_czk"])


@pytest.mark.parametrize("claim", [2, 3, 6])
def test_the_lists_of_a_claim_hold_what_it_declares(
    seed: Imported, tmp_path: Path, claim: int
) -> None:
    sheets = read(exported(seed, tmp_path, claim=claim))

    for name, file in FILES.items():
        lines = table(sheets[sheet(name)])
        assert all(line["Claim no."] == claim for line in lines)
        total = sum(number(line["Declared"]) for line in lines)
        assert total == TABLES.declared(claim, file)
        assert (total > 0) is bool(lines)
        assert f"payment claim no. {claim}" in sheets[sheet(name)][0][0]


def test_a_claim_that_is_not_there_is_refused(seed: Imported, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no claim 99"):
        exported(seed, tmp_path, claim=99)
    assert list(tmp_path.iterdir()) == []


def test_persons_are_named_only_for_a_purpose_and_the_read_is_logged(
    seed: Imported, tmp_path: Path
) -> None:
    names = {name_of(row) for file in FILES.values() for row in TABLES.rows(file)}
    sealed, named = (
        exported(seed, tmp_path, language=language, purpose=purpose)
        for language, purpose in (("cs", None), ("en", PURPOSE))
    )

    def found(path: Path) -> set[str]:
        with ZipFile(path) as parts:
            text = b"".join(map(parts.read, parts.namelist())).decode()
        return {name for name in names if name in text}

    assert found(sealed) == set()
    assert found(named) == names
    sheets = read(named)
    for name, file in FILES.items():
        rows = {row["id"]: name_of(row) for row in TABLES.rows(file)}
        assert {line["Document"]: line[PERSON[name]] for line in table(sheets[sheet(name)])} == rows
    reads = in_tenant(seed.services.pool, seed.tenant, READS, [seed.tenant, PURPOSE])
    assert sorted(persons for (persons,) in reads) == sorted(
        len({name_of(row) for row in TABLES.rows(file)}) for file in FILES.values()
    )


HOSTILE = {
    "FP00076": '=HYPERLINK("https://example.org";"invoice")',
    "FP00077": "+1+cmd|' /C calc'!A0",
    "FP00078": "<r><t>not XML</t></r>",
    "FP00079": "@SUM(A1:A9) _x0041_ & two\nlines",
}


def test_text_that_looks_like_a_formula_stays_text(seed: Imported, tmp_path: Path) -> None:
    project = imported(seed.services, SEED)
    desk = Desk(project)
    for reference, text in HOSTILE.items():
        desk.correct("sd1", reference, description=text)
    path = exported(project, tmp_path)

    lines = {line["Document"]: line for line in table(read(path)[sheet("sd1")])}
    for reference, text in HOSTILE.items():
        assert lines[reference]["Description"].removesuffix(" ") == text
    with ZipFile(path) as parts:
        formulas = [
            formula.partition("</f>")[0]
            for name in parts.namelist()
            if "worksheets/sheet" in name
            for formula in parts.read(name).decode().split("<f>")[1:]
        ]
    assert formulas
    assert {formula.partition("(")[0] for formula in formulas} == {"SUBTOTAL"}


def test_what_happened_later_is_not_in_the_list_of_an_earlier_day(
    seed: Imported, tmp_path: Path
) -> None:
    day_of_list = date(2016, 9, 30)  # claim 2 is submitted, and not decided yet
    sheets = read(exported(seed, tmp_path, point=Point(as_of=day_of_list)))

    lines = table(sheets[sheet("sd2")])
    months = [row for row in TABLES.rows("sd2.csv") if row["month"] <= "2016-09-01"]
    assert len(lines) == len(months)
    assert {line["Claim no."] for line in lines} == {"", 2}
    assert {line["Approved"] for line in lines} == {""}
    later = [row["id"] for row in months if row["paid_on"] > day_of_list.isoformat()]
    assert later
    assert {line["Document"] for line in lines if line["Paid"] == ""} >= set(later)


def test_a_later_correction_is_a_line_of_its_own_and_changes_no_earlier_workbook(
    seed_plus: Imported, tmp_path: Path
) -> None:
    project = imported(seed_plus.services, SEED_PLUS)
    desk, then = Desk(project), Point(as_of=SETTLED_ON, known_at=project.head())
    before = exported(project, tmp_path, point=then).read_bytes()

    desk.correct("sd2", "MZ00001", gross_wage="30000.00", amount="40356.32")
    desk.correct("sd2", "MZ00014", version=2, effective_on="2024-03-29")

    assert exported(project, tmp_path, point=then).read_bytes() == before
    lines = table(read(exported(project, tmp_path))[sheet("sd2")])
    [difference] = [line for line in lines if line["Corrects document"] == "MZ00001"]
    assert number(difference["Amount CZK"]) == Decimal("-640.00")
    assert difference["Declared"] == ""
    of = {line["Document"]: line for line in lines}
    assert number(of["MZ00001"]["Declared"]) == Decimal("40996.32")
    assert (of["MZ00014"]["Findings"], day(of["MZ00014"]["Signed"])) == ("", date(2024, 3, 29))
