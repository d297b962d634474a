"""One import in a process of its own, for its peak memory: python -m benchmarks.import_once FOLDER.

The database is that of the GRANTLEDGER_* variables. Prints one JSON object.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

from service.commands.work import Work
from service.composition import open_services
from service.importing.order import Order
from service.importing.run import import_project
from service.intake.project_folder import read_folder
from service.settings import Settings

ACTOR = "system:bench"


def main() -> None:
    folder = Path(sys.argv[1])
    with open_services(Settings.from_environment(os.environ)) as services:
        before_mb = peak_mb()
        start, cpu = time.perf_counter(), time.process_time()
        intake = read_folder(folder)
        read_s = time.perf_counter() - start
        ledger = services.ledger(services.tenant(None))
        work = Work(ledger, services.vault, services.programmes, ACTOR)
        order = Order(
            dry_run=False,
            skip_bad_rows=False,
            documents=lambda _: (),
            progress=lambda _, __: None,
        )
        outcome = import_project(work, intake, order)
        found = {
            "seconds": time.perf_counter() - start,
            "cpu_s": time.process_time() - cpu,
            "read_s": read_s,
            "rows": outcome.new,
            "events": outcome.events,
            "project": str(outcome.project),
            "peak_mb": peak_mb(),
            "before_mb": before_mb,
        }
    assert outcome.recorded, outcome.problems[:3]
    print(json.dumps(found))


def peak_mb() -> float:
    """The most memory this process has had so far, in MB.

    Linux hands `ru_maxrss` down from the process that started this one; VmHWM is its own.
    """
    status = Path("/proc/self/status")
    if status.exists():
        [line] = [one for one in status.read_text().splitlines() if one.startswith("VmHWM:")]
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
