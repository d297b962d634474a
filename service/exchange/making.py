"""Making an export: checked, written from one snapshot, read back, and described by its hashes."""

import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.rejection import InvalidValue
from projections.collector import collector_paused
from projections.facts_in_force import act_in_force
from service.composition import Services
from service.exchange.export import Export, Files, Kind, Order, Reading, Remark, Source, stem_of
from service.reports import Reports

# An export reads whole lists. Before the first statistics (right after an import) the planner takes
# the views for nearly empty and would compare each row with each: minutes for 4,000 documents.
WHOLE_LISTS = "SET LOCAL enable_nestloop = off"
RECORDED_AT = """SELECT recorded_at FROM ledger.event
    WHERE tenant_id = %(tenant)s AND position = %(position)s"""

PRIVATE, SHARED = 0o600, 0o644


def make_export(
    services: Services,
    tenant: UUID,
    kind: Kind,
    order: Order,
    folder: Path,
    reading: Reading | None = None,
) -> Export:
    """Writes the files of a kind into a folder that is its own until it returns.

    Raises UnknownProject, ProjectImporting; InvalidValue for an order that the kind cannot serve;
    InvalidExport when what was written breaks a rule of its format.
    """
    check_order(kind, order)
    reports = Reports(services, tenant)
    as_of, known_at = reports.resolved(order.point)
    known_at = min(known_at, services.ledger(tenant).head())
    with collector_paused(), reports.reading(order.project, kind.views) as connection:
        connection.execute(WHOLE_LISTS)
        act, _, as_of = act_in_force(connection, order.project, order.point.as_of, known_at, as_of)
        recorded_at = _recorded_at(connection, tenant, known_at)
        at = (act, as_of, known_at, recorded_at)
        source = Source(services, tenant, connection, order, *at, reading or Reading())
        remarks = [*_format_remarks(kind, source), *_rule_remarks(kind, source)]
        files = Files(folder, stem_of(kind, source))
        remarks += kind.write(source, files)
    return Export(
        kind=kind.name,
        registration_number=act.registration_number,
        as_of=as_of,
        known_at=known_at,
        rule_set=source.rule_set,
        files=files.described(),
        remarks=tuple(remarks),
    )


def export_to_folder(
    services: Services, tenant: UUID, kind: Kind, order: Order, target: Path
) -> Export:
    """The same into a folder of the user's: all files appear in it when they are whole, or none.

    Files of the same names are replaced; what holds persons can be read by its owner only.
    """
    target.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=".making-", dir=target))
    try:
        export = make_export(services, tenant, kind, order, making)
        for file in export.files:
            (making / file.name).chmod(PRIVATE if order.purpose is not None else SHARED)
            (making / file.name).replace(target / file.name)
    finally:
        shutil.rmtree(making)
    return export


def check_order(kind: Kind, order: Order) -> None:
    """Raises InvalidValue for what the kind does not have or lacks."""
    if order.claim is not None and not kind.of_claim:
        raise InvalidValue(f"the export {kind.name} is of the whole project", "claim")
    if order.language is not None and not kind.in_languages:
        raise InvalidValue(f"the export {kind.name} has no languages", "language")
    if order.format is not None and order.format != kind.format:
        expected = f"expected {kind.format}" if kind.format else "it has no formats to choose from"
        raise InvalidValue(f"the export {kind.name}: {expected}", "format")
    if kind.personal == "required" and order.purpose is None:
        detail = f"the export {kind.name} holds personal data: name the purpose, which is logged"
        raise InvalidValue(detail, "purpose")
    if order.purpose is not None and not order.purpose.strip():
        raise InvalidValue("expected the purpose in words", "purpose")
    if kind.personal == "none" and order.purpose is not None:
        raise InvalidValue(f"the export {kind.name} reads no personal data", "purpose")


def _format_remarks(kind: Kind, source: Source) -> list[Remark]:
    """Files of one period's systems are made for a project of another only when asked for by name.

    Raises InvalidValue.
    """
    own = source.rules.ministry_system.format
    if kind.format is None or kind.format == own:
        return []
    if source.order.format is None:
        detail = (
            f"the project is of programme {source.act.programme}, whose systems are not those of"
            f" {kind.format}: ask for format {kind.format} to have the file all the same"
        )
        raise InvalidValue(detail, "format")
    expected = f"a project of {kind.format}: check the file in the system before relying on it"
    return [Remark("warning", kind.name, None, "format", own, expected)]


def _rule_remarks(kind: Kind, source: Source) -> list[Remark]:
    """The project was registered under rules of the same name and other content."""
    registered, followed = source.act.rule_set, source.rule_set
    if registered == followed:
        return []
    expected = f"{followed.sha256[:12]}, the rules that the files follow"
    return [Remark("warning", kind.name, None, "rule_set", registered.sha256[:12], expected)]


def _recorded_at(connection: Connection[Any], tenant: UUID, position: int) -> datetime:
    values = {"tenant": tenant, "position": position}
    row: Sequence[Any] | None = connection.execute(RECORDED_AT, values).fetchone()
    assert row is not None, "a project is registered by a position of the log"
    return row[0]
