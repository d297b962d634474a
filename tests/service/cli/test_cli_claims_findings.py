"""`report claims` and `report findings`: the figures that `report figures` has, to be read."""

from pathlib import Path

import pytest

from service.cli.exit_codes import ExitCode
from tests.service.cli.running import NUMBER, NUMBER_PLUS, ran


@pytest.mark.parametrize("number", [NUMBER, NUMBER_PLUS])
@pytest.mark.parametrize("point", [(), ("--as-of", "2017-06-30"), ("--known-at", "3000")])
def test_claims_are_those_of_the_figures(
    both_seeds: Path, number: str, point: tuple[str, ...]
) -> None:
    of = ("--project", number, "--json", *point)
    figures, claims = (ran(both_seeds, "report", name, *of) for name in ("figures", "claims"))
    assert figures.code == claims.code
    if figures.code == ExitCode.OK:
        assert claims.json == {name: figures.json[name] for name in ("claims", "settlement")}


def test_claims_stand_side_by_side(both_seeds: Path) -> None:
    shown = ran(both_seeds, "report", "claims", "--project", NUMBER).out.decode()
    [public] = [line for line in shown.splitlines() if "public funds" in line]
    assert "1\N{NO-BREAK SPACE}153\N{NO-BREAK SPACE}165.03" in public
    assert "-764\N{NO-BREAK SPACE}885.67" in shown


@pytest.mark.parametrize("number", [NUMBER, NUMBER_PLUS])
@pytest.mark.parametrize("language", ["cs", "en"])
def test_findings_say_what_would_resolve_them(both_seeds: Path, number: str, language: str) -> None:
    of = ("--project", number, "--json")
    figures = ran(both_seeds, "report", "figures", *of).json["findings"]
    found = ran(both_seeds, "report", "findings", *of, "--language", language).json["findings"]
    blocking: dict[str, list[str]] = {}
    for one in found:
        assert one["title"] != one["means"]
        assert one["resolved_by"].endswith(".")
        if one["blocking"]:
            blocking.setdefault(one["document"], []).append(one["code"])
    assert blocking == figures
    shown = ran(both_seeds, "report", "findings", *of[:2], "--language", language).out.decode()
    assert all(one["document"] in shown and one["code"] in shown for one in found)


def test_findings_of_an_earlier_day_are_those_that_held_then(both_seeds: Path) -> None:
    of = ("report", "findings", "--project", NUMBER, "--json", "--as-of", "2016-12-31")
    found = ran(both_seeds, *of).json["findings"]
    assert found
    assert all(one["since"] <= "2016-12-31" for one in found)
    later = ran(both_seeds, *of[:-2]).json["findings"]
    assert len(later) > len(found)


def test_a_project_without_findings_says_so(both_seeds: Path) -> None:
    of = ("report", "findings", "--project", NUMBER, "--known-at", "700", "--language", "cs")
    assert "nemá žádná zjištění" in ran(both_seeds, *of).out.decode()
