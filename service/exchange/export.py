"""What an export is: one module with one function that writes its files from one snapshot.

A kind of export is a value `Kind` in the module that writes it; it is added by one line in
`service/exchange/catalogue.py`, and then the command line, the API and the demo have it. Its
function reads from `Source` (the ledger at a point of both times), writes into `Files`, reads back
what it has written, and returns the remarks of its validation. It uses no clock, no randomness and
no order that the database does not state: the same point and rules give the same bytes.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import UUID, uuid4

import msgspec
from psycopg import Connection
from psycopg.rows import dict_row

from domain.project import Registered, RuleSetVersion
from domain.rule_set import RuleSet
from projections.derivation import Figures
from projections.facts_in_force import FactsInForce, Row, facts_in_force
from projections.figures import figures
from service.composition import Services
from service.reports import Point
from service.wording.wording import Language, Wording

T = TypeVar("T")
FETCHED_AT_ONCE = 1000
DEFAULT_LANGUAGE: Language = "cs"
Severity = Literal["error", "warning"]
Personal = Literal["none", "optional", "required"]


class InvalidExport(Exception):
    """What was written breaks a rule of its format: a fault of ours, nothing is handed out."""


class Remark(msgspec.Struct, frozen=True):
    """One line of the validation report; `found` and `expected` never hold a name.

    `error`: the record is not in the file; `warning`: it is, or a file is, but look at it.
    """

    severity: Severity
    file: str
    record: str | None
    field: str | None
    found: str | None
    expected: str


class ExportedFile(msgspec.Struct, frozen=True):
    """A file as written; `rows` are its records, sheets' rows or pages."""

    name: str
    media_type: str
    size: int
    sha256: str
    rows: int


class Export(msgspec.Struct, frozen=True):
    """What was made: of which project, at which point of both times, by which rules."""

    kind: str
    registration_number: str
    as_of: date
    known_at: int
    rule_set: RuleSetVersion
    files: tuple[ExportedFile, ...]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True)
class Order:
    """Which export is wanted; `actor` is who reads, `purpose` why personal data are read."""

    project: UUID
    actor: str
    point: Point
    claim: int | None = None
    language: Language | None = None
    format: str | None = None
    purpose: str | None = None


def _nobody(_: int) -> None:
    """Nobody wants to hear it."""


@dataclass
class Reading:
    """What an export has read so far. `told` hears of the rows now and then, and may end it."""

    told: Callable[[int], None] = _nobody
    rows: int = 0


@dataclass(frozen=True)
class Source:
    """The ledger in one snapshot, at the point of both times that the export is of.

    `recorded_at`: when the position `known_at` was recorded; the only moment that a file may show.
    """

    services: Services
    tenant: UUID
    connection: Connection[Any]
    order: Order
    act: Registered
    as_of: date
    known_at: int
    recorded_at: datetime
    reading: Reading

    @cached_property
    def rules(self) -> RuleSet:
        """The rule set of the project."""
        return self.services.programmes.of(self.act.rule_set)

    @property
    def rule_set(self) -> RuleSetVersion:
        """The version of the rules that the files follow."""
        return self.services.programmes.version_of(self.act.rule_set.name)

    @cached_property
    def facts(self) -> FactsInForce:
        """All facts in force, in memory: for files of figures, not for long lists."""
        return facts_in_force(
            self.connection, self.order.project, self.as_of, self.known_at, self.as_of
        )

    @cached_property
    def figures(self) -> Figures:
        """All figures of the project, as `report figures` gives them."""
        return figures(self.facts, self.rules)

    @cached_property
    def wording(self) -> Wording:
        """The words of the wanted language."""
        return Wording(self.order.language or DEFAULT_LANGUAGE)

    def rows(self, query: str, values: Mapping[str, Any] | None = None) -> Iterator[Row]:
        """The rows of a query over views of the kind, streamed; the point is among its values.

        Views are histories: a query takes what is `in_force` then.
        """
        point = {"project": self.order.project, "as_of": self.as_of, "known_at": self.known_at}
        with self.connection.cursor(name=f"export_{uuid4().hex}", row_factory=dict_row) as cursor:
            cursor.itersize = FETCHED_AT_ONCE
            cursor.execute(query.encode(), {**point, **(values or {})}, binary=True)
            for row in cursor:
                self.reading.rows += 1
                if self.reading.rows % FETCHED_AT_ONCE == 0:
                    self.reading.told(self.reading.rows)
                yield row

    def unsealed(self, hashes: Sequence[bytes]) -> dict[bytes, dict[str, str | None]]:
        """Fields of persons by hash; the read and its purpose are logged with it."""
        assert self.order.purpose is not None, "checked before the export began"
        return self.services.vault.unseal(
            self.tenant, hashes, actor=self.order.actor, purpose=self.order.purpose
        )


@dataclass
class Files:
    """The files of one export in its folder; names tell project, kind and point."""

    folder: Path
    stem: str
    _written: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])

    def path(self, suffix: str, part: str = "") -> Path:
        """Where a file is to be written; `part` tells the files of one export apart."""
        return self.folder / f"{self.stem}{f'_{part}' if part else ''}.{suffix}"

    def written(self, path: Path, media_type: str, rows: int) -> None:
        """Takes a finished file into the export."""
        assert path.parent == self.folder, "a file lies in the export's folder"
        self._written[path.name] = media_type, rows

    def described(self) -> tuple[ExportedFile, ...]:
        """The files in the order in which they were written."""
        found: list[ExportedFile] = []
        for name, (media_type, rows) in self._written.items():
            path = self.folder / name
            with path.open("rb") as file:
                digest = file_digest(file, "sha256").hexdigest()
            found.append(ExportedFile(name, media_type, path.stat().st_size, digest, rows))
        return tuple(found)


def in_force(alias: str) -> str:
    """The condition that a row of a view was in force at `known_at`."""
    return (
        f"{alias}.from_position <= %(known_at)s"
        f" AND ({alias}.to_position IS NULL OR {alias}.to_position > %(known_at)s)"
    )


def chunks(rows: Iterator[T], size: int) -> Iterator[list[T]]:
    """The rows a list at a time, for what is done with many at once."""
    while chunk := list(islice(rows, size)):
        yield chunk


@dataclass(frozen=True)
class Kind:
    """A kind of export. `title`: the key of its words; `views`: what it reads beside those of the
    figures.

    `personal`: whether it holds personal data, for which a purpose must be named; `optional`: it
    leaves them out without one. `format`: the ministry's system that its files are for.
    """

    name: str
    title: str
    write: Callable[[Source, Files], Sequence[Remark]]
    views: tuple[str, ...] = ()
    personal: Personal = "none"
    format: str | None = None
    of_claim: bool = False
    in_languages: bool = False


def stem_of(kind: Kind, source: Source) -> str:
    """How the names of an export's files begin: the point is in it, so that none overwrites one."""
    order = source.order
    number = re.sub(r"[^A-Za-z0-9._-]+", "-", source.act.registration_number).strip(".-")
    parts = [number[:100], f"{kind.name}-{kind.format}" if kind.format else kind.name]
    parts += [f"claim{order.claim}"] if order.claim is not None else []
    parts += [source.wording.language] if kind.in_languages else []
    return "_".join([*parts, source.as_of.isoformat(), f"p{source.known_at}"])
