"""Decisions of the streams: what is recorded, and what is refused by which rejection."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import msgspec
import pytest

from domain.activity import MoreThanOffered, NotHeld, QuestionnaireRecorded
from domain.budget import TotalDiffers
from domain.claim import ClaimLine, Decided, Reduction, ReductionTooLarge, Submitted
from domain.document import Allocation, AmountsDoNotAddUp, ForeignAmount
from domain.event import Cancelled, Corrected
from domain.expenditure import AlreadyClaimed, Claimed, Paid
from domain.project import PeriodsDoNotCover, SharesDoNotAddUp
from domain.rejection import AlreadyCancelled, AlreadyRecorded, InvalidValue, NotFound
from domain.stream import StillNeeded, replayed
from domain.streams import ACTIVITY, BUDGET, CLAIM, EXPENDITURE, PROJECT
from domain.work_record import WorkSigned
from tests import builders
from tests.builders import DOCUMENT, money
from tests.builders import PROJECT as PROJECT_ID
from tests.given import given


def test_a_project_is_registered_once() -> None:
    given(PROJECT).when(builders.registered()).then_recorded()
    given(PROJECT, builders.registered()).when(builders.registered()).then_refused(AlreadyRecorded)


def test_periods_with_a_gap_are_refused() -> None:
    first, second = builders.PERIODS
    late = type(second)(
        number=2, start=date(2023, 7, 2), end=second.end, report_due=second.report_due
    )
    registered = builders.registered(periods=(first, late))
    given(PROJECT).when(registered).then_refused(PeriodsDoNotCover, "/periods/1/start")


def test_periods_that_end_before_the_project_are_refused() -> None:
    registered = builders.registered(periods=builders.PERIODS[:1])
    given(PROJECT).when(registered).then_refused(PeriodsDoNotCover, "/periods")


def test_shares_that_do_not_make_the_whole_are_refused() -> None:
    registered = builders.registered(own_rate=Decimal("0.06"))
    given(PROJECT).when(registered).then_refused(SharesDoNotAddUp, "/own_rate")


def test_an_item_whose_total_is_not_price_times_count_is_refused() -> None:
    given(BUDGET).when(builders.item(total=money("999.99"))).then_refused(TotalDiffers, "/total")


def test_an_item_is_added_once() -> None:
    given(BUDGET, builders.item()).when(builders.item()).then_refused(AlreadyRecorded, "/code")


def test_attendance_of_an_activity_that_was_not_held_is_refused() -> None:
    given(ACTIVITY).when(builders.attendance()).then_refused(NotHeld)


def test_nobody_attends_longer_than_the_activity_lasted() -> None:
    exactly = builders.attendance(quantity=Decimal(840), unit="minute")
    given(ACTIVITY, builders.held()).when(exactly).then_recorded()
    longer = builders.attendance(quantity=Decimal("14.01"))
    given(ACTIVITY, builders.held()).when(longer).then_refused(MoreThanOffered, "/quantity")


def test_attendance_is_recorded_once_a_person_and_day() -> None:
    before = (builders.held(), builders.attendance())
    given(ACTIVITY, *before).when(builders.attendance()).then_refused(AlreadyRecorded)
    next_day = builders.attendance(effective_on=date(2023, 3, 2))
    given(ACTIVITY, *before).when(next_day).then_recorded()


def test_attendance_outside_the_days_of_the_activity_is_refused() -> None:
    late = builders.attendance(effective_on=date(2023, 3, 3))
    given(ACTIVITY, builders.held()).when(late).then_refused(InvalidValue, "/date")


def test_a_grade_of_six_is_refused() -> None:
    questionnaire = QuestionnaireRecorded(
        effective_on=date(2023, 3, 2),
        project=PROJECT_ID,
        reference="Q1",
        content=6,
        usefulness=1,
        organisation=1,
        language="cs",
    )
    given(ACTIVITY, builders.held()).when(questionnaire).then_refused(InvalidValue, "/content")


def test_a_document_whose_parts_differ_from_its_total_is_refused() -> None:
    wrong = builders.document(vat=money("20.99"))
    given(EXPENDITURE).when(wrong).then_refused(AmountsDoNotAddUp, "/amount_total")


def test_allocations_may_not_exceed_the_document() -> None:
    too_much = (
        Allocation(project=PROJECT_ID, item="1.1.1", amount=money("100.00")),
        Allocation(project=PROJECT_ID, item="1.1.2", amount=money("21.01")),
    )
    given(EXPENDITURE).when(builders.document(allocations=too_much)).then_refused(
        AmountsDoNotAddUp, "/allocations"
    )


@pytest.mark.parametrize(("amount", "accepted"), [("2700.50", True), ("2700.49", False)])
def test_a_foreign_document_is_claimed_at_its_rate_rounded_half_up(
    amount: str, accepted: bool
) -> None:
    fx = ForeignAmount(
        currency="EUR",
        amount=money("100.00"),
        rate=Decimal("27.00495"),
        rate_kind="CNB_DAILY",
        rate_date=date(2023, 2, 1),
        amount_unit=1,
    )
    document = builders.document(
        currency="EUR",
        net=money("100.00"),
        vat=money("0.00"),
        gross=money("100.00"),
        amount=money(amount),
        fx=fx,
    )
    decision = given(EXPENDITURE).when(document)
    if accepted:
        decision.then_recorded()
    else:
        decision.then_refused(AmountsDoNotAddUp, "/amount_czk")


def test_a_work_record_is_the_sum_of_its_four_amounts() -> None:
    given(EXPENDITURE).when(builders.work(amount=money("1338.01"))).then_refused(
        AmountsDoNotAddUp, "/amount_czk"
    )


def test_a_trip_ends_after_it_began() -> None:
    trip = builders.travel(returned_at=builders.travel().departed_at.replace(year=2022))
    given(EXPENDITURE).when(trip).then_refused(InvalidValue, "/returned_at")


def test_an_expenditure_is_paid_and_signed_once() -> None:
    paid = Paid(effective_on=date(2023, 4, 10), project=PROJECT_ID)
    signed = WorkSigned(effective_on=date(2023, 3, 31), project=PROJECT_ID)
    given(EXPENDITURE).when(paid).then_refused(NotFound)
    before = (builders.work(), signed, paid)
    given(EXPENDITURE, *before).when(paid).then_refused(AlreadyRecorded, "/paid_on")
    given(EXPENDITURE, *before).when(signed).then_refused(AlreadyRecorded, "/signed_on")


def test_a_line_is_in_at_most_one_claim() -> None:
    claimed = Claimed(
        effective_on=date(2023, 7, 31),
        project=PROJECT_ID,
        claim=uuid4(),
        claim_number=2,
        allocation=0,
    )
    given(EXPENDITURE, builders.document(), claimed).when(claimed).then_refused(AlreadyClaimed)


def submitted() -> Submitted:
    line = ClaimLine(
        document=DOCUMENT, reference="FP1", allocation=0, item="1.1.1", amount=money("121.00")
    )
    return Submitted(
        effective_on=date(2023, 7, 31),
        project=PROJECT_ID,
        number=2,
        version=1,
        kind="interim",
        period=1,
        lines=(line,),
    )


@pytest.mark.parametrize("amount", ["0.00", "121.01", "-1.00"])
def test_a_reduction_is_above_zero_and_at_most_its_line(amount: str) -> None:
    reduction = Reduction(document=DOCUMENT, allocation=0, amount=money(amount), reason="r")
    decided = Decided(effective_on=date(2023, 9, 9), project=PROJECT_ID, reductions=(reduction,))
    given(CLAIM, submitted()).when(decided).then_refused(ReductionTooLarge, "/reductions/0/amount")


def test_a_line_is_reduced_once() -> None:
    reduction = Reduction(document=DOCUMENT, allocation=0, amount=money("1.00"), reason="r")
    twice = Decided(
        effective_on=date(2023, 9, 9), project=PROJECT_ID, reductions=(reduction, reduction)
    )
    given(CLAIM, submitted()).when(twice).then_refused(NotFound, "/reductions/1/document_id")


def test_an_advance_declares_no_expenditure() -> None:
    advance = msgspec.structs.replace(submitted(), kind="advance", period=None)
    given(CLAIM).when(advance).then_refused(InvalidValue, "/lines")


def test_a_correction_is_checked_as_if_first_recorded() -> None:
    stream = replayed(ACTIVITY, [builders.held(), builders.attendance()])
    with pytest.raises(MoreThanOffered):
        stream.correct(2, builders.attendance(quantity=Decimal(15)), "typing error")
    event = stream.correct(2, builders.attendance(quantity=Decimal(8)), "typing error")
    assert isinstance(event, Corrected)
    assert stream.fact_at(2) == builders.attendance(quantity=Decimal(8))
    assert stream.version == 3


def test_a_cancelled_fact_can_be_recorded_again_but_not_corrected() -> None:
    stream = replayed(ACTIVITY, [builders.held(), builders.attendance()])
    assert isinstance(stream.cancel(2, "was not there"), Cancelled)
    with pytest.raises(AlreadyCancelled):
        stream.correct(2, builders.attendance(), "typing error")
    stream.record(builders.attendance())
    assert stream.in_force.keys() == {1, 4}


def test_a_fact_that_never_was_is_not_found() -> None:
    with pytest.raises(NotFound):
        replayed(ACTIVITY, [builders.held()]).fact_at(2)


def test_what_a_later_fact_rests_on_is_neither_cancelled_nor_corrected_under_it() -> None:
    stream = replayed(ACTIVITY, [builders.held(), builders.attendance()])
    with pytest.raises(StillNeeded):
        stream.cancel(1, "did not take place")
    with pytest.raises(StillNeeded):
        stream.correct(1, builders.held(hours=Decimal("6.99")), "shorter")
    stream.cancel(2, "was not there")
    stream.cancel(1, "did not take place")
    assert not stream.in_force
