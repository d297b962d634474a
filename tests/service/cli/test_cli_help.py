"""Each command says what it does and shows an example."""

from pathlib import Path

import click
import pytest

from service.cli.program import cli
from tests.service.cli.running import ran

WITHOUT_EXAMPLE = {("status",), ("openapi",), ("token", "list"), ("token", "revoke")}
WITHOUT_EXAMPLE |= {("user", "disable"), ("user", "revoke"), ("user", "second-factor")}
WITHOUT_EXAMPLE |= {("client", "list"), ("client", "revoke"), ("client", "rotate-key")}
WITHOUT_EXAMPLE |= {("report", "budget"), ("report", "indicators")}  # as the group's own


def commands(group: click.Group, *path: str) -> list[tuple[str, ...]]:
    """Every command by the words that call it."""
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, *path, name)
        else:
            found.append((*path, name))
    return found


@pytest.mark.parametrize("words", commands(cli), ids=" ".join)
def test_help_needs_no_database_and_has_an_example(words: tuple[str, ...], tmp_path: Path) -> None:
    shown = ran(tmp_path / "home", *words, "--help")

    assert shown.code == 0
    assert not (tmp_path / "home").exists()
    assert words in WITHOUT_EXAMPLE or b"Example" in shown.out
