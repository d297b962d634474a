"""A query that forgets its tenant sees nothing of others: row-level security lies under it.

The filters are taken out of the program's own queries. The control runs the same text as the
server's administrator, who passes row-level security, and sees the rows. Queries over views name no
tenant at all; tests/end_to_end/test_no_tenant_sees_another.py looks into each table of them.
"""

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg import Connection

from service import memberships, tokens
from service.clients import CLIENTS, ClientOrder, client_user, new_client
from service.identity import create_tenant, create_user
from service.memberships import OWNER
from service.store.database import Pool, query_in_tenant, transaction_of
from service.store.log import Ledger
from service.store.vault import Vault
from service.tokens import create_token
from service.users import USERS
from tests.logs import by, noted

FILTER = re.compile(r"(\w+\.)?tenant_id = %\(?\w*\)?s")
QUERIES = {
    "tokens": tokens.TOKENS.select,
    "clients": CLIENTS.select,
    "memberships": memberships.OF_TENANT,
    "users": USERS.select,
    "events": "SELECT * FROM ledger.event WHERE tenant_id = %(tenant)s",
    "sealed persons": "SELECT * FROM vault.sealed WHERE tenant_id = %(tenant)s",
    "who a token is": tokens.AUTHENTICATE,
}


def without_filter(query: str) -> str:
    forgotten = FILTER.sub("true", query)
    assert forgotten != query, "there was a filter"
    return forgotten


@pytest.fixture
def theirs(pool: Pool, vault: Vault) -> tuple[UUID, dict[str, Any]]:
    """A tenant with a row for each query, and the values that find them."""
    tenant = create_tenant(pool, vault)
    user = create_user(pool, vault, tenant, "Jana Nováková", [OWNER])
    token = create_token(pool, tenant, user, "laptop", None)
    program = client_user(vault, tenant, "script", uuid4())
    order = ClientOrder("script", ["projects.read"])
    with transaction_of(pool, tenant) as connection:
        new_client(connection, program, tenant, uuid4(), order, str(user))
    Ledger(pool, tenant).append([(by(), [noted(user, 1)])])
    values = {"tenant": tenant, "users": None, "user": None, "hash": tokens._hash(token)}  # pyright: ignore[reportPrivateUsage]
    return tenant, values


@pytest.mark.parametrize("name", QUERIES)
def test_a_forgotten_filter_shows_nothing_of_another_tenant(
    pool: Pool,
    admin: Connection,
    keyed_tenant: UUID,
    theirs: tuple[UUID, dict[str, Any]],
    name: str,
) -> None:
    tenant, values = theirs
    query = without_filter(QUERIES[name])

    with pool.connection() as connection:
        assert query_in_tenant(connection, keyed_tenant, query, values) == []
        assert query_in_tenant(connection, tenant, query, values), "control: the tenant's own"
    assert admin.execute(query.encode(), values).fetchall(), "control: past row-level security"


def test_control_without_a_tenant_the_administrator_sees_all(
    admin: Connection, theirs: tuple[UUID, dict[str, Any]], pool: Pool
) -> None:
    query = "SELECT DISTINCT tenant_id FROM identity.app_user"
    assert (theirs[0],) in admin.execute(query).fetchall()
    with pool.connection() as connection, connection.transaction():
        assert connection.execute(query).fetchall() == []
