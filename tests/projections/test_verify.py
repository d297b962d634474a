"""Every kind of damage to a stored table is found, and says where."""

from uuid import UUID

import psycopg
import pytest

from projections.runner import Runner
from projections.verify import differences
from service.store.database import Pool
from service.store.log import Ledger
from service.store.urls import Urls
from tests.projections.items import items, spend, unseal

DAMAGE = {
    "a changed value": ("item", "UPDATE {item} SET letters = 99 WHERE to_position IS NULL"),
    "a changed past": ("item", 'UPDATE {item} SET "order" = 9 WHERE to_position IS NOT NULL'),
    "a lost row": ("item", "DELETE FROM {item} WHERE item = 'položka 1'"),
    "a reopened row": ("item", "UPDATE {item} SET to_position = NULL"),
    "a wrong sum": ("kind", "UPDATE {kind} SET spent = spent + 0.01 WHERE kind = 'k1'"),
    "a lost sum": ("flow", "DELETE FROM {flow} WHERE kind = 'k2'"),
    "a sum of nobody": (
        "kind",
        "INSERT INTO {kind} SELECT tenant_id, 'k9', 1, 1 FROM {kind} WHERE kind = 'k1'",
    ),
    "a lost entry": ("entry", "DELETE FROM {entry} WHERE position = 2"),
    "an entry too many": ("entry", "UPDATE {entry} SET position = 99 WHERE position = 2"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID, damage: str) -> None:
    projection = items("verified")
    spend(ledger, range(1, 25))
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
    assert list(differences(pool, projection, tenant, unseal)) == []
    table, statement = DAMAGE[damage]
    names = {name: f"views.verified_{name}_g1" for name in ("item", "kind", "flow", "entry")}
    with psycopg.connect(str(urls.admin), autocommit=True) as admin:
        admin.execute(f"DELETE FROM {names[table]} WHERE tenant_id <> %s".encode(), [tenant])
        admin.execute(statement.format(**names).encode())

    found = list(differences(pool, projection, tenant, unseal))

    assert found
    assert found[0].startswith(f"verified_{table} (")
    assert "the log gives" in found[0]


def test_sums_are_counted_again_from_the_stored_rows(
    urls: Urls, pool: Pool, ledger: Ledger, tenant: UUID
) -> None:
    """A sum that agrees with the log but not with the rows beside it is told as well."""
    projection = items("recounted")
    spend(ledger, [1, 2, 3])
    with Runner(urls.projector, [projection], unseal) as runner:
        runner.catch_up(tenant)
    with psycopg.connect(str(urls.admin), autocommit=True) as admin:
        admin.execute("UPDATE views.recounted_item_g1 SET spent = spent + 1 WHERE kind = 'k1'")

    found = list(differences(pool, projection, tenant, unseal))

    assert [one for one in found if one.startswith("recounted_kind ('k1',): the open rows give")]
