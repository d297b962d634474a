"""The budget of a project: its items."""

from typing import Annotated

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from domain.budget import EVIDENCE_LISTS
from domain.identity import budget_stream
from projections import budget_query
from projections.page_query import Row
from service.api.caller import AsCaller, Recorded
from service.api.fields import (
    Amount,
    Body,
    Code,
    Id,
    Item,
    Number,
    Text,
    Version,
    command_values,
    decimal_text,
    word_of,
)
from service.api.lists import whole
from service.api.route import ProjectId, read, write
from service.commands import projects

Evidence = Annotated[str, word_of(EVIDENCE_LISTS, "The list of its documents", "SD-1")]
Purchased = Annotated[
    bool, Meta(description="Counts as purchased service (nákup služeb)", examples=[True])
]
Count = Annotated[Number, Meta(description="How many units", examples=["10"])]
Unit = Annotated[Text, Meta(description="Unit of the count", examples=["month"])]
ItemName = Annotated[Text, Meta(examples=["Methodologist of integration"])]


class BudgetItemToAdd(Body, frozen=True, kw_only=True):
    """A leaf item of the direct costs (položka rozpočtu)."""

    code: Code
    name: ItemName
    unit: Unit
    unit_price: Amount
    count: Count
    total: Annotated[Amount, Meta(description="unit_price x count", examples=["12500.00"])]
    evidence: Evidence
    purchased_service: Purchased


class BudgetItem(Item, frozen=True, kw_only=True):
    """An item of the budget."""

    version: Version
    code: Code
    name: ItemName
    unit: Unit
    unit_price: Amount
    count: Count
    total: Amount
    evidence: Evidence
    purchased_service: Purchased


class Budget(Item, frozen=True, kw_only=True):
    """The budget of a project; an item is corrected by the budget's id and the item's version."""

    id: Id
    items: list[BudgetItem]


@write(
    "/projects/{project_id:uuid}/budget/items",
    permission="budget.plan",
    operation_id="add_budget_item",
    summary="Add a budget item",
    tags=["budget"],
)
def add_budget_item(
    caller: AsCaller, project_id: ProjectId, data: JSONBody[BudgetItemToAdd]
) -> Response[Recorded]:
    """Adds a leaf item to the budget; its total is unit price x count, to the haléř."""
    values = command_values(projects.NewItem, data)
    return caller.record(
        lambda work, _: projects.add_item(work, project_id, values),
        lambda _: f"/v1/projects/{project_id}/budget",
    )


@read(
    "/projects/{project_id:uuid}/budget",
    permission="projects.read",
    lists=BudgetItem,
    operation_id="get_budget",
    summary="Read the budget",
    tags=["budget"],
)
def get_budget(caller: AsCaller, project_id: ProjectId) -> Response[Budget]:
    """The items in the order in which they were added."""
    stream = budget_stream(caller.tenant, project_id)
    with caller.reading(project_id, budget_query.VIEWS) as snapshot:
        items = [_item(row) for row in budget_query.items(snapshot.connection, project_id)]
        version = snapshot.version(stream)
    return whole(caller, Budget(id=stream, items=items), snapshot.position, version)


def _item(row: Row) -> BudgetItem:
    return BudgetItem(
        version=row["fact_version"],
        code=row["code"],
        name=row["name"],
        unit=row["unit"],
        unit_price=decimal_text(row["unit_price"]),
        count=decimal_text(row["count"]),
        total=decimal_text(row["total"]),
        evidence=row["evidence"],
        purchased_service=row["purchased_service"],
    )
