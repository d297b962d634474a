"""`report audit`: filters, sentences in two languages, and the CSV of a project's whole trail."""

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from service.audit.csv_file import COLUMNS
from service.cli.exit_codes import ExitCode
from tests.service.cli.running import NUMBER, Ran, finished, ran, started

PROJECT = ("report", "audit", "--project", NUMBER)


def positions(shown: Ran) -> list[int]:
    assert shown.code == ExitCode.OK, shown.err
    return [item["position"] for item in shown.json["items"]]


@pytest.mark.parametrize(
    ("language", "title", "what"),
    [
        ("cs", "Auditní stopa projektu", "Zaznamenán účetní doklad FP00001 na 21 867,00 Kč"),
        ("en", "Audit trail of", "Recorded the accounting document FP00001 of 21,867.00 CZK"),
    ],
)
def test_the_trail_is_told_in_both_languages(
    both_seeds: Path, language: str, title: str, what: str
) -> None:
    of_one = (*PROJECT, "--record", "FP00001", "--language", language)
    shown = ran(both_seeds, *of_one).out.decode()
    told = [item["what"] for item in ran(both_seeds, *of_one, "--json").json["items"]]
    assert shown.startswith(f"{title} {NUMBER}")
    assert " ".join(told[0].split()) == what
    assert all(one.split()[0] in shown for one in told)


def test_filters_narrow_the_list(both_seeds: Path) -> None:
    paid = ran(both_seeds, *PROJECT, "--type", "expenditure.paid.v1", "--json", "--limit", "9999")
    found = [item["reference"] for item in paid.json["items"]]
    assert {item["type"] for item in paid.json["items"]} == {"expenditure.paid.v1"}
    of_type = ("--type", "accounting-document.recorded.v1", "--text", "NOTEBOOKY")
    notebooks = ran(both_seeds, *PROJECT, *of_type, "--json").json["items"]
    assert {item["after"]["description"] for item in notebooks} == {"Notebooky"}
    first = positions(ran(both_seeds, *PROJECT, "--json", "--limit", "3"))
    last = positions(ran(both_seeds, *PROJECT, "--json", "--limit", "3", "--newest-first"))
    then = ran(both_seeds, *PROJECT, "--json", "--newest-first", "--known-at", str(first[2]))
    assert len(found) > 100
    assert last == sorted(last, reverse=True)
    assert positions(then) == first[::-1]
    assert positions(ran(both_seeds, *PROJECT, "--json", "--until", "2016-01-01")) == []
    nobody = ran(both_seeds, *PROJECT, "--json", "--actor", "system:nobody")
    assert positions(nobody) == []


@pytest.mark.parametrize(
    "wrong",
    [
        ("--since", "yesterday"),
        ("--csv", "--json"),
        ("--csv", "--limit", "5"),
        ("--to", "nowhere.csv"),
        ("--language", "de"),
    ],
)
def test_what_cannot_be_meant_is_refused(both_seeds: Path, wrong: tuple[str, ...]) -> None:
    assert ran(both_seeds, *PROJECT, *wrong).code == ExitCode.BAD_INPUT


def test_the_csv_is_the_same_bytes_in_any_time_zone_and_locale(
    both_seeds: Path, tmp_path: Path
) -> None:
    file = tmp_path / "audit.csv"
    czech = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "LANG": "C"}
    written = started(both_seeds, *PROJECT, "--csv", "--language", "cs", "--to", str(file), **czech)
    other = {"TZ": "America/St_Johns", "LC_ALL": "cs_CZ.UTF-8", "LANG": "cs_CZ.UTF-8"}
    printed = started(both_seeds, *PROJECT, "--csv", "--language", "cs", **other)
    assert finished(written).code == ExitCode.OK
    out = finished(printed).out
    assert file.read_bytes() == out
    assert file.stat().st_mode & 0o077 == 0  # users' names are in it
    assert sorted(tmp_path.iterdir()) == [file]
    rows = list(csv.reader(StringIO(out.decode("utf-8-sig"), newline=""), delimiter=";"))[1:]
    items = ran(both_seeds, *PROJECT, "--json", "--limit", "10000").json["items"]
    assert len(rows) == len(items) > 2000
    for row, item in zip(rows, items, strict=True):
        cells = dict(zip(COLUMNS, row, strict=True))
        plain = ("position", "type", "effective_on", "recorded_at", "actor", "id", "event_id")
        assert {name: cells[name] for name in plain} == {name: str(item[name]) for name in plain}
        assert (json.loads(cells["after"]) if cells["after"] else None) == item["after"]


def test_a_csv_that_cannot_be_written_leaves_nothing(both_seeds: Path, tmp_path: Path) -> None:
    nowhere = ran(both_seeds, *PROJECT, "--csv", "--to", str(tmp_path / "none" / "audit.csv"))
    assert nowhere.code == ExitCode.NOT_READY
    assert "none" in nowhere.err
    assert list(tmp_path.iterdir()) == []
