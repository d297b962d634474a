"""One caller cannot take the service away from the others; each answer says what is left."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from litestar.testing import TestClient

from service.api import rate_limits
from service.app import create_app
from service.composition import Services
from tests.service.api.conftest import token_of
from tests.service.api.requests import Api, problem_of

QUOTA = 5


@pytest.fixture
def limited(services: Services) -> Iterator[TestClient]:
    settings = replace(services.settings, requests_per_minute=QUOTA)
    with TestClient(create_app(replace(services, settings=settings))) as opened:
        yield opened


def statuses(api: Api, count: int) -> list[int]:
    return [api.get("/v1/me").status_code for _ in range(count)]


def test_a_caller_who_has_used_up_the_quota_waits(api: Api, limited: TestClient) -> None:
    caller = replace(api, client=limited)
    first = caller.get("/v1/me")
    assert first.headers["ratelimit-policy"] == f'"default";q={QUOTA};w=60'
    assert first.headers["ratelimit"] == f'"default";r={QUOTA - 1};t=12'
    assert statuses(caller, QUOTA + 2).count(429) >= 1
    refused = caller.get("/v1/me")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["type"] == rate_limits_type()
    assert refused.json()["violated-policies"] == ["default"]
    assert int(refused.headers["retry-after"]) == 12
    assert refused.headers["ratelimit"].startswith('"default";r=0;')
    assert "x-request-id" in refused.headers


def rate_limits_type() -> str:
    return "https://iana.org/assignments/http-problem-types#quota-exceeded"


def test_others_are_not_held_up(services: Services, api: Api, limited: TestClient) -> None:
    one = replace(api, client=limited)
    two = replace(one, token=token_of(services, api.tenant, api.user))
    assert two.get("/v1/me").status_code == 200  # known by its token from now on
    assert 429 in statuses(one, 2 * QUOTA)
    assert statuses(two, QUOTA) == [200] * QUOTA
    for path in ("/healthz", "/readyz", "/docs"):
        assert limited.get(path).status_code == 200


def test_tokens_that_are_made_up_share_what_their_address_has(
    api: Api, limited: TestClient
) -> None:
    guesses = [replace(api, client=limited, token=f"gl_{number}") for number in range(2 * QUOTA)]
    found = [
        guess.get("/v1/nothing" if one % 2 else "/v1/me").status_code
        for one, guess in enumerate(guesses)
    ]
    assert found.count(429) >= QUOTA - 1


def test_what_was_used_comes_back_with_time() -> None:
    buckets = rate_limits.Buckets(60)
    assert [buckets.take(b"one", 0.0)[0] for _ in range(61)] == [True] * 60 + [False]
    assert buckets.take(b"one", 1.0) == (True, 0)
    assert buckets.take(b"one", 1.5) == (False, 0)
    assert buckets.take(b"one", 1_000.0) == (True, 59)


def test_the_memory_for_callers_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "BUCKETS_MAX", 3)
    buckets = rate_limits.Buckets(1)
    assert buckets.take(b"0", 0.0) == (True, 0)
    assert buckets.take(b"0", 0.0) == (False, 0)
    for caller in (b"1", b"2", b"3"):
        buckets.take(caller, 0.0)
    assert buckets.take(b"0", 0.0) == (True, 0), "it was forgotten"


def test_without_a_limit_nothing_is_counted(services: Services, api: Api) -> None:
    settings = replace(services.settings, requests_per_minute=0)
    with TestClient(create_app(replace(services, settings=settings))) as client:
        answer = replace(api, client=client).get("/v1/me")
    assert answer.status_code == 200
    assert "ratelimit" not in answer.headers
    assert problem_of(api.get("/v1/nothing")) == "not-found"
