"""Credit from a Markov chain of order k, solved exactly (Anderl and others 2016; Kemeny and Snell 1960).

With Q the transitions among states, r those to conversion and m the mean value of a conversion by the
state it leaves, `N = (I - Q)^-1` and `B = N r`; P(conversion) = B at the start. The removal effect of
channel x is the share of P(conversion) lost when every arrival in a state that contains x ends without
conversion. At k = 1 one inverse serves all channels: `N[start, x] / N[x, x] * B[x] / B[start]`.
At higher orders each channel's states are taken out and the remaining block is solved anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats
from leadline.measure.paths.counts import TransitionCounts

if TYPE_CHECKING:
    from scipy import sparse

# Journeys still under way, as a share of all, below which a chain counts as run to its end; their number
# bounds the error of P(conversion). Ours: for replicates a millionth of the width of any interval shown,
UNDER_WAY = 1e-9
# for estimates the last bits of a 64-bit number.
UNDER_WAY_EXACT = 1e-15
# Steps after which a chain is solved instead of run on: journeys of 5,000 touches. Ours.
MOST_STEPS = 5_000
# States up to which a chain is factorised. Measured: 1,884 states take 0.6 s for 12 channels, and it grows with the cube.
FACTORED_STATES = 4_000


@dataclass(frozen=True)
class Effects:
    """What would be lost without each channel, as shares of all conversions and of all value.

    base_rate: P(conversion) of a journey
    conversions, value: removal effects, 0..1, shape (C,); value is NaN where the conversions are worth nothing
    """

    base_rate: float
    conversions: Floats
    value: Floats


@dataclass(frozen=True)
class Chain:
    """Transition probabilities of the transitions counted.

    starts: shape (S,) · flows: of each observed transition, shape (E,) · to_conversion: shape (S,)
    worth: mean value of the conversions that leave a state, shape (S,)
    """

    starts: Floats
    flows: Floats
    to_conversion: Floats
    worth: Floats


def chain_of(counts: TransitionCounts) -> Chain:
    """Return the maximum-likelihood chain: counts over their row sums, no smoothing."""
    leaving = np.where(counts.leaving > 0, counts.leaving, 1.0)
    worth = np.divide(counts.value, counts.conversions, out=np.zeros_like(counts.value), where=counts.conversions > 0)
    return Chain(
        starts=counts.starts / counts.starts.sum(),
        flows=counts.weight / leaving[counts.source],
        to_conversion=counts.conversions / leaving,
        worth=worth,
    )


def transition_table(counts: TransitionCounts) -> dict[tuple[str, str], float]:
    """Return the probability of each transition seen, by the names of its states.

    A state is its channels joined by "|", oldest first; the ends are (start), (conversion) and (null).
    """
    chain = chain_of(counts)
    names = ["|".join(counts.channels[number] for number in gram if number >= 0) for gram in counts.grams]
    leaving = np.where(counts.leaving > 0, counts.leaving, 1.0)
    table = {("(start)", names[state]): float(chain.starts[state]) for state in np.flatnonzero(counts.starts)}
    for source, target, flow in zip(counts.source, counts.target, chain.flows, strict=True):
        table[names[source], names[target]] = float(flow)
    for state in np.flatnonzero(counts.conversions):
        table[names[state], "(conversion)"] = float(chain.to_conversion[state])
    for state in np.flatnonzero(counts.nulls):
        table[names[state], "(null)"] = float(counts.nulls[state] / leaving[state])
    return table


def removal_effects(counts: TransitionCounts) -> Effects:
    """Return the base rate and each channel's removal effects, for conversions and for value.

    The caller makes sure that some journey converts; else the effects are shares of nothing.
    """
    chain = chain_of(counts)
    if counts.order == 1:
        return first_order_effects(counts, chain)
    if len(counts.grams) <= FACTORED_STATES:
        return _by_blocks(counts, chain)
    return effects_by_running(counts, chain, under_way=UNDER_WAY_EXACT)


def first_order_effects(counts: TransitionCounts, chain: Chain) -> Effects:
    """Return the effects of a chain of order 1, whose states are the channels, from one inverse."""
    onward = np.zeros((len(counts.channels), len(counts.channels)))
    onward[counts.source, counts.target] = chain.flows
    inverse = np.linalg.inv(np.eye(len(onward)) - onward)
    reaching = chain.starts @ inverse / np.diag(inverse)
    reached = inverse @ np.stack([chain.to_conversion, chain.to_conversion * chain.worth], axis=1)
    base = chain.starts @ reached
    effects = np.clip(reaching[:, None] * reached / np.where(base > 0, base, np.nan), 0.0, 1.0)
    return Effects(float(base[0]), effects[:, 0], effects[:, 1])


def _by_blocks(counts: TransitionCounts, chain: Chain) -> Effects:
    """Solve the whole chain, then the block without each channel: one sparse factorisation for each."""
    onward = _matrix(counts, chain.flows)
    ends = np.stack([chain.to_conversion, chain.to_conversion * chain.worth], axis=1)
    whole = _visits(onward, chain.starts, np.ones(len(counts.grams), dtype=bool)) @ ends
    contains = counts.contains
    left = np.stack([_visits(onward, chain.starts, ~contains[:, number]) @ ends for number in range(contains.shape[1])])
    return Effects(float(whole[0]), *_lost(left, whole).T)


def _visits(onward: sparse.csr_array, starts: Floats, kept: npt.NDArray[np.bool_]) -> Floats:
    """Return how often a journey is expected in each state, when it ends on leaving the kept ones, shape (S,)."""
    from scipy import sparse  # only orders above 1 need it, and it takes half a second to load
    from scipy.sparse.linalg import splu

    visits = np.zeros(len(starts))
    if kept.any():
        block = sparse.eye_array(int(kept.sum()), format="csc") - onward[kept][:, kept].T.tocsc()
        visits[kept] = splu(block).solve(starts[kept])
    return visits


def effects_by_running(counts: TransitionCounts, chain: Chain, *, under_way: float = UNDER_WAY) -> Effects:
    """Return what `removal_effects` returns for a chain of any order, by running all journeys step by step.

    One product a step serves all channels at once, and no factorisation is made, which replicates need.
    The journeys still under way bound the error, and it ends when they are fewer than `under_way`.
    """
    onward = _matrix(counts, chain.flows).T.tocsr()
    alive = np.hstack([np.ones((len(counts.grams), 1), dtype=bool), ~counts.contains])
    arriving = np.where(alive, chain.starts[:, None], 0.0)
    visits = arriving.copy()
    for _ in range(MOST_STEPS):
        arriving = np.where(alive, onward @ arriving, 0.0)
        visits += arriving
        if arriving[:, 0].sum() < under_way:
            break
    else:
        return _by_blocks(counts, chain)
    ends = np.stack([chain.to_conversion, chain.to_conversion * chain.worth], axis=1)
    reached = visits.T @ ends
    return Effects(float(reached[0, 0]), *_lost(reached[1:], reached[0]).T)


def _lost(left: Floats, whole: Floats) -> Floats:
    return np.clip(1.0 - left / np.where(whole > 0, whole, np.nan), 0.0, 1.0)


def _matrix(counts: TransitionCounts, flows: Floats) -> sparse.csr_array:
    from scipy import sparse

    size = len(counts.grams)
    return sparse.csr_array((flows, (counts.source, counts.target)), shape=(size, size))


def shared_out(effects: Floats, total: Floats | float) -> Floats:
    """Return credits: the total, shared in proportion to the removal effects (last axis).

    Where the effects are no numbers (a total of nothing), so are no credits: 0.
    """
    sums = effects.sum(axis=-1, keepdims=True)
    shares = np.divide(effects, sums, out=np.zeros_like(effects), where=sums > 0)
    return np.asarray(shares * np.asarray(total)[..., None])
