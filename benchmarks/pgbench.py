"""pgbench running the very statement of the append: what the server can do without Python.

The parameters are pgbench's variables, so that in prepared mode they travel as they do from Python;
a stream's id is made of a random number, because an expression that gives another value each time
could not use the index.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from service.store import statements
from service.store.database import SET_TENANT
from service.store.embedded_binaries import wheel_install

DEBIAN = Path("/usr/lib/postgresql")
MISSING = "pgbench is missing: it comes with the wheel, or with `apt-get install postgresql`"
FIRST_TENANT = "00000000-0000-4000-8000-"
EXPRESSIONS = {
    "tenant": f"('{FIRST_TENANT}' || lpad(to_hex(:tenant::int), 12, '0'))::uuid",
    "stream": "lpad(to_hex(:stream::bigint), 32, '0')::uuid",
    "event": "gen_random_uuid()",
    "command": "gen_random_uuid()",
    "causation": "NULL",
    "request": "decode(:request, 'hex')",
    "data": "decode(:data, 'hex')",
    "type": ":type",
    "actor": ":actor",
    "version": "1",
    "head": "0",
    "count": "1",
}


def find_pgbench() -> Path | None:
    """The wheel's, else the newest of the system."""
    found = [wheel_install() / "bin/pgbench", *sorted(DEBIAN.glob("*/bin/pgbench"), reverse=True)]
    on_path = shutil.which("pgbench")
    return next((one for one in found if one.exists()), Path(on_path) if on_path else None)


def script(folder: Path, name: str, tenant: str) -> Path:
    """The append's two statements in one pipeline; `tenant` is a number or an expression."""
    body = re.sub(r"%\((\w+)\)s", lambda m: EXPRESSIONS[m[1]], statements.APPEND_ONE)
    chosen = SET_TENANT.replace("%s", f"{EXPRESSIONS['tenant']}::text")
    path = folder / name
    path.write_text(
        f"\\set tenant {tenant}\n\\set stream random(1, 9223372036854775807)\n"
        f"\\startpipeline\n{chosen};\n{' '.join(body.split())};\n\\endpipeline\n"
    )
    return path


def appends_a_second(
    program: Path, url: str, at: Path, clients: int, seconds: int, values: dict[str, str]
) -> float:
    """Durable appends of one event a second."""
    to = conninfo_to_dict(url)
    where = ["-h", str(to["host"]), "-p", str(to.get("port", 5432)), "-U", str(to["user"])]
    given = [part for name, value in values.items() for part in ("-D", f"{name}={value}")]
    done = subprocess.run(
        [
            *(program, "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-T", str(seconds)),
            *(*where, *given, "-f", at, str(to["dbname"])),
        ],
        env={**os.environ, "PGPASSWORD": str(to.get("password") or "")},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    if done.returncode or found is None:
        raise RuntimeError(done.stderr)
    return float(found[1])
