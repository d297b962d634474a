"""Exchange rates of the organisation, shared by its projects."""

from typing import Annotated

from litestar import Response
from litestar.params import JSONBody
from msgspec import Meta

from service.api.caller import AsCaller, Recorded
from service.api.fields import Body, Code, Currency, Day, Number, command_values
from service.api.route import write
from service.commands import projects


class ExchangeRate(Body, frozen=True, kw_only=True):
    """`rate` CZK for `amount_unit` units of a currency on a day."""

    date: Day
    currency: Annotated[Currency, Meta(examples=["EUR"])]
    amount_unit: Annotated[int, Meta(ge=1, le=1_000_000, description="Units", examples=[1])]
    rate: Annotated[Number, Meta(description="CZK", examples=["24.310"])]
    kind: Annotated[Code, Meta(description="Whose rate", examples=["CNB_DAILY"])]


@write(
    "/exchange-rates",
    permission="exchange_rates.record",
    operation_id="record_rate",
    summary="Record an exchange rate",
    tags=["exchange rates"],
)
def record_rate(caller: AsCaller, data: JSONBody[ExchangeRate]) -> Response[Recorded]:
    """Records a rate; a day without one takes the last one before."""
    values = command_values(projects.NewRate, data)
    return caller.record(lambda work, _: projects.record_rate(work, values))
