"""What the API says of an import that was carried out. No entry of it shows a person."""

from typing import Annotated

import msgspec
from msgspec import Meta

from service.api.fields import Item, word_of

OUTCOMES = ("recorded", "nothing_new", "checked", "changed_rows", "bad_rows")
File = Annotated[str, Meta(description="The file or sheet", examples=["sd1.csv"])]
RowId = Annotated[str, Meta(description="The row's own number", examples=["FP00001"])]
Count = Annotated[int, Meta(ge=0, description="How many rows", examples=[0])]


class ChangedValue(Item, frozen=True, kw_only=True):
    """A column of a row that was corrected; without values where it holds persons."""

    column: Annotated[str, Meta(examples=["amount_czk"])]
    old: Annotated[str | None, Meta(examples=["1210.00"])]
    new: Annotated[str | None, Meta(examples=["1220.00"])]


class ChangedImportRow(Item, frozen=True, kw_only=True):
    """A row that differs from what was recorded of it; in what, when it was corrected."""

    file: File
    row: Annotated[int, Meta(description="Line of the file, row of the sheet", examples=[2])]
    id: RowId
    changes: list[ChangedValue] | msgspec.UnsetType = msgspec.UNSET


class MissingImportRow(Item, frozen=True, kw_only=True):
    """A recorded row that is not in the file; it stays."""

    file: File
    id: RowId


class ImportProblem(Item, frozen=True, kw_only=True):
    """What is wrong with a row or a file. Of persons only the shape of a value is shown."""

    file: File
    row: Annotated[int | None, Meta(description="None: of the whole file", examples=[12])]
    column: Annotated[str | None, Meta(examples=["paid_on"])]
    found: Annotated[str, Meta(examples=["31.2.2026"])]
    expected: Annotated[str, Meta(examples=["a day as 2026-03-31 or 31.3.2026"])]
    cell: Annotated[str | None, Meta(description="In a workbook", examples=["sd1!H12"])]


class ImportCounts(Item, frozen=True, kw_only=True):
    """How long the whole lists are; longer ones than 1,000 are in the file `import.json`."""

    changed: Count
    missing: Count
    problems: Count


class ImportResult(Item, frozen=True, kw_only=True):
    """What an import has done, as `grantledger import project --json` prints it."""

    outcome: Annotated[
        str,
        word_of(
            OUTCOMES,
            "What came of it; nothing is recorded with `checked` (`check_only`), `changed_rows`"
            " (a `reason` is needed) and `bad_rows`",
            "recorded",
        ),
    ]
    rows_recorded: Annotated[
        int, Meta(ge=0, description="New and corrected, in all attempts", examples=[2353])
    ]
    project_id: Annotated[
        str | None,
        Meta(
            description="The project, when there is one",
            examples=["5f0e7c0a-93a1-4a3e-9d5e-0c6f3f6b9a11"],
        ),
    ]
    registration_number: Annotated[
        str | None,
        Meta(description="As in the file", examples=["CZ.03.2.63/0.0/0.0/15_023/0000850"]),
    ]
    dry_run: Annotated[bool, Meta(description="As `check_only` ordered", examples=[False])]
    recorded: Annotated[bool, Meta(description="It was recorded to its end", examples=[True])]
    new: Annotated[int, Meta(ge=0, description="In the last attempt", examples=[2353])]
    corrected: Count
    same: Annotated[int, Meta(ge=0, description="Rows recorded before", examples=[0])]
    refused: Count
    events: Annotated[int, Meta(ge=0, description="In the last attempt", examples=[3508])]
    changed: list[ChangedImportRow]
    missing: list[MissingImportRow]
    problems: list[ImportProblem]
    counts: ImportCounts
