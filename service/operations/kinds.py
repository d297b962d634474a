"""The kinds of operations; a new one is a module beside this and a line here."""

from collections.abc import Mapping

from service.operations.exporting import EXPORT
from service.operations.importing import IMPORT
from service.operations.operation import Order
from service.operations.rebuilding import REBUILD
from service.operations.running import Kind
from service.permissions import Rights

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in (EXPORT, IMPORT, REBUILD)}


def may(rights: Rights, order: Order) -> bool:
    """Whether all is allowed that an order's kind needs."""
    project = order.project
    allowed = rights.in_organisation() if project is None else rights.in_project(project)
    return allowed.issuperset(KINDS[order.kind].needs(order))
