"""The kinds of problems: status, title, and what to do about one."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A type of problem."""

    status: int
    title: str
    remedy: str


KINDS: dict[str, Kind] = {
    "malformed-request": Kind(
        400,
        "Malformed request",
        "The body is not JSON, or the request cannot be read. Send what the operation describes.",
    ),
    "invalid-value": Kind(
        400,
        "Invalid value",
        "`errors` names each value at fault and what was expected. Correct it and send "
        "the request again.",
    ),
    "position-ahead": Kind(
        400,
        "The log has not come to this position",
        "The request names a `Ledger-Position` that this log does not have: it is of "
        "another organisation, or the log was restored from an older backup. Read again"
        " without it.",
    ),
    "unknown-reference": Kind(
        400,
        "A value names something that does not exist",
        "A value of the body names a record that does not exist or that you may not "
        "see. `errors` names it.",
    ),
    "unauthenticated": Kind(
        401,
        "A valid access token is needed",
        "Send `Authorization: Bearer` with a token that is in force. An expired or "
        "revoked one is refused.",
    ),
    "forbidden": Kind(
        403,
        "Not allowed",
        "The role or the scopes of the caller lack the permission that `detail` names. "
        "An owner grants roles.",
    ),
    "four-eyes": Kind(
        403,
        "Another person has to do this",
        "A rule asks for two persons: somebody else than who did the first step has to "
        "do this one.",
    ),
    "not-found": Kind(
        404,
        "Not found",
        "There is no such resource, or you have no role in its project.",
    ),
    "method-not-allowed": Kind(
        405,
        "Method not allowed",
        "`Allow` has the methods of this address.",
    ),
    "not-acceptable": Kind(
        406,
        "No representation that is accepted",
        "`Accept` leaves out what this address answers with. `detail` names it.",
    ),
    "request-timeout": Kind(
        408,
        "The request did not come in time",
        "`detail` says how fast it must come. The connection is closed: send it again on another.",
    ),
    "conflict": Kind(
        409,
        "The state of the record forbids it",
        "A rule forbids it as the record stands now. `detail` says which.",
    ),
    "already-recorded": Kind(
        409,
        "Already recorded",
        "The record or the fact exists. Correct or cancel what is there.",
    ),
    "already-cancelled": Kind(
        409,
        "Already cancelled",
        "The fact was cancelled and takes no further facts.",
    ),
    "already-claimed": Kind(
        409,
        "Already in a claim",
        "The document's line is in a claim.",
    ),
    "held-by-claim": Kind(
        409,
        "A submitted claim holds the value",
        "A submitted claim holds the value. What it allows is recorded as a difference.",
    ),
    "duplicate-participant": Kind(
        409,
        "The person has a record in this project",
        "The person has a record in this project. Use that one.",
    ),
    "not-correctable": Kind(
        409,
        "Not corrected directly",
        "This fact follows from another one. Correct that.",
    ),
    "project-importing": Kind(
        409,
        "An import of the project has not ended",
        "An import of the project has begun and not ended. Continue it, then ask again.",
    ),
    "other-project": Kind(
        409,
        "The file is of another project",
        "The registration number in the file is not that of the project in the address. Send it"
        " to that project, or to the address for all projects.",
    ),
    "operation-ended": Kind(
        409,
        "The operation has ended",
        "It has succeeded or failed, and cannot be cancelled any more. Read what became of it.",
    ),
    "changed-meanwhile": Kind(
        409,
        "Changed meanwhile",
        "Others recorded the same at this moment. Read, decide, and send the request again.",
    ),
    "idempotency-in-progress": Kind(
        409,
        "The same request is still running",
        "The first request with this key is not done yet. Ask again after `Retry-"
        "After`: its answer will be there.",
    ),
    "file-expired": Kind(
        410,
        "The file is no longer kept",
        "Files of an operation are kept for 24 hours after its end. Ask for the operation again.",
    ),
    "uri-too-long": Kind(
        414,
        "The address is too long",
        "Send fewer or shorter parameters.",
    ),
    "stale-version": Kind(
        412,
        "The record has changed since it was read",
        "The record changed after you read it. `ETag` has its version now. Read it "
        "again and decide anew.",
    ),
    "content-too-large": Kind(
        413,
        "The body is too large",
        "The body is larger than the operation takes.",
    ),
    "unsupported-media-type": Kind(
        415,
        "This type or coding of a body is not accepted",
        "`Accept-Post` has the types that are taken. `Content-Encoding` is not: send the body as it"
        " is.",
    ),
    "idempotency-mismatch": Kind(
        422,
        "The Idempotency-Key was used for another request",
        "The key was used for another method, path or body. Take a new key for a new request.",
    ),
    "precondition-required": Kind(
        428,
        "If-Match is needed",
        "A command on an existing record says which version it is about: send `If-"
        "Match` with the `ETag` of your read, or `*`.",
    ),
    "quota-exceeded": Kind(
        429,
        "Too many requests",
        "Ask again after `Retry-After`; `RateLimit` says how many requests are left.",
    ),
    "headers-too-large": Kind(
        431,
        "Too many headers",
        "Send fewer or shorter headers.",
    ),
    "internal-error": Kind(
        500,
        "Internal error",
        "An error of ours. The id in `instance` finds it in the log of the service.",
    ),
    "operation-interrupted": Kind(
        500,
        "The operation was interrupted",
        "The service ended three times while the operation was being done. Ask for it again; if it"
        " is interrupted again, the id in `instance` finds it in the log of the service.",
    ),
    "unavailable": Kind(
        503,
        "Not available at the moment",
        "The database or a view is not available, or others take all the room that there is. Ask "
        "again after `Retry-After`.",
    ),
    "insufficient-storage": Kind(
        507,
        "There is no space left",
        "The database, or the disk for temporary files, has no space left. Nothing is recorded "
        "until it has.",
    ),
}
OF_STATUS: dict[int, str] = {
    400: "malformed-request",
    401: "unauthenticated",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    408: "request-timeout",
    409: "conflict",
    413: "content-too-large",
    412: "stale-version",
    415: "unsupported-media-type",
    422: "idempotency-mismatch",
    503: "unavailable",
}
