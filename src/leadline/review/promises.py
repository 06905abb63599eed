"""Which promises of touch points are kept and which broken: replies where they are measured, hours where they are staffed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from leadline import words
from leadline.align.case import Case
from leadline.align.scores import Promises
from leadline.align.scores import promises as promised_hours

MOST_NAMED = 3  # house: as many as one line of a terminal holds


@dataclass(frozen=True)
class PromiseState:
    """One touch point with a promise. Hours; hours a week for those promised, staffed and needed; None: not known.

    answer_within: time to a first answer as promised · slowest: measured time of the slowest one in ten
    """

    touchpoint: str
    name: str
    answer_within: float | None
    slowest: float | None
    promised: float | None
    staffed: float | None
    needed: float | None

    @property
    def is_late(self) -> bool:
        """Say whether replies are measured and later than promised."""
        return self.answer_within is not None and self.slowest is not None and self.slowest > self.answer_within

    @property
    def is_kept(self) -> bool:
        """Say whether replies are measured and as quick as promised."""
        return self.answer_within is not None and self.slowest is not None and not self.is_late

    @property
    def is_short(self) -> bool:
        """Say whether fewer hours are staffed than promised."""
        return self.promised is not None and self.staffed is not None and self.staffed < self.promised

    def sentence(self) -> str:
        """Return what is promised and what is done, in words."""
        told = []
        if self.slowest is not None and self.answer_within is not None:
            told.append(
                f"{words.number(self.slowest)} h for the slowest one in ten, {words.number(self.answer_within)} h promised"
            )
        elif self.answer_within is not None:
            told.append(
                f"an answer within {words.number(self.answer_within)} h is promised, replies there are not measured"
            )
        if self.promised is not None and self.staffed is not None:
            told.append(
                f"{words.number(self.staffed)} of {words.number(self.promised)} promised hours a week are staffed"
            )
        return f"{self.name}: {'; '.join(told) or 'promised, and nothing is known of it'}."


def promise_states(case: Case) -> tuple[PromiseState, ...]:
    """Return every promise with what is known of it: the broken ones first, late replies before missing hours."""
    replies = case.facts.first_replies if case.facts else {}
    hours = {point.touchpoint: point for point in promised_hours(case).points}
    found = []
    for point in case.plan.situation.touchpoints:
        if point.promise is None:
            continue
        staffing = hours.get(point.id)
        found.append(
            PromiseState(
                point.id, point.name or point.id, case.amounts.hours(point.promise.first_response),
                replies[point.id].p90 if point.id in replies else None,
                *((staffing.promised, staffing.staffed, staffing.workload) if staffing else (None, None, None)),
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (not one.is_late, not one.is_short)))


def promises_sentence(states: Sequence[PromiseState], score: Promises) -> str:
    """Return in one sentence which promises are kept and broken, and how many of the promised hours are staffed."""
    broken = [_replies(one) for one in states if one.is_late]
    kept = [_replies(one) for one in states if one.is_kept]
    told = []
    if broken:
        told.append(f"Broken: {_named(broken)}")
    if kept:
        told.append(f"kept: {_named(kept)}" if told else f"Kept: {_named(kept)}")
    if score.value is not None:
        hours = f"{words.number(score.covered)} of {words.number(score.promised)} promised hours a week are staffed"
        told.append(hours)
    if not any(one.slowest is not None for one in states):
        told.append("replies at touch points are not measured yet")
    text = "; ".join(told)
    return f"{text[:1].upper()}{text[1:]}."


def _replies(one: PromiseState) -> str:
    slowest, promised = one.slowest or 0.0, one.answer_within or 0.0
    return f"{one.name} ({words.number(slowest)} h for the slowest one in ten, {words.number(promised)} h promised)"


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
