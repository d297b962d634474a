"""Who sends a request, and how an endpoint records and reads for him.

Every route below `/v1` asks for a token; the tenant is the token's. Writes answer from the events
as they are stored, so that a repeated request gets the same answer. Reads wait for the views to
reach the log, so that a client reads what it wrote.
"""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID, uuid5

import msgspec
from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from psycopg import Connection

from domain.rejection import InvalidValue, NotFound
from projections.facts_in_force import UnknownProject
from projections.page_query import PageQuery, Row, rows
from projections.reading import consistent
from service.api.dry_run import is_dry_run
from service.api.fields import Id, Item, Version
from service.api.guard import IDENTITY
from service.api.idempotency import HEADER, command_id, key_of, request_hash
from service.api.negotiation import csv_wanted
from service.api.paging import Cursors
from service.api.preconditions import HEADER as IF_MATCH
from service.api.preconditions import Precondition, PreconditionMissing, version_tag, versions_of
from service.api.route import ADDS_TO, CHANGES
from service.api.strict_request import CANONICAL_BODY
from service.commands.execute import Recorded as Done
from service.commands.work import Work
from service.composition import Services
from service.importing.import_run import is_importing
from service.reports import ProjectImporting, Reports
from service.store.database import transaction_of
from service.tokens import Identity
from service.users import check_same, first_time

T = TypeVar("T")
PROJECT_EXISTS = """SELECT 1 AS found FROM views.spend_project
    WHERE project_id = %(project)s AND to_position IS NULL LIMIT 1"""
VERSION = """SELECT max(version) AS version FROM ledger.event
    WHERE tenant_id = %(tenant)s AND stream_id = %(stream)s AND position <= %(position)s"""


POSITION = "Ledger-Position"
WHOLE = re.compile(r"[0-9]{1,18}")


class PositionAhead(Exception):
    """The log has not come to the position that a request must have seen."""

    def __init__(self, seen: int, head: int) -> None:
        super().__init__(seen, head)
        self.seen, self.head = seen, head


class Recorded(Item, frozen=True, kw_only=True):
    """What was recorded: the fact `version` of the record `id`, up to `position` of the log."""

    id: Id
    version: Version
    position: Annotated[
        int, msgspec.Meta(description="The last position of the log that it took", examples=[17])
    ]


@dataclass(frozen=True)
class Snapshot:
    """The views at one moment, at least up to `position`."""

    connection: Connection[Any]
    tenant: UUID
    position: int

    def rows(self, query: str, values: Mapping[str, Any]) -> list[Row]:
        """The rows of a query."""
        return rows(self.connection, query, values)

    def version(self, stream: UUID) -> int:
        """The version of a stream. Never newer than the rows read: a stale ETag is only refused."""
        values = {"tenant": self.tenant, "stream": stream, "position": self.position}
        return self.rows(VERSION, values)[0]["version"] or 0


