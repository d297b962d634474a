"""Files with planted names sent over HTTP, done and left waiting; all that is said of them."""

import zipfile
from pathlib import Path
from uuid import uuid4

import httpx

from service.composition import open_services
from service.operations.files import LocalFile
from service.operations.importing import FILES, FOLDER, ImportToDo, order_of
from service.operations.operation import AskedBy
from service.operations.store import begin
from service.store.database import transaction_of
from tests.multiplied import SEED
from tests.stress.homes import settings_of
from tests.stress.planted import Planted, edit, found_in

OUTCOMES = ["bad_rows", "changed_rows", "recorded"]


def archive(folder: Path) -> Path:
    """The folder as it is, in clear: where it lay about, it would be found."""
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as made:
        for file in sorted(folder.iterdir()):
            made.write(file, file.name)
    return path


def send_files(client: httpx.Client, folder: Path, planted: Planted) -> list[str]:
    """A file with a lost header and bad rows, then one with changed names, then for a reason."""
    answers = [_sent(client, folder)]
    people = folder / "participants.csv"
    header = (SEED / people.name).read_text(encoding="utf-8").splitlines()[0]
    people.write_text(f"{header}\n{people.read_text(encoding='utf-8')}", encoding="utf-8")
    edit(people, lambda rows: rows[1].update(last_name=planted.word()))
    answers.append(_sent(client, folder, skip_bad_rows="true"))
    answers.append(_sent(client, folder, skip_bad_rows="true", reason="misread"))
    assert [answer.json()["result"]["outcome"] for answer in answers] == OUTCOMES
    files = [client.get(file["href"]) for one in answers for file in one.json()["files"]]
    return [answer.text for answer in (*answers, *files, client.get("/v1/operations"))]


def _sent(client: httpx.Client, folder: Path, **query: str) -> httpx.Response:
    headers, body = {"Content-Type": FOLDER}, archive(folder).read_bytes()
    assert "text" in found_in(body), "control"
    answer = client.post("/v1/imports", content=body, headers=headers, params=query)
    assert answer.status_code == 202, answer.text
    while not answer.json()["ended_at"]:
        where = f"/v1/operations/{answer.json()['id']}"
        answer = client.get(where, params={"wait": 30})
    return answer


def leave_waiting(home: Path, folder: Path) -> None:
    """An accepted file that nobody has looked into yet."""
    to_do = ImportToDo(
        media_type=FOLDER,
        sha256="0b" * 32,
        encoding=None,
        check_only=False,
        skip_bad_rows=False,
        reason=None,
    )
    with open_services(settings_of(home)) as services:
        tenant = services.tenant(None)
        by = AskedBy(str(services.login_user(tenant)), None, "test")
        file = LocalFile(archive(folder), FILES[FOLDER], FOLDER)
        with transaction_of(services.pool, tenant) as connection:
            begin(connection, services.vault, tenant, uuid4(), by, order_of(to_do, None), [file])
