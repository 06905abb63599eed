"""The ways that people take before they buy, or do not: the most frequent ones, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadline.evidence.frames import AsOf, Journeys, paths
from leadline.evidence.small_cells import few
from leadline.evidence.store import Store
from leadline.inputs import Paths
from leadline.plan.graph import Graph
from leadline.review.measuring import outcome_of
from leadline.settings import Settings

# Ways that are shown; all of them are in the data of `leadline attribute` (style guide 2.5: twelve rows).
MOST_WAYS = 12


@dataclass(frozen=True)
class CommonPath:
    """One way: channels in order, each once where it repeats in a row. Counts are expected values over identities."""

    steps: tuple[str, ...]
    conversions: float
    nulls: float


@dataclass(frozen=True)
class CommonPaths:
    """The most frequent ways to an outcome.

    whole: conversions with a touch · without: conversions without any
    nulls: journeys that led to nothing · open: too young to say · lengths: share of conversions by touches (1, 2, …, 6+)
    """

    outcome: str
    window_days: int
    ways: tuple[CommonPath, ...]
    whole: float
    without: float
    nulls: float
    open: float
    lengths: tuple[float, ...]


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
    ways: list[CommonPath] = []
    for row in order:
        if len(ways) == MOST_WAYS or not kept.conversions[row]:
            break
        if few(float(kept.conversions[row] + kept.nulls[row]), least=settings.privacy.small_cell):
            continue  # a rare way can point at somebody
        steps = tuple(kept.channels[step] for step in kept.steps[kept.offsets[row] : kept.offsets[row + 1]])
        ways.append(CommonPath(steps, float(kept.conversions[row]), float(kept.nulls[row])))
    return CommonPaths(
        outcome, settings.paths_window_days, tuple(ways), float(found.conversions.sum()), float(found.empty_conversions),
        float(found.nulls.sum()), float(found.open_journeys), _lengths(found),
    )  # fmt: skip


def _lengths(found: Paths) -> tuple[float, ...]:
    counted = np.minimum(found.lengths, LONGEST)
    whole = found.conversions.sum()
    if not whole:
        return ()
    return tuple(float(found.conversions[counted == number].sum() / whole) for number in range(1, LONGEST + 1))
