"""The pauses between attempts, what holds later events back, and when there is no other attempt."""

from itertools import pairwise

import pytest

from service.webhooks.schedule import HOUR, SCHEDULE
from service.webhooks.sending import Outcome

FAILED = Outcome("not_connected")


def test_ten_attempts_in_about_three_days_each_pause_longer_by_at_most_a_fifth() -> None:
    pauses = [SCHEDULE.after(attempt, FAILED).after_s for attempt in range(1, 10)]

    assert len(SCHEDULE.pauses_s) == 10
    for pause, least in zip(pauses, SCHEDULE.pauses_s[1:], strict=True):
        assert pause is not None
        assert least <= pause <= 1.2 * least
    assert all(one < other for one, other in pairwise(SCHEDULE.pauses_s))
    assert 75 * HOUR < sum(SCHEDULE.pauses_s) < 76 * HOUR
    assert SCHEDULE.after(10, FAILED) == (None, None, None)


def test_pauses_are_not_the_same_twice() -> None:
    assert len({SCHEDULE.after(5, FAILED).after_s for _ in range(20)}) > 15


def test_the_first_attempts_hold_later_events_back_and_the_others_do_not() -> None:
    holds = [SCHEDULE.after(attempt, FAILED).hold_s is not None for attempt in range(1, 10)]

    assert holds == [True, True] + [False] * 7


@pytest.mark.parametrize(("asked", "pause"), [(3600.0, 3600.0), (1e9, 24 * HOUR), (0.0, 1800.0)])
def test_retry_after_is_kept_to_within_a_day_and_never_shortens(asked: float, pause: float) -> None:
    following = SCHEDULE.after(3, Outcome("status", 429, asked))

    assert following.after_s == pytest.approx(pause, rel=0.2)
    assert following.hold_s == min(asked, 24 * HOUR)


def test_410_is_the_last_attempt() -> None:
    following = SCHEDULE.after(1, Outcome("status", 410))

    assert following.after_s is None
    assert following.disable is not None
