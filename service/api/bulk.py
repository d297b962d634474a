"""Many records in one request: all or none, or each that can be; each with its own answer.

The command of an item follows from the request's key and the item's place, its hash from all items
up to it. So a request that was cut off is sent again and goes on: what is recorded answers as the
first time, whether the second request is as long or longer.
"""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from itertools import chain
from threading import BoundedSemaphore
from typing import IO, Annotated, Any
from uuid import UUID, uuid5

import msgspec
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.exceptions import HTTPException, PermissionDeniedException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter
from litestar.response import Stream
from msgspec import Meta

from domain.rejection import Rejection
from service.api.body_limits import put_on_disk
from service.api.bulk_body import (
    JSON,
    NDJSON,
    BulkBusy,
    Mode,
    check_media_type,
    items_of,
    received,
)
from service.api.bulk_kinds import KINDS, BulkKind
from service.api.bulk_lines import ahead_of_reader
from service.api.caller import POSITION, AsCaller, Caller
from service.api.dry_run import is_dry_run
from service.api.errors import problem_of
from service.api.fields import Id, Item, Version
from service.api.idempotency import HEADER, command_id, key_of, request_hash
from service.api.negotiation import best_of
from service.api.preconditions import StaleVersion
from service.api.problem import Problem
from service.api.route import ProjectId, receive
from service.api.strict_request import BODY_FIELDS, InvalidBody, canonical, decoded
from service.commands.many import Done, Many, Numbered, Refused
from service.commands.prepared import Prepared
from service.commands.projects import registered
from service.commands.work import Work

REFUSALS = (Rejection, InvalidBody, StaleVersion, PermissionDeniedException, ArithmeticError)
AT_ONCE = 3  # each holds a thread, and in memory its items
OF_ITEMS = b"items"  # in the place of a body: the items have hashes of their own
_slots = BoundedSemaphore(AT_ONCE)
ModeOfLines = Annotated[
    Mode | None,
    QueryParameter(description="The mode where the body is NDJSON; a JSON body names its own"),
]


