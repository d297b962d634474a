"""No name comes out of the vault: not into the log, a view, a file, or a word of the program."""

import gzip
import json
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from zipfile import ZipFile

import httpx
import psycopg
import pytest

from service.backup.archive import read_parts
from service.composition import open_services
from service.store.database import in_tenant
from service.store.embedded import Server
from service.store.embedded_binaries import wheel_install
from tests.multiplied import SEED
from tests.stress.homes import copied_home, grantledger, settings_of, started
from tests.stress.planted import (
    FORMS,
    MARKER,
    Planted,
    add_bad_rows,
    edit,
    found_in,
    planted_folder,
)
from tests.stress.planted_uploads import leave_waiting, send_files

NUMBER = "CZ.03.2.63/0.0/0.0/15_023/0000850"
PARTICIPANT = {
    "reference": "P00900",
    "sex": "POHZENY",
    "entry_date": "2016-06-16",
    "labour_status": "TPZAMCI",
    "education": "VZISCED5-8",
    "disadvantage": [],
}
CLEAR = """CREATE TABLE public.in_clear AS SELECT 'Ž' || %(marker)s AS text,
    convert_to(%(marker)s, 'UTF8') AS hex,
    encode(convert_to(%(marker)s, 'UTF8'), 'base64') AS base64,
    date '1921-03-04' AS birth, convert_to('1921-03-04', 'UTF8') AS birth_in_hex,
    '4.3.1921' AS czech"""


class Run(Protocol):
    """Runs the command line and checks its exit code."""

    def __call__(self, code: int, *arguments: str) -> None: ...


@dataclass(frozen=True)
class Used:
    """A home in which the program was used with planted names, and all that it said."""

    home: Path
    planted: Planted
    said: list[str]
    exported: Path


@pytest.fixture(scope="module")
def used(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Used]:
    planted, said = Planted(), list[str]()
    tmp_path = tmp_path_factory.mktemp("planted")
    folder = planted_folder(tmp_path / "project", planted)
    with copied_home(template, "planted") as home, Server(home):

        def run(code: int, *arguments: str) -> None:
            done = grantledger(home, *arguments)
            assert done.returncode == code, (arguments[:3], done.returncode)
            said.extend((done.stdout, done.stderr))

        import_bad_and_good(run, folder, planted)
        correct_and_fail(run, planted)
        run(0, "report", "figures", "--project", NUMBER, "--json")
        run(0, "report", "audit", "--project", NUMBER)
        run(0, "report", "audit", "--project", NUMBER, "--json")
        run(0, "report", "audit", "--project", NUMBER, "--csv", "--language", "cs")
        run(0, "report", "claims", "--project", NUMBER)
        run(0, "report", "findings", "--project", NUMBER, "--language", "cs")
        export(run, tmp_path / "exported")
        said += serve_and_fail(home, planted, folder)
        leave_waiting(home, folder)
        run(0, "verify")
        yield Used(home, planted, said, tmp_path / "exported")


def export(run: Run, folder: Path) -> None:
    """Files for others without a purpose, and one that is made to hold names."""
    of = ("--project", NUMBER, "--to", str(folder))
    run(0, "export", "sd2", *of, "--format", "ms2021")
    run(0, "export", "workbook", *of)
    run(0, "export", "is-esf", *of, "--format", "ms2021", "--purpose", "test of the search")
    run(2, "export", "is-esf", *of, "--format", "ms2021")


