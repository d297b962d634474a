"""The description passes redocly (recommended-strict) and spectral (OWASP); a spoilt one does not.

What is not as a rule of OWASP wants it is an exception with its reason; one that is no longer
needed fails the test too.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from service.app import openapi_text
from tests.node_packages import FOLDER, run_tool

REDOCLY = "@redocly/cli/bin/cli.js"
SPECTRAL = "@stoplight/spectral-cli/dist/index.js"


class Finding(NamedTuple):
    """What a linter found, and where."""

    rule: str
    place: str


class Exempt(NamedTuple):
    """A rule that does not hold at places that contain a text."""

    rule: str
    place: str
    reason: str


PUBLIC = "public keys, for everybody, and there is no input"
PROBES = "asked by the machine that runs the service, without a token, and without any input"
EXEMPTIONS = (
    Exempt(
        "owasp:api8:2023-define-cors-origin",
        "/headers",
        "no page of another origin may call the API: there is no such header, so browsers refuse",
    ),
    Exempt(
        "owasp:api2:2023-short-lived-access-tokens",
        "/client/flows/clientCredentials",
        "tokens live ten minutes; client credentials have no refresh token (RFC 6749, 4.4.3)",
    ),
    Exempt(
        "owasp:api2:2023-no-credentials-in-url",
        "/v1/tokens/{token_id}",
        "the id of a token's record, which opens nothing; the token is shown once, in a body",
    ),
    Exempt(
        "owasp:api2:2023-no-http-basic",
        "/client_secret/scheme",
        "of the token endpoint, which must take it (RFC 6749, 2.3.1); secrets have 256 bits",
    ),
    *(
        Exempt(rule, "/.well-known/jwks.json", PUBLIC)
        for rule in (
            "owasp:api2:2023-read-restricted",
            "owasp:api8:2023-define-error-responses-401",
            "owasp:api8:2023-define-error-validation",
        )
    ),
    *(
        Exempt(rule, probe, PROBES)
        for probe in ("/healthz", "/readyz")
        for rule in (
            "owasp:api2:2023-read-restricted",
            "owasp:api4:2023-rate-limit",
            "owasp:api4:2023-rate-limit-responses-429",
            "owasp:api8:2023-define-error-responses-401",
            "owasp:api8:2023-define-error-validation",
        )
    ),
)


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The description, and a small spoilt one."""
    folder = tmp_path_factory.mktemp("documents")
    whole, spoilt = folder / "whole.json", folder / "spoilt.json"
    whole.write_text(openapi_text(), encoding="utf-8")
    spoilt.write_text(json.dumps(_spoilt(json.loads(openapi_text()))), encoding="utf-8")
    return [whole, spoilt]


def _spoilt(document: dict[str, Any]) -> dict[str, Any]:
    document["paths"] = {"/v1/exchange-rates": document["paths"]["/v1/exchange-rates"]}
    operation = document["paths"]["/v1/exchange-rates"]["post"]
    del operation["operationId"], operation["responses"]["401"]
    document["components"]["schemas"]["Problem"]["properties"]["detail"] = {"type": "string"}
    return document


@pytest.fixture(scope="module")
def by_redocly(documents: list[Path]) -> list[list[Finding]]:
    arguments = ("--config", FOLDER / "redocly.yaml", "--format", "json")
    found: list[list[Finding]] = []
    for document in documents:
        done = run_tool(REDOCLY, "lint", document, *arguments)
        problems = json.loads(done.stdout)["problems"]
        found.append([Finding(one["ruleId"], one["location"][0]["pointer"]) for one in problems])
    return found


@pytest.fixture(scope="module")
def by_spectral(documents: list[Path]) -> list[list[Finding]]:
    done = run_tool(
        SPECTRAL, "lint", "-r", FOLDER / "spectral.yaml", "-f", "json", "--quiet", *documents
    )
    problems = json.loads(done.stdout)
    return [
        [
            Finding(one["code"], "/".join(one["path"]))
            for one in problems
            if Path(one["source"]).name == document.name
        ]
        for document in documents
    ]


def test_redocly_finds_nothing(by_redocly: list[list[Finding]]) -> None:
    assert by_redocly[0] == []


def test_redocly_finds_a_spoilt_description(by_redocly: list[list[Finding]]) -> None:
    assert "operation-operationId" in _rules(by_redocly[1])


def test_spectral_finds_nothing_but_exceptions(by_spectral: list[list[Finding]]) -> None:
    assert [one for one in by_spectral[0] if not _exempt(one)] == []


def test_every_exception_is_needed(by_spectral: list[list[Finding]]) -> None:
    unneeded = [one for one in EXEMPTIONS if not any(_holds(one, it) for it in by_spectral[0])]
    assert unneeded == []


def test_spectral_finds_a_spoilt_description(by_spectral: list[list[Finding]]) -> None:
    rules = _rules([one for one in by_spectral[1] if not _exempt(one)])
    assert {
        "operation-operationId",
        "owasp:api4:2023-string-limit",
        "owasp:api8:2023-define-error-responses-401",
    } <= rules


def _exempt(finding: Finding) -> bool:
    return any(_holds(one, finding) for one in EXEMPTIONS)


def _holds(exempt: Exempt, finding: Finding) -> bool:
    return exempt.rule == finding.rule and exempt.place in finding.place


def _rules(findings: Sequence[Finding]) -> set[str]:
    return {one.rule for one in findings}
