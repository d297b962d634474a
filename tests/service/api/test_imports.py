"""Imports over HTTP: what is accepted, what becomes of it, what comes back."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient
from structlog.testing import capture_logs

from service.api.import_answers import ImportResult
from service.app import create_app
from service.composition import Services
from service.importing.described import described
from service.operations import importing
from service.programmes import Programmes
from service.store.vault import Vault
from tests.end_to_end.later_files import REASON, change, copy_of, update
from tests.end_to_end.running import SEED, SEED_PLUS, expected_of, imported, log_of
from tests.service.api.people import token_with, user_with
from tests.service.api.requests import PROJECT, Api, problem_of
from tests.service.api.sent_files import FOLDER, WORKBOOK, Sender, replaced, zipped
from tests.service.intake.books import pages_of, write_by_xlsxwriter

PLANTED = "Qzxjvkwh"


@pytest.fixture
def sender(services: Services, api: Api) -> Sender:
    return Sender(services, api)


@pytest.fixture(scope="module")
def small() -> bytes:
    return zipped(SEED_PLUS)


def figures(sender: Sender, project: str) -> Any:
    return sender.api.read(f"/v1/projects/{project}/reports/figures")


def head(sender: Sender) -> int:
    return sender.services.ledger(sender.api.tenant).head()


def test_both_seeds_give_the_figures_that_are_expected(sender: Sender, tmp_path: Path) -> None:
    write_by_xlsxwriter(pages_of(SEED_PLUS), tmp_path / "any name.xlsx")
    book = (tmp_path / "any name.xlsx").read_bytes()
    for body, media_type, source in ((zipped(SEED), FOLDER, SEED), (book, WORKBOOK, SEED_PLUS)):
        result = sender.result(body, media_type=media_type)
        assert result["problems"] == []
        assert msgspec.to_builtins(msgspec.convert(result, ImportResult)) == result
        assert (result["outcome"], result["recorded"]) == ("recorded", True)
        assert result["new"] == result["rows_recorded"] > 100
        assert figures(sender, result["project_id"]) == expected_of(source)


def test_the_answer_says_where_to_look_and_the_operation_what_was_ordered(
    sender: Sender, small: bytes
) -> None:
    answer = sender.send(small, check_only="true", encoding="windows-1250")
    content = answer.json()
    assert answer.headers["Location"] == f"/v1/operations/{content['id']}"
    assert answer.headers["Retry-After"]
    assert (content["kind"], content["status"], content["project_id"]) == (
        "import",
        "pending",
        None,
    )
    order = content["order"]
    assert len(order.pop("sha256")) == 64
    assert order == {
        "media_type": FOLDER,
        "encoding": "windows-1250",
        "check_only": True,
        "skip_bad_rows": False,
        "reason": None,
    }


def test_a_check_says_what_would_be_and_records_nothing(sender: Sender, small: bytes) -> None:
    checked = sender.result(small, check_only="true")
    assert (checked["outcome"], checked["recorded"]) == ("checked", False)
    assert (checked["project_id"], checked["rows_recorded"], head(sender)) == (None, 0, 0)
    recorded = sender.result(small)
    same = ("new", "same", "events", "missing", "refused")
    assert {name: recorded[name] for name in same} == {name: checked[name] for name in same}
    again = sender.result(small, check_only="true")
    assert (again["outcome"], again["new"], again["same"]) == ("checked", 0, recorded["new"])


def test_the_same_file_again_finds_nothing_new(sender: Sender, small: bytes) -> None:
    first = sender.result(small)
    before = head(sender)
    again = sender.result(small)
    assert (again["outcome"], again["new"], again["same"]) == ("nothing_new", 0, first["new"])
    assert again["project_id"] == first["project_id"]
    assert (again["rows_recorded"], head(sender)) == (0, before)


def test_under_one_key_the_same_file_is_one_operation(sender: Sender, small: bytes) -> None:
    first = sender.send(small, key="k")
    again = sender.send(small, key="k")
    assert (again.status_code, again.json()) == (202, first.json())
    assert problem_of(sender.send(small + b"\0", key="k")) == "idempotency-mismatch"
    for query in ({"check_only": "true"}, {"reason": "misread"}, {"encoding": "utf-8"}):
        assert problem_of(sender.send(small, key="k", **query)) == "idempotency-mismatch"
    assert sender.work()
    assert not sender.work(), "there was one"
    late = sender.send(small, key="k")
    assert late.json()["id"] == first.json()["id"]
    assert late.json()["status"] == "succeeded"


def test_rows_that_changed_stop_it_and_are_corrected_for_a_reason(
    sender: Sender, small: bytes
) -> None:
    project = sender.result(small)["project_id"]
    before, changed = head(sender), replaced(SEED_PLUS, "activities.csv", "Sousedský", "Druhý")
    stopped = sender.result(changed)
    assert (stopped["outcome"], stopped["recorded"]) == ("changed_rows", False)
    assert [one["file"] for one in stopped["changed"]] == ["activities.csv"]
    assert head(sender) == before
    done = sender.result(changed, reason="the name was misread")
    assert (done["outcome"], done["new"], done["corrected"]) == ("recorded", 0, 1)
    assert done["rows_recorded"] == 1
    old, new = "Sousedský workshop Brno", "Druhý workshop Brno"
    assert done["changed"][0]["changes"] == [{"column": "name_cs", "old": old, "new": new}]
    trail = sender.api.read(f"/v1/projects/{project}/audit-trail", text="misread")
    assert [one["reason"] for one in trail["items"]] == ["the name was misread"]


def test_an_update_is_that_of_the_command_line(
    services: Services, sender: Sender, small: bytes, tmp_path: Path
) -> None:
    folder = copy_of(SEED_PLUS, tmp_path / "project", with_claims=True)
    change(folder, "activities.csv", "A002", {"name_cs": "Druhý workshop", "place": "Kladno"})
    change(folder, "participants.csv", "P00001", {"municipality": "Beroun"})
    there = imported(services, SEED_PLUS)
    expected = described(update(there, folder), dry_run=False)
    assert expected["corrected"] > 0
    sender.result(small)
    found = sender.result(zipped(folder), reason=REASON)
    ids = {"project_id": found["project_id"]}
    assert {name: found[name] for name in expected} == expected | ids
    logs = [log_of(services, tenant).values() for tenant in (sender.api.tenant, there.tenant)]
    ours, theirs = ([(one["type"], one["version"]) for one in log] for log in logs)
    assert ours == theirs


def test_bad_rows_are_listed_and_skipped_when_that_is_asked_for(sender: Sender) -> None:
    spoilt = replaced(SEED_PLUS, "questionnaires.csv", ",A", ",XX")
    refused = sender.result(spoilt)
    assert (refused["outcome"], refused["recorded"], head(sender)) == ("bad_rows", False, 0)
    assert [one["file"] for one in refused["problems"]] == ["questionnaires.csv"]
    skipped = sender.result(spoilt, skip_bad_rows="true")
    assert (skipped["outcome"], skipped["refused"]) == ("recorded", 1)


def test_what_is_no_archive_or_workbook_is_told_as_a_bad_file(sender: Sender) -> None:
    for media_type, name in ((FOLDER, "project.zip"), (WORKBOOK, "project.xlsx")):
        result = sender.result(b"PK and then nothing", media_type=media_type)
        assert result["outcome"] == "bad_rows"
        assert [one["file"] for one in result["problems"]] == [name]


def test_long_lists_are_cut_and_the_whole_is_a_file(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LISTED_MAX", 3)
    rows = (SEED_PLUS / "attendance.csv").read_text(encoding="utf-8")
    ended = sender.done(zipped(SEED_PLUS, attendance=rows.replace(",202", ",x202")))
    result = ended["result"]
    assert len(result["problems"]) == 3 < result["counts"]["problems"]
    [file] = ended["files"]
    assert (file["name"], file["media_type"]) == ("import.json", "application/json")
    whole = sender.api.get(file["href"]).json()
    assert len(whole["problems"]) == result["counts"]["problems"]
    assert whole["problems"][:3] == result["problems"]


def test_into_a_project_only_its_own_file_is_taken(sender: Sender, small: bytes) -> None:
    project = sender.result(small)["project_id"]
    other = sender.api.project()
    path = f"/v1/projects/{project}/imports"
    assert sender.result(small, path)["outcome"] == "nothing_new"
    before = head(sender)
    assert sender.problem(small, f"/v1/projects/{other}/imports") == "other-project"
    assert sender.problem(zipped(SEED), path) == "other-project", "one that nobody has"
    assert head(sender) == before
    nobody = "00000000-0000-4000-8000-000000000000"
    assert problem_of(sender.send(small, f"/v1/projects/{nobody}/imports")) == "not-found"


def test_who_runs_one_project_imports_into_that_one_without_the_organisations_rates(
    services: Services, sender: Sender, small: bytes
) -> None:
    project = sender.result(small)["project_id"]
    new = sender.api.record("/v1/projects", PROJECT)
    api = user_with(services, sender.api.client, sender.api.tenant, "manager", project)
    manager, path = Sender(services, api), f"/v1/projects/{project}/imports"
    assert problem_of(manager.send(small)) == "forbidden"
    assert problem_of(manager.send(small, f"/v1/projects/{new}/imports")) == "not-found"
    assert manager.result(small, path)["outcome"] == "nothing_new"
    rates = (SEED_PLUS / "exchange-rates.csv").read_text(encoding="utf-8")
    more = zipped(SEED_PLUS, exchange_rates=f"{rates}2025-01-03,EUR,1,23.790,CNB_DAILY\n")
    refused = manager.result(more, path)
    assert refused["outcome"] == "bad_rows"
    [problem] = refused["problems"]
    assert problem["file"] == "exchange-rates.csv"
    assert "organisation" in problem["expected"]
    assert sender.result(more, path)["new"] == 1, "control: the owner may"


def test_a_token_for_imports_alone_imports_everything_and_nothing_else(
    services: Services, sender: Sender, small: bytes
) -> None:
    scopes = ("imports.run", "operations.read")
    token = token_with(services, sender.api.tenant, sender.api.user, scopes)
    api = Api(sender.api.client, sender.api.tenant, sender.api.user, token)
    assert Sender(services, api).result(small)["outcome"] == "recorded"
    assert problem_of(api.get("/v1/projects")) == "forbidden"
    without = token_with(services, api.tenant, api.user, ("projects.register", "operations.read"))
    other = Sender(services, Api(api.client, api.tenant, api.user, without))
    assert problem_of(other.send(small)) == "forbidden"


def test_nothing_is_taken_while_the_vault_is_closed(
    services: Services, sender: Sender, small: bytes
) -> None:
    vault = Vault(services.pool, None)
    closed = Services(services.settings, services.urls, services.pool, vault, Programmes())
    with TestClient(create_app(closed), raise_server_exceptions=False) as client:
        api = Api(client, sender.api.tenant, sender.api.user, sender.api.token)
        assert problem_of(Sender(closed, api).send(small)) == "unavailable"
    answer = sender.send(small)
    assert not Sender(closed, sender.api).work(), "closed since it was accepted: it waits"
    assert sender.read(answer)["status"] == "pending"
    assert sender.work()
    assert sender.read(answer)["status"] == "succeeded"


def test_no_name_is_in_an_operation_its_answers_or_the_log(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = (SEED_PLUS / "participants.csv").read_text(encoding="utf-8")
    first = people.replace("Kovalenko,2005-02-28", f"{PLANTED},2005-02-28")
    first = first.replace("Nováková,1981-07-15", f"{PLANTED},{PLANTED}")  # a bad row
    later = first.replace(f"Olena,{PLANTED}", f"Olena,{PLANTED}ová")
    monkeypatch.setattr(importing, "LISTED_MAX", 0)  # so there is a file of the whole
    with capture_logs() as logged:
        ended = [
            sender.done(zipped(SEED_PLUS, participants=text), skip_bad_rows="true", **more)
            for text, more in ((first, {}), (later, {}), (later, {"reason": "misread"}))
        ]
    outcomes = [one["result"]["outcome"] for one in ended]
    assert outcomes == ["recorded", "changed_rows", "recorded"]
    files = [sender.api.get(file["href"]).text for one in ended for file in one["files"]]
    assert len(files) == 3
    said = json.dumps([ended, files, logged], default=str)
    assert "last_name" in said, "control: it is told which column changed"
    assert PLANTED.lower() not in said.lower()
