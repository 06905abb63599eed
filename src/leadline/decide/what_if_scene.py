"""What a cut is computed from: money and its limits, what each tactic brings per draw, and what it carries with it.

Where a tactic lies on a measured curve, its own contribution leaves in the curve's way: in the outcome that was measured by
what was measured, in what follows from that outcome by what is believed of it, bent as the curve is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from leadline import words
from leadline.align.case import Case
from leadline.align.draws import DRAWS, Draw
from leadline.decide.what_if_measured import Curves, Laid, laid
from leadline.inputs import Integers, stream
from leadline.plan.model import Objective
from leadline.units import Quantity

NO_MONEY = 1e-9  # relative; two ways to add the same money differ in the last digit


@dataclass(frozen=True)
class Scene:
    """What every step of the computation reads: money, limits, draws of contributions, and measured curves where there are."""

    case: Case
    curves: Curves | None = None

    @cached_property
    def money(self) -> Mapping[str, float]:
        """Return the planned money of each tactic that has any."""
        return {name: amount for name, amount in self.case.budgets.items() if amount > 0}

    @property
    def planned(self) -> float:
        """Return all money of tactics, running cost included."""
        return sum(self.money.values())

    @property
    def budget(self) -> float:
        """Return the budget of the whole plan, or what is planned where none is given."""
        return self.case.amounts.money(self.case.plan.plan.budget, implied=True) or self.planned

    @cached_property
    def floor(self) -> Mapping[str, float]:
        """Return the share of each tactic's money that cannot be cut: committed; all of a running cost.

        A commitment that cannot be read (another currency without a rate) may be all of it, and counts as that.
        """
        return {
            name: 1.0
            if name not in self.case.growth or self.is_unread(self.case.tactics[name].committed)
            else min(self.case.amounts.committed(self.case.tactics[name]) / amount, 1.0)
            for name, amount in self.money.items()
        }

    def is_unread(self, money: object) -> bool:
        """Say whether a budget or commitment (an amount, or amounts by period) holds one that is no money of the plan."""
        amounts = money.values() if isinstance(money, dict) else (money,)
        return any(isinstance(one, Quantity) and self.case.amounts.money(one) is None for one in amounts)

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        """Return the objectives whose contributions can be computed."""
        return tuple(
            objective
            for objective in self.case.plan.objectives
            if (seen := self.case.coverage[objective.id]).due is not None and (seen.needed or 0.0) > 0
        )

    @cached_property
    def drawn(self) -> Mapping[str, Mapping[str, Draw]]:
        """Return draws of what each tactic brings to each objective, by objective and tactic."""
        return {one.id: self.case.coverages.drawn_by_tactic(one) for one in self.objectives}

    @cached_property
    def weights(self) -> Mapping[str, float]:
        """Return what a whole objective counts, over its need: by the plan's weights, else all alike."""
        weights = {one.id: 1.0 if one.weight is None else float(one.weight) for one in self.objectives}
        total = sum(weights.values()) or 1.0
        return {name: weight / total / (self.case.coverage[name].needed or 1.0) for name, weight in weights.items()}

    @cached_property
    def value(self) -> Mapping[str, float]:
        """Return the expected contribution of each tactic: shares of the objectives' needs, weighted and added up."""
        found: dict[str, float] = {}
        for objective, by_tactic in self.drawn.items():
            for tactic, drawn in by_tactic.items():
                found[tactic] = found.get(tactic, 0.0) + self.weights[objective] * float(np.mean(drawn))
        return found

    @cached_property
    def carries(self) -> Mapping[str, tuple[str, ...]]:
        """Return the tactics whose contributions shrink with each tactic: itself, and what it enables."""
        return {name: tuple(dict.fromkeys((name, *self.case.graph.enabled_by(name)))) for name in self.case.tactics}

    def left(self, shares: Mapping[str, float]) -> dict[str, float]:
        """Return which part of its contribution each tactic keeps, given the share of money every tactic keeps.

        What a measured tactic loses by its own money is not in it: the curve says that. More money enables nothing more.
        """
        kept = dict.fromkeys(self.case.tactics, 1.0)
        for name, share in shares.items():
            self.take(kept, name, share=share)
        return kept

    def take(self, kept: dict[str, float], name: str, *, share: float) -> None:
        """Reduce what is kept of all that a tactic carries, when it keeps a share of its money or of what was left of it."""
        for carried in self.carries[name]:
            if carried != name or name not in self.laid.moves:
                kept[carried] *= min(share, 1.0)

    def lost(self, objective: str, shares: Mapping[str, float]) -> Draw:
        """Return what an objective loses by its day, per draw: what was measured and what is believed of the rest."""
        believed = self.believed_lost(objective, shares, kept=self.left(shares))
        return believed + self.measured_lost(objective, shares) if self.counts(objective) else believed

    def believed_lost(
        self, objective: str, shares: Mapping[str, float], *, kept: Mapping[str, float], of: tuple[str, ...] | None = None,
        is_all: bool = False,
    ) -> Draw:  # fmt: skip
        """Return what an objective loses by the plan's bets, per draw.

        kept: as `left` gives it · of: these tactics alone · is_all: count what measured tactics lose by their own money as
        believed too, also where it was measured, such as for a chance that rests on bets alone
        """
        total: Draw = 0.0
        drawn = self.drawn[objective]
        for tactic in drawn if of is None else of:
            if tactic not in drawn:
                continue
            part = kept[tactic] * self._own(objective, tactic, shares=shares, is_all=is_all)
            if np.any(part != 1):
                total = total + drawn[tactic] * (1.0 - part)
        return total

    def _own(self, objective: str, tactic: str, *, shares: Mapping[str, float], is_all: bool) -> Draw:
        """Return the part of a contribution that a measured tactic's own money leaves; 1 where something else tells it."""
        share = shares.get(tactic, 1.0)
        is_measured = self.counts(objective)
        if tactic not in self.laid.moves or share == 1 or (is_measured and not is_all):
            return 1.0
        if not is_measured and not self.follows(objective, tactic):
            return share
        return 1.0 - (1.0 - share) * self.paired(self.laid.bend(tactic, shares))

    def measured_lost(self, objective: str, shares: Mapping[str, float]) -> Draw:
        """Return what an objective that counts the measured outcome loses by its day, per draw of the plan's bets."""
        return self.reach[objective] * self.paired(self.laid.lost(shares))

    def paired(self, draws: Draw) -> Draw:
        """Return posterior draws as many as those of the bets, which know nothing of them."""
        values = np.atleast_1d(draws)
        return values[self._places] if len(values) > 1 else float(values[0])

    @cached_property
    def _places(self) -> Integers:
        count = len(next(iter(self.laid.curves.known.values())).brought)
        return stream(self.case.seed, "what-if measured").permutation(np.arange(DRAWS) % count)

    @cached_property
    def laid(self) -> Laid:
        """Return how the tactics that may be cut lie on measured curves; running cost has no contribution to measure."""
        window = self.case.plan.plan.window
        found = {name: amount for name, amount in self.money.items() if name in self.case.growth}
        return laid(self.curves, found, days=window.days if window else None, tactics=self.case.tactics)

    @cached_property
    def reach(self) -> Mapping[str, float]:
        """Return the part of the plan's days until the day of each objective that counts the measured outcome."""
        window, found = self.case.plan.plan.window, {}
        curves = self.laid.curves
        for one in self.objectives if window is not None and self.laid.moves else ():
            metric, by = self.case.metric(one.metric), one.target.by if one.target else None
            unit = self.case.in_unit_of(one.metric, 0.0, change=True).unit
            is_of = one.metric in curves.metrics and one.segment is None and unit == curves.unit
            # what moves a level is no sum over the plan's days, which a curve tells
            is_of = is_of and all(term.start.kind == "delivers" for _, term in self.case.coverages.terms(one))
            if window is not None and is_of and metric is not None and metric.better == "up":
                passed = window.days if by is None else (by - window.start).days + 1
                found[one.id] = min(max(passed / window.days, 0.0), 1.0)
        return found

    def counts(self, objective: str) -> bool:
        """Say whether the measured outcome is what an objective counts, so that both losses are the same thing."""
        return objective in self.reach

    @cached_property
    def _following(self) -> frozenset[tuple[str, str]]:
        found, metrics = set(), {*self.laid.curves.metrics}
        for one in self.objectives:
            ways: dict[str, bool] = {}
            for tactic, term in self.case.coverages.terms(one) if self.laid.moves else ():
                states = {
                    term.start.metric,
                    *(name for step, _ in term.walk.steps for name in (step.from_metric, step.to)),
                }
                ways[tactic] = ways.get(tactic, True) and (not metrics or bool(metrics & states))
            found |= {(one.id, tactic) for tactic, is_on_all in ways.items() if is_on_all}
        return frozenset(found)

    def follows(self, objective: str, tactic: str) -> bool:
        """Say whether what a tactic brings to an objective comes of the measured outcome, or the plan does not say of what."""
        return (objective, tactic) in self._following

    def say(self, amount: float) -> str:
        """Return money in words."""
        return words.money(amount, self.case.currency)

    def value_lost(self, shares: Mapping[str, float]) -> Draw:
        """Return the weighted loss over all objectives, per draw, as shares of their needs."""
        total: Draw = 0.0
        for objective, weight in self.weights.items():
            total = total + weight * self.lost(objective, shares)
        return total

    def mean_value_lost(self, name: str, shares: Mapping[str, float], *, kept: Mapping[str, float]) -> float:
        """Return the expected weighted loss of a measured tactic, and of those on its channels, by their own money."""
        counted = sum(self.weights[one] * part for one, part in self.reach.items())
        total = counted * self.laid.mean_lost(shares, of=name) if counted else 0.0
        for other in self.laid.beside[name]:
            bent, straight = self._values[other]
            away = 1.0 - shares.get(other, 1.0)
            total += kept[other] * away * (bent * self.laid.mean_bend(other, shares) + straight)
        return total

    @cached_property
    def _values(self) -> Mapping[str, tuple[float, float]]:
        """Return what each measured tactic is worth where nothing was measured: what follows of the outcome, and the rest."""
        found = {}
        for name in self.laid.moves:
            parts = [0.0, 0.0]
            for objective, by_tactic in self.drawn.items():
                if name in by_tactic and not self.counts(objective):
                    parts[not self.follows(objective, name)] += self.weights[objective] * float(
                        np.mean(by_tactic[name])
                    )
            found[name] = (parts[0], parts[1])
        return found
