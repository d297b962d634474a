"""The events as CloudEvents, to be followed: a page, a page that waits, or a stream.

All three go on from a position of the log. The page's position is `Ledger-Position`, an event's is
its `sequence`; who goes on from it misses nothing and gets nothing twice. While it waits a request
holds neither a thread nor a connection of the pool.
"""

import time
from collections.abc import AsyncGenerator, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.exceptions import HTTPException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from domain.event import stored_names
from domain.rejection import InvalidValue
from service.api.caller import AsCaller, Caller
from service.api.guard import check_projects, rights_now
from service.api.negotiation import best_of
from service.api.paging import Limit
from service.api.route import follow
from service.feed.cloud_event import BATCH_MEDIA_TYPE, CloudEvent, cloud_event, encode
from service.feed.reading import FeedPage, LoggedEvent, Wanted, check_known, read_page
from service.feed.watch import LogWatch

STREAM_MEDIA_TYPE = "text/event-stream"
WAIT_S_MAX = 30
POSITION_MAX = 2**53
HEARTBEAT_S = 15.0
LIMIT, STREAM_LIMIT = 100, 100
RECONNECT_MS = 2_000
TYPES_PATTERN = r"^[a-z-]{1,40}\.[a-z-]{1,40}\.v[1-9][0-9]{0,3}(,[a-z.0-9-]{1,90}){0,49}\Z"

After = Annotated[
    int,
    QueryParameter(
        ge=0, le=POSITION_MAX, description="Only events after this position; 0: from the first one"
    ),
]
OnlyProject = Annotated[
    UUID | None, QueryParameter(description="Only events that concern this project")
]
OnlyTypes = Annotated[
    str | None,
    QueryParameter(
        pattern=TYPES_PATTERN,
        description="Only events with these stored names, joined by commas, such as"
        " `claim.submitted.v1,claim.paid.v1`",
    ),
]
Wait = Annotated[
    int,
    QueryParameter(
        ge=0,
        le=WAIT_S_MAX,
        description="Where there is nothing yet, wait so many seconds for the first event",
    ),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID",
        pattern=r"^[0-9]{1,15}\Z",
        description="Of a stream: the last `id` that was seen; goes before `after`",
    ),
]


@follow(
    "/events",
    permission="events.read",
    over="visible",
    negotiates=True,
    operation_id="read_events",
    summary="Follow the events",
    tags=["events"],
    responses={
        200: ResponseSpec(list[CloudEvent], media_type=BATCH_MEDIA_TYPE, generate_examples=False)
    },
)
async def read_events(
    request: Request[Any, Any, Any],
    caller: AsCaller,
    after: After = 0,
    limit: Limit = LIMIT,
    project: OnlyProject = None,
    types: OnlyTypes = None,
    wait: Wait = 0,
    last_event_id: LastEventId = None,
) -> Response[bytes] | Stream:
    """Events after a position in the order of the log, as a batch of CloudEvents 1.0.

    `Ledger-Position` is where the next page begins (`after`), also when no event is of interest:
    a page looks at 2,000 events at most. With `wait` the answer comes with the first event, or
    empty after that time. With `Accept: text/event-stream` the same events come as a stream
    (Server-Sent Events) that goes on until the client ends it; `id` is the position, and
    `Last-Event-ID` goes on from there. Callers with roles in some projects only get the events
    that concern these and no other. No event holds a name of a person.
    """
    if project is not None:
        check_projects(caller.rights, ["events.read"], [project], "project")
        await sync_to_thread(check_known, caller.services.pool, caller.tenant, project)
    feed = _Feed(caller, request, project, _types(types))
    match best_of(request, [BATCH_MEDIA_TYPE, STREAM_MEDIA_TYPE]):
        case None:
            detail = f"this is {BATCH_MEDIA_TYPE} or {STREAM_MEDIA_TYPE}"
            raise HTTPException(status_code=406, detail=detail)
        case media_type if media_type == STREAM_MEDIA_TYPE:
            return await feed.stream(after if last_event_id is None else int(last_event_id))
        case _:
            return await feed.page(after, limit, wait)


