"""Whether the service runs and can answer; open to everybody, so they say nothing else."""

from typing import Any

import msgspec
from litestar import Request, Response, get

from service.composition import Services


class Health(msgspec.Struct, frozen=True):
    """`ok`."""

    status: str


@get("/healthz", operation_id="healthz", summary="Whether the process runs", tags=["service"])
async def healthz() -> Health:
    """Answers as long as the process runs; asks no database."""
    return Health("ok")


@get(
    "/readyz",
    operation_id="readyz",
    summary="Whether requests can be answered",
    tags=["service"],
    sync_to_thread=True,
)
def readyz(request: Request[Any, Any, Any]) -> Response[Health]:
    """Asks the database; 503 when it cannot be reached."""
    services: Services = request.app.state.services
    with services.pool.connection(timeout=2.0) as connection:
        connection.execute("SELECT 1")
    return Response(Health("ok"))