class ItemAnswer(Item, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one item: `id`, `version` and `position`, or the `problem`."""

    index: Annotated[int, Meta(ge=0, description="Its place, from 0", examples=[0])]
    status: Annotated[
        int, Meta(description="What the single operation would answer", examples=[201])
    ]
    id: Id | None = None
    version: Version | None = None
    position: Annotated[
        int | None, Meta(description="The last position of the log that it took", examples=[17])
    ] = None
    problem: Problem | None = None


class BulkAnswer(Item, frozen=True, kw_only=True):
    """What became of the items, in their order."""

    recorded: Annotated[int, Meta(description="How many are recorded", examples=[1])]
    refused: Annotated[int, Meta(description="How many are not", examples=[0])]
    items: list[ItemAnswer]


def _route(kind: BulkKind) -> HTTPRouteHandler:
    async def record_many(
        request: Request[Any, Any, Any],
        caller: AsCaller,
        project_id: ProjectId,
        mode: ModeOfLines = None,
    ) -> Response[BulkAnswer] | Stream:
        media_type = request.content_type[0]
        check_media_type(media_type)
        bulk = _Bulk(kind, caller, request, project_id)
        on_disk = partial(put_on_disk, request.scope)
        file = await received(request.stream(), request.content_length, on_disk)
        return await sync_to_thread(bulk.answer, file, media_type, mode)

    record_many.__doc__ = f"""Records up to 10,000 {kind.things} in one request of at most 20 MB.

    Each item is as the single operation takes it, and is judged as if they were sent one after the
    other. With `atomic` one refused item refuses the request, with `continue` every other one is
    recorded. Items come as JSON or, one a line, as NDJSON with `mode` in the query; so do answers.
    A request that was cut off is sent again under its `Idempotency-Key`: it goes on where it was.
    """
    return receive(
        f"/projects/{{project_id:uuid}}/{kind.path}/bulk",
        permission=kind.permission,
        operation_id=kind.operation_id,
        summary=f"Record many {kind.things}",
        tags=[kind.tag],
        status_code=200,
        responses={200: ResponseSpec(BulkAnswer, generate_examples=False)},
    )(record_many)


class _Bulk:
    """One bulk request."""

    def __init__(
        self, kind: BulkKind, caller: Caller, request: Request[Any, Any, Any], project: UUID
    ) -> None:
        self._kind, self._caller, self._request, self._project = kind, caller, request, project
        request.scope["state"][BODY_FIELDS] = kind.body.__struct_fields__

    def answer(self, file: IO[bytes], given_as: str, mode: Mode | None) -> Response[Any] | Stream:
        """Records, and answers at once or item by item; what is refused whole is a problem."""
        answer_as = self._wanted(given_as)
        chunks = self._recorded(file, given_as, mode)
        first = next(chunks)  # raises what refuses the request before the answer has begun
        answers = chain([first], chunks)
        if answer_as == NDJSON:
            lines = ahead_of_reader(self._lines(answers))
            return Stream(lines, media_type=NDJSON, status_code=200)
        items = list(chain.from_iterable(answers))
        recorded = sum(one.problem is None for one in items)
        content = BulkAnswer(recorded=recorded, refused=len(items) - recorded, items=items)
        last = max((one.position or 0 for one in items), default=0)
        kept = last and not is_dry_run(self._request)
        headers = {POSITION: str(last)} if kept else {}
        return Response(content, headers=headers, status_code=200)

    def _lines(self, chunks: Iterable[list[ItemAnswer]]) -> Iterator[bytes]:
        """A line an item. What stops the request after it has begun to answer is the last line."""
        index = 0
        try:
            for chunk in chunks:
                yield b"".join(map(_line, chunk))
                index += len(chunk)
        except Exception as error:  # noqa: BLE001 the status is sent already
            problem = problem_of(self._request, error)
            yield _line(ItemAnswer(index=index, status=problem.status, problem=problem))

    def _wanted(self, given_as: str) -> str:
        """As the request came, unless it prefers the other."""
        offered = [given_as, *({JSON, NDJSON} - {given_as})]
        wanted = best_of(self._request, offered)
        if wanted is None:
            raise HTTPException(status_code=406, detail=f"this is {JSON} or {NDJSON}")
        return wanted

    def _recorded(
        self, file: IO[bytes], media_type: str, mode: Mode | None
    ) -> Generator[list[ItemAnswer]]:
        """The answers, chunk by chunk as they are recorded."""
        if not _slots.acquire(blocking=False):
            raise BulkBusy
        try:
            caller, request = self._caller, self._request
            command = command_id(caller.tenant, caller.actor, key_of(request.headers.get(HEADER)))
            asked = request_hash(request.method, request.url.path, OF_ITEMS)
            with file, caller.alone(command, asked):
                commands = caller.services.commands(caller.tenant, caller.actor)
                work = Work(commands.ledger, commands.vault, commands.programmes, caller.actor)
                registered(work, self._project)
                mode, items = items_of(file, media_type, mode)
                many = Many(commands, REFUSALS, keep=not is_dry_run(request))
                given = self._numbered(command, mode, items)
                chunks = (
                    [many.all_or_none(_as_one(given))] if mode == "atomic" else many.each(given)
                )
                for chunk in chunks:
                    if many.keep and any(isinstance(one, Done) for one in chunk):
                        caller.remember(command, asked)
                    yield [self._answer_of(one) for one in chunk]
        finally:
            _slots.release()

    def _numbered(self, command: UUID, mode: Mode, items: Iterable[bytes]) -> Iterator[Numbered]:
        request = self._request
        asked = request_hash(request.method, request.url.path, mode.encode())
        for index, raw in enumerate(items):
            content, prepared = self._prepared(raw)
            asked = sha256(asked + sha256(content).digest()).digest()
            yield Numbered(index, uuid5(command, f"item/{index}"), asked, prepared)

    def _prepared(self, raw: bytes) -> tuple[bytes, Prepared | Exception]:
        """The canonical content of an item, and its command or why it is none."""
        content = raw
        try:
            content = canonical(raw)
            data = decoded(self._kind.body, raw)
            return content, self._kind.prepared(self._caller.rights, self._project, data)
        except REFUSALS as error:
            return content, error

    def _answer_of(self, one: Done | Refused) -> ItemAnswer:
        match one:
            case Done():
                return ItemAnswer(
                    index=one.index,
                    status=201,
                    id=one.stream,
                    version=one.version,
                    position=one.position,
                )
            case Refused():
                problem = problem_of(self._request, one.error)
                return ItemAnswer(index=one.index, status=problem.status, problem=problem)


def _line(answer: ItemAnswer) -> bytes:
    return msgspec.json.encode(answer) + b"\n"


def _as_one(given: Iterable[Numbered]) -> list[Numbered]:
    """What is recorded together is the same request only as a whole."""
    items = list(given)
    return [replace(one, request_hash=items[-1].request_hash) for one in items]


ROUTES = [_route(kind) for kind in KINDS]
