"""A sender that is killed in the middle leaves no event unsent; the next one goes on."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from litestar.testing import TestClient

from service.app import create_app
from service.composition import Services
from service.programmes import Programmes
from service.store import keys
from service.store.vault import Vault
from tests.service.api.conftest import organisation
from tests.service.api.requests import Api
from tests.service.webhooks.receiving import Answer, Receiver, receiver, until
from tests.service.webhooks.test_delivery import endpoint, record, taken

EVENTS, KILLS = 60, 3


@contextmanager
def opened(services: Services) -> Iterator[tuple[Api, bytes]]:
    """An organisation under a root key that a process can be given."""
    root_key = keys.new_key()
    own = Services(
        services.settings,
        services.urls,
        services.pool,
        Vault(services.pool, root_key),
        Programmes(),
        [],
    )
    with TestClient(create_app(own)) as client, organisation(own, client) as api:
        yield api, root_key


@contextmanager
def sending(services: Services, root_key: bytes, **more: str) -> Iterator[None]:
    """A process that sends; killed in the end."""
    given = {"APP_URL": services.urls.app, "ROOT_KEY": root_key.hex(), **more}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.service.webhooks.worker_driver"],
        env={**os.environ, **given},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "at work\n"
        yield
    finally:
        process.kill()
        process.wait()


def slow(there: Receiver) -> None:
    there.answers = lambda *_: Answer(pause_s=0.03)


@pytest.mark.long
def test_killed_senders_leave_each_event_sent_at_least_once_under_its_id(
    services: Services,
) -> None:
    with opened(services) as (api, root_key), receiver() as there:
        slow(there)
        at, secret = endpoint(api, there.url)
        ids = record(services, api, EVENTS)
        for kill in range(1, KILLS + 1):
            with sending(services, root_key):
                there.wait_for(kill * EVENTS // (KILLS + 1))
        assert not taken(api, at, EVENTS), "killed in the middle"
        with sending(services, root_key):
            until(lambda: taken(api, at, EVENTS))

    assert list(dict.fromkeys(there.ids)) == ids, "each, first seen in the order of the log"
    assert EVENTS <= len(there.got) <= EVENTS + KILLS
    assert {one.verified(secret)["id"] for one in there.got} == set(ids)


@pytest.mark.long
def test_control_a_sender_that_notes_before_it_sends_loses_events(services: Services) -> None:
    with opened(services) as (api, root_key), receiver() as there:
        at, _ = endpoint(api, there.url)
        ids = record(services, api, EVENTS)
        with sending(services, root_key, FORGETFUL="1"):
            until(lambda: api.read(at)["position"] >= EVENTS // 2)
        with sending(services, root_key):
            until(lambda: taken(api, at, EVENTS))
        threading.Event().wait(0.3)

    assert set(there.ids) < set(ids)