def import_bad_and_good(run: Run, folder: Path, planted: Planted) -> None:
    """Reports of bad rows, the good ones recorded, then one that differs and a lost header."""
    good = (folder / "participants.csv").read_text(encoding="utf-8")
    bad = add_bad_rows(folder, planted)
    assert bad > 40
    run(2, "import", "project", str(folder))
    run(2, "import", "project", str(folder), "--json")
    run(0, "import", "project", str(folder), "--skip-bad-rows")
    edit(folder / "participants.csv", lambda rows: rows[0].update(last_name=planted.word()))
    run(3, "import", "project", str(folder), "--skip-bad-rows")
    edit(folder / "sd1.csv", lambda rows: rows[0].update(supplier_name=planted.word()))
    edit(folder / "sd2.csv", lambda rows: rows[0].update(last_name=planted.word()))
    edit(folder / "sd3.csv", lambda rows: rows[0].update(traveller=planted.word()))
    later = ("import", "project", str(folder), "--skip-bad-rows", "--update", "--reason", "misread")
    run(0, *later, "--dry-run")
    run(0, *later, "--dry-run", "--json")
    run(0, *later)
    headless = good.split("\n", 1)[1]
    (folder / "participants.csv").write_text(headless, encoding="utf-8")
    run(2, "import", "project", str(folder))


def correct_and_fail(run: Run, planted: Planted) -> None:
    """Names are corrected; values that are none are refused."""

    def correct(code: int, reference: str, field: str, value: str, version: int = 1) -> None:
        of = ("--project", NUMBER, "--version", str(version), "--reason", "misread")
        run(code, "correct", reference, *of, "--set", f"{field}={value}")

    correct(0, "P00001", "last_name", planted.word())
    correct(0, "P00001", "municipality", planted.word(), 2)
    correct(0, "FP00001", "supplier_name", planted.word())
    correct(0, "MZ00001", "last_name", planted.word())
    correct(0, "CP00001", "traveller_name", planted.word())
    correct(2, "P00001", "birth_date", planted.word(keep=False))
    correct(2, "P00001", "sex", planted.word(keep=False), 2)
    correct(2, "P00001", "effective_on", planted.word(keep=False))
    correct(2, "MZ00001", "gross_wage", planted.word(keep=False))


