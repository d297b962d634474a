"""The reports of both seed projects in both languages, made once; tests only read them."""

import pytest

from service.wording.wording import LANGUAGES
from tests.end_to_end.running import Imported
from tests.service.exchange.report.made import Made, made_in


@pytest.fixture(scope="session")
def all_made(
    seed: Imported, seed_plus: Imported, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Made]:
    folder = tmp_path_factory.mktemp("reports")
    return {
        f"{name}-{language}": made_in(folder, project, language)
        for name, project in (("opz", seed), ("opz-plus", seed_plus))
        for language in LANGUAGES
    }


@pytest.fixture(params=["opz-cs", "opz-en", "opz-plus-cs", "opz-plus-en"])
def made(request: pytest.FixtureRequest, all_made: dict[str, Made]) -> Made:
    return all_made[request.param]