class Caller:
    """The user behind a request, with what he may use."""

    def __init__(self, services: Services, identity: Identity, request: Request[Any, Any, Any]):
        self.services, self.tenant = services, identity.tenant
        self.actor = str(identity.user_id)
        self.rights = identity.rights
        self.reports = Reports(services, identity.tenant)
        self._request = request

    def record(
        self,
        decide: Callable[[Work, UUID], object],
        location: Callable[[UUID], str] | None = None,
    ) -> Response[Recorded]:
        """Runs the request's command once; `decide` gets the id for a new record.

        Raises PreconditionMissing, StaleVersion, StillRunning.
        """
        command, asked = self._asked()
        precondition = self.precondition()
        commands = self.services.commands(self.tenant, self.actor)
        new_record = uuid5(command, "record")

        def decided(work: Work) -> None:
            if precondition is None:
                decide(work, new_record)
            else:
                precondition.judged(work, lambda: decide(work, new_record))

        with self.alone(command, asked):
            recorded = commands.run(command, asked, decided, keep=not is_dry_run(self._request))
        return _answer(recorded, location, kept=not is_dry_run(self._request))

    def administer(
        self,
        change: Callable[[Connection[Any], UUID], object],
        show: Callable[[Connection[Any], UUID], object] | None = None,
    ) -> tuple[UUID, bool]:
        """Runs a change of users or tokens once, in one transaction, with the id for what is new.

        `show` reads what the answer says of it, each time. False: the same request was done before.
        """
        command, asked = self._asked()
        new, keep = uuid5(command, "record"), not is_dry_run(self._request)
        with (
            self.alone(command, asked),
            transaction_of(self.services.pool, self.tenant, keep=keep) as connection,
        ):
            first = first_time(connection, self.tenant, command, asked)
            if first:
                change(connection, new)
            if show is not None:
                show(connection, new)
        return new, first

    def _asked(self) -> tuple[UUID, bytes]:
        """The command of the request, and what makes it the same request."""
        request = self._request
        key = key_of(request.headers.get(HEADER))
        body: bytes = request.scope["state"].get(CANONICAL_BODY, b"")
        asked = request_hash(request.method, request.url.path, body)
        return command_id(self.tenant, self.actor, key), asked

    @contextmanager
    def alone(self, command: UUID, asked: bytes) -> Generator[None]:
        """Nobody else runs the command meanwhile. Without a key nobody else can have it.

        Raises StillRunning, CommandReused.
        """
        if HEADER not in self._request.headers:
            yield
            return
        with self.services.running.alone(command):
            check_same(self.services.pool, self.tenant, command, asked)
            yield

    def remember(self, command: UUID, asked: bytes) -> None:
        """The request's key is taken; for requests whose events have commands of their own."""
        if HEADER in self._request.headers:
            with transaction_of(self.services.pool, self.tenant, keep=True) as connection:
                first_time(connection, self.tenant, command, asked)

    def precondition(self) -> Precondition | None:
        """What the request's `If-Match` says of the record in its path; None: nothing, or `*`.

        Raises PreconditionMissing.
        """
        opt, header = self._request.route_handler.opt, self._request.headers.get(IF_MATCH)
        name: str | None = opt[CHANGES] or opt[ADDS_TO]
        if name is None:
            return None
        if header is None:
            if opt[CHANGES]:
                raise PreconditionMissing
            return None
        versions = versions_of(header)
        return None if versions is None else Precondition(self._request.path_params[name], versions)

    @contextmanager
    def reading(self, project: UUID | None, views: Sequence[str]) -> Generator[Snapshot]:
        """The views of a project, up to date. Raises UnknownProject, ProjectImporting."""
        services = self.services
        if project is not None and is_importing(services.pool, self.tenant, project):
            raise ProjectImporting(str(project))
        position = services.ledger(self.tenant).head()
        locked = list(dict.fromkeys(("spend_project", *views)))
        self.reports.bring_up_to_date(locked)
        with consistent(services.pool, self.tenant, locked) as connection:
            snapshot = Snapshot(connection, self.tenant, position)
            if project is not None and not snapshot.rows(PROJECT_EXISTS, {"project": project}):
                raise UnknownProject(str(project))
            yield snapshot

    def page(
        self,
        project: UUID | None,
        query: PageQuery,
        limit: int,
        cursor: str | None,
        values: Mapping[str, Any] | None = None,
        only: Mapping[str, Any] | None = None,
    ) -> tuple[list[Row], str | None, int]:
        """The rows of a list, the next cursor, and the position they are of.

        `only` are the filters of the query that the request names.
        """
        cursors = self.cursors()
        after = cursors.read(cursor, query.order)
        with self.reading(project, query.views) as snapshot:
            given = {"project": project, **(values or {})}
            found, last = query.page(snapshot.connection, given, limit, after, only or {})
        return found, cursors.after(last), snapshot.position

    @property
    def path(self) -> str:
        """The address of the request, without its query."""
        return self._request.url.path

    @property
    def csv_of(self) -> type[Item] | None:
        """The items of the list, if it is wanted as CSV."""
        return csv_wanted(self._request)

    def cursors(self, name: str = "cursor") -> Cursors:
        """The cursors of the list that the request asks for, by the parameter's name."""
        return Cursors.of_request(self.services.cursor_key, self.tenant, self._request, name)

    def one(
        self, project: UUID, query: PageQuery, stream: UUID, values: Mapping[str, Any]
    ) -> tuple[Row, int, int]:
        """One record of a project: its row, the position it is of, and its version."""
        with self.reading(project, query.views) as snapshot:
            given = {"project": project, **values}
            found, _ = query.page(snapshot.connection, given, 1, None)
            if not found:
                raise NotFound("the project has no such record")
            return found[0], snapshot.position, snapshot.version(stream)


AsCaller = NamedDependency[Caller]


def answer(content: T, position: int, version: int | None = None) -> Response[T]:
    """A read's answer with the position it is of and, of one record, its version."""
    headers = {POSITION: str(position)}
    if version is not None:
        headers["ETag"] = version_tag(version)
    return Response(content, headers=headers)


async def provide_caller(request: Request[Any, Any, Any]) -> Caller:
    """The caller of an authenticated request, at a log that is as far as the request says."""
    services: Services = request.app.state.services
    identity: Identity = request.scope["state"][IDENTITY]
    seen = position_seen(request.headers.get(POSITION))
    if seen is not None:
        await sync_to_thread(_check_position, services, identity.tenant, seen)
    return Caller(services, identity, request)


def position_seen(header: str | None) -> int | None:
    """The position that a request must have seen. Raises InvalidValue."""
    if header is None:
        return None
    if not WHOLE.fullmatch(header):
        raise InvalidValue("expected a position as an earlier answer had it", POSITION)
    return int(header)


def _check_position(services: Services, tenant: UUID, seen: int) -> None:
    head = services.ledger(tenant).head()
    if seen > head:
        raise PositionAhead(seen, head)


def _answer(
    recorded: Done, location: Callable[[UUID], str] | None, *, kept: bool
) -> Response[Recorded]:
    """A dry run names no position to read at: the log does not come to it."""
    stream, version, position = recorded.stream, recorded.version, recorded.position
    content = Recorded(id=stream, version=version, position=position)
    headers = {"ETag": version_tag(recorded.head)} | ({POSITION: str(position)} if kept else {})
    if location is not None:
        headers["Location"] = location(recorded.stream)
    return Response(content, status_code=201, headers=headers)
