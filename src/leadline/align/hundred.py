"""The hundred: where each 100 of money and priced hours goes (checks.md section 3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from leadline.align.case import Case
from leadline.align.facts import SettledBet
from leadline.align.routes import elapsed
from leadline.plan.bets import Bet

Part = Literal["proven", "believed", "attention", "nothing"]
PARTS: tuple[Part, ...] = ("proven", "believed", "attention", "nothing")
WORDS: Mapping[Part, str] = {
    "proven": "reach a sale, proven",
    "believed": "reach a sale, believed",
    "attention": "stop at attention",
    "nothing": "serve nothing",
}
MIN_CONTRACTION = 0.75  # decisions.md 1.4: from here on a bet counts as settled
NOTHING_LEFT = 0.10  # house: under a tenth of the plan's base cannot be told from nothing (checks.md section 3)
PROVING_GRADES = frozenset("ABC")  # checks.md section 3: records of grade A to C alone prove


@dataclass(frozen=True)
class Hundred:
    """Shares of the cost of growth tactics, 0..1, that add up to 1; None with a reason where nothing costs anything.

    basis: planned (cost over the whole window) or spent (up to the as-of date) · run: run cost over all cost
    cost, run_cost, assumed, unmatched: money of the plan · assumed: budget taken for spend that no source reports
    tactics: growth tactic -> part
    """

    basis: Literal["planned", "spent"]
    proven: float | None
    believed: float | None
    attention: float | None
    nothing: float | None
    run: float | None
    cost: float
    run_cost: float
    assumed: float
    unmatched: float
    unpriced_hours: float
    tactics: Mapping[str, Part]
    currency: str = ""
    reason: str | None = None

    def whole(self) -> Mapping[Part, int] | None:
        """Return the four parts as whole numbers that add up to 100, or None where there is no cost."""
        shares = [getattr(self, part) for part in PARTS]
        if any(share is None for share in shares):
            return None
        return dict(zip(PARTS, whole_numbers(shares), strict=True))

    def sentence(self) -> str:
        """Return the first line of every output."""
        parts = self.whole()
        if parts is None:
            return f"Where each 100 {self.currency} goes cannot be told: {self.reason}."
        listed = " · ".join(f"{parts[part]} {WORDS[part]}" for part in PARTS)
        run = f"{100 * (self.run or 0.0):.0f}"
        return f"Of each 100 {self.currency or 'spent'}: {listed}. (Run cost beside: {run} of all 100.)"

    def table(self) -> list[dict[str, object]]:
        """Return one row per part: its share and the tactics in it."""
        return [
            {"part": part, "share": getattr(self, part), "tactics": [t for t, p in self.tactics.items() if p == part]}
            for part in PARTS
        ]

    def chart(self) -> dict[str, object]:
        """Return one bar of 100 parts (Vega-Lite, without theme)."""
        parts = self.whole() or {}
        rows = [{"part": WORDS[part], "of 100": parts.get(part, 0), "order": order} for order, part in enumerate(PARTS)]
        return {
            "title": self.sentence(),
            "data": {"values": rows},
            "mark": "bar",
            "encoding": {
                "x": {"field": "of 100", "type": "quantitative", "stack": "zero", "scale": {"domain": [0, 100]}},
                "color": {"field": "part", "type": "nominal", "sort": [WORDS[part] for part in PARTS]},
                "order": {"field": "order", "type": "quantitative"},
            },
        }


def whole_numbers(shares: list[float], total: int = 100) -> list[int]:
    """Round shares to whole numbers that add up to `total` by the largest remainder; ties go to the earlier.

    >>> whole_numbers([0.256, 0.744, 0.0])
    [26, 74, 0]
    """
    exact = [share * total for share in shares]
    floors = [int(value + 1e-9) for value in exact]
    order = sorted(range(len(shares)), key=lambda index: (floors[index] - exact[index], index))
    for index in order[: total - sum(floors)]:
        floors[index] += 1
    return floors


def hundred_of(case: Case) -> Hundred:
    """Sort each growth tactic, with its whole cost, into the first part that fits."""
    parts = {name: part_of(case, name) for name in case.growth}
    spent = case.facts is not None and case.facts.has_spend
    weights = {name: _spent(case, name) if spent else (case.costs[name].total, 0.0) for name in case.tactics}
    sums = dict.fromkeys(PARTS, 0.0)
    for name, part in parts.items():
        sums[part] += weights[name][0]
    unmatched = case.facts.unmatched if spent and case.facts else 0.0
    sums["nothing"] += unmatched
    cost = sum(sums.values())
    run_cost = sum(weights[name][0] for name in case.tactics if name not in case.growth)
    reason = _untold(cost, run_cost)
    shares = {part: sums[part] / cost if reason is None else None for part in PARTS}
    return Hundred(
        basis="spent" if spent else "planned",
        **shares,
        run=run_cost / (run_cost + cost) if 0 < run_cost + cost < math.inf else None,
        cost=cost,
        run_cost=run_cost,
        assumed=sum(assumed for _, assumed in weights.values()),
        unmatched=unmatched,
        unpriced_hours=sum(case.costs[name].unpriced_hours for name in case.growth),
        tactics=parts,
        currency=case.currency,
        reason=reason,
    )


def _untold(cost: float, run_cost: float) -> str | None:
    """Say why the cost cannot be shared out, None where it can."""
    if not math.isfinite(cost + run_cost):
        return "the cost of its tactics is more than any number holds"
    return None if cost > 0 else "no growth tactic has a budget or priced hours"


def part_of(case: Case, tactic: str) -> Part:
    """Return the part a growth tactic falls into."""
    if not case.serves_top(tactic):
        return "nothing"
    settled = case.settled or {}
    if not _is_uncut(case, tactic, settled):
        return "attention"
    return "proven" if settled and _is_proven(case, tactic, settled) else "believed"


def is_settled(bet: SettledBet) -> bool:
    """Say whether records of grade A to C alone have told enough about a bet."""
    return bet.contraction >= MIN_CONTRACTION and bet.grade in PROVING_GRADES


def _is_uncut(case: Case, tactic: str, settled: Mapping[str, SettledBet]) -> bool:
    """Say whether a value event is reached by a chain that evidence has not cut, itself or through enabled tactics."""
    for name in (tactic, *case.graph.enabled_by(tactic)):
        for chain in _value_chains(case, name):
            if not any(_is_cut(bet, settled) for bet in chain):
                return True
    return False


def _is_cut(bet: Bet, settled: Mapping[str, SettledBet]) -> bool:
    """Say whether evidence leaves under a tenth of the plan's base, in the direction of the base."""
    record, base = settled.get(bet.id), bet.base or 0.0
    if record is None or not is_settled(record):
        return False
    return (record.high if base >= 0 else -record.low) < NOTHING_LEFT * abs(base)


