"""`grantledger export`: files in a folder, the same bytes wherever and whenever they are made."""

import csv
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from service.cli.exit_codes import ExitCode
from service.exchange.catalogue import CATALOGUE
from tests.service.cli.running import NUMBER, NUMBER_PLUS, SEEDS, finished, head, ran, started

MINISTRY = [kind for kind in CATALOGUE if kind.format]
PLACES = (
    {"TZ": "UTC", "LC_ALL": "C", "LANG": "C"},
    {"TZ": "Asia/Tokyo", "LC_ALL": "cs_CZ.UTF-8", "PYTHONHASHSEED": "7"},
)


def arguments(number: str, folder: Path, *more: str) -> list[str]:
    return ["--project", number, "--to", str(folder), *more]


@pytest.mark.parametrize("number", SEEDS)
@pytest.mark.parametrize("kind", MINISTRY, ids=lambda kind: kind.name)
def test_files_are_the_same_bytes_in_any_time_zone_and_locale(
    both_seeds: Path, tmp_path: Path, kind: object, number: str
) -> None:
    name = kind.name  # type: ignore[attr-defined]
    running = [
        started(
            both_seeds,
            *("export", name, "--json", "--as-of", "2026-01-31"),
            *("--format", "ms2021", "--purpose", "compare the files"),
            *arguments(number, tmp_path / str(place)),
            **environ,
        )
        for place, environ in enumerate(PLACES)
    ]
    made = [finished(process) for process in running]
    assert [one.code for one in made] == [0, 0], made[0].err
    described = [[(file["name"], file["sha256"]) for file in one.json["files"]] for one in made]
    contents = [
        {path.name: path.read_bytes() for path in (tmp_path / str(place)).iterdir()}
        for place in range(len(PLACES))
    ]
    assert contents[0] == contents[1]
    assert described[0] == described[1]
    assert dict(described[0]) == {
        file: sha256(content).hexdigest() for file, content in contents[0].items()
    }
    assert made[0].json["remarks"] == made[1].json["remarks"]


def test_the_places_would_show_in_what_takes_its_time_from_the_machine() -> None:
    """The control: the moment of a position is another local time in each of them."""
    program = "import time; print(time.strftime('%Y-%m-%d %H', time.localtime(1767222000)))"
    shown = {
        subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True).stdout
        for environ in PLACES
    }
    assert len(shown) == len(PLACES)


def test_another_position_or_day_is_another_file(both_seeds: Path, tmp_path: Path) -> None:
    known = head(both_seeds)
    for more in ((), ("--known-at", str(known - 1)), ("--as-of", "2024-01-31")):
        ran(both_seeds, "export", "sd2", *arguments(NUMBER_PLUS, tmp_path, *more))
    assert len(list(tmp_path.iterdir())) == 3


def test_a_project_of_other_systems_needs_the_format_named(
    both_seeds: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    refused = ran(both_seeds, "export", "sd2", *arguments(NUMBER, folder))
    assert refused.code == ExitCode.BAD_INPUT
    assert "ms2021" in refused.err
    assert list(folder.iterdir()) == []

    named = ran(
        both_seeds, "export", "sd2", *arguments(NUMBER, folder, "--format", "ms2021", "--json")
    )
    assert named.code == ExitCode.OK
    assert named.json["remarks"][0]["field"] == "format"
    assert all("_sd2-ms2021_" in path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (("is-esf",), ExitCode.BAD_INPUT, "purpose"),
        (("is-esf", "--purpose", " "), ExitCode.BAD_INPUT, "purpose"),
        (("is-esf", "--purpose", "why", "--claim", "2"), ExitCode.BAD_INPUT, "claim"),
        (("sd2", "--claim", "99"), ExitCode.UNKNOWN, "claim 99"),
        (("sd2", "--language", "en"), ExitCode.BAD_INPUT, "language"),
        (("sd2", "--as-of", "2020-01-01"), ExitCode.UNKNOWN, "at that time"),
        (("sd2", "--known-at", "1"), ExitCode.UNKNOWN, "at that time"),
        (("nonsense",), ExitCode.BAD_INPUT, "sd2"),
    ],
)
def test_what_cannot_be_exported_is_told_and_leaves_nothing(
    both_seeds: Path, tmp_path: Path, more: tuple[str, ...], code: ExitCode, told: str
) -> None:
    refused = ran(both_seeds, "export", *more, *arguments(NUMBER_PLUS, tmp_path))
    assert refused.code == code
    assert told in refused.err
    assert list(tmp_path.iterdir()) == []


def test_people_see_files_digests_and_remarks_without_names(
    both_seeds: Path, tmp_path: Path
) -> None:
    shown = ran(
        both_seeds, "export", "is-esf", *arguments(NUMBER_PLUS, tmp_path, "--purpose", "hand in")
    )
    assert shown.code == ExitCode.OK
    text = shown.out.decode()
    for path in tmp_path.iterdir():
        assert str(path) in text
        assert sha256(path.read_bytes()).hexdigest() in text
    assert "P00004" in text
    with (SEEDS[NUMBER_PLUS] / "participants.csv").open(encoding="utf-8", newline="") as file:
        names = {row[name] for row in csv.DictReader(file) for name in ("last_name", "first_name")}
    assert not [name for name in names if name in text + shown.err]


def test_the_help_says_which_systems_files_are_for(both_seeds: Path) -> None:
    text = ran(both_seeds, "export", "--help").out.decode()
    assert "MS2021+" in text
    assert "IS ESF 21+" in text
