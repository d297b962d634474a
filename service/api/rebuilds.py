"""Rebuilds: views built anew from the log, as an operation."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import JSONBody
from msgspec import Meta

from service.api.caller import AsCaller
from service.api.fields import Body, Item
from service.api.operation_answers import OperationStatus
from service.api.operation_start import start
from service.api.route import write
from service.operations.rebuilding import order_of

View = Annotated[str, Meta(pattern=r"^[a-z_]{1,60}\Z", examples=["budget_spend"])]


class RebuildToDo(Body, frozen=True, kw_only=True):
    """Which views."""

    views: Annotated[
        tuple[View, ...],
        Meta(max_length=50, description="Their names, as `/v1/status` has them; none: all of them"),
    ] = ()


class RebuiltView(Item, frozen=True, kw_only=True):
    """A view that was built anew."""

    name: Annotated[str, Meta(examples=["budget_spend"])]
    seconds: Annotated[float, Meta(description="How long it took", examples=[2.5])]


class ViewsRebuilt(Item, frozen=True, kw_only=True):
    """The result of a rebuild."""

    views: list[RebuiltView]


@write(
    "/rebuilds",
    permission="organisation.administer",
    operation_id="rebuild_views",
    summary="Build views anew",
    tags=["operations"],
    status_code=202,
)
def rebuild_views(
    request: Request[Any, Any, Any], caller: AsCaller, data: JSONBody[RebuildToDo]
) -> Response[OperationStatus]:
    """Begins an operation that builds views anew from the log, beside the ones in use.

    Nothing is recorded and no figure changes. The views are those of the whole installation, so
    they are built for every organisation in it.
    """
    return start(caller, request, order_of(caller.services, data.views))
