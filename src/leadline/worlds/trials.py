"""Tests as they were truly run: who was held out, and what followed. Regions by week, people one by one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from leadline.worlds.company import Company
from leadline.worlds.parameters import Trial


@dataclass(frozen=True)
class Assigned:
    """One unit of a test in one period. arm: `control` was held out · value: cases (regions), or 0 and 1 (people)."""

    test: str
    kind: str
    unit: str
    arm: str
    assigned: dt.date
    period: dt.date
    exposed: bool
    outcome: str
    value: float


def assigned(company: Company, trial: Trial) -> list[Assigned]:
    """Return every unit of a test with what followed up to as-of."""
    return list(_regions(company, trial) if trial.unit == "geo" else _people(company, trial))


def _regions(company: Company, trial: Trial) -> Iterator[Assigned]:
    counts: dict[tuple[str, dt.date], int] = {}
    last = min(trial.until, company.world.world.as_of)
    for case in company.cases:
        moment = case.entered.get(trial.outcome)
        if moment and trial.from_ <= moment.date() <= last:
            monday = moment.date() - dt.timedelta(days=moment.weekday())
            counts[case.geo, monday] = counts.get((case.geo, monday), 0) + 1
    first = trial.from_ - dt.timedelta(days=trial.from_.weekday())
    for geo in company.world.market.geos:
        out = geo in trial.held_out
        for week in range(((last - first).days // 7 + 1) if last >= trial.from_ else 0):
            monday = first + dt.timedelta(weeks=week)
            value = float(counts.get((geo, monday), 0))
            arm = "control" if out else "treated"
            yield Assigned(trial.test, "geo", geo, arm, trial.from_, monday, not out, trial.outcome, value)


def _people(company: Company, trial: Trial) -> Iterator[Assigned]:
    """Yield people of the tactic: the treated with what became of them, those kept out with nothing."""
    as_of = company.as_of
    for case in company.cases:
        if case.brought_by == trial.tactic and trial.from_ <= case.at.date() <= trial.until and case.at <= as_of:
            done = float(trial.outcome in case.seen_by(as_of))
            yield _person(trial, case.key, case.at.date(), "treated", value=done)
    for case in company.kept_out.get(trial.test, ()):
        if case.at <= as_of:
            yield _person(trial, case.key, case.at.date(), "control", value=0.0)


def _person(trial: Trial, key: str, day: dt.date, arm: str, *, value: float) -> Assigned:
    return Assigned(trial.test, "person", key, arm, day, day, arm == "treated", trial.outcome, value)
