"""The parameters that whole groups of operations take, and what each brings to the answers."""

from collections.abc import Mapping
from typing import Any

from service.api.idempotency import KEY_PATTERN
from service.api.preconditions import TAGS_PATTERN
from service.api.route import ADDS_TO, CHANGES

TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
TAG = {**TEXT, "minLength": 1, "pattern": TAGS_PATTERN}
EXAMPLES = {  # of parameters of single operations, by name
    "purpose": "monitoring report of the first period",
    "figure": "/participants/counted",
    "kind": "workbook",
    "name": "workbook.xlsx",
}
PARAMETERS: dict[str, dict[str, Any]] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "The same request with the same key, bare or quoted, is done once; another"
        " request with it is refused, and so is one while the first still runs",
        "schema": {**TEXT, "minLength": 1, "pattern": KEY_PATTERN},
        "example": "8f14e45f-ceea-467f-9575-abcdef012345",
    },
    "IfMatch": {
        "name": "If-Match",
        "in": "header",
        "required": True,
        "description": "The `ETag` of the record as it was seen, or `*` for whatever it is now",
        "schema": TAG,
        "examples": {"seen": {"value": '"3"'}, "any": {"value": "*"}},
    },
    "IfMatchOptional": {
        "name": "If-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of the record that the fact is added to, if it must not have"
        " changed since",
        "schema": TAG,
        "examples": {"seen": {"value": '"3"'}, "any": {"value": "*"}},
    },
    "IfNoneMatch": {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "The `ETag` of an earlier answer: 304 without a body when it still holds",
        "schema": TAG,
        "example": '"3.0f1e2d3c4b5a6978"',
    },
    "LedgerPosition": {
        "name": "Ledger-Position",
        "in": "header",
        "required": False,
        "description": "The `Ledger-Position` of an earlier answer, which this one must have seen",
        "schema": {**WHOLE, "minimum": 0, "maximum": 10**18 - 1},
        "example": 0,
    },
    "DryRun": {
        "name": "dry_run",
        "in": "query",
        "required": False,
        "description": "`true`: the same checks and the same answer, and nothing is stored",
        "schema": {"type": "boolean"},
        "example": False,
    },
}


def parameters_of(method: str, guarded: bool, opt: Mapping[str, Any]) -> list[str]:
    """The names of the parameters that an operation takes."""
    if not guarded:
        return []
    if method == "get":
        return ["IfNoneMatch", "LedgerPosition"]
    named = ["IdempotencyKey", "DryRun", "LedgerPosition"]
    if opt.get(CHANGES):
        named.append("IfMatch")
    elif opt.get(ADDS_TO):
        named.append("IfMatchOptional")
    return named
