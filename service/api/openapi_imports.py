"""What the description says of the bodies of imports, which the framework does not read."""

from typing import Any

from service.api.upload import SIZE_MAX
from service.operations.importing import FILES, FOLDER, NAME

JSON = "application/json"
IMPORTS = ("/v1/imports", "/v1/projects/{project_id}/imports")
FILE = {
    "type": "string",
    "format": "binary",
    "minLength": 1,
    "maxLength": SIZE_MAX,
    "description": "The bytes of a workbook, or of a ZIP archive of project.json and CSV files",
}
BEGUN: dict[str, Any] = {
    "kind": NAME,
    "order": {
        "media_type": FOLDER,
        "sha256": "0b" * 32,
        "encoding": None,
        "check_only": False,
        "skip_bad_rows": False,
        "reason": None,
    },
    "status": "pending",
    "progress": {"done": 0, "total": None},
    "attempts": 0,
    "started_at": None,
    "ended_at": None,
    "cancel_requested_at": None,
    "result": None,
    "problem": None,
    "files": [],
    "files_until": None,
}


def describe_imports(paths: dict[str, Any]) -> None:
    """Bodies and answers of what begins an import."""
    content = {media: {"schema": FILE} | _example("the bytes of the file") for media in FILES}
    for path in IMPORTS:
        operation = paths[path]["post"]
        operation["requestBody"] = {"required": True, "content": content}
        answered = operation["responses"]["202"]["content"][JSON]
        answered |= _example(answered["examples"]["typical"]["value"] | BEGUN)


def _example(value: Any) -> dict[str, Any]:
    return {"examples": {"typical": {"value": value}}}
