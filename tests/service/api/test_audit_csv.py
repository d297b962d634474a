"""The trail as CSV: the same as the JSON, harmless in a spreadsheet, the same at a position."""

import csv
import json
import re
from datetime import datetime
from io import StringIO
from typing import Any

import pytest

from service.audit.csv_file import COLUMNS
from service.audit.trail import PURPOSE
from service.store.database import in_tenant
from service.wording.wording import LANGUAGES, Language
from tests.service.api.made_trail import FORMULAS, Made

READS = """SELECT count(*) FROM vault.read_log
    WHERE actor = %(actor)s AND purpose = %(purpose)s"""


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    assert text.count("\n") == text.count("\r\n")
    rows = list(csv.reader(StringIO(text[1:], newline=""), delimiter=";"))
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows[1:]]


def unguarded(cell: str) -> str:
    return re.sub(r"^'(?=['\s]*[=+\-@＝＋－＠]|'*[\t\r\n])", "", cell)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_csv_holds_the_same_as_the_json(made: Made, language: Language) -> None:
    path = f"/v1/projects/{made.project}/audit-trail"
    answer = made.api.get(f"{path}.csv", language=language)
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = made.api.read(path, language=language, limit=7, **cursor)
        items += page["items"]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    rows = rows_of(answer.text)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert len(rows) == len(items) > 40
    for row, item in zip(rows, items, strict=True):
        cells = {name: unguarded(cell) for name, cell in row.items()}
        plain = ("kind", "reference", "type", "fact_type", "effective_on", "actor", "id", "what")
        assert {name: cells[name] for name in plain} == {name: item[name] or "" for name in plain}
        numbers = ("position", "version", "fact_version")
        assert {name: int(cells[name]) for name in numbers} == {
            name: item[name] for name in numbers
        }
        assert cells["who"] == item["who"]
        assert cells["why"] == (item["reason"] or "")
        moments = (cells["recorded_at"], item["recorded_at"])
        assert len({datetime.fromisoformat(one) for one in moments}) == 1
        for name in ("before", "after"):
            assert (json.loads(cells[name]) if cells[name] else None) == item[name]


def dangerous(rows: list[dict[str, str]]) -> list[str]:
    """Cells that a spreadsheet would calculate."""
    return [
        cell
        for row in rows
        for cell in row.values()
        if cell.strip()[:1] in tuple("=+-@＝＋－＠") and not re.fullmatch(r"[+-]?[\d.,]+", cell)
    ]


def test_no_cell_of_the_csv_is_a_formula(made: Made) -> None:
    path = f"/v1/projects/{made.project}/audit-trail"
    rows = rows_of(made.api.get(f"{path}.csv").text)
    assert set(FORMULAS) <= {unguarded(row["why"]) for row in rows}
    assert dangerous(rows) == []
    items = made.api.read(path, limit=500)["items"]
    unsafe = dangerous([{"why": item["reason"] or ""} for item in items])  # the control
    assert set(unsafe) == set(FORMULAS) - {"'=1"}


def test_a_position_gives_the_same_csv_however_the_log_grows(made: Made) -> None:
    path = f"/v1/projects/{made.project}/audit-trail.csv"
    upto = made.head - 5
    then = made.api.get(path, known_at=upto)
    body = {"version": 1, "changes": {"place": "Ostrava"}, "reason": "Znovu jinde"}
    course = next(one.stream_id for one in made.read() if one.reference == "A001")
    made.colleague.record(f"/v1/records/{course}/corrections", body)
    now = made.api.get(path, known_at=upto)
    assert then.headers["ledger-position"] == str(upto)
    assert then.content == now.content
    assert made.api.get(path).content != now.content


def test_one_reading_of_users_names_is_logged_for_a_csv(made: Made) -> None:
    def logged() -> int:
        values = {"actor": str(made.colleague.user), "purpose": PURPOSE}
        return in_tenant(made.services.pool, made.api.tenant, READS, values)[0][0]

    before = logged()
    made.colleague.get(f"/v1/projects/{made.project}/audit-trail.csv")
    assert logged() == before + 1
