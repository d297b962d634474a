"""Each test that `docs/security.md` names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHORT = {
    "matrix": "tests/service/api/test_permission_matrix.py",
    "oauth": "tests/service/api/test_oauth.py",
    "drills": "tests/service/api/test_token_drills.py",
}
NAMED = re.compile(r"(matrix|oauth|drills|tests/[\w/]+\.py)::(test_\w+)")


def missing(text: str) -> list[tuple[str, str]]:
    """File and function of the tests that there are not."""
    found = {(SHORT.get(file, file), name) for file, name in NAMED.findall(text)}
    assert len(found) > 30
    return sorted(
        (file, name) for file, name in found if f"def {name}(" not in (ROOT / file).read_text()
    )


def test_every_test_that_is_named_exists() -> None:
    text = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    assert missing(text) == []
    assert missing(text + " oauth::test_that_nobody_wrote") != [], "control"
