"""The log: a line of JSON an entry, in UTC, whatever is in it."""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import structlog

from service.cli.log import configure_log


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What a program says whose standard error is no terminal."""
    root, stream = logging.getLogger(), StringIO()
    handlers, level = root.handlers[:], root.level
    root.handlers[:] = []
    monkeypatch.setattr(sys, "stderr", stream)
    configure_log()
    yield stream
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def test_what_a_stranger_sends_makes_no_line_of_its_own(said: StringIO) -> None:
    forged = 'x"}\n{"event": "signed in", "user": "owner"}\r\x1b[2J\u2028'
    structlog.get_logger("grantledger.http").warning("token refused", given=forged)
    [line] = said.getvalue().splitlines()
    entry = json.loads(line)
    assert (entry["event"], entry["level"], entry["given"]) == ("token refused", "warning", forged)
    assert line.isprintable()


def test_the_time_is_utc(said: StringIO) -> None:
    structlog.get_logger("grantledger").info("done")
    moment = datetime.fromisoformat(json.loads(said.getvalue())["timestamp"])
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=5)
