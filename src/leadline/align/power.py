"""What a planned test could show: the units it assigns, the rate it looks at, the smallest difference it can tell.

Two proportions, normal approximation: MDE = (z(1 − α/2) + z(power)) · √(p (1 − p) (1/n held out + 1/n treated))
(Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd ed. 2003, section 4.2, with one variance for
both groups; α and power as the designs of measurement.md use them).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

from leadline.align.case import Case
from leadline.align.finding import Skip
from leadline.plan.chains import Walk
from leadline.plan.control import Test
from leadline.plan.dimensions import unit_of
from leadline.plan.tactics import Tactic
from leadline.units import Quantity

# evidence.md: sources that count rows of persons, not visits or amounts
COUNTED = ("stage:", "orders.count", "orders.customers", "consent:")
ASSIGNED = frozenset({"rct", "holdout"})  # designs that assign each unit on its own


@dataclass(frozen=True)
class Sample:
    """What a test would have to work with.

    units: persons (or plants, shops, …) assigned while it runs · rate: the share of them that becomes the metric
    held: the share held out, 0..1 · effect: the smallest difference that matters, as a difference of shares
    """

    units: float
    rate: float
    held: float
    effect: float

    def detectable(self, *, alpha: float, power: float, held: float | None = None) -> float:
        """Return the smallest difference of shares that shows at this level and power (with another part held out)."""
        part = self.held if held is None else held
        return _spread(alpha, power) * math.sqrt(self.rate * (1 - self.rate) / (self.units * part * (1 - part)))

    def enough(self, *, alpha: float, power: float) -> float:
        """Return how many units would show the effect that matters, at the same share held out."""
        spread = _spread(alpha, power) / self.effect
        return spread**2 * self.rate * (1 - self.rate) / (self.held * (1 - self.held))


def _spread(alpha: float, power: float) -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - alpha / 2) + normal.inv_cdf(power)


def tested(case: Case) -> Mapping[str, tuple[Tactic, ...]]:
    """Return the tactics of each test: the one it names, else those that name it."""
    naming: dict[str, list[Tactic]] = {}
    for tactic in case.tactics.values():
        if tactic.test:
            naming.setdefault(tactic.test, []).append(tactic)
    found = {}
    for test in case.plan.control.tests:
        own = case.tactics.get(test.tactic or "")
        found[test.id] = (own,) if own is not None else tuple(naming.get(test.id, ()))
    return found


def read_by(case: Case, test: Test, *, tactic: Tactic) -> str | None:
    """Return the metric a test reads: its own, else the first that its tactic delivers or expects."""
    return test.metric or next((start.metric for start in case.graph.starts(tactic.id)), None)


def lag_to(case: Case, tactic: str, *, metric: str) -> float | None:
    """Return the days from a tactic to a metric on the shortest way; None where no way leads there.

    A lag that was measured counts with its median, every other with its base.
    """
    lags = []
    for start in case.graph.starts(tactic):
        own = start.lag.base if start.lag is not None and start.lag.base is not None else 0.0
        walks = [walk for walk in case.graph.walks(start.metric, tactic).to.get(metric, ()) if walk.is_simple]
        lags += [own + walk.lag + _learnt(case, walk) for walk in walks]
    return min(lags, default=None)


def _learnt(case: Case, walk: Walk) -> float:
    """Return by how many days the lags of a way differ, as measured, from what was believed."""
    measured = case.facts.measured if case.facts else {}
    known = [(measured[step.lag.id], step, times) for step, times in walk.steps if step.lag.id in measured]
    return sum(times * (seen.middle - (step.lag.base or 0.0)) for seen, step, times in known)


def sample_of(case: Case, test: Test, *, tactic: Tactic) -> Sample | Skip:
    """Return what a test would have to work with, or why the plan does not say it."""
    if test.method not in ASSIGNED:
        return Skip(f"what a {test.method} test can show needs past weeks of each unit", test.id)
    held, days = case.amounts.share(test.share), case.amounts.days(test.duration)
    if held is None or days is None or test.effect is None or not 0 < held < 1 or days <= 0:
        return Skip("share, duration and effect are needed", test.id)
    metric = read_by(case, test, tactic=tactic)
    about = case.metric(metric)
    if about is None or not (about.source or "").startswith(COUNTED):
        return Skip(f"{metric or 'its metric'} does not count persons", test.id)
    found = _on_the_way(case, tactic, about.id, days=days) or _spoken_to(case, tactic, about.id)
    if found is None:
        return Skip(f"the plan does not say of how many {about.id} are counted", test.id)
    units, rate = found
    effect = _difference(test.effect, rate=rate, treated=units * (1 - held))
    if not effect:
        return Skip("its effect is neither in %, in pp nor a count", test.id)
    return Sample(units, rate, held, effect)


def _difference(effect: Quantity, *, rate: float, treated: float) -> float | None:
    """Return an effect as a difference of shares: `%` is of the rate, a count is spread over the treated."""
    unit = unit_of(effect.unit) if effect.unit else None
    kind = "count" if unit is None else unit.dimension
    value = abs(effect.value * (1.0 if unit is None else unit.factor))
    return {"points": value, "share": value * rate, "count": value / treated}.get(kind)


def _on_the_way(case: Case, tactic: Tactic, metric: str, *, days: float) -> tuple[float, float] | None:
    """Return (units, rate) where the tactic delivers a state from which shares lead to the metric."""
    dates = case.graph.dates_of(tactic)
    units = reached = 0.0
    for start in case.graph.starts(tactic.id):
        walks = [
            walk
            for walk in case.graph.walks(start.metric, tactic.id).to.get(metric, ())
            if walk.is_simple and walk.steps and all(step.is_share for step, _ in walk.steps)
        ]
        rate = sum(walk.rate or 0.0 for walk in walks)
        if start.kind == "delivers" and start.base is not None and rate > 0:
            units += start.base
            reached += start.base * rate
    if units <= 0 or dates is None or not 0 < reached < units:
        return None
    return units * min(1.0, days / max(dates.days, 1)), reached / units


def _spoken_to(case: Case, tactic: Tactic, metric: str) -> tuple[float, float] | None:
    """Return (units, rate) where the tactic speaks one by one to an audience and delivers the metric itself."""
    channels = [case.channels[name] for name in tactic.channels if name in case.channels]
    sizes = [case.amounts.count(channel.audience) for channel in channels if channel.mode == "one_to_one"]
    units = sum(size for size in sizes if size is not None)
    count = next((start.base for start in case.graph.starts(tactic.id) if start.metric == metric), None)
    if not channels or len(sizes) != len(channels) or None in sizes or not count or not 0 < count < units:
        return None
    return units, count / units
