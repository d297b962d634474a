"""The audit trail as CSV: the sentence first, then the exact values of the event."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Any

from service.audit.sentences import changes_line
from service.audit.trail import Told
from service.spreadsheet_csv import heading, lines
from service.wording.wording import Wording

COLUMNS = (
    *("position", "when", "who", "what", "changes", "why"),
    *("kind", "reference", "type", "fact_type", "effective_on", "recorded_at", "actor"),
    *("id", "version", "fact_version", "event_id", "causation", "before", "after"),
)


def csv_chunks(pages: Iterable[Iterable[Told]], wording: Wording) -> Iterator[bytes]:
    """The file, the heading and then a page at a time."""
    yield heading(wording.text(f"audit.column.{name}") for name in COLUMNS)
    for page in pages:
        yield lines(_row(told, wording) for told in page)


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
    return [_text(values[name]) for name in COLUMNS]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _json(values: Any) -> str | None:
    if values is None:
        return None
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
