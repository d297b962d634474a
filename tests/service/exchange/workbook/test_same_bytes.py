"""The same position and rules give the same workbook, whatever the time zone and locale."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.cli.conftest import served_home
from tests.service.cli.running import NUMBER, NUMBER_PLUS, SEEDS, finished, ran, started

PLACES = (
    {"TZ": "Pacific/Kiritimati", "LC_ALL": "C"},
    {"TZ": "America/Los_Angeles", "LC_ALL": "cs_CZ.UTF-8", "PYTHONHASHSEED": "7"},
)
DAY = "2024-12-31"


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home with both seed projects."""
    with served_home() as made:
        for folder in SEEDS.values():
            assert ran(made, "import", "project", str(folder)).code == 0
        yield made


@pytest.mark.parametrize("number", [NUMBER, NUMBER_PLUS])
def test_a_workbook_is_the_same_in_any_time_zone_and_locale_for_any_purpose(
    home: Path, tmp_path: Path, number: str
) -> None:
    order = ("export", "workbook", "--project", number, "--as-of", DAY)
    folders = [tmp_path / str(index) for index in range(len(PLACES))]
    running = [
        started(home, *order, "--purpose", place["LC_ALL"], "--json", "--to", str(folder), **place)
        for folder, place in zip(folders, PLACES, strict=True)
    ]
    ended = [finished(one) for one in running]

    assert [one.code for one in ended] == [0, 0], ended
    [first], [second] = ([*folder.iterdir()] for folder in folders)
    assert first.name == second.name
    assert first.read_bytes() == second.read_bytes()
    hashes = {one.json["files"][0]["sha256"] for one in ended}
    assert len(hashes) == 1
    earlier = ran(
        home,
        *order[:5],
        "2017-01-31" if number == NUMBER else "2023-09-30",
        "--json",
        "--to",
        str(tmp_path / "earlier"),
    )
    assert earlier.json["files"][0]["sha256"] not in hashes
