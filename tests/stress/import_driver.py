"""Imports a folder and says after each batch what is recorded; a process made to be killed."""

import os
import sys
from pathlib import Path

from service.commands.work import Work
from service.composition import open_services
from service.importing.order import Order
from service.importing.run import import_project
from service.intake.project_folder import read_folder
from service.settings import Settings


def main() -> None:
    """Prints `rows position` after each batch; both are durable when they are printed.

    Arguments: the folder, and to correct changed rows the reason.
    """
    os.nice(5)  # who kills it goes first
    with open_services(Settings.from_environment(os.environ)) as services:
        ledger = services.ledger(services.tenant(None))

        def report(done: int, total: int) -> None:
            print(done, ledger.head(), flush=True)

        work = Work(ledger, services.vault, services.programmes, "system:stress")
        reason = sys.argv[2] if len(sys.argv) > 2 else None
        order = Order(False, False, lambda _: [], report, reason)
        import_project(work, read_folder(Path(sys.argv[1])), order)


if __name__ == "__main__":
    main()
