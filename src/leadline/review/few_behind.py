"""Which bets of tactics rest on few people: their numbers leave the program in no finding, standing or comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadline.evidence.small_cells import LEAST, hidden_of, note
from leadline.review.people_cells import small_groups
from leadline.review.plan_facts import states

if TYPE_CHECKING:
    from leadline.decide.known import Delivered
    from leadline.plan.graph import Graph
    from leadline.review.measuring import Measured, Pair


@dataclass(frozen=True)
class FewBehind:
    """The bets of which it is not shown how many people are behind them.

    numbers: ids of bets of which not even what is known is shown · counts: also those of which few moved, or few did not
    delivered: (tactic, metric) of counted deliveries · least: fewer people are not shown
    """

    numbers: frozenset[str] = frozenset()
    counts: frozenset[str] = frozenset()
    delivered: frozenset[Pair] = frozenset()
    least: int = LEAST

    @property
    def why(self) -> str:
        """Return why they are not shown, as a part of a sentence."""
        return note(self.least).removesuffix(".")


def few_behind(graph: Graph, measured: Measured, *, delivered: Mapping[Pair, Delivered]) -> FewBehind:
    """Return the bets of tactics that rest on few people, or on so many that the others would tell a few."""
    shown, state_of = measured.shown, states(graph.plan)
    small = {
        pair: small_groups(step.groups, least=shown.least)
        for pair, step in measured.steps.items()
        if shown.are_people(state_of.get(pair[0], ""))
    }
    gone = _delivered(
        delivered, {name for name, state in state_of.items() if shown.are_people(state)}, least=shown.least
    )
    gone |= {
        (tactic, metric)
        for tactic, metric in delivered
        if any(pair[0] == metric and ("tactic", tactic) in one.entered for pair, one in small.items())
    }
    numbers, counts = set[str](), set[str]()
    for bet in graph.bets:
        one = small.get((bet.from_metric or "", bet.metric))
        if bet.tactic is None:
            continue
        if bet.kind == "delivers" and (bet.tactic, bet.metric) in gone:
            numbers.add(bet.id)
        if one is not None and ("tactic", bet.tactic) in one.entered:
            numbers.add(bet.id)
        if one is not None and ("tactic", bet.tactic) in one.moved:
            counts.add(bet.id)
    return FewBehind(frozenset(numbers), frozenset(numbers | counts), frozenset(gone), shown.least)


def _delivered(delivered: Mapping[Pair, Delivered], people: set[str], *, least: int) -> set[Pair]:
    """Return the deliveries of people that are not shown. people: metrics that count them."""
    found: set[Pair] = set()
    for metric in people & {metric for _, metric in delivered}:
        cells = {pair: one.count for pair, one in delivered.items() if pair[1] == metric}
        found |= hidden_of(cells, least=least)
    return found
