"""What a cut is computed from: money and its limits, what each tactic brings per draw, and what it carries with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from leadline import words
from leadline.align.case import Case
from leadline.align.draws import Draw
from leadline.plan.model import Objective
from leadline.units import Quantity

NO_MONEY = 1e-9  # relative; two ways to add the same money differ in the last digit


@dataclass(frozen=True)
class Scene:
    """What every step of the computation reads: money, limits, draws of contributions."""

    case: Case

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

    def left(self, shares: Mapping[str, float]) -> Mapping[str, float]:
        """Return which part of its contribution each tactic keeps, given the share of money every tactic keeps."""
        kept = dict.fromkeys(self.case.tactics, 1.0)
        for name, share in shares.items():
            for carried in self.carries[name]:
                kept[carried] *= share
        return kept

    def lost(self, objective: str, shares: Mapping[str, float]) -> Draw:
        """Return what an objective loses by its day, per draw."""
        kept = self.left(shares)
        total: Draw = 0.0
        for tactic, drawn in self.drawn[objective].items():
            if kept[tactic] < 1:
                total = total + drawn * (1.0 - kept[tactic])
        return total

    def say(self, amount: float) -> str:
        """Return money in words."""
        return words.money(amount, self.case.currency)

    def value_lost(self, shares: Mapping[str, float]) -> Draw:
        """Return the weighted loss over all objectives, per draw, as shares of their needs."""
        total: Draw = 0.0
        for objective, weight in self.weights.items():
            total = total + weight * self.lost(objective, shares)
        return total
