"""The scores of a plan (checks.md section 3): never one grade, and `none` with a reason where there is no denominator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leadline.align.case import Case
from leadline.align.coverage import Coverage, EvidenceShares
from leadline.align.hundred import Hundred, hundred_of
from leadline.align.routes import has_whole_bridge

OCCUPANCY = 0.8  # a usual planning figure for contact centres (checks.md, TPM004)


@dataclass(frozen=True)
class Traced:
    """Spend or hours of growth tactics that reach both the top of the strategy and a value event; run beside it."""

    value: float | None
    traced: float
    total: float
    run: float
    untraced: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True)
class Covered:
    """A share of spend that something holds for."""

    value: float | None
    covered: float
    total: float
    reason: str | None = None


@dataclass(frozen=True)
class PromisePoint:
    """One touch point with a promise: hours a week promised, staffed, and the work its volume makes (None: unknown)."""

    touchpoint: str
    promised: float
    staffed: float
    workload: float | None


@dataclass(frozen=True)
class Promises:
    """Promised hours that are staffed, over all touch points with a promise (hours a week)."""

    value: float | None
    covered: float
    promised: float
    points: tuple[PromisePoint, ...]
    reason: str | None = None


@dataclass(frozen=True)
class Concentration:
    """Squared shares of growth budget by channel, summed (0..1); a tactic's budget is split evenly."""

    hhi: float | None
    largest: str | None
    largest_share: float | None
    shares: Mapping[str, float]
    reason: str | None = None


@dataclass(frozen=True)
class Scores:
    """All scores of a run."""

    hundred: Hundred
    traced_spend: Traced
    traced_hours: Traced
    coverage: tuple[Coverage, ...]
    evidence_coverage: tuple[EvidenceShares, ...]
    bridge_coverage: Covered
    control_coverage: Covered
    promise_coverage: Promises
    concentration: Concentration


def scores_of(case: Case) -> Scores:
    """Compute every score of a case."""
    coverage = tuple(case.coverage.values())
    return Scores(
        hundred=hundred_of(case),
        traced_spend=traced_spend(case),
        traced_hours=_traced(
            case, {name: case.amounts.hours_of(tactic) for name, tactic in case.tactics.items()}, "hours"
        ),
        coverage=coverage,
        evidence_coverage=tuple(one.evidence for one in coverage if one.evidence is not None),
        bridge_coverage=_bridge(case),
        control_coverage=_control(case),
        promise_coverage=promises(case),
        concentration=_concentration(case),
    )


def traced_spend(case: Case) -> Traced:
    """Return the traced share of the growth budget."""
    return _traced(case, case.budgets, "a budget")


def _traced(case: Case, weights: Mapping[str, float], what: str) -> Traced:
    total = sum(weights[name] for name in case.growth)
    traced = sum(weights[name] for name in case.growth if name in case.traced)
    return Traced(
        value=traced / total if total > 0 else None,
        traced=traced,
        total=total,
        run=sum(weights[name] for name in case.tactics if name not in case.growth),
        untraced=tuple(name for name in case.growth if name not in case.traced and weights[name] > 0),
        reason=None if total > 0 else f"no growth tactic has {what}",
    )


def _share(covered: float, total: float, reason: str) -> Covered:
    return Covered(covered / total if total > 0 else None, covered, total, None if total > 0 else reason)


def _bridge(case: Case) -> Covered:
    total = sum(case.budgets[name] for name in case.acquiring)
    whole = sum(case.budgets[name] for name in case.acquiring if has_whole_bridge(case, name))
    return _share(whole, total, "no acquiring tactic has a budget")


def _control(case: Case) -> Covered:
    watched = {
        watch.objective
        for watch in case.plan.control.watches
        if watch.red is not None and watch.then is not None and watch.objective
    }
    covered = sum(case.budgets[name] for name in case.growth if watched & set(case.graph.objectives_served(name)))
    return _share(covered, case.growth_budget, "no growth tactic has a budget")


def promises(case: Case) -> Promises:
    """Return how much of what was promised is staffed: `staffed`, else capacity of those who cover the point."""
    points = []
    for point in case.plan.situation.touchpoints:
        promised = case.amounts.hours_per_week(point.promise.hours) if point.promise else None
        if promised:
            points.append(PromisePoint(point.id, promised, staffed_hours(case, point.id), workload(case, point.id)))
    promised = sum(point.promised for point in points)
    covered = sum(min(point.staffed, point.promised) for point in points)
    return Promises(
        value=covered / promised if promised else None,
        covered=covered,
        promised=promised,
        points=tuple(points),
        reason=None if promised else "no touch point has a promise with hours",
    )


def staffed_hours(case: Case, touchpoint: str) -> float:
    """Return the hours a week a touch point is staffed: as written, else the shares of capacity of who covers it."""
    point = case.touchpoints[touchpoint]
    if point.staffed is not None:
        return case.amounts.hours_per_week(point.staffed) or 0.0
    return sum(
        (case.amounts.hours_per_week(person.capacity) or 0.0) / len(person.covers)
        for person in case.plan.action.people
        if touchpoint in person.covers
    )


def workload(case: Case, touchpoint: str) -> float | None:
    """Return the hours a week that a touch point's contacts need at 80 % occupancy; None where volume is unknown."""
    point = case.touchpoints[touchpoint]
    if point.volume is None or point.handle_time is None:
        return None
    contacts, each = case.amounts.per_week(point.volume), case.amounts.hours(point.handle_time)
    return None if contacts is None or each is None else contacts * each / OCCUPANCY


def _concentration(case: Case) -> Concentration:
    money = case.channel_money
    total = sum(money.values())
    if total <= 0:
        return Concentration(None, None, None, {}, "no growth tactic has a budget")
    shares = {channel or "no channel": amount / total for channel, amount in money.items()}
    largest = max(shares, key=lambda channel: (shares[channel], channel))
    return Concentration(sum(share * share for share in shares.values()), largest, shares[largest], shares)