def _proves(bet: Bet, settled: Mapping[str, SettledBet]) -> bool:
    """Say whether records settle a bet above a tenth of the plan's base."""
    record, base = settled.get(bet.id), bet.base or 0.0
    if record is None or not is_settled(record):
        return False
    return (record.low if base >= 0 else -record.high) > NOTHING_LEFT * abs(base)


def _is_proven(case: Case, tactic: str, settled: Mapping[str, SettledBet]) -> bool:
    """Say whether every bet up to the first value event is proven; by `enables`: its own change, and one it enables."""
    chains = _value_chains(case, tactic)
    if chains:
        return all(_proves(bet, settled) for chain in chains for bet in chain)
    own = [bet for bet in case.graph.starts(tactic) if bet.kind == "expects"]
    if not own or not all(_proves(bet, settled) for bet in own):
        return False
    selling = (name for name in case.graph.enabled_by(tactic) if _value_chains(case, name))
    return any(_is_proven(case, name, settled) for name in selling)


def _value_chains(case: Case, tactic: str) -> list[list[Bet]]:
    """Return the bets of each chain up to its first value event: the start and the rates, not lags, not worth."""
    chains = case.graph.value_event_chains(tactic)
    return [[chain.start, *(step.rate for step in chain.steps)] for chain in chains]


def _spent(case: Case, name: str) -> tuple[float, float]:
    """Return what a tactic has cost up to the as-of date, and how much of it is assumed from its budget."""
    cost = case.costs[name]
    hours = cost.labour * elapsed(case, name, by_money=False)
    if case.facts is not None and name in case.facts.spend:
        return case.facts.spend[name] + hours, 0.0
    money = cost.money * elapsed(case, name, by_money=True)
    return money + hours, money
