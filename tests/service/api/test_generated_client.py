"""A client that a public generator made of the committed description does the main flow.

The seed project's legal act, its items and its documents in crowns, from its registration to its
figures, over a real server. The client is made in a temporary folder and nothing is fetched.
"""

import csv
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from service.composition import Services
from tests.end_to_end.running import SEED
from tests.service.api.listening import served
from tests.service.api.programs import GRANT, parts, program_of
from tests.service.api.requests import Api
from tests.service.api.sent_files import FOLDER, zipped

ROOT = Path(__file__).parents[3]
PACKAGE = "grantledger_client"
# The generator knows files by one type only, and has to be told of others.
OVERRIDES = f"content_type_overrides:\n  {FOLDER}: application/octet-stream\n"
CONFIG = f"package_name_override: {PACKAGE}\npost_hooks: []\n{OVERRIDES}"
CREATED, READ, ACCEPTED = 201, 200, 202
ITEMS_WHOLE = 4
FIELDS = {
    "reference": "id",
    "supplier_name": "supplier_name",
    "supplier_ico": "supplier_ico",
    "document_number": "supplier_document_number",
    "issued_on": "issued_on",
    "taxable_supply_on": "taxable_supply_on",
    "currency": "currency",
    "net": "amount_without_vat",
    "vat": "vat",
    "gross": "amount_total",
    "amount": "amount_czk",
    "description": "description",
}


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What the generator said; the package can be imported."""
    folder = tmp_path_factory.mktemp("client")
    config = folder / "config.yaml"
    config.write_text(CONFIG)
    tool = Path(sys.executable).with_name("openapi-python-client")
    command = [tool, "generate", "--meta", "none", "--config", config]
    command += ["--path", ROOT / "openapi/openapi.json", "--output-path", folder / PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    sys.path.insert(0, str(folder))
    yield done.stdout + done.stderr
    sys.path.remove(str(folder))


class Client:
    """Calls of the generated package, by tag and operation."""

    def __init__(self, url: str, token: str) -> None:
        module = importlib.import_module(PACKAGE)
        self._client = module.AuthenticatedClient(base_url=url, token=token)
        self._models = importlib.import_module(f"{PACKAGE}.models")

    def record(self, place: str, model: str, body: dict[str, Any], **values: Any) -> Any:
        """What the answer of a write holds."""
        sent = getattr(self._models, model).from_dict(body)
        answer = self.call(place, body=sent, **values)
        assert answer.status_code == CREATED, answer.content
        return answer.parsed.id

    def read(self, place: str, **values: Any) -> Any:
        answer = self.call(place, **values)
        assert answer.status_code == READ, answer.content
        return answer.parsed

    def call(self, place: str, **values: Any) -> Any:
        module = importlib.import_module(f"{PACKAGE}.api.{place}")
        return module.sync_detailed(client=self._client, **values)


def rows(name: str) -> list[dict[str, str]]:
    with (SEED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_only_files_and_lines_have_no_model_in_the_generated_client(generated: str) -> None:
    warnings = [line for line in generated.splitlines() if line.startswith("WARNING")]
    assert warnings
    of_files = ("/bulk ", "/files/", "/imports ")
    assert all(any(part in line for part in of_files) for line in warnings)


@pytest.mark.usefixtures("generated")
def test_the_generated_client_does_the_main_flow(services: Services, api: Api) -> None:
    with served(services) as server:
        client = Client(server.url, api.token)
        act = json.loads((SEED / "project.json").read_text(encoding="utf-8"))
        project = client.record("projects.register_project", "ProjectToRegister", act)
        for row in rows("budget.csv"):
            client.record(
                "budget.add_budget_item", "BudgetItemToAdd", _item(row), project_id=project
            )
        whole = _record_documents(client, project)
        _claim(client, project)
        figures = client.read("reports.report_figures", project_id=project).to_dict()
        expected = json.loads((SEED / "expected.json").read_text(encoding="utf-8"))
        found, wanted = figures["budget_by_item"], expected["budget_by_item"]
        assert len(whole) == ITEMS_WHOLE
        assert {code: found[code]["recorded"] for code in whole} == {
            code: wanted[code]["recorded"] for code in whole
        }
        claims = client.read("claims.list_claims", project_id=project).items
        assert [one.paid_amount for one in claims] == [act["initial_advance"], None]
        assert figures["claims"][0]["declared_direct"] == claims[1].declared


@pytest.mark.usefixtures("generated")
def test_the_generated_client_sends_a_file_to_be_imported(services: Services, api: Api) -> None:
    with served(services) as server:
        client = Client(server.url, api.token)
        file = importlib.import_module(f"{PACKAGE}.types").File(BytesIO(zipped(SEED)))
        answer = client.call("operations.import_project", body=file, check_only=True)
        assert answer.status_code == ACCEPTED, answer.content
        found = client.read("operations.read_operation", operation_id=answer.parsed.id)
        assert found.order.to_dict()["media_type"] == FOLDER
        assert found.order.to_dict()["check_only"]


@pytest.mark.usefixtures("generated")
def test_the_generated_client_gets_an_access_token_and_reads_with_it(
    services: Services, api: Api
) -> None:
    program = program_of(api)
    with served(services) as server:
        asked = GRANT | {"client_id": program.client_id, "client_secret": program.secret}
        models = importlib.import_module(f"{PACKAGE}.models")
        anonymous = importlib.import_module(PACKAGE).Client(base_url=server.url)
        endpoint = importlib.import_module(f"{PACKAGE}.api.access.issue_token")
        body = models.IssueTokenBody.from_dict(asked)
        issued = endpoint.sync(client=anonymous, body=body)
        client = Client(server.url, issued.access_token)
        assert client.read("projects.list_projects").items == []
        keys = importlib.import_module(f"{PACKAGE}.api.access.read_key_set")
        kid = parts(issued.access_token)[0]["kid"]
        assert kid in {key.kid for key in keys.sync(client=anonymous).keys}
        wrong = endpoint.sync(
            client=anonymous, body=models.IssueTokenBody.from_dict({**asked, "scope": "none"})
        )
        assert wrong.error == "invalid_scope"


def _item(row: dict[str, str]) -> dict[str, Any]:
    price = f"{Decimal(row['unit_price']):.2f}"
    return {**row, "unit_price": price, "purchased_service": row["purchased_service"] == "yes"}


def _record_documents(client: Client, project: Any) -> set[str]:
    """Records what is in crowns; the items of which that is all."""
    found = rows("sd1.csv")
    left = [row for row in found if row["currency"] != "CZK" or row["corrects"]]
    for row in found:
        if row in left:
            continue
        amount, item = row["amount_czk"], row["budget_item"]
        body: dict[str, Any] = {name: row[column] for name, column in FIELDS.items()}
        body["allocations"] = [{"project_id": str(project), "item": item, "amount": amount}]
        place = {"project_id": project}
        document = client.record("documents.record_document", "DocumentToRecord", body, **place)
        read = client.read("documents.get_document", document_id=document, **place)
        paid, seen = {"paid_on": row["paid_on"]}, f'"{read.version}"'
        at = {**place, "document_id": document, "if_match": seen}
        client.record("documents.pay_document", "Payment", paid, **at)
    return {row["budget_item"] for row in found} - {row["budget_item"] for row in left}


def _claim(client: Client, project: Any) -> None:
    """The advance is paid; the claim of the first period is decided without reductions."""
    act = json.loads((SEED / "project.json").read_text(encoding="utf-8"))
    place = {"project_id": project}
    advance = {"number": 1, "kind": "advance", "period": None, "submitted_on": act["start"]}
    first = client.record("claims.submit_claim", "ClaimToSubmit", advance, **place)
    paid = {"paid_on": "2016-03-01", "amount": act["initial_advance"]}
    at = {**place, "claim_id": first, "if_match": "*"}
    client.record("claims.pay_claim", "ClaimPayment", paid, **at)
    interim = {"number": 2, "kind": "interim", "period": 1, "submitted_on": "2016-08-31"}
    second = client.record("claims.submit_claim", "ClaimToSubmit", interim, **place)
    decision = {"decided_on": "2016-10-15", "reductions": []}
    client.record("claims.decide_claim", "Decision", decision, **{**at, "claim_id": second})