def serve_and_fail(home: Path, planted: Planted, folder: Path) -> list[str]:
    """A planted participant over HTTP: recorded once, refused in every other way; then long work.

    All answers.
    """
    token = grantledger(home, "token", "create", "--name", "test").stdout.strip()
    spoilt = [{name: planted.word(keep=False)} for name in ("birth_date", "sex", "entry_date", "x")]
    spoilt += [{"first_name": [planted.word(keep=False)]}, {"disadvantage": "Ž" + MARKER}]
    right = PARTICIPANT | {
        "first_name": planted.word(),
        "last_name": planted.word(),
        "municipality": planted.word(),
        "birth_date": planted.birth(),
    }
    with started(home, "service", "serve", "--port", "8600") as process:
        assert process.stdout is not None
        address = next(line for line in process.stdout if "/docs" in line).strip()
        url, headers = address.removesuffix("/docs"), {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
            project = client.get("/v1/projects").json()["items"][0]["id"]
            path = f"/v1/projects/{project}/participants"
            answers = [client.post(path, json=body) for body in (right, right)]
            answers += [client.post(path, json=right | bad) for bad in spoilt]
            worked = [*send_files(client, folder, planted), *exported(client, project)]
        process.send_signal(signal.SIGTERM)
        said, errors = process.communicate(timeout=60)
    assert [answer.status_code for answer in answers[:2]] == [201, 409]
    assert all(400 <= answer.status_code < 500 for answer in answers[2:])
    return [*(answer.text for answer in answers), *worked, said, errors]


def exported(client: httpx.Client, project: str) -> list[str]:
    """Persons are exported as an operation: what is said of it, not the file."""
    order = {"format": "ms2021", "purpose": "test of the search"}
    begun = client.post(f"/v1/projects/{project}/exports/is-esf", json=order)
    assert begun.status_code == 202, begun.text
    said = [begun.text]
    while True:
        found = client.get(begun.headers["location"], params={"wait": 30})
        said.append(found.text)
        if found.json()["ended_at"]:
            break
    assert found.json()["status"] == "succeeded", found.text
    assert found.json()["files"]
    return said


def dump(home: Path) -> bytes:
    """Everything but the vault, as the administrator's pg_dump writes it."""
    with Server(home) as server:
        program = str(wheel_install() / "bin/pg_dump")
        command = [program, "--exclude-schema=vault", server.url("postgres")]
        done = subprocess.run(command, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert b"participant.entered.v1" in done.stdout
    return done.stdout


def test_no_planted_name_is_in_a_dump_without_the_vault(used: Used) -> None:
    assert found_in(dump(used.home)) == set()


def test_no_planted_name_is_in_a_backup_with_the_vault(used: Used, tmp_path: Path) -> None:
    """Neither as it lies there nor when it is taken apart."""
    file, secret = tmp_path / "backup.tar", tmp_path / "passphrase"
    secret.write_text("several words in a row")
    made = grantledger(used.home, "backup", str(file), "--passphrase-file", str(secret))
    assert made.returncode == 0

    assert found_in(file.read_bytes()) == set()
    with file.open("rb") as opened:
        parts = {part.name: part.data for part in read_parts(opened)}
    assert any(name.startswith("vault/vault.sealed/") for name in parts)
    clear = {name: gzip.decompress(data) for name, data in parts.items() if name.endswith(".gz")}
    assert b"participant.entered.v1" in clear["data/ledger.event/000001.copy.gz"]
    assert any(name.startswith("data/ledger.operation_input/") for name in clear), "what waits"
    assert {name: forms for name, data in clear.items() if (forms := found_in(data))} == {}


def test_no_planted_name_is_in_what_the_program_said(used: Used) -> None:
    assert len("".join(used.said)) > 10_000
    for text in used.said:
        assert found_in(text.encode()) == set(), text[:2000]


def test_no_planted_name_is_in_a_file_that_the_program_wrote(used: Used) -> None:
    """All of the home: logs, and the pages and write-ahead log of the database itself."""
    files = [path for path in used.home.rglob("*") if path.is_file()]
    assert used.home / "server.log" in files
    assert {str(path): forms for path in files if (forms := found_in(path.read_bytes()))} == {}


def test_no_planted_name_is_in_an_export_without_a_purpose(used: Used) -> None:
    [work] = used.exported.glob("*_sd2-*.xml")
    [book] = used.exported.glob("*_workbook_*.xlsx")
    assert found_in(work.read_bytes()) == set()
    with ZipFile(book) as parts:
        for name in parts.namelist():
            assert found_in(parts.read(name)) == set(), name


def test_control_an_export_for_a_purpose_holds_them(used: Used) -> None:
    [persons] = used.exported.glob("*_PodporeneOsoby.csv")
    assert "text" in found_in(persons.read_bytes())


def test_control_every_planted_name_is_read_from_the_vault_with_its_key(used: Used) -> None:
    with open_services(settings_of(used.home)) as services:
        tenant = services.tenant(None)
        hashes = in_tenant(services.pool, tenant, "SELECT sha256 FROM vault.sealed", [])
        read = services.vault.unseal(
            tenant, [row[0] for row in hashes], actor="system:test", purpose="test of the search"
        )
    words = {value for fields in read.values() for value in fields.values() if value}
    assert words >= used.planted.kept
    assert len(used.planted.kept) > 1000
    assert found_in(json.dumps(sorted(words)).encode()) >= {"text", "birth date"}


def test_control_the_search_finds_a_row_in_clear_in_every_form(used: Used) -> None:
    with Server(used.home) as server, psycopg.connect(server.url("postgres")) as admin:
        admin.execute(CLEAR.encode(), {"marker": MARKER})
        admin.commit()
        try:
            found = found_in(dump(used.home))
        finally:
            admin.execute("DROP TABLE public.in_clear")
    assert found == FORMS - {"utf-16-le", "utf-16-be"}
    assert found_in(f"Ž{MARKER}".encode("utf-16-le")) >= {"utf-16-le"}
    assert found_in(f"Ž{MARKER}".encode("utf-16-be")) >= {"utf-16-be"}


def test_control_the_seed_itself_has_nothing_planted() -> None:
    """What is found was planted: the birth dates of the seed are later."""
    data = b"".join(path.read_bytes() for path in SEED.iterdir())
    assert found_in(data) == set()
