"""Results go to standard output, everything else (progress, notes, errors) to standard error.

A result for machines is one JSON document: UTF-8 whatever the locale, keys sorted, indent 1, a
newline at the end, the same bytes for the same content.
"""

import json
import re
import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.importing.order import Progress as Report

NUMBER = re.compile(r"(-?)([0-9]+)((?:\.[0-9]+)?)")
WIDTH_OF_FILES = 160  # a table that is not for a terminal is not cut to 80 columns


def json_text(document: Any) -> str:
    """A document as it is written."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n"


def write_json(document: Any) -> None:
    """The one result of a command with --json."""
    click.echo(json_text(document).encode(), nl=False)


def results() -> Console:
    """Where results for people are written."""
    return _console(stderr=False)


def notes() -> Console:
    """Where everything else is written."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else WIDTH_OF_FILES
    return Console(file=stream, width=width, highlight=False, emoji=False, markup=False)


def note(text: str) -> None:
    """A line about what is going on."""
    click.echo(text, err=True)


def table(title: str, columns: Iterable[str], numbers: Iterable[str] = ()) -> Table:
    """A table with a title; the columns of numbers are aligned right."""
    right = set(numbers)
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made


def amount(value: Any) -> str:
    """A figure for people: groups of three digits apart; what is absent is a dash."""
    if value is None:
        return "–"
    number = NUMBER.fullmatch(str(value))
    if number is None:
        return str(value)
    sign, whole, decimals = number.groups()
    return f"{sign}{int(whole):,}{decimals}".replace(",", "\N{NO-BREAK SPACE}")


@contextmanager
def progress(label: str, unit: str) -> Generator[Report]:
    """A progress bar on standard error; call what it gives with (done, total)."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=notes(), transient=False) as bars:
        task = bars.add_task(label, total=None, visible=False)

        def report(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total, visible=True)

        yield report
