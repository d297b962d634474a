"""When an event that was not taken is sent again, and what comes after the last attempt.

While the first attempts of an event fail, the events after it wait, so that a short outage keeps
the order. Then it is set aside: it is tried again by the schedule, the others go on.
"""

import random
from dataclasses import dataclass
from typing import NamedTuple

from service.webhooks.sending import GONE, Outcome

MINUTE, HOUR = 60.0, 3600.0


class Next(NamedTuple):
    """What comes after an attempt that failed; `after_s` None: no other, the delivery is dead.

    `hold_s`: nothing is sent to the endpoint before; `disable`: why nothing is any more.
    """

    after_s: float | None
    hold_s: float | None = None
    disable: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The pauses before each attempt, of which the first is none."""

    pauses_s: tuple[float, ...]
    in_order: int  # attempts during which later events wait
    jitter: float  # a pause is longer by up to this part of it
    retry_after_s_max: float

    def after(self, attempt: int, outcome: Outcome) -> Next:
        """After the attempt of this number (1 is the first) that failed."""
        if outcome.status == GONE:
            return Next(None, disable="the endpoint answered 410 Gone")
        asked = outcome.retry_after_s
        if asked is not None:
            asked = min(asked, self.retry_after_s_max)
        if attempt >= len(self.pauses_s):
            return Next(None, asked)
        stretched = 1 + self.jitter * random.random()  # noqa: S311 not a secret
        pause = max(self.pauses_s[attempt] * stretched, asked or 0.0)
        return Next(pause, pause if attempt < self.in_order else asked)


# Ten attempts in about 75 hours.
SCHEDULE = Schedule(
    pauses_s=(
        *(0.0, 5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR),
        *(10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR),
    ),
    in_order=3,
    jitter=0.2,
    retry_after_s_max=24 * HOUR,
)
