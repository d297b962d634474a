"""Lists a page at a time: how many rows, and the opaque place where the next page begins."""

from typing import Annotated

from litestar.params import QueryParameter

PAGE_SIZE = 50
Cursor = Annotated[str | None, QueryParameter(pattern=r"^[A-Za-z0-9_-]{1,400}\Z")]
