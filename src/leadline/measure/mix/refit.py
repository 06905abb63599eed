"""A panel cut, disturbed or given a channel that does nothing: what a model is fitted to again to see whether it holds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from leadline.errors import NothingDone
from leadline.inputs import Floats, Panel

NOISE = 0.05  # design, measurement section 2.13: spend times 1 ± 5 % (mmm-eval)
BLOCK = 4  # design, measurement section 2.13: a placebo's time is permuted in blocks of four steps
TRIES = 50  # own: shufflings of a channel until one differs from it; few blocks, or alike ones, may have none
PLACEBO = "placebo of"


def cut(panel: Panel, first: int, *, last: int) -> Panel:
    """Return the steps first..last - 1 of a panel; what ran before them is kept as its history."""
    history = panel.exposure[:, :first]
    if panel.history is not None:
        history = np.concatenate([panel.history, history], axis=1)

    def part(values: Floats | None) -> Floats | None:
        return None if values is None else values[:, first:last]

    return replace(
        panel, time=panel.time[first:last], outcome={name: one[:, first:last] for name, one in panel.outcome.items()},
        exposure=panel.exposure[:, first:last], spend=part(panel.spend), controls=part(panel.controls),
        value_per_unit=part(panel.value_per_unit), reach=part(panel.reach), frequency=part(panel.frequency),
        history=history if history.shape[1] else None,
    )  # fmt: skip


def disturbed(panel: Panel, generator: np.random.Generator, *, kept: Floats | None = None) -> Panel:
    """Return a panel with what was spent, and what ran for it, a few per cent more or less in every step; paid channels only.

    kept: 1 where nothing is changed, such as the rows of an experiment whose spend is known, (G, T)
    """
    is_paid = np.array([kind == "paid" for kind in panel.kinds])
    noise = np.maximum(1 + NOISE * generator.standard_normal(panel.exposure.shape), 0.0)
    factor = np.where(is_paid, noise, 1.0)
    if kept is not None:
        factor = np.where(kept[:, :, None] > 0, 1.0, factor)
    reach = panel.reach
    if reach is not None:
        reach = reach * factor[:, :, [panel.channels.index(name) for name in panel.reached]]
    spend = None if panel.spend is None else panel.spend * factor
    return replace(panel, exposure=panel.exposure * factor, spend=spend, reach=reach)


def with_placebo(panel: Panel, name: str, *, generator: np.random.Generator) -> Panel:
    """Return a panel with one channel more: a copy of another whose steps are shuffled in blocks, so that it can do nothing.

    Spend and exposure of a step stay together and all places are shuffled alike. Raises NothingDone for a channel whose blocks
    are alike: its copy would be itself, or another channel of the panel
    """
    at = panel.channels.index(name)
    places = _places(panel, at, generator)

    def more(values: Floats) -> Floats:
        return np.concatenate([values, values[:, places, at : at + 1]], axis=2)

    history = panel.history
    if history is not None:
        history = np.concatenate([history, history[:, :, at : at + 1]], axis=2)
    return replace(
        panel, channels=(*panel.channels, placebo_of(name)), kinds=(*panel.kinds, panel.kinds[at]), exposure=more(panel.exposure),
        spend=None if panel.spend is None else more(panel.spend), history=history,
    )  # fmt: skip


def _places(panel: Panel, at: int, generator: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return an order of the steps by shuffled blocks in which a channel equals no channel of the panel."""
    steps = len(panel.time)
    blocks = [np.arange(first, min(first + BLOCK, steps)) for first in range(0, steps, BLOCK)]
    for _ in range(TRIES):
        places = np.concatenate([blocks[one] for one in generator.permutation(len(blocks))])
        copy = panel.exposure[:, places, at, None]
        if not (panel.exposure == copy).all(axis=(0, 1)).any():
            return places
    raise NothingDone(
        f"{panel.channels[at]} is the same in whatever order its blocks of {BLOCK} steps stand: no copy of it."
    )


def placebo_of(name: str) -> str:
    """Return the name of a channel's placebo."""
    return f"{PLACEBO} {name}"
