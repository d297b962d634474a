"""The document of permissions is what the app does."""

from pathlib import Path

from service.app import ROUTES
from tests.service.api.permission_document import document

COMMITTED = Path(__file__).parents[3] / "docs" / "permissions.md"


def test_the_document_is_current() -> None:
    """Renew it by `python -m tests.service.api.permission_document > docs/permissions.md`."""
    assert COMMITTED.read_text(encoding="utf-8") == document()


def test_it_names_every_route() -> None:
    assert document().count("| `GET /v1/") + document().count("| `POST /v1/") == len(ROUTES)
