"""The audit trail as CSV for Czech Excel: UTF-8 with BOM, semicolons, CRLF.

The first columns are the sentence, the others the exact values of the event. A cell that a
spreadsheet would take for a formula gets an apostrophe before it; numbers stay as they are.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from io import StringIO
from typing import Any

from service.audit.sentences import changes_line
from service.audit.trail import Told
from service.wording.wording import Wording

MEDIA_TYPE = "text/csv"
BOM = "\ufeff"
COLUMNS = (
    *("position", "when", "who", "what", "changes", "why"),
    *("kind", "reference", "type", "fact_type", "effective_on", "recorded_at", "actor"),
    *("id", "version", "fact_version", "event_id", "causation", "before", "after"),
)
# Also behind white space or apostrophes, and in full width: some spreadsheets look past those.
FORMULA = re.compile(r"['\s]*[=+\-@＝＋－＠]|'*[\t\r\n]")
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?")


def csv_chunks(pages: Iterable[Iterable[Told]], wording: Wording) -> Iterator[bytes]:
    """The file, the heading and then a page at a time."""
    yield (BOM + _lines([[wording.text(f"audit.column.{name}") for name in COLUMNS]])).encode()
    for page in pages:
        yield _lines([_row(told, wording) for told in page]).encode()


def safe_cell(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would take for a formula."""
    harmless = NUMBER.fullmatch(text) or not FORMULA.match(text)
    return text if harmless else f"'{text}"


def _lines(rows: Iterable[list[str]]) -> str:
    written = StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerows(rows)
    return written.getvalue()


def _row(told: Told, wording: Wording) -> list[str]:
    entry, sentence = told.entry, told.sentence
    values: dict[str, Any] = {
        **entry._asdict(),
        **{name: getattr(sentence, name) for name in ("when", "who", "what", "why")},
        "changes": changes_line(sentence, wording),
        "recorded_at": entry.recorded_at.astimezone(UTC).isoformat(),
        "id": entry.stream_id,
        "before": _json(entry.before),
        "after": _json(entry.after),
    }
    return [safe_cell(_text(values[name])) for name in COLUMNS]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _json(values: Any) -> str | None:
    if values is None:
        return None
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
