"""How long lists are read right after an import, when the database has no statistics yet."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psycopg

from domain.event import name_of
from domain.work_record import WorkRecorded
from projections.document_list import LINES
from service.exchange.export import Files, Order, Remark, Source
from service.exchange.making import make_export
from service.exchange.workbook.workbook import WORKBOOK
from service.reports import Point
from tests.end_to_end.running import ACTOR, Imported

LIST = {"type": name_of(WorkRecorded), "claim": None}
FORGOTTEN = (
    "SET allow_system_table_mods = on",
    """DELETE FROM pg_statistic WHERE starelid IN
        (SELECT oid FROM pg_class WHERE relnamespace = 'views'::regnamespace)""",
    """UPDATE pg_class SET reltuples = -1, relpages = 0
        WHERE relnamespace = 'views'::regnamespace AND relkind = 'r'""",
)


def plan(source: Source) -> str:
    point = {"project": source.order.project, "as_of": source.as_of, "known_at": source.known_at}
    found = source.connection.execute(f"EXPLAIN {LINES}".encode(), {**point, **LIST})
    return "\n".join(line for (line,) in found)


def test_a_list_is_not_joined_row_by_row_without_statistics(seed: Imported, tmp_path: Path) -> None:
    plans: list[str] = []

    def write(source: Source, _: Files) -> Sequence[Remark]:
        plans.append(plan(source))
        source.connection.execute("SET LOCAL enable_nestloop = on")
        plans.append(plan(source))
        return []

    with psycopg.connect(str(seed.services.urls.admin), autocommit=True) as admin:
        for statement in FORGOTTEN:
            admin.execute(statement)
    order = Order(seed.project, ACTOR, Point())
    make_export(seed.services, seed.tenant, replace(WORKBOOK, write=write), order, tmp_path)

    with_framework, without = plans
    assert "Nested Loop" in without, "what the planner would do by itself"
    assert "Nested Loop" not in with_framework
