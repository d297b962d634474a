"""What an import left in the database: the log, the remembered rows, the runs."""

from dataclasses import dataclass
from typing import Any

import psycopg

from service.composition import Services

GAPS = """SELECT count(*) FROM (
    SELECT position - row_number() OVER (PARTITION BY tenant_id ORDER BY position) AS position,
        version - row_number() OVER (PARTITION BY tenant_id, stream_id ORDER BY version) AS version
    FROM ledger.event) AS numbered
    WHERE position <> 0 OR version <> 0"""
HEADS = """SELECT count(*) FROM ledger.tenant AS t WHERE t.next_position - 1 <>
    (SELECT count(*) FROM ledger.event AS e WHERE e.tenant_id = t.tenant_id)"""
TYPES = "SELECT type, count(*) FROM ledger.event GROUP BY type ORDER BY type"
TABLES = "SELECT table_name, count(*) FROM ledger.imported_row GROUP BY 1 ORDER BY 1"
LOST = """SELECT count(*) FROM ledger.imported_row AS r WHERE NOT EXISTS (SELECT FROM ledger.event
    AS e WHERE e.tenant_id = r.tenant_id AND e.stream_id = r.stream_id AND e.version = r.version)"""
TWICE = """SELECT count(*) FROM (SELECT FROM ledger.imported_row
    GROUP BY stream_id, version, table_name HAVING count(*) > 1 AND table_name <> 'decisions')
    AS same"""
RUNS = "SELECT state, done, total FROM ledger.import_run ORDER BY started_at"
PERSONS = "SELECT scope = 'staff', count(*) FROM vault.person_identity GROUP BY 1 ORDER BY 1"
UNSEALED = """SELECT count(*) FROM vault.person_identity AS i WHERE NOT EXISTS (SELECT FROM
    vault.sealed AS s WHERE s.tenant_id = i.tenant_id AND s.sha256 = i.sealed_sha256)"""


@dataclass(frozen=True)
class Stored:
    """Counts that are the same after every import of one folder, interrupted or not."""

    types: dict[str, int]
    rows: dict[str, int]
    persons: dict[bool, int]
    runs: list[tuple[str, int, int]]
    damage: dict[str, int]

    @property
    def events(self) -> int:
        """How many events the log holds."""
        return sum(self.types.values())

    @property
    def row_count(self) -> int:
        """How many rows are remembered as recorded."""
        return sum(self.rows.values())


def stored(services: Services) -> Stored:
    """Reads everything as the administrator, past row-level security."""
    assert services.urls.admin is not None
    with psycopg.connect(services.urls.admin) as connection:
        # One snapshot: the last batch of a killed process may be committed meanwhile.
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ

        def rows(query: str) -> list[tuple[Any, ...]]:
            return connection.execute(query.encode()).fetchall()

        checks = {"gaps": GAPS, "heads": HEADS, "lost": LOST, "twice": TWICE, "unsealed": UNSEALED}
        return Stored(
            types=dict(rows(TYPES)),
            rows=dict(rows(TABLES)),
            persons=dict(rows(PERSONS)),
            runs=[(state, done, total) for state, done, total in rows(RUNS)],
            damage={name: rows(query)[0][0] for name, query in checks.items()},
        )


UNDAMAGED = {"gaps": 0, "heads": 0, "lost": 0, "twice": 0, "unsealed": 0}
