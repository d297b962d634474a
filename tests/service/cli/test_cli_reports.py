"""The reports for people, the audit trail, and what a figure is explained by."""

from pathlib import Path

import pytest

from service.cli.exit_codes import ExitCode
from service.cli.output import amount
from tests.service.cli.running import NUMBER, SEED, expected_bytes, head, ran

WHY = "typed twice"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("8500000.00", "8\N{NO-BREAK SPACE}500\N{NO-BREAK SPACE}000.00"),
        ("-764885.67", "-764\N{NO-BREAK SPACE}885.67"),
        ("-0.50", "-0.50"),
        (262, "262"),
        (None, "–"),
        ("2016-08-31", "2016-08-31"),
    ],
)
def test_amounts_are_grouped(value: object, shown: str) -> None:
    assert amount(value) == shown


@pytest.mark.parametrize(
    ("report", "told"),
    [
        ("figures", "-764\N{NO-BREAK SPACE}885.67"),
        ("budget", "Metodik integrace"),
        ("indicators", "Celkový počet účastníků"),
        ("audit", "Registered the project"),
    ],
)
def test_reports_are_tables_on_standard_output(both_seeds: Path, report: str, told: str) -> None:
    shown = ran(both_seeds, "report", report, "--project", NUMBER)

    assert shown.code == ExitCode.OK
    assert told in shown.out.decode()


def test_a_report_at_a_day_knows_only_what_had_happened(both_seeds: Path) -> None:
    arguments = ("report", "figures", "--project", NUMBER, "--json")
    then = ran(both_seeds, *arguments, "--as-of", "2017-03-31").json
    last = ran(both_seeds, *arguments, "--known-at", str(head(both_seeds)))
    later = ran(both_seeds, *arguments, "--known-at", "2199-01-01T00:00").out
    before = ran(both_seeds, *arguments, "--known-at", "2016-01-01T00:00:00+01:00")

    assert [claim["claim"] for claim in then["claims"]] == [2, 3]
    assert last.out == later == expected_bytes(SEED)
    assert before.code == ExitCode.UNKNOWN


def test_a_figure_is_explained_down_to_events(both_seeds: Path) -> None:
    pointer = "/budget_by_item/1.1.4.1/recorded"
    explained = ran(both_seeds, "explain", pointer, "--project", NUMBER, "--json").json
    shown = ran(both_seeds, "explain", pointer, "--project", NUMBER)
    through = ran(both_seeds, "explain", "/settlement/balance", "--project", NUMBER).out.decode()

    assert (explained["figure"], explained["value"]) == (pointer, "886500.00")
    assert explained["derivation"]["op"] == "sum"
    assert all(fact["event"]["position"] > 0 for fact in explained["derivation"]["facts"])
    assert f"sum of {len(explained['derivation']['facts'])} facts" in shown.out.decode()
    assert "/settlement/provider_due" in through


def test_the_audit_trail_says_who_when_what_why_and_what_it_was_before(one_seed: Path) -> None:
    known = head(one_seed)
    project = ("--project", NUMBER)
    changes = ("--set", "description=Notebooky a brašny", "--reason", WHY)
    assert ran(one_seed, "correct", "FP00003", *project, *changes).code == ExitCode.OK
    assert ran(one_seed, "cancel", "FP00076", *project, "--reason", WHY).code == ExitCode.OK

    listed = ran(one_seed, "report", "audit", *project, "--after", str(known), "--json").json
    shown = ran(one_seed, "report", "audit", *project, "--after", str(known)).out.decode()

    correction = listed["items"][0]
    assert correction["reference"] == "FP00003"
    assert correction["reason"] == WHY
    assert correction["before"].keys() == correction["after"].keys() == {"description"}
    assert correction["after"]["description"] == "Notebooky a brašny"
    assert correction["who"]
    assert correction["actor"] != correction["who"]
    assert all(item["after"] is None for item in listed["items"] if "cancelled" in item["type"])
    assert f"{correction['before']['description']} → Notebooky a brašny" in " ".join(shown.split())


def test_the_audit_trail_comes_in_pages_and_of_one_record(both_seeds: Path) -> None:
    of_one = ("report", "audit", "--project", NUMBER, "--record", "FP00001", "--json")
    whole = ran(both_seeds, *of_one).json
    first = ran(both_seeds, *of_one, "--limit", "1").json
    rest = ran(both_seeds, *of_one, "--after", str(first["next_after"])).json

    assert {item["reference"] for item in whole["items"]} == {"FP00001"}
    assert first["items"] + rest["items"] == whole["items"]
    assert whole["next_after"] is None
    unknown = ran(both_seeds, "report", "audit", "--project", NUMBER, "--record", "FP99999")
    assert unknown.code == ExitCode.UNKNOWN
