"""How far the views are behind the log, and what is wrong with the server."""

from typing import Annotated

from litestar import Response
from msgspec import Meta

from projections.position import status
from service.api.caller import AsCaller, answer
from service.api.fields import Item
from service.api.route import read


class ProjectionState(Item, frozen=True, kw_only=True):
    """How far a projection is."""

    name: Annotated[str, Meta(examples=["budget_spend"])]
    generation: Annotated[int, Meta(description="Its tables' generation", examples=[1])]
    version: Annotated[int, Meta(description="Version of its code", examples=[1])]
    position: Annotated[int, Meta(description="The last event it took", examples=[2891])]
    lag_events: Annotated[int, Meta(description="Events it has not taken yet", examples=[0])]
    lag_s: Annotated[float, Meta(description="Age of the oldest of them", examples=[0.0])]
    state: Annotated[str, Meta(description="`running` or `stopped`", examples=["running"])]
    error: Annotated[
        str | None, Meta(description="Where and why it stopped, without values", examples=[None])
    ]


class Status(Item, frozen=True, kw_only=True):
    """The state of the service for this organisation."""

    head: Annotated[int, Meta(description="The last position of the log", examples=[2891])]
    warnings: Annotated[list[str], Meta(description="What is wrong with the server", examples=[[]])]
    projections: list[ProjectionState]


@read(
    "/status",
    permission="service.read",
    over="visible",
    operation_id="status",
    summary="Lag of the views, warnings",
    tags=["service"],
)
def service_status(caller: AsCaller) -> Response[Status]:
    """The projections with their lag in events and seconds."""
    services = caller.services
    with services.pool.connection() as connection:
        found = status(connection, caller.tenant)
    states = [
        ProjectionState(**{name: getattr(one, name) for name in ProjectionState.__struct_fields__})
        for one in found
    ]
    head = services.ledger(caller.tenant).head()
    content = Status(head=head, warnings=list(services.warnings), projections=states)
    return answer(content, head)
