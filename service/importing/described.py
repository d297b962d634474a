"""The outcome of an import as a document: what `import project --json` prints."""

from typing import Any

from service.importing.run import Outcome


def described(outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """The outcome as a document; `project_id` of a project that exists or was made."""
    return {
        "project_id": str(outcome.project) if outcome.exists else None,
        "registration_number": outcome.registration_number,
        "dry_run": dry_run,
        "recorded": outcome.recorded,
        "new": outcome.new,
        "corrected": outcome.corrected,
        "same": outcome.same,
        "changed": [
            {"file": outcome.names[one.table], "row": one.row, "id": one.row_id}
            | ({} if outcome.stopped else {"changes": [c._asdict() for c in one.changes]})
            for one in outcome.changed
        ],
        "missing": [
            {"file": outcome.names[name], "id": row_id} for name, row_id in outcome.missing
        ],
        "refused": outcome.refused,
        "problems": [problem._asdict() for problem in outcome.problems],
        "events": outcome.events,
    }
