"""Pages by key: every order, either way, by any page size, is that of a plain sort in Python."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections import budget_tables, generation, indicator_tables, store
from projections.activity_query import ACTIVITIES, ATTENDANCE, OUTPUTS, PARTICIPANTS
from projections.claim_query import CLAIMS
from projections.page_query import PageQuery, Row
from projections.projection import Column, Table
from projections.reading import consistent
from projections.spending_query import DOCUMENTS, FINDINGS
from service.store.database import Pool, open_pool
from service.store.urls import Urls
from tests.database import migrated_database
from tests.projections.items import items

FIRST = 1
# Few values of each kind, so that many are equal.
DAYS = st.sampled_from([date(2026, 3, 31), date(2026, 4, 1), date(2027, 1, 5)])
OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "uuid": st.uuids(),
    "text": st.sampled_from(["FP1", "FP10", "FP2", "fp1", "Č", "C", "ch", "ž z", "'"]),
    "date": DAYS,
    "timestamp": st.sampled_from(
        [datetime.fromisoformat("2026-04-01"), datetime.fromisoformat("2026-04-01T06:10:30")]
    ),
    "numeric": st.sampled_from([Decimal("-1.50"), Decimal("0.00"), Decimal("9.00"), Decimal(10)]),
    "int": st.integers(0, 3),
    "bigint": st.integers(1, 3),
    "bigint[]": st.just([1]),
    "boolean": st.booleans(),
    "bytea": st.just(b"{}"),
}
Predicate = Callable[[Row, Any], bool]


def same(column: str) -> Predicate:
    return lambda row, value: row[column] == value


def at_least(column: str) -> Predicate:
    return lambda row, value: row[column] is not None and row[column] >= value


def at_most(column: str) -> Predicate:
    return lambda row, value: row[column] is not None and row[column] <= value


def is_there(column: str) -> Predicate:
    return lambda row, value: (row[column] is not None) == value


@dataclass(frozen=True)
class Listed:
    """A list, the table of its rows, which fields it is sorted and filtered by, and what is made.

    `fields` are the columns by sort, empty where the tie alone orders; `ties` make the rows unique.
    """

    query: PageQuery
    table: Table
    fields: Mapping[str, str]
    ties: tuple[str, ...]
    nullable: tuple[str, ...]
    filters: Mapping[str, tuple[Predicate, st.SearchStrategy[Any]]]
    fixed: Mapping[str, Any]
    values: Mapping[str, Any]
    seen: Callable[[Row], bool] = lambda row: row["to_position"] is None

    def rows(self) -> st.SearchStrategy[list[Row]]:
        columns = store.columns_of(self.table)
        one = st.fixed_dictionaries({column.name: self._value(column) for column in columns})
        key = tuple(column.name for column in self.table.key)
        return st.lists(one, max_size=12, unique_by=lambda row: tuple(row[name] for name in key))

    def _value(self, column: Column) -> st.SearchStrategy[Any]:
        if column.name in self.fixed:
            return st.just(self.fixed[column.name])
        if column == store.FROM:
            return st.just(1)
        if column == store.TO:
            return st.sampled_from([None, None, None, 2])
        value = OF_TYPE[column.sql_type]
        return st.none() | value if column.name in self.nullable else value

    def sorted(self, rows: list[Row], sort: str) -> list[Row]:
        """A plain sort: what is not known is last, or first the other way round."""
        field = self.fields[sort.removeprefix("-")]

        def key(row: Row) -> list[Any]:
            value = row[field] if field else 0
            known = [False, value] if value is not None else [True]
            return [*known, *(row[name] for name in self.ties)]

        return sorted(rows, key=key, reverse=sort.startswith("-"))


PROJECT = uuid4()
OF_PROJECT = {"project_id": PROJECT}
WORDS, AMOUNTS, BOOLEANS = OF_TYPE["text"], OF_TYPE["numeric"], OF_TYPE["boolean"]
LISTS = {
    "documents": Listed(
        DOCUMENTS,
        budget_tables.SPEND,
        {
            "reference": "reference",
            "document_number": "number",
            "issued_on": "dated_at",
            "month": "dated_at",
            "departed_at": "dated_at",
            "paid_on": "paid_on",
            "amount": "total",
        },
        ("document_id",),
        ("paid_on", "supplier_ico", "person"),
        {
            "reference": (same("reference"), WORDS),
            "supplier_ico": (same("supplier_ico"), WORDS),
            "document_number": (same("number"), WORDS),
            "person_id": (same("person"), OF_TYPE["uuid"]),
            "paid": (is_there("paid_on"), BOOLEANS),
            "paid_since": (at_least("paid_on"), DAYS),
            "paid_until": (at_most("paid_on"), DAYS),
            "dated_since": (lambda row, day: row["dated_at"].date() >= day, DAYS),
            "dated_until": (lambda row, day: row["dated_at"].date() <= day, DAYS),
            "amount_min": (at_least("total"), AMOUNTS),
            "amount_max": (at_most("total"), AMOUNTS),
            "period": (same("period"), OF_TYPE["int"]),
        },
        OF_PROJECT | {"list": "SD-1", "allocation": 0, "positions": [1]},
        {"list": "SD-1", "document": None},
        lambda row: row["to_position"] is None and row["first"],
    ),
    "findings": Listed(
        FINDINGS,
        budget_tables.FINDING,
        {"reference": "reference", "since": "since"},
        ("document_id", "code"),
        (),
        {},
        OF_PROJECT,
        {"code": None},
    ),
    "claims": Listed(
        CLAIMS,
        budget_tables.CLAIM,
        {"number": "number", "submitted_on": "submitted_on", "paid_on": "paid_on"},
        ("claim_id",),
        ("paid_on", "decided_on", "paid_amount"),
        {
            "kind": (same("kind"), WORDS),
            "period": (same("period"), OF_TYPE["int"]),
        },
        OF_PROJECT,
        {"claim": None},
    ),
    "activities": Listed(
        ACTIVITIES,
        indicator_tables.ACTIVITY,
        {"start": "starts_on", "end": "ends_on", "reference": "reference"},
        ("activity_id",),
        ("place", "country"),
        {
            "reference": (same("reference"), WORDS),
            "kind": (same("kind"), WORDS),
            "key_activity": (same("key_activity"), WORDS),
            "period": (same("period"), OF_TYPE["int"]),
            "since": (at_least("ends_on"), DAYS),
            "until": (at_most("starts_on"), DAYS),
        },
        OF_PROJECT,
        {"activity": None},
    ),
    "attendance": Listed(
        ATTENDANCE,
        indicator_tables.SUPPORT,
        {"version": "", "date": "received_on"},
        ("fact_version",),
        (),
        {"participant": (same("participant_id"), OF_TYPE["uuid"])},
        OF_PROJECT | {"activity_id": PROJECT},
        {"activity": PROJECT},
    ),
    "participants": Listed(
        PARTICIPANTS,
        indicator_tables.PARTICIPANT,
        {
            "reference": "reference",
            "entered_on": "entered_on",
            "reached_on": "reached_on",
            "hours": "minutes",
        },
        ("participant_id",),
        ("reached_on", "left_on"),
        {
            "reference": (same("reference"), WORDS),
            "status": (same("status"), WORDS),
            "period": (same("period"), OF_TYPE["int"]),
        },
        OF_PROJECT | {"entry_known": True},
        {"participant": None},
    ),
    "outputs": Listed(
        OUTPUTS,
        indicator_tables.OUTPUT,
        {"written_on": "written_on", "published_on": "published_on", "reference": "reference"},
        ("output_id",),
        ("published_on", "published_at", "period"),
        {
            "reference": (same("reference"), WORDS),
            "kind": (same("kind"), WORDS),
            "period": (same("period"), OF_TYPE["int"]),
            "published": (is_there("published_on"), BOOLEANS),
        },
        OF_PROJECT,
        {"output": None},
    ),
}
# Of other tables; the lists over HTTP are asked for them.
ELSEWHERE = {"documents": {"item", "finding", "claim"}, "claims": {"stage", "declared"}}


@pytest.fixture(scope="module")
def urls(server_url: tuple[str, dict[str, str]]) -> Iterator[Urls]:
    """A database of its own with the views of both projections, empty."""
    with migrated_database(*server_url) as found:
        with psycopg.connect(found.projector, autocommit=True) as projector:
            for tables in (budget_tables.TABLES, indicator_tables.TABLES):
                projection = replace(items(tables[0].name), tables=tables)
                assert generation.make(projector, projection) == FIRST
                generation.switch(projector, projection, FIRST)
        yield found


@pytest.fixture(scope="module")
def pool(urls: Urls) -> Iterator[Pool]:
    with open_pool(urls.app, 2) as opened:
        yield opened


@pytest.fixture(scope="module")
def admin(urls: Urls) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(urls.admin, autocommit=True) as connection:
        yield connection


def stored(admin: psycopg.Connection[Any], listed: Listed, rows: list[Row]) -> UUID:
    """A tenant of its own whose table has the rows."""
    tenant = uuid4()
    store.copy(admin, listed.table, rows, tenant, FIRST)
    if listed.table is budget_tables.SPEND:
        table = budget_tables.EXPENDITURE
        empty = dict.fromkeys(column.name for column in store.columns_of(table))
        names = {row["document_id"] for row in rows}
        documents = [{**empty, "document_id": one, "from_position": 1} for one in names]
        store.copy(admin, table, documents, tenant, FIRST)
    return tenant


def walked(
    pool: Pool, tenant: UUID, listed: Listed, query: PageQuery, size: int, only: Mapping[str, Any]
) -> list[list[Any]]:
    """The keys of all rows, page by page; a walk that goes in a circle is cut off."""
    found: list[list[Any]] = []
    after: tuple[str, ...] | None = None
    with consistent(pool, tenant, query.views) as connection:
        given = {"project": PROJECT, **listed.values}
        while len(found) < 50:
            rows, after = query.page(connection, given, size, after, only)
            assert len(rows) <= size
            found += [[row[name] for name in listed.ties] for row in rows]
            if after is None:
                break
        batches = query.batches(connection, given, only)
        whole = [[row[name] for name in listed.ties] for batch in batches for row in batch]
    assert whole == found
    return found


def expected(listed: Listed, rows: list[Row], sort: str, only: Mapping[str, Any]) -> list[Any]:
    kept = [
        row
        for row in rows
        if listed.seen(row)
        and all(listed.filters[name][0](row, value) for name, value in only.items())
    ]
    return [[row[name] for name in listed.ties] for row in listed.sorted(kept, sort)]


@pytest.mark.parametrize("name", LISTS)
def test_all_sorts_and_filters_of_a_list_are_walked(name: str) -> None:
    query, elsewhere = LISTS[name].query, ELSEWHERE.get(name, set())
    assert query.sorts.keys() - elsewhere == LISTS[name].fields.keys()
    assert query.filters.keys() - elsewhere == LISTS[name].filters.keys()


@pytest.mark.parametrize("name", LISTS)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_order_walks_every_row_once_as_a_plain_sort_has_it(
    pool: Pool, admin: psycopg.Connection[Any], name: str, data: st.DataObject
) -> None:
    listed = LISTS[name]
    rows = data.draw(listed.rows())
    tenant = stored(admin, listed, rows)
    for sort in listed.fields:
        for sign in ("", "-"):
            size = data.draw(st.sampled_from([1, 2, 3, 5, 12]))
            query = listed.query.sorted_by(sign + sort)
            found = walked(pool, tenant, listed, query, size, {})
            assert found == expected(listed, rows, sign + sort, {})


@pytest.mark.parametrize("name", [name for name, listed in LISTS.items() if listed.filters])
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_filter_keeps_what_a_plain_one_keeps(
    pool: Pool, admin: psycopg.Connection[Any], name: str, data: st.DataObject
) -> None:
    listed = LISTS[name]
    rows = data.draw(listed.rows())
    tenant = stored(admin, listed, rows)
    for filtered, (_, values) in listed.filters.items():
        [column] = [one for one in ("person", "participant_id") if one in filtered] or [""]
        there = [row[column] for row in rows if column and row[column]]
        only = {filtered: data.draw(st.sampled_from(there) if there else values)}
        found = walked(pool, tenant, listed, listed.query, 3, only)
        sort = next(iter(listed.fields)) if name != "outputs" else "written_on"
        assert found == expected(listed, rows, sort, only), only


def documents(count: int, **values: Any) -> list[Row]:
    """Documents that differ by nothing but their ids."""
    empty = dict.fromkeys(column.name for column in store.columns_of(budget_tables.SPEND))
    plain: Row = {
        **empty,
        "project_id": PROJECT,
        "list": "SD-1",
        "allocation": 0,
        "first": True,
        "reference": "FP1",
        "total": Decimal(1),
        "from_position": 1,
        "positions": [1],
        "dated_at": datetime.fromisoformat("2026-01-01"),
        "number": "1",
    }
    start = date(2026, 1, 1)
    return [
        {**plain, "document_id": uuid4(), "paid_on": start + timedelta(index % 2), **values}
        for index in range(count)
    ]


def test_control_an_order_without_a_tie_loses_rows(
    pool: Pool, admin: psycopg.Connection[Any]
) -> None:
    listed, rows = LISTS["documents"], documents(5)
    tenant = stored(admin, listed, rows)
    right = listed.query.sorted_by("amount")
    assert len(walked(pool, tenant, listed, right, 2, {})) == 5
    with pytest.raises(AssertionError):
        walked(pool, tenant, listed, replace(right, order={"total": "numeric"}), 2, {})


def test_control_an_order_by_what_may_be_null_loses_rows(
    pool: Pool, admin: psycopg.Connection[Any]
) -> None:
    listed, rows = LISTS["documents"], [*documents(2), *documents(3, paid_on=None)]
    tenant = stored(admin, listed, rows)
    right = listed.query.sorted_by("paid_on")
    assert len(walked(pool, tenant, listed, right, 3, {})) == 5
    wrong = replace(right, order={"paid_on": "date", "document_id": "uuid"})
    with pytest.raises((AssertionError, psycopg.Error)):
        walked(pool, tenant, listed, wrong, 3, {})


def sorts_rows(pool: Pool, sort: str, only: Mapping[str, Any]) -> bool:
    """Whether a page of documents in the middle is sorted, where an index could be read instead."""
    query = LISTS["documents"].query.sorted_by(sort)
    values = {"project": PROJECT, "list": "SD-1", "document": None, "limit": 51}
    values |= {f"only_{name}": value for name, value in only.items()}
    values |= {"after_reference": "FP5", "after_total": "5.00", "after_document_id": PROJECT}
    sql = f"EXPLAIN (COSTS off) {query.sql(only, after=True, limited=True)}"
    with consistent(pool, uuid4(), query.views) as connection:
        connection.execute("SET LOCAL enable_seqscan = off")
        connection.execute("SET LOCAL enable_sort = off")
        plan = "\n".join(row[0] for row in connection.execute(sql.encode(), values))
    chosen, _, _ = plan.partition("SubPlan")
    assert "spend" in chosen
    return "Sort Key" in chosen


@pytest.mark.parametrize("only", [{}, {"supplier_ico": "00000019"}])
def test_documents_by_reference_are_read_from_an_index(pool: Pool, only: dict[str, str]) -> None:
    assert not sorts_rows(pool, "reference", only)
    assert not sorts_rows(pool, "-reference", only)
    assert sorts_rows(pool, "amount", only), "control"
