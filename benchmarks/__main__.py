"""`python -m benchmarks`: what grantledger does a second, as a part of what the machine could do.

usage: python -m benchmarks [--times 20] [--seconds 1] [--repeats 3]

Prints a table and writes it to `benchmarks/results/<date>.md`; takes at most 3 minutes. The server
is the embedded one, or GRANTLEDGER_TEST_ADMIN_URL (PostgreSQL 15 or later).
"""

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import appending, machine
from benchmarks.importing import Imported, append_in_bulk, decided, imported
from benchmarks.measure import Line, medians, shares, table, time_left
from benchmarks.viewing import measure_rebuilds, measure_report
from tests.database import admin_of_a_server, migrated_database
from tests.multiplied import write_multiplied

RESULTS = Path(__file__).parent / "results"
Server = tuple[str, dict[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m benchmarks")
    parser.add_argument("--times", type=int, default=20, help="the seed project so many times")
    parser.add_argument("--seconds", type=float, default=1, help="of each run of appends")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    began = datetime.now(UTC)
    before = machine.load()
    with admin_of_a_server() as server, tempfile.TemporaryDirectory() as folder:
        with migrated_database(*server) as urls:
            facts = machine.facts(urls.app, before)
            lines, notes = appending.measure(urls, options.seconds, 2 * options.repeats + 1)
        print(table(lines), flush=True)
        project = write_multiplied(Path(folder) / "project", options.times)
        more, about = large_project(server, Path(folder), project, options.repeats)
        print(table(more), flush=True)
    took = (datetime.now(UTC) - began).total_seconds()
    computed = ", ".join(f"{name} {share:.0%}" for name, share in medians(shares).items())
    about.append(f"Of the wall time Python itself computed (the rest it waited): {computed}.")
    about += [*notes, f"The whole run took {took:.0f} s."]
    text = f"# Measured on {began:%Y-%m-%d %H:%M} UTC\n\n{facts}\n\n{table([*lines, *more])}\n"
    text += "".join(f"- {note}\n" for note in about)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{began:%Y-%m-%d}.md"
    path.write_text(text + machine.explanation(path), encoding="utf-8")
    print("".join(f"- {note}\n" for note in about) + f"written to {path}")


def large_project(
    server: Server, folder: Path, project: Path, repeats: int
) -> tuple[list[Line], list[str]]:
    """Import, bulk append, live path, rebuilds and figures; what to know of them."""
    found: dict[str, list[float]] = {"import": [], "bulk": [], "live": []}
    for number in range(repeats):
        home = folder / str(number)
        home.mkdir()
        with imported(server, home, project) as one:
            found["import"].append(one.process["seconds"])
            found["live"].append(sum(one.live_s.values()))
            commands = decided(one.services, one.tenant)
            found["bulk"].append(append_in_bulk(server, home, commands))
            if number == repeats - 1 or not time_left():
                views = measure_rebuilds(one, repeats)
                report = measure_report(one, repeats)
                lines = [*_lines(one, medians(found)), *views, report]
                return lines, _notes(one)
    raise AssertionError("the last round returns")


def _lines(one: Imported, middle: dict[str, float]) -> list[Line]:
    rows, events, bulk = one.process["rows"], one.events, "the same facts by `Ledger.append`"
    took, bulk_s = middle["import"], middle["bulk"]
    return [
        Line(f"import of {rows:,} rows", rows / took, "rows/s", bulk, rows / bulk_s),
        Line(f"the same, {events:,} events", events / took, "events/s", bulk, events / bulk_s),
        Line("peak memory of the importing process", one.process["peak_mb"], "MB"),
        Line("live path, three projections", events / middle["live"], "events/s"),
    ]


def _notes(one: Imported) -> list[str]:
    live = ", ".join(f"`{name}` {one.events / s:,.0f}" for name, s in one.live_s.items())
    return [
        f"Live path, events of the log a second: {live}.",
        "The reference of the import is decided before, appended in transactions of 1,000 events;"
        f" the import reads and checks the files ({one.process['read_s']:.2f} s), decides and"
        " stores sealed persons and rows beside the events. Before it reads the folder its process"
        f" has {one.process['before_mb']:.0f} MB.",
    ]


if __name__ == "__main__":
    main()
