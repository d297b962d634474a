"""Sends the events to the endpoints of all tenants: one process at a time, by a session lock.

An endpoint is sent to by one thread at a time, event by event in the order of the log, each at
least once: what was taken is noted after the answer, so a process that is killed in between leaves
an event to be sent again, under the same id. Nothing is kept in memory.
"""

import logging
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import Connection

from projections.position import CHANNEL
from projections.runner import locked
from service.feed.cloud_event import MEDIA_TYPE, cloud_event, encode
from service.feed.reading import LoggedEvent, event_at, page_of
from service.store.database import Pool, transaction_of
from service.store.vault import Vault
from service.webhooks.deliveries import Attempting, Deliveries
from service.webhooks.endpoints import Active, active_endpoint, opened_secret
from service.webhooks.schedule import Schedule
from service.webhooks.sending import Outcome, Sender
from service.webhooks.signing import signed_headers

LOCK = "send webhooks"
USER_AGENT = "grantledger"
SENDERS = 8
PAGE = 50
TURN_S = 2.0  # of an endpoint before others have theirs
POLL_S = 0.25
RETRY_S = 1.0
WORK = "SELECT tenant_id, endpoint_id FROM ledger.webhooks_with_work()"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Worker:
    """What sending needs; `run_forever` is the work."""

    app_url: str
    pool: Pool
    vault: Vault
    sender: Sender
    schedule: Schedule

    def run_forever(self, stop: threading.Event) -> None:
        """Works until `stop` is set, whenever the lock is to be had; ends what it has begun."""
        while not stop.is_set():
            try:
                with psycopg.connect(self.app_url, autocommit=True) as connection:
                    while not stop.wait(POLL_S):
                        with locked(connection, LOCK) as mine:
                            if mine:
                                self._run(connection, stop)
            except Exception as error:  # noqa: BLE001 - a thread that ends would stop in silence
                log.warning("webhooks: %s, tries again", type(error).__name__)
                stop.wait(RETRY_S)

    def _run(self, connection: Connection[Any], stop: threading.Event) -> None:
        busy: dict[tuple[UUID, UUID], Future[None]] = {}
        connection.execute(f"LISTEN {CHANNEL}".encode())
        with ThreadPoolExecutor(SENDERS, thread_name_prefix="webhooks") as senders:
            while not stop.is_set():
                busy = {key: work for key, work in busy.items() if not work.done()}
                for key in connection.execute(WORK).fetchall():
                    if key not in busy and len(busy) < SENDERS:
                        busy[key] = senders.submit(self._turn, key[0], key[1], stop)
                for _ in connection.notifies(timeout=POLL_S, stop_after=1):
                    pass

    def _turn(self, tenant: UUID, endpoint: UUID, stop: threading.Event) -> None:
        """The events of one endpoint for a while; errors of the database are tried again later."""
        until = time.monotonic() + TURN_S
        try:
            while self.send_some(tenant, endpoint, stop) and time.monotonic() < until:
                pass
        except Exception as error:  # noqa: BLE001 - the other endpoints go on
            log.warning("webhook endpoint %s: %s", endpoint, type(error).__name__)
            stop.wait(RETRY_S)

    def send_some(self, tenant: UUID, endpoint: UUID, stop: threading.Event) -> bool:
        """What waited and is due, else a page of the log until an event is not taken.

        Whether there may be more to send at once.
        """
        deliveries = Deliveries(self.pool, tenant, endpoint)
        with transaction_of(self.pool, tenant) as connection:
            active = active_endpoint(connection, tenant, endpoint)
            if active is None or stop.is_set():
                return False
            due = deliveries.due(connection)
            found = page_of(connection, tenant, active.wanted, active.position, PAGE)
        at = active.position
        if due is not None:
            event = event_at(self.pool, tenant, due[0])
            assert event is not None, "the log loses nothing"
            return self._send(deliveries, active, at, Attempting(event, due[1] + 1, waited=True))
        for event in found.events:
            attempting = Attempting(event, 1, waited=False)
            if stop.is_set() or not self._send(deliveries, active, at, attempting):
                return False
            at = event.position
        if found.position > at:
            deliveries.passed(at, found.position)
        return found.position < found.head

    def _send(
        self, deliveries: Deliveries, active: Active, at: int, attempting: Attempting
    ) -> bool:
        """One attempt, noted with what follows; whether the next event may be sent."""
        outcome = self._post(deliveries.tenant, active, attempting.event)
        following = None
        if not outcome.delivered:
            following = self.schedule.after(attempting.attempt, outcome)
            log.warning(
                "webhook endpoint %s: position %d, attempt %d: %s",
                *(active.endpoint_id, attempting.event.position, attempting.attempt),
                outcome.status or outcome.what,
            )
        noted = deliveries.tried(at, attempting, outcome, following)
        return noted and following is None

    def _post(self, tenant: UUID, active: Active, event: LoggedEvent) -> Outcome:
        body = encode(cloud_event(tenant, event))
        keys = [
            opened_secret(self.vault, tenant, active.endpoint_id, sealed)
            for sealed in active.sealed_secrets
        ]
        signed = signed_headers(str(event.event_id), int(time.time()), body, keys)
        headers = {"Content-Type": MEDIA_TYPE, "User-Agent": USER_AGENT, **signed}
        return self.sender.post(active.url, headers, body)
