"""The naive recount that other tests compare with reproduces both seed projects exactly."""

from datetime import date
from pathlib import Path

import pytest

from tests.end_to_end import recount
from tests.end_to_end.recount import Recount
from tests.end_to_end.running import SEED, SEED_PLUS, expected_of

LINES_MAX = 249
PROGRAM = ("domain", "projections", "service", "migrations", "tests")


@pytest.mark.parametrize("folder", [SEED, SEED_PLUS], ids=lambda folder: folder.name)
def test_the_recount_gives_expected_json_exactly(folder: Path) -> None:
    assert Recount(folder).figures() == expected_of(folder)


def test_the_recount_of_an_earlier_day_gives_other_figures() -> None:
    """The control: a recount that ignored the day could not tell a report that ignores it."""
    early = Recount(SEED, date(2017, 6, 15)).figures()
    assert [claim["claim"] for claim in early["claims"]] == [2, 3]
    assert early["claims"][1]["paid_amount"] is not None
    assert early["participants"]["recorded"] < expected_of(SEED)["participants"]["recorded"]


def test_the_recount_is_short_and_shares_nothing_with_the_program() -> None:
    lines = Path(recount.__file__).read_text(encoding="utf-8").splitlines()
    assert len(lines) <= LINES_MAX
    imports = [line.split()[1] for line in lines if line.startswith(("import ", "from "))]
    assert not [name for name in imports if name.split(".")[0] in PROGRAM]
