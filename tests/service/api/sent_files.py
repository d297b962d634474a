"""Files sent to be imported, and a worker that does what they ask for when the test says so."""

import io
import threading
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from httpx import Response

from service.api.errors import problem_of_operation
from service.composition import Services
from service.operations.worker import Worker
from tests.service.api.requests import Api

FOLDER, WORKBOOK = (
    "application/zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
EVERYWHERE = "/v1/imports"


def zipped(folder: Path, **changed: str) -> bytes:
    """A folder as an archive; `changed` has other text of files, by name without suffix."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            text = changed.get(path.stem.replace("-", "_"))
            content = path.read_bytes() if text is None else text.encode()
            archive.writestr(zipfile.ZipInfo(f"project/{path.name}"), content)
    return made.getvalue()


def replaced(folder: Path, file: str, old: str, new: str) -> bytes:
    """The same with one text replaced, where it stands first."""
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    stem = Path(file).stem.replace("-", "_")
    return zipped(folder, **{stem: text.replace(old, new, 1)})


@dataclass(frozen=True)
class Sender:
    """Who sends files."""

    services: Services
    api: Api

    def send(
        self,
        body: Any,
        path: str = EVERYWHERE,
        media_type: str = FOLDER,
        key: str | None = None,
        **query: Any,
    ) -> Response:
        """The answer to a file; it is not worked on."""
        headers = self.api.headers | {"Content-Type": media_type}
        headers |= {"Idempotency-Key": key} if key else {}
        return self.api.client.post(path, content=body, headers=headers, params=query or None)

    def work(self) -> bool:
        """The oldest operation is done."""
        worker = Worker(self.services, problem_of_operation)
        with psycopg.connect(self.services.urls.app, autocommit=True) as connection:
            return worker.work_one(connection, self.api.tenant, threading.Event())

    def read(self, answer: Response) -> dict[str, Any]:
        """The operation of an answer as it is now."""
        assert answer.status_code == 202, answer.text
        return self.api.read(answer.headers["Location"])

    def done(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What became of a file that is sent and worked on."""
        answer = self.send(*args, **kwargs)
        operation = self.read(answer)
        assert operation["status"] == "pending"
        assert self.work()
        ended = self.read(answer)
        assert ended["ended_at"]
        return ended

    def result(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """What a file gave; it must succeed."""
        ended = self.done(*args, **kwargs)
        assert ended["status"] == "succeeded", ended
        return ended["result"]

    def problem(self, *args: Any, **kwargs: Any) -> str:
        """Why it failed."""
        ended = self.done(*args, **kwargs)
        assert ended["status"] == "failed", ended
        return ended["problem"]["type"].removeprefix("urn:grantledger:problem:")
