"""Keeps the projections up to date and says when it does; a process made to be killed."""

import os
import threading
import time

from projections.position import status
from service.composition import open_services
from service.settings import Settings


def main() -> None:
    """Prints a line once it has built every projection, which it does holding their locks."""
    with open_services(Settings.from_environment(os.environ)) as services:
        tenant, stop = services.tenant(None), threading.Event()
        runner = threading.Thread(target=services.runner.run_forever, args=[stop])
        runner.start()
        while len(status(services.pool, tenant)) < len(services.projections):
            time.sleep(0.05)
        print("at work", flush=True)
        runner.join()


if __name__ == "__main__":
    main()
