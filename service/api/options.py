"""The answer to OPTIONS, which the framework gives for the first method of a path only."""

from litestar import Litestar
from litestar.routes import HTTPRoute


def name_all_methods(app: Litestar) -> None:
    """Points each automatic OPTIONS handler at the route that has all methods of its path.

    The handler keeps in its closure the route it was made for; a path that gets a second method
    gets a second route.
    """
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            cells = getattr(handler.fn, "__closure__", None) or ()
            for cell in cells:
                if isinstance(cell.cell_contents, HTTPRoute):
                    cell.cell_contents = route
