"""Rebuilds: views built anew from the log beside the ones in use, for every tenant."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from domain.rejection import InvalidValue
from service.composition import Services
from service.operations.operation import Order
from service.operations.running import Kind, Running
from service.permissions import Permission

NAME = "rebuild"


def order_of(services: Services, views: Sequence[str]) -> Order:
    """A rebuild of these views, or of all. Raises InvalidValue."""
    known = [projection.name for projection in services.projections]
    for index, view in enumerate(views):
        if view not in known:
            raise InvalidValue(f"expected one of {', '.join(known)}", f"/views/{index}")
    return Order(kind=NAME, parameters={"views": list(dict.fromkeys(views or known))})


def _run(running: Running) -> Mapping[str, Any]:
    services, built = running.services, list[dict[str, Any]]()
    names = running.operation.parameters["views"]

    def report(_: int, __: int) -> None:
        """Views, not positions: those are of the logs of all tenants."""
        running.progress(len(built), len(names))

    for name in names:
        began = time.monotonic()
        services.runner.rebuild(name, report)
        services.runner.catch_up(running.operation.tenant)  # says so when it stopped at an event
        built.append({"name": name, "seconds": round(time.monotonic() - began, 3)})
    return {"views": built}


def _needs(_: Order) -> Sequence[Permission]:
    return ["organisation.administer"]


REBUILD = Kind(NAME, _run, _needs)
