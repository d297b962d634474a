"""Sends webhooks until it is killed; what it needs comes by the environment."""

import os
import threading

from service.store.database import open_pool
from service.store.vault import Vault
from service.webhooks.sending import Outcome, Sender
from service.webhooks.worker import Worker
from tests.service.webhooks.conftest import AT_ONCE, AnyPort


class Forgetful(Sender):
    """The control: says that an event was taken before it was sent."""

    def post(self, url: str, headers: object, body: bytes) -> Outcome:
        threading.Timer(0.05, super().post, [url, headers, body]).start()
        return Outcome("delivered", 200)


def main() -> None:
    """Prints a line when it begins."""
    url, key = os.environ["APP_URL"], bytes.fromhex(os.environ["ROOT_KEY"])
    sender = Forgetful(AnyPort()) if "FORGETFUL" in os.environ else Sender(AnyPort())
    with open_pool(url, 4) as pool:
        worker = Worker(url, pool, Vault(pool, key), sender, AT_ONCE)
        print("at work", flush=True)
        worker.run_forever(threading.Event())


if __name__ == "__main__":
    main()
