"""`correct` and `cancel`: records by what people call them, values as they write them."""

from pathlib import Path

import click
import pytest

from service.cli.correct import values_of
from service.cli.exit_codes import ExitCode
from tests.service.cli.running import NUMBER, SEED, expected_bytes, head, ran

WHY = ("--project", NUMBER, "--reason", "typing error")


def test_values_are_json_where_they_parse_and_numbers_stay_as_written() -> None:
    given = ["a=1.50", "b=007", "c=null", "d=true", 'e=["1", 2.0]', "f=2017-03-31", "g=x=y", "h="]

    assert values_of(given) == {
        "a": "1.50",
        "b": "007",
        "c": None,
        "d": True,
        "e": ["1", "2.0"],
        "f": "2017-03-31",
        "g": "x=y",
        "h": "",
    }


@pytest.mark.parametrize("given", [["a"], ["=1"], ["a=1", "a=2"]])
def test_a_change_without_a_field_or_given_twice_is_refused(given: list[str]) -> None:
    with pytest.raises(click.BadParameter):
        values_of(given)


def test_a_correction_and_its_cancelled_record_change_figures_of_now_only(one_seed: Path) -> None:
    before = head(one_seed)
    figures = ("report", "figures", "--project", NUMBER, "--json")

    corrected = ran(one_seed, "correct", "A001", *WHY, "--set", "kind=conference", "--json")
    cancelled = ran(one_seed, "cancel", "FP00077", *WHY, "--json")

    assert (corrected.code, cancelled.code) == (ExitCode.OK, ExitCode.OK)
    assert not corrected.json["difference"]
    now = ran(one_seed, *figures)
    assert (
        now.json["activities"]
        != ran(one_seed, *figures, "--known-at", str(before)).json["activities"]
    )
    assert "FP00077" not in now.json["findings"]
    assert ran(one_seed, *figures, "--known-at", str(before)).out == expected_bytes(SEED)


def test_what_a_claim_holds_is_corrected_by_a_difference(one_seed: Path) -> None:
    done = ran(one_seed, "cancel", "FP00001", *WHY, "--on", "2018-08-01", "--json")

    assert done.code == ExitCode.OK
    assert done.json["difference"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("correct", "FP99999", *WHY, "--set", "description=x"), ExitCode.UNKNOWN),
        (("correct", "FP00002", *WHY, "--set", "nothing=x"), ExitCode.BAD_INPUT),
        (("correct", "FP00002", *WHY, "--set", "net=abc"), ExitCode.BAD_INPUT),
        (("correct", "MZ00001", *WHY, "--set", "fund_hours=1.68e2"), ExitCode.BAD_INPUT),
        (("correct", "MZ00001", *WHY, "--set", "fund_hours=NaN"), ExitCode.BAD_INPUT),
        (
            ("correct", "FP00002", *WHY, "--set", 'allocations=[{"amount": "1e3"}]'),
            ExitCode.BAD_INPUT,
        ),
        (("correct", "FP00002", *WHY, "--version", "99", "--set", "net=1.00"), ExitCode.UNKNOWN),
        (("correct", "FP00002", *WHY), ExitCode.BAD_INPUT),
        (("cancel", "FP00002", "--project", NUMBER), ExitCode.BAD_INPUT),
        (("cancel", "FP00002", "--project", NUMBER, "--reason", " "), ExitCode.BAD_INPUT),
        (("cancel", "FP00002", "--project", "CZ.00", "--reason", "x"), ExitCode.UNKNOWN),
    ],
)
def test_a_refused_command_records_nothing(
    one_seed: Path, arguments: tuple[str, ...], code: ExitCode
) -> None:
    before = head(one_seed)

    refused = ran(one_seed, *arguments)

    assert refused.code == code
    assert refused.out == b""
    assert head(one_seed) == before
