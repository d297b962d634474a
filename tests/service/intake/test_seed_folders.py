"""The seed projects are read whole, in every notation, with the same content."""

import csv
import hashlib
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from service.intake.intake import Intake
from service.intake.project_folder import read_folder
from service.intake.rows import (
    AccountingDocumentRow,
    AttendanceRow,
    HelpdeskContactRow,
    ParticipantRow,
    Row,
    TravelOrderRow,
    WorkRecordRow,
)
from service.intake.tables import TABLES
from tests.service.intake.variants import AS_THE_SEED, SEED, SEED_PLUS, Variant, write_variant

FOLDERS = pytest.mark.parametrize("source", [SEED, SEED_PLUS], ids=["seed", "plus"])


def content(intake: Intake) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return {name: [(row.row_id, row.cells) for row in rows] for name, rows in intake.tables.items()}


@FOLDERS
def test_every_row_is_read_without_a_problem(source: Path) -> None:
    intake = read_folder(source)
    assert intake.problems == []
    assert not intake.fatal
    for table in TABLES:
        with (source / table.file).open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert len(intake.good[table.name]) == len(rows), table.name
        assert [row.row_number for row in intake.of(table.row)] == list(range(2, len(rows) + 2))


@FOLDERS
def test_files_are_known_by_their_sha256(source: Path) -> None:
    files = read_folder(source).source.files
    assert set(files) == {"project.json", *(table.file for table in TABLES)}
    for name, sha256 in files.items():
        assert sha256 == hashlib.sha256((source / name).read_bytes()).hexdigest()


def test_fields_are_the_columns_in_their_order() -> None:
    own = len(msgspec.structs.fields(Row))
    for table in TABLES:
        fields = [field.name for field in msgspec.structs.fields(table.row)][own:]
        assert fields == [column.name for column in table.columns], table.name
        assert fields == (SEED / table.file).read_text("utf-8").splitlines()[0].split(",")


def test_rows_that_break_a_grant_rule_are_read_like_any_other() -> None:
    findings = json.loads((SEED / "expected.json").read_text("utf-8"))["findings"]
    intake = read_folder(SEED)
    read = {row.id for row in intake.of(AccountingDocumentRow)}
    read |= {row.id for row in intake.of(WorkRecordRow)}
    assert findings
    assert set(findings) <= read


def test_values_have_their_types() -> None:
    intake = read_folder(SEED)
    person = intake.of(ParticipantRow)[1]
    assert person.disadvantage == ("ZNPTZ", "ZNUZP")
    assert person.birth_date == date(1987, 7, 15)
    assert person.exit_date is None
    trip = intake.of(TravelOrderRow)[0]
    assert trip.departed_at == datetime(2016, 8, 1, 6, 10)  # noqa: DTZ001
    assert (trip.fare_czk, trip.exchange_rate) == (Decimal("3680.00"), Decimal("27.013"))
    assert {str(row.amount_czk.as_tuple().exponent) for row in intake.of(TravelOrderRow)} == {"-2"}
    assert intake.project is not None
    assert intake.project.periods[4].report_due == date(2018, 8, 31)


def test_disadvantage_refused_none_stated_and_stated_are_three_values() -> None:
    stated = [row.disadvantage for row in read_folder(SEED).of(ParticipantRow)]
    assert (stated.count("refused"), stated.count(None)) == (28, 56)
    assert sum(isinstance(value, tuple) for value in stated) == 262 - 28 - 56


def test_rows_without_an_id_are_known_by_what_the_readme_says() -> None:
    intake = read_folder(SEED)
    assert intake.of(AttendanceRow)[0].row_id == "P00005/A010/2016-08-01"
    assert intake.of(HelpdeskContactRow)[0].row_id == "C001/2018-07-26/1"
    assert intake.tables["decisions"][0].row_id == "2/FP00017"
    assert intake.tables["claims"][0].row_id == "1"
    assert intake.tables["exchange_rates"][0].row_id == "2016-01-22/EUR"


@FOLDERS
@pytest.mark.parametrize(
    ("variant", "encoding"),
    [
        (AS_THE_SEED, None),
        (Variant(), None),
        (Variant(bom=False, line_end="\n", thousands="\u202f"), None),
        (Variant(separator=",", thousands=" ", quote_all=True), None),
        (Variant(decimal_comma=False), "windows-1250"),
        (Variant(encoding="cp1250"), "windows-1250"),
    ],
    ids=["plain", "czech", "no bom", "comma, quoted", "utf-8 all the same", "windows-1250"],
)
def test_a_czech_spreadsheet_has_the_same_content(
    source: Path, variant: Variant, encoding: str | None, tmp_path: Path
) -> None:
    written = read_folder(write_variant(source, tmp_path, variant), encoding=encoding)
    plain = read_folder(source)
    assert written.problems == []
    assert content(written) == content(plain)
    assert written.project == plain.project


def test_control_another_cell_is_another_content(tmp_path: Path) -> None:
    folder = write_variant(SEED, tmp_path, Variant())
    path = folder / "attendance.csv"
    path.write_bytes(path.read_bytes().replace(b";20\r\n", b";19,99\r\n", 1))
    assert content(read_folder(folder)) != content(read_folder(SEED))


def test_columns_are_found_by_name_in_any_order_and_case(tmp_path: Path) -> None:
    folder = write_variant(SEED, tmp_path, Variant())
    with (SEED / "sd2.csv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file))
    mixed = "\n".join(",".join(reversed(row)) for row in rows).replace("corrects,", "Corrects ,", 1)
    (folder / "sd2.csv").write_text(mixed, encoding="utf-8")
    intake = read_folder(folder)
    assert intake.problems == []
    assert content(intake) == content(read_folder(SEED))


def test_empty_rows_and_empty_cells_at_the_end_are_no_rows(tmp_path: Path) -> None:
    folder = write_variant(SEED, tmp_path, Variant())
    path = folder / "budget.csv"
    lines = path.read_bytes().decode("utf-8").splitlines()
    padded = "\n".join(f"{line};;" for line in [*lines[:3], ";" * 7, "", *lines[3:], ";" * 7])
    path.write_text(padded, encoding="utf-8")
    intake = read_folder(folder)
    assert intake.problems == []
    assert content(intake) == content(read_folder(SEED))
    assert [row.row_number for row in intake.tables["budget"]][1:4] == [3, 6, 7]


def test_a_line_break_in_a_quoted_cell_counts_as_a_line(tmp_path: Path) -> None:
    folder = write_variant(SEED, tmp_path, AS_THE_SEED)
    path = folder / "decisions.csv"
    text = path.read_text("utf-8").replace("not documented", '"not\ndocumented"', 1)
    path.write_text(text, encoding="utf-8")
    decisions = read_folder(folder).tables["decisions"]
    assert [row.row_number for row in decisions[:4]] == [2, 3, 5, 6]
    assert decisions[1].cells[3] == "not\ndocumented"


def test_equal_contacts_of_a_client_and_day_are_told_apart(tmp_path: Path) -> None:
    folder = write_variant(SEED, tmp_path, AS_THE_SEED)
    path = folder / "helpdesk-contacts.csv"
    path.write_text(path.read_text("utf-8") + "C001,2018-07-26,online,15,housing\n", "utf-8")
    intake = read_folder(folder)
    assert intake.problems == []
    contacts = intake.tables["helpdesk_contacts"]
    assert (contacts[0].row_id, contacts[-1].row_id) == ("C001/2018-07-26/1", "C001/2018-07-26/2")
    assert contacts[0].cells == contacts[-1].cells