class _Feed:
    """What one request follows."""

    def __init__(
        self,
        caller: Caller,
        request: Request[Any, Any, Any],
        project: UUID | None,
        types: Sequence[str] | None,
    ) -> None:
        self._pool, self._tenant = caller.services.pool, caller.tenant
        self._watch: LogWatch = request.app.state.watch
        self._request, self._project, self._types = request, project, types
        self._within = caller.rights.projects_with("events.read")

    async def page(self, after: int, limit: int, wait_s: int) -> Response[bytes]:
        """A page, empty when there was none in time."""
        until = time.monotonic() + wait_s
        found = await self._read(after, limit)
        _check_after(after, found.head)
        if wait_s and not found.events:
            with self._watch.listening(self._tenant):
                while not found.events and (left := until - time.monotonic()) > 0:
                    at_head = found.position == found.head
                    if at_head and not await self._watch.passed(self._tenant, found.head, left):
                        break
                    found = await self._read(found.position, limit)
        query = {**self._request.query_params.dict(), "after": [str(found.position)]}
        headers = {
            "Ledger-Position": str(found.position),
            "Link": f'</v1/events?{urlencode(sorted(query.items()), doseq=True)}>; rel="next"',
        }
        content = encode([cloud_event(self._tenant, one) for one in found.events])
        return Response(content, media_type=BATCH_MEDIA_TYPE, headers=headers)

    async def stream(self, after: int) -> Stream:
        """All from a position on, until one of the two sides ends."""
        first = await self._read(after, STREAM_LIMIT)
        _check_after(after, first.head)
        with self._watch.listening(self._tenant):
            pass  # refused before the answer begins; the place is that of the stream itself
        headers = {"Ledger-Position": str(after), "X-Accel-Buffering": "no"}
        return Stream(self._chunks(first), media_type=STREAM_MEDIA_TYPE, headers=headers)

    async def _chunks(self, page: FeedPage) -> AsyncGenerator[bytes]:
        with self._watch.listening(self._tenant):
            yield f"retry: {RECONNECT_MS}\n\n".encode()
            async for chunk in self._from(page):
                yield chunk

    async def _from(self, page: FeedPage) -> AsyncGenerator[bytes]:
        checked_at = told_at = time.monotonic()
        while not self._watch.closing:
            if page.events:
                yield b"".join(_message(self._tenant, one) for one in page.events)
                told_at = time.monotonic()
            if page.position == page.head:
                await self._watch.passed(self._tenant, page.head, HEARTBEAT_S)
            now = time.monotonic()
            if now - checked_at >= HEARTBEAT_S:
                if not await self._still_allowed():
                    return
                checked_at = now
            if now - told_at >= HEARTBEAT_S:
                yield f": alive\nid: {page.position}\n\n".encode()
                told_at = now
            page = await self._read(page.position, STREAM_LIMIT)

    async def _still_allowed(self) -> bool:
        """A token or role that was taken back ends the stream; a role less narrows it."""
        rights = await rights_now(self._request)
        if rights is None or "events.read" not in rights.somewhere():
            return False
        self._within = rights.projects_with("events.read")
        return self._project is None or rights.sees(self._project)

    async def _read(self, after: int, limit: int) -> FeedPage:
        wanted = Wanted(within=self._within, about=self._project, types=self._types)
        return await sync_to_thread(read_page, self._pool, self._tenant, wanted, after, limit)


def _message(tenant: UUID, event: LoggedEvent) -> bytes:
    """An event of the stream; JSON has no line ends in it."""
    return b"id: %d\ndata: %b\n\n" % (event.position, encode(cloud_event(tenant, event)))


def _types(given: str | None) -> list[str] | None:
    """The stored names. Raises InvalidValue for one that there is not, which would never come."""
    if given is None:
        return None
    names = given.split(",")
    if unknown := sorted(set(names) - set(stored_names())):
        raise InvalidValue(f"no event has the stored name {unknown[0]}", "types")
    return names


def _check_after(after: int, head: int) -> None:
    """A reader that is ahead of the log has seen one that is no more: a backup was restored.

    To wait would pass by the events that are recorded under the positions it has seen.
    """
    if after > head:
        raise InvalidValue(f"the log ends at {head}: begin again from an earlier one", "after")
