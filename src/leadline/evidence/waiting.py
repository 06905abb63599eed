"""How long people waited for a first answer, by the clock, nights and weekends included; who still waits counts.

Hours of business are not known to the warehouse; a clock that stands still at night is the measurement's.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leadline.evidence.frames import AsOf, answer
from leadline.evidence.store import Store

HOUR = dt.timedelta(hours=1)
ROUNDING = 1e-9  # own: a share of those still waiting is a product of fractions; far below one in a million


@dataclass(frozen=True)
class Wait:
    """One conversation: the day it was opened in the plan's zone, where, hours waited, and whether an answer ended it."""

    opened_on: dt.date
    touchpoint: str
    hours: float
    is_answered: bool


def waits(store: Store, *, at: AsOf) -> tuple[Wait, ...]:
    """Return every conversation that somebody opened, with the time to its first answer or, so far, to the as-of moment."""
    return tuple(
        Wait(
            row["opened_on"], row["touchpoint"] or "",
            ((row["answered_at"] or at.moment) - row["opened_at"]) / HOUR, bool(row["answered"]),
        )
        for row in answer(store, "response_times", at=at)
    )  # fmt: skip


def hours_until(found: Iterable[Wait], share: float) -> float | None:
    """Return the hours within which a share of all was answered, None where that share never was (Kaplan-Meier).

    Whoever still waits leaves the count at the time waited so far, and is never taken for answered or for lost.
    Source: Kaplan and Meier 1958, Journal of the American Statistical Association 53.

    >>> day = dt.date(2027, 3, 1)
    >>> asked = [Wait(day, "desk", 1, True), Wait(day, "desk", 2, True), Wait(day, "desk", 3, False)]
    >>> hours_until(asked, 0.5), hours_until(asked, 0.9)
    (2.0, None)
    """
    ordered: Sequence[Wait] = sorted(found, key=lambda one: one.hours)
    waiting, unanswered = len(ordered), 1.0
    for hours, group in itertools.groupby(ordered, key=lambda one: one.hours):
        together = list(group)
        unanswered *= 1 - sum(one.is_answered for one in together) / waiting
        if unanswered <= 1 - share + ROUNDING:
            return float(hours)
        waiting -= len(together)
    return None
