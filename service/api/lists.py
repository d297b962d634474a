"""Answers of lists: a page as JSON, or everything that is asked for as CSV.

A CSV answer is of one snapshot. It is written to a file before it is sent: a client that reads
slowly holds no snapshot open, and what fails is a problem and no half of a file.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar, cast
from uuid import UUID

from litestar import Response
from litestar.response import Stream

from projections.page_query import BATCH_SIZE, PageQuery, Row
from service.api.answers import tag_of
from service.api.caller import POSITION, Caller, Snapshot, answer
from service.api.fields import Item
from service.api.list_columns import csv_chunks
from service.api.made_files import chunks, making
from service.spreadsheet_csv import MEDIA_TYPE

IN_MEMORY_MAX = 1_000_000
P = TypeVar("P", bound=Item)
Key = tuple[str, ...] | None
ReadPage = Callable[[int, Key], tuple[Sequence[Item], Key]]


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Rows of views, of a project or of all, and how each is shown. `only`: the filters given."""

    query: PageQuery
    shown: Callable[[Row], Item]
    project: UUID | None
    values: Mapping[str, Any]
    only: Mapping[str, Any] = field(default_factory=dict[str, Any])


def of_view(
    caller: Caller, page: type[P], listing: Listing, limit: int, cursor: str | None
) -> Response[P]:
    """A list of rows. Raises UnknownProject, ProjectImporting, InvalidValue."""
    with caller.reading(listing.project, listing.query.views) as snapshot:
        return of_snapshot(caller, snapshot, page, listing, limit, cursor)


def of_snapshot(
    caller: Caller,
    snapshot: Snapshot,
    page: type[P],
    listing: Listing,
    limit: int,
    cursor: str | None,
) -> Response[P]:
    """The same of views that are open already. Raises InvalidValue."""
    query, shown = listing.query, listing.shown
    given = {"project": listing.project, **listing.values}
    if caller.csv_of is not None:
        batches = query.batches(snapshot.connection, given, listing.only)
        items = (list(map(shown, rows)) for rows in batches)
        return cast("Response[P]", _csv(caller, items, snapshot.position))
    cursors = caller.cursors()
    after = cursors.read(cursor, query.order)
    rows, last = query.page(snapshot.connection, given, limit, after, listing.only)
    content: Any = page
    found = content(items=list(map(shown, rows)), next_cursor=cursors.after(last))
    return answer(found, snapshot.position)


def of_pages(
    caller: Caller,
    page: type[P],
    order: Mapping[str, str],
    read_page: ReadPage,
    limit: int,
    cursor: str | None,
) -> Response[P]:
    """A list that `read_page` reads, of so many items after a key. Raises InvalidValue."""
    if caller.csv_of is not None:
        return cast("Response[P]", _csv(caller, _all(read_page), None))
    cursors = caller.cursors()
    items, last = read_page(limit, cursors.read(cursor, order))
    content: Any = page
    return Response(content(items=items, next_cursor=cursors.after(last)))


def whole(
    caller: Caller, content: P, position: int | None = None, version: int | None = None
) -> Response[P]:
    """A list without pages: the `items` of its answer."""
    if caller.csv_of is not None:
        found: Any = content
        return cast("Response[P]", _csv(caller, [found.items], position))
    return Response(content) if position is None else answer(content, position, version)


def _all(read_page: ReadPage) -> Iterator[Sequence[Item]]:
    items, last = read_page(BATCH_SIZE, None)
    yield items
    while last is not None:
        items, last = read_page(BATCH_SIZE, last)
        yield items


def _csv(caller: Caller, batches: Iterable[Sequence[Item]], position: int | None) -> Response[Any]:
    """The file, as a whole while it is small. Raises ExportsBusy."""
    assert caller.csv_of is not None
    file: IO[bytes] = SpooledTemporaryFile(IN_MEMORY_MAX)  # noqa: SIM115 who sends it closes it
    try:
        digest = _write(file, csv_chunks(caller.csv_of, batches))
    except BaseException:
        file.close()
        raise
    size, headers = file.tell(), _headers(caller, position)
    file.seek(0)
    if size <= IN_MEMORY_MAX:
        return Response(b"".join(chunks(file)), media_type=MEDIA_TYPE, headers=headers)
    headers |= {"ETag": tag_of(b"", digest).decode(), "Content-Length": str(size)}
    return Stream(chunks(file), media_type=MEDIA_TYPE, headers=headers)


def _write(file: IO[bytes], content: Iterable[bytes]) -> str:
    """The SHA-256 of what is written; only few long files are written at once."""
    digest, size = sha256(), 0
    with ExitStack() as slot:
        for chunk in content:
            if size <= IN_MEMORY_MAX < size + len(chunk):
                slot.enter_context(making())
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest()


def _headers(caller: Caller, position: int | None) -> dict[str, str]:
    of, name = {}, caller.path.rpartition("/")[2]
    if position is not None:
        of, name = {POSITION: str(position)}, f"{name}_p{position}"
    return of | {
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
