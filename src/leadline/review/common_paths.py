"""The ways that people take before they buy, or do not: the most frequent ones, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.evidence.frames import AsOf, Journeys, paths
from leadline.evidence.small_cells import LEAST, hidden_of, published
from leadline.evidence.store import Store
from leadline.inputs import Paths
from leadline.plan.graph import Graph
from leadline.review.measuring import outcome_of
from leadline.settings import Settings

# Ways that are shown; all of them are in the data of `leadline attribute` (style guide 2.5: twelve rows).
MOST_WAYS = 12


@dataclass(frozen=True)
class CommonPath:
    """One way: channels in order, each once where it repeats in a row. Counts are expected values over identities.

    conversions, nulls: None where so few people are behind them that they are not shown
    """

    steps: tuple[str, ...]
    conversions: float | None
    nulls: float | None


@dataclass(frozen=True)
class CommonPaths:
    """The most frequent ways to an outcome.

    whole: conversions with a touch · without: conversions without any
    nulls: journeys that led to nothing · open: too young to say · lengths: share of conversions by touches (1, 2, …, 6+), None where not shown
    hidden: whether some ways, counts or shares are not shown, for too few people are behind them · least: how many there must be
    """

    outcome: str
    window_days: int
    ways: tuple[CommonPath, ...]
    whole: float
    without: float
    nulls: float
    open: float
    lengths: tuple[float | None, ...]
    hidden: bool = False
    least: int = LEAST


# Touches are told apart up to this many (house: beyond it they are one group).
LONGEST = 6


def common_paths(store: Store, at: AsOf, *, graph: Graph, settings: Settings) -> CommonPaths | None:
    """Return the most frequent ways to the plan's sale, None where no journey was seen."""
    outcome = outcome_of(graph, settings)
    asked = Journeys(outcome, settings.paths_window_days, collapse=True)
    found = paths(store, asked, at=at, currency=graph.plan.plan.currency or "EUR")
    if not len(found.conversions):
        return None
    kept = found.aggregated()
    order = np.lexsort((-kept.nulls, -kept.conversions))
    least = settings.privacy.small_cell
    took = hidden_of(dict(enumerate((kept.conversions + kept.nulls).tolist())), least=least)
    bought = took | hidden_of(dict(enumerate(kept.conversions.tolist())), least=least)
    left = took | hidden_of(dict(enumerate(kept.nulls.tolist())), least=least)
    ways: list[CommonPath] = []
    for row in map(int, order):
        if len(ways) == MOST_WAYS or not kept.conversions[row]:
            break
        if row in took:
            continue  # a rare way can point at somebody
        steps = tuple(kept.channels[step] for step in kept.steps[kept.offsets[row] : kept.offsets[row + 1]])
        counts = (
            None if row in one else float(of[row]) for one, of in ((bought, kept.conversions), (left, kept.nulls))
        )
        ways.append(CommonPath(steps, *counts))
    lengths = _lengths(found, least)
    return CommonPaths(
        outcome, settings.paths_window_days, tuple(ways), float(found.conversions.sum()), float(found.empty_conversions),
        float(found.nulls.sum()), float(found.open_journeys), lengths, bool(bought | left) or None in lengths, least,
    )  # fmt: skip


def _lengths(found: Paths, least: int) -> tuple[float | None, ...]:
    counted = np.minimum(found.lengths, LONGEST)
    whole = float(found.conversions.sum())
    if not whole:
        return ()
    cells = {number: float(found.conversions[counted == number].sum()) for number in range(1, LONGEST + 1)}
    shown = published(cells, least=least).cells
    return tuple(None if (count := shown[number]) is None else count / whole for number in cells)
