"""Corrected and cancelled facts in the figures: new values now, old ones at what was known before.

What a submitted claim holds is corrected by a difference. Every figure stays explained.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec import to_builtins

from domain.expenditure import HeldByClaim
from domain.identity import budget_stream
from domain.rejection import NotFound
from domain.stream import StillNeeded
from domain.streams import NotCorrectable
from service.composition import Services
from tests.end_to_end.copied_log import stored_events
from tests.end_to_end.desk import Desk
from tests.end_to_end.explained import Explained
from tests.end_to_end.running import SEED, SEED_PLUS, Imported, expected_of, imported

EMPLOYED = "1.1.1.1"


@pytest.fixture
def project(services: Services) -> Imported:
    return imported(services, SEED_PLUS)


@pytest.fixture
def desk(project: Imported) -> Iterator[Desk]:
    """Corrects the project; in the end every figure follows from its derivation, and the past
    is still what it was."""
    before, head = project.figures(), project.head()
    yield Desk(project)
    assert project.head() > head
    assert project.figures(known_at=head) == before == expected_of(SEED_PLUS)
    assert Explained(project).wrong() == []


def changed(before: Any, after: Any) -> Any:
    """The values of `after` that are not those of `before`, in its structure."""
    if not isinstance(after, dict):
        return after
    return {
        name: changed(before[name], value) if isinstance(before.get(name), dict) else value
        for name, value in after.items()
        if before.get(name) != value
    }


def changes(project: Imported) -> Any:
    figures, expected = project.figures(), expected_of(project.folder)
    gone = {name: None for name in expected["findings"] if name not in figures["findings"]}
    figures["findings"] |= gone
    return changed(expected, figures)


def test_a_corrected_signature_takes_a_finding_away(project: Imported, desk: Desk) -> None:
    desk.correct("sd2", "MZ00014", version=2, effective_on="2024-03-29")
    assert changes(project) == {
        "findings": {"MZ00014": None},
        "budget_by_item": {EMPLOYED: {"recorded": "564747.08", "remaining": "9252.92"}},
    }


def test_a_corrected_amount_that_no_claim_holds_is_the_new_amount(
    project: Imported, desk: Desk
) -> None:
    desk.correct("sd2", "MZ00014", version=2, effective_on="2024-03-29")
    known = project.head()
    desk.correct("sd2", "MZ00014", gross_wage="30000.00", amount="40356.32")
    of_item = project.figures()["budget_by_item"][EMPLOYED]
    assert of_item["recorded"] == "564107.08"
    assert project.figures(known_at=known)["budget_by_item"][EMPLOYED]["recorded"] == "564747.08"
    desk.correct("sd2", "MZ00014", gross_wage="30640.00", amount="40996.32")
    assert project.figures()["budget_by_item"][EMPLOYED]["recorded"] == "564747.08"


def test_a_corrected_value_is_explained_by_the_field_of_the_correction(
    project: Imported, desk: Desk
) -> None:
    desk.correct("sd2", "MZ00014", version=2, effective_on="2024-03-29")
    desk.correct("sd2", "MZ00014", gross_wage="30000.00", amount="40356.32")
    facts = Explained(project).derivations[f"/budget_by_item/{EMPLOYED}/recorded"]["facts"]
    stream = str(desk.stream("sd2", "MZ00014"))
    [fact] = [fact for fact in facts if fact["document_id"] == stream]
    assert fact["event"]["type"] == "fact.corrected.v1"
    assert (fact["field"], fact["value"]) == ("/values/amount", "40356.32")
    assert {event["type"] for event in fact["events"]} >= {"expenditure.paid.v1"}


def test_what_a_claim_holds_is_corrected_by_a_difference(project: Imported, desk: Desk) -> None:
    difference = desk.correct("sd2", "MZ00001", gross_wage="30000.00", amount="40356.32")
    assert difference != desk.stream("sd2", "MZ00001")
    assert changes(project) == {
        "budget_by_item": {EMPLOYED: {"recorded": "523110.76", "remaining": "50889.24"}}
    }
    facts = Explained(project).derivations[f"/budget_by_item/{EMPLOYED}/recorded"]["facts"]
    assert str(difference) in {fact["document_id"] for fact in facts}


def test_a_cancelled_document_of_a_claim_is_taken_back_by_a_difference(
    project: Imported, desk: Desk
) -> None:
    desk.cancel("sd2", "MZ00001")
    recorded = Decimal("523750.76") - Decimal("40996.32")
    assert changes(project)["budget_by_item"][EMPLOYED]["recorded"] == str(recorded)
    assert "claims" not in changes(project)


def test_a_second_correction_is_made_on_the_difference(project: Imported, desk: Desk) -> None:
    """Against the first amounts it would take what the first difference took once more."""
    difference = desk.correct("sd2", "MZ00001", gross_wage="30000.00", amount="40356.32")
    with pytest.raises(HeldByClaim, match="MZ00001-D"):
        desk.correct("sd2", "MZ00001", gross_wage="29000.00", amount="39356.32")
    with pytest.raises(HeldByClaim, match="MZ00001-D"):
        desk.cancel("sd2", "MZ00001")
    desk.correct_fact(difference, 1, {"gross_wage": "-1640.00", "amount": "-1640.00"})
    assert changes(project) == {
        "budget_by_item": {EMPLOYED: {"recorded": "522110.76", "remaining": "51889.24"}}
    }


def test_a_cancelled_difference_leaves_room_for_another(project: Imported, desk: Desk) -> None:
    difference = desk.correct("sd2", "MZ00001", gross_wage="30000.00", amount="40356.32")
    desk.cancel_fact(difference, None)
    assert changes(project) == {}
    assert desk.correct("sd2", "MZ00001", gross_wage="30000.00", amount="40356.32") == difference
    assert changes(project) == {
        "budget_by_item": {EMPLOYED: {"recorded": "523110.76", "remaining": "50889.24"}}
    }


def test_the_payment_of_a_claimed_document_is_not_changed(project: Imported, desk: Desk) -> None:
    with pytest.raises(HeldByClaim):
        desk.correct("sd2", "MZ00001", version=3, effective_on="2023-03-11")
    desk.cancel("sd2", "MZ00029")


def test_a_cancelled_document_is_in_no_figure(project: Imported, desk: Desk) -> None:
    desk.cancel("sd2", "MZ00029")
    assert changes(project) == {"findings": {"MZ00029": None}}


def test_a_cancelled_payment_takes_its_finding_away(project: Imported, desk: Desk) -> None:
    desk.cancel("sd2", "MZ00027", version=3)
    assert changes(project) == {"findings": {"MZ00027": ["signed_before_last_worked_day"]}}


def test_corrected_characteristics_move_the_indicators(project: Imported, desk: Desk) -> None:
    desk.correct("participants", "P00006", version=2, labour_status="TPZAMCI")
    assert set(changes(project)) == {"common_indicators"}
    common = project.figures()["common_indicators"]
    assert common["CO01"] == common["EECO02"] == {"total": 1, "women": 0, "men": 1}
    assert common["CO05"] == {"total": 5, "women": 3, "men": 2}
    assert common["CO08"] == {"total": 0, "women": 0, "men": 0}


def test_a_completed_record_is_counted_in_its_period(project: Imported, desk: Desk) -> None:
    desk.correct("participants", "P00004", version=2, education="VZISCED3-4")
    participants = project.figures()["participants"]
    assert (participants["counted"], participants["not_counted_incomplete"]) == (10, 1)
    assert (participants["women"], participants["men"]) == (5, 5)
    assert participants["counted_by_period"] == {"1": 1, "2": 2, "3": 5, "4": 2}
    assert project.figures()["indicators"]["600000"]["achieved"] == 10


def test_a_corrected_birth_date_and_sex_move_a_person(project: Imported, desk: Desk) -> None:
    desk.correct("participants", "P00001", version=1, birth_date="2005-03-01")
    desk.correct("participants", "P00001", version=2, sex="POHMUZI")
    common = project.figures()["common_indicators"]
    assert common["EECO06"] == {"total": 2, "women": 0, "men": 2}
    assert common["EECO07"]["total"] == 2
    assert project.figures()["participants"]["women"] == 3


def test_corrected_attendance_moves_the_threshold(project: Imported, desk: Desk) -> None:
    """P00002 gets 40.00 hours instead of 39.99, P00001 39.99 instead of 40.00."""
    desk.correct_fact(*fact_of(project, "P00002", "14.01"), {"quantity": "14.02"})
    desk.correct_fact(*fact_of(project, "P00001", "20"), {"quantity": "19.99"})
    assert project.figures()["participants"]["counted_by_period"] == {
        "1": 0,
        "2": 3,
        "3": 4,
        "4": 2,
    }


def test_cancelled_attendance_takes_a_person_out(project: Imported, desk: Desk) -> None:
    desk.cancel_fact(*fact_of(project, "P00001", "20"))
    participants = project.figures()["participants"]
    assert (participants["recorded"], participants["counted"]) == (14, 8)


def fact_of(project: Imported, participant: str, quantity: str) -> tuple[Any, int]:
    """Stream and version of the attendance of a participant with so many hours."""
    stream = Desk(project).stream("participants", participant)
    [found] = [
        event
        for event in stored_events(project.services, project.tenant)
        if event.type == "activity.attendance-recorded.v1"
        and (event.fact.participant, str(event.fact.quantity)) == (stream, quantity)
    ]
    return found.stream, found.version


def test_a_cancelled_participant_is_nowhere(project: Imported, desk: Desk) -> None:
    desk.cancel("participants", "P00006")
    figures = project.figures()
    assert figures["participants"]["recorded"] == 13
    assert figures["participants"]["counted"] == 8
    assert figures["common_indicators"]["CO08"]["total"] == 0


def test_a_corrected_publication_moves_to_its_period(project: Imported, desk: Desk) -> None:
    desk.correct("outputs", "O01", version=2, effective_on="2024-02-01")
    assert changes(project) == {
        "indicators": {"805000": {"by_period": {"2": 0, "3": 2}}},
    }
    desk.cancel("outputs", "O02", version=2)
    assert project.figures()["documents_indicator"] == 1


def test_a_corrected_activity_moves_with_its_questionnaires(project: Imported, desk: Desk) -> None:
    """The workshop of 31 January to 1 February 2024 ends a day earlier, in period 2."""
    desk.correct("activities", "A005", end="2024-01-31")
    assert changes(project) == {
        "indicators": {
            "PROJ-WS": {"by_period": {"2": 1, "3": 0}},
            "PROJ-Q": {"by_period": {"2": 2, "3": 3}},
        }
    }


def test_a_corrected_end_of_the_project_judges_every_document_again(
    project: Imported, desk: Desk
) -> None:
    shorter = periods_of(project)
    shorter[-1]["end"] = "2024-08-31"
    desk.correct_fact(project.project, 1, {"end": "2024-08-31", "periods": shorter})
    figures, expected = project.figures(), expected_of(SEED_PLUS)
    outside = ["incurred_outside_project"]
    assert changes(project)["findings"] == {
        "MZ00022": outside,
        "MZ00027": [*outside, "paid_after_deadline", "signed_before_last_worked_day"],
    }
    assert figures["budget_by_item"]["1.1.2.1"]["recorded"] == "129250.80"
    assert figures["claims"] == expected["claims"]
    assert figures["participants"]["counted_by_period"]["4"] == 0


def periods_of(project: Imported) -> list[dict[str, Any]]:
    return to_builtins(project.report().facts.act.periods)


def test_an_earlier_start_of_the_project_takes_a_finding_away_and_is_known_from_then(
    project: Imported, desk: Desk
) -> None:
    periods = periods_of(project)
    periods[0]["start"] = "2023-01-01"
    desk.correct_fact(project.project, 1, {"start": "2023-01-01", "periods": periods})
    assert changes(project)["findings"] == {"MZ00029": None}
    assert project.figures(as_of=date(2023, 1, 1))["claims"] == []


def test_a_corrected_decision_and_payment_move_the_settlement(
    project: Imported, desk: Desk
) -> None:
    decision = project.report().facts.of["claim_line"]
    [line] = [one for one in decision if one["reference"] == "MZ00004"]
    reduction = {"document": str(line["document_id"]), "allocation": 0, "amount": "200.36"}
    desk.correct("claims", "2", version=2, reductions=[reduction | {"reason": "unusual price"}])
    desk.correct("claims", "2", version=3, amount="282224.95")
    claim, settlement = project.figures()["claims"][0], project.figures()["settlement"]
    assert (claim["reductions"], claim["approved_direct"]) == ("200.36", "212199.21")
    assert claim["paid_amount"] == "282224.95"
    assert settlement["payments_received"] == "745199.00"
    desk.cancel("claims", "5", version=2)
    assert project.figures()["settlement"]["approved_direct"] == "628344.57"
    assert project.figures()["claims"][3]["reductions"] == "0.00"


def test_corrected_documents_of_suppliers_lose_their_findings(services: Services) -> None:
    """SD-1: a number and an IČO corrected, the first record of a duplicate cancelled."""
    project = imported(services, SEED)
    desk, before = Desk(project, date(2018, 8, 20)), project.figures()
    desk.correct("sd1", "FP00076", document_number="77-1")
    desk.correct("sd1", "FP00078", supplier_ico="99941392")
    figures = project.figures()
    assert {"FP00076", "FP00078"} == {*before["findings"]} - {*figures["findings"]}
    assert figures["claims"] == before["claims"]
    desk.correct("sd1", "FP00076", document_number="2016-64310")
    desk.correct("sd1", "FP00078", supplier_ico="12345678")
    assert project.figures()["findings"] == before["findings"]
    assert project.figures() == before
    assert Explained(project).wrong() == []


@pytest.mark.parametrize(
    "change", [{"item": "9.9"}, {"corrects": "2f5a3c3e-0a3f-4a53-9f0e-5a1f7e1c9b10"}]
)
def test_a_correction_names_only_what_exists(
    project: Imported, desk: Desk, change: dict[str, str]
) -> None:
    """Money on an item that no budget has would be in no figure."""
    with pytest.raises(NotFound):
        desk.correct("sd2", "MZ00014", **change)
    desk.correct("sd2", "MZ00014", item="1.1.2.1", contract="DPC")
    desk.correct("sd2", "MZ00014", version=2, effective_on="2024-03-29")
    recorded = Decimal("147715.20") + Decimal("40996.32")
    assert project.figures()["budget_by_item"]["1.1.2.1"]["recorded"] == str(recorded)


def test_what_others_rest_on_stays(project: Imported, desk: Desk) -> None:
    """An item that documents name, an activity that was attended, the project itself."""
    budget = budget_stream(project.tenant, project.project)
    project.figures()
    for refused in (
        lambda: desk.cancel_fact(budget, 1),
        lambda: desk.correct_fact(budget, 1, {"code": "1.1.9"}),
        lambda: desk.cancel("activities", "A001", version=1),
        lambda: desk.correct("activities", "A001", hours="7"),
    ):
        with pytest.raises(StillNeeded):
            refused()
    with pytest.raises(NotCorrectable):
        desk.cancel_fact(project.project, 1)
    desk.correct_fact(budget, 1, {"name": "Sociální pracovnice a pracovník"})
    assert changes(project) == {}
