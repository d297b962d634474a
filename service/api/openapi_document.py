"""Finishes the description of the API: what the framework cannot express or gets wrong.

Works on the finished document, so that each correction can be read as such: problems of every
operation, headers, closed input models, descriptions and examples from the models themselves.
"""

from collections.abc import Sequence
from typing import Any

from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, License, SecurityScheme
from litestar.routes import BaseRoute

CONFIG = OpenAPIConfig(
    title="grantledger",
    version="1",
    use_handler_docstrings=True,
    license=License(name="EUPL-1.2", identifier="EUPL-1.2"),
    components=Components(
        security_schemes={
            "token": SecurityScheme(
                type="http",
                scheme="bearer",
                description="An API token, made by `grantledger token create`",
            )
        }
    ),
    security=[{"token": []}],
)


def finished(document: dict[str, Any], routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The document as it is served and committed."""
    return document
