"""RES: is there somebody who drives the plan, and time to do what is planned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadline.align.case import Case, hours_a_week
from leadline.align.dates import shifted
from leadline.align.finding import Found, Repair, Skip
from leadline.align.load import PersonLoad, Run, Work, loads
from leadline.align.rule import rule
from leadline.align.vocabulary import verbatim

PLANNED = 0.80  # house: one day a week goes elsewhere (checks.md, RES001)
MIN_WEEKS = 2  # house: one heavy week is borne, two in a row are not (checks.md, RES001)
MOVABLE = 3  # house: how many of the heaviest tactics are tried for a shift that fits
MAX_SHIFT = 26  # house: weeks a tactic is shifted at most in search of one; half a year is another plan


@rule(
    "RES001",
    "over-capacity",
    level="error",
    scope="sums",
    reads=(
        "action.people.capacity", "action.people.covers", "action.tasks", "tactics.list.hours", "tactics.list.dates",
        "tactics.list.owner", "situation.touchpoints.volume", "situation.touchpoints.handle_time",
    ),
)  # fmt: skip
def over_capacity(case: Case, *, planned: float = PLANNED, min_weeks: float = MIN_WEEKS) -> Iterator[Found | Skip]:
    """Somebody has more to do than there are hours, for two weeks in a row or longer.

    The load of a week is the hours of tasks, spread over start to due; the rest of the hours of tactics, spread over
    their dates, to the owner; and the contacts of touch points the person covers. Four fifths of the capacity may be
    planned.

    Why: social media needs fast response, and what nobody has time for is done late or not at all.
    Source: point D6.
    Thresholds: planned 0.80, min_weeks 2: house.
    Fix: shift a tactic, hand some of it to somebody else, or plan less.
    """
    if not case.plan.action.people:
        yield Skip("no people")
        return
    for name, load in loads(case, planned).items():
        if load.available is None:
            if load.works or load.base:
                yield Skip("the person has work and no capacity", name)
            continue
        runs = [run for run in load.runs() if run.weeks >= min_weeks]
        if not runs:
            continue
        worst = max(runs, key=lambda run: (run.peak, run.weeks))
        tactics = tuple(load.in_week(worst.week))
        fix, repairs = _shift(case, load, tactics, min_weeks)
        yield Found(
            path=(*case.path_of(name), "capacity"),
            text="{person} has {load} of work in the heaviest of {weeks} weeks in a row, {available} are there"
            + (" ({tactics})" if tactics else ""),
            values={
                "person": name,
                "weeks": worst.weeks,
                "load": hours_a_week(worst.peak),
                "available": hours_a_week(load.available),
                "tactics": tactics or None,
            },
            fix=fix,
            tactics=tactics,
            also=_when(worst, len(runs) - 1),
            repairs=repairs,
        )


def _when(run: Run, more: int) -> str:
    """Say when the stretch begins and how many others there are."""
    return f"from {run.first} on, heaviest in {run.week}" + (f"; {more} more such stretches" if more else "")


def _shift(case: Case, load: PersonLoad, tactics: Sequence[str], min_weeks: float) -> tuple[str, tuple[Repair, ...]]:
    """Return the smallest shift of one tactic inside the window after which the person is never over for long."""
    window = case.plan.plan.window
    movable = [
        (tactic, dates)
        for tactic in tactics[:MOVABLE]
        if (dates := case.tactics[tactic].dates) is not None and _fits(load, _without(load, tactic), min_weeks)
    ]
    for weeks in range(1, MAX_SHIFT + 1):
        for tactic, dates in movable:
            for days in (7 * weeks, -7 * weeks):
                start, end = shifted(dates.start, days), shifted(dates.end, days)
                if window is None or start not in window or end not in window:
                    continue
                moved = [work.shifted(days) for work in load.works if work.tactic == tactic and not work.is_task]
                if _fits(load, [*_without(load, tactic), *moved], min_weeks):
                    way = f"{weeks} {'week' if weeks == 1 else 'weeks'} {'later' if days > 0 else 'earlier'}"
                    text = f"run {verbatim(tactic)} {way}: {start}..{end}"
                    return text, (Repair("unsafe", (((*case.path_of(tactic), "dates"), f"{start}..{end}"),)),)
    return "no shift of one tactic helps: hand some of it to somebody else, or plan less", ()


def _without(load: PersonLoad, tactic: str) -> list[Work]:
    """Return the works of a person but the hours of one tactic; its tasks have their own dates and stay."""
    return [work for work in load.works if work.tactic != tactic or work.is_task]


def _fits(load: PersonLoad, works: Sequence[Work], min_weeks: float) -> bool:
    return all(run.weeks < min_weeks for run in load.runs(works))


@rule("RES005", "nobody-drives", level="error", scope="local", reads=("plan.driver",))
def nobody_drives(case: Case) -> Iterator[Found | Skip]:
    """Nobody drives the plan.

    Why: who will drive it? A plan that is everybody's is nobody's.
    Source: point C.
    Fix: name one person as `driver`.
    """
    if not case.plan.plan.driver:
        yield Found(path=("plan", "driver"), text="the plan names nobody who drives it", at_key=True)
