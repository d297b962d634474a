"""What the description says of lists as CSV, beside their JSON."""

from typing import Any

import msgspec

from service.api.list_columns import columns_of, csv_lines
from service.api.openapi_examples import Schemas, example_of
from service.audit.csv_file import COLUMNS
from service.spreadsheet_csv import BOM, MEDIA_TYPE, heading
from service.wording.wording import Wording

LENGTH_MAX = 10**12
TEXT = {
    "type": "string",
    "maxLength": LENGTH_MAX,
    "description": "All that is asked for, no pages: UTF-8 with BOM, semicolons, CRLF; a column"
    " for each field, nested ones as `a.b`; decimals with a comma; null is empty",
}
AUDIT_TRAIL = "audit_trail"


def describe_list(operation: dict[str, Any], item: type[msgspec.Struct], schemas: Schemas) -> None:
    """The second representation of a list, and the header that names its file."""
    found = operation["responses"]["200"]
    disposition = {"$ref": "#/components/headers/Content-Disposition"}
    found["headers"]["Content-Disposition"] = disposition
    text = _audit_trail() if operation["operationId"] == AUDIT_TRAIL else _example(item, schemas)
    example = {"value": text.decode().removeprefix(BOM)}
    found["content"][MEDIA_TYPE] = {"schema": dict(TEXT), "examples": {"typical": example}}


def _example(item: type[msgspec.Struct], schemas: Schemas) -> bytes:
    columns = columns_of(item)
    line = csv_lines(columns, [example_of(schemas[item.__name__], schemas)])
    return heading(column.name for column in columns) + line


def _audit_trail() -> bytes:
    """Its file is one for people, in words of their language."""
    words = Wording("en")
    return heading(words.text(f"audit.column.{name}") for name in COLUMNS)
