"""Everything that the program runs on, over a database of its own on the server of the tests."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from service.composition import Services
from service.programmes import Programmes
from service.store import keys
from service.store.database import open_pool
from service.store.vault import Vault
from tests.database import migrated_database
from tests.stress.homes import settings_of

CONNECTIONS_MAX = 8


@contextmanager
def services_of(server_url: tuple[str, dict[str, str]], home: Path) -> Generator[Services]:
    """As `open_services` builds it."""
    with migrated_database(*server_url) as urls, open_pool(urls.app, CONNECTIONS_MAX) as pool:
        yield Services(settings_of(home), urls, pool, Vault(pool, keys.new_key()), Programmes())
