"""What is stored, in the order of its keys, to be compared whole."""

from typing import Any
from uuid import UUID

from projections.projection import Projection
from projections.reading import consistent
from projections.store import columns_of, names
from service.store.database import Pool

Stored = dict[str, list[tuple[Any, ...]]]


def stored_tables(pool: Pool, projection: Projection, tenant: UUID) -> Stored:
    """All rows of all tables of a tenant, read through the views as the app."""
    found: Stored = {}
    with consistent(pool, tenant, [table.name for table in projection.tables]) as connection:
        for table in projection.tables:
            columns = columns_of(table)
            order = ", ".join(
                f'"{c.name}"' for c in (*table.key, *columns) if "from" in c.name or c in table.key
            )
            query = f'SELECT {names(columns)} FROM views."{table.name}" ORDER BY {order}'
            found[table.name] = connection.execute(query.encode()).fetchall()
    return found
