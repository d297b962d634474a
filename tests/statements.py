"""How many statements this process sends to the database."""

from collections.abc import Callable

import psycopg
import pytest

Counted = Callable[[Callable[[], object]], int]


def statement_counter(monkeypatch: pytest.MonkeyPatch) -> Counted:
    """Counts what a call sends, in whatever thread."""
    sent: list[object] = []
    execute = psycopg.Cursor.execute

    def counting(cursor: psycopg.Cursor, query: object, *given: object, **named: object) -> object:
        sent.append(query)
        return execute(cursor, query, *given, **named)

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)

    def counted(call: Callable[[], object]) -> int:
        before = len(sent)
        call()
        return len(sent) - before

    return counted
