"""The bets of a plan: what is delivered or expected, each step's rate and lag, the worth of value events.

Every bet has a computed id: `search>lead`, `lead>sqo:rate`, `search/lead>sqo:rate`, `contract:worth`, `brand>aware`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from leadline.plan.amounts import Amounts
from leadline.plan.estimate import Belief
from leadline.plan.model import Plan
from leadline.plan.places import Path
from leadline.plan.tactics import Step, Tactic
from leadline.units import Estimate

BetKind = Literal["delivers", "expects", "rate", "lag", "worth", "without_plan"]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Bet:
    """One estimate of the plan that evidence can settle.

    id: computed, see above; tactic: whose bet it is, None for shared steps and worth
    metric: delivered, expected, reached by the step, or valued; from_metric: where a step starts
    path: where the number stands; written: as it stands there
    belief: in base units, widened where bare; None where it is missing or faulty
    method: measured, benchmark, expert or guess (nothing said counts as guess); source: id of evidence
    """

    id: str
    kind: BetKind
    tactic: str | None
    metric: str
    path: Path
    written: Estimate | None
    belief: Belief | None
    method: str
    source: str | None = None
    from_metric: str | None = None
    lag: Bet | None = None

    @property
    def base(self) -> float | None:
        """The base value in base units, None where it is missing or faulty."""
        return None if self.belief is None else self.belief.base


@dataclass(frozen=True, slots=True)
class ResolvedStep:
    """One step of the bridge as a tactic walks it: the shared step with the tactic's own keys on top.

    rate, lag: bets; each is shared unless this tactic wrote its own
    path: the tactic's step where there is one, else the shared step
    is_share: the rate is a share of `from`, not a yield per one
    """

    from_metric: str
    to: str
    rate: Bet
    lag: Bet
    is_share: bool
    owner: str | None
    touchpoint: str | None
    tracking: str | None
    path: Path
    overridden: bool = False

    @property
    def pair(self) -> Pair:
        """From and to."""
        return self.from_metric, self.to

    @property
    def method(self) -> str:
        """How the rate came about."""
        return self.rate.method

    @property
    def source(self) -> str | None:
        """The evidence behind the rate."""
        return self.rate.source


Steps = Mapping[Pair, ResolvedStep]


def shared_steps(plan: Plan, amounts: Amounts) -> dict[Pair, ResolvedStep]:
    """Return the steps all tactics share; of two for one pair the first holds."""
    found: dict[Pair, ResolvedStep] = {}
    for index, step in enumerate(plan.tactics.bridge):
        found.setdefault((step.from_, step.to), _resolve(step, ("tactics", "bridge", index), amounts))
    return found


def own_steps(tactic: Tactic, base: Path, *, shared: Steps, amounts: Amounts) -> dict[Pair, ResolvedStep]:
    """Return the steps a tactic overrides or adds; missing keys come from the shared step of the same pair."""
    found: dict[Pair, ResolvedStep] = {}
    for index, step in enumerate(tactic.bridge):
        pair = (step.from_, step.to)
        own = _resolve(step, (*base, "bridge", index), amounts, tactic=tactic.id, shared=shared.get(pair))
        found.setdefault(pair, own)
    return found


def _resolve(
    step: Step, path: Path, amounts: Amounts, *, tactic: str | None = None, shared: ResolvedStep | None = None
) -> ResolvedStep:
    label = f"{step.from_}>{step.to}" if tactic is None else f"{tactic}/{step.from_}>{step.to}"
    method = step.method or (shared.rate.method if shared else None)
    source = step.source or (shared.rate.source if shared else None)
    rate = Bet(
        f"{label}:rate", "rate", tactic, step.to, (*path, "rate"), step.rate,
        amounts.rate(step.rate, step.to, method=method), _method(step.rate, method), _source(step.rate, source), step.from_,
    )  # fmt: skip
    lag = Bet(
        f"{label}:lag", "lag", tactic, step.to, (*path, "lag"), step.lag,
        amounts.lag(step.lag), _method(step.lag, method), _source(step.lag, source), step.from_,
    )  # fmt: skip
    if shared is not None:
        # an inherited number stays the shared bet: one estimate, one draw, for all tactics that use it
        rate = shared.rate if step.rate is None else rate
        lag = shared.lag if step.lag is None else lag
    written = rate.written
    return ResolvedStep(
        from_metric=step.from_,
        to=step.to,
        rate=rate,
        lag=lag,
        is_share=written is not None and written.unit == "%",
        owner=step.owner or (shared.owner if shared else None),
        touchpoint=step.touchpoint or (shared.touchpoint if shared else None),
        tracking=step.tracking or (shared.tracking if shared else None),
        path=path,
        overridden=tactic is not None,
    )


def starts(tactic: Tactic, base: Path, *, amounts: Amounts) -> tuple[Bet, ...]:
    """Return the bets a tactic's chains start from: what it delivers, then what it expects."""
    found = []
    for index, bet in enumerate(tactic.delivers):
        if bet.metric is not None:
            found.append(
                Bet(
                    f"{tactic.id}>{bet.metric}", "delivers", tactic.id, bet.metric, (*base, "delivers", index, "count"),
                    bet.count, amounts.delivered(bet), _method(bet.count, bet.method), _source(bet.count, bet.source),
                )
            )  # fmt: skip
    for index, change in enumerate(tactic.expects):
        if change.metric is not None:
            label, path = f"{tactic.id}>{change.metric}", (*base, "expects", index)
            lag = None if change.lag is None else Bet(
                f"{label}:lag", "lag", tactic.id, change.metric, (*path, "lag"), change.lag,
                amounts.lag(change.lag), _method(change.lag, change.method), _source(change.lag, change.source),
            )  # fmt: skip
            found.append(
                Bet(
                    label, "expects", tactic.id, change.metric, (*path, "change"), change.change,
                    amounts.change(change), _method(change.change, change.method),
                    _source(change.change, change.source), None, lag,
                )
            )  # fmt: skip
    return tuple(found)


def other_bets(plan: Plan, amounts: Amounts) -> Iterator[Bet]:
    """Yield the worth of each value event and what each objective would do without the plan."""
    for index, metric in enumerate(plan.metrics):
        if metric.worth is not None:
            path: Path = ("metrics", index, "worth")
            yield Bet(
                f"{metric.id}:worth", "worth", None, metric.id, path, metric.worth,
                amounts.worth(metric.id), _method(metric.worth, None), metric.worth.source,
            )  # fmt: skip
    for index, objective in enumerate(plan.objectives):
        if objective.without_plan is not None and objective.metric is not None:
            path = ("objectives", index, "without_plan")
            yield Bet(
                f"{objective.id}:without_plan", "without_plan", None, objective.metric, path, objective.without_plan,
                amounts.without_plan(objective), _method(objective.without_plan, None), objective.without_plan.source,
            )  # fmt: skip


def weakest(bets: Sequence[Bet]) -> str:
    """Return the weakest method among bets: measured > benchmark > expert > guess."""
    order = ("measured", "benchmark", "expert", "guess")
    return max((bet.method for bet in bets), key=order.index, default="guess")


def _method(estimate: Estimate | None, method: str | None) -> str:
    return (estimate.method if estimate is not None else None) or method or "guess"


def _source(estimate: Estimate | None, source: str | None) -> str | None:
    return (estimate.source if estimate is not None else None) or source
