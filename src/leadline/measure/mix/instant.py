"""A quick estimate: weighted draws around the pilot instead of a sampler, and the number that says whether to trust them.

Adaptive multiple importance sampling (Cornuet, Marin, Mira, Robert 2012, doi 10.1111/j.1467-9469.2011.00756.x): draws of
an approximation are weighted by how far it is off, the approximation is fitted to them, and so on; every round's draws are
kept, weighted against the mixture of all. The weights are Pareto-smoothed; k is the shape of their tail.

What k cannot say: that there is mass where no draw ever fell, be it a second region of high density or the neck of a
funnel, too narrow to be hit. A mix model without places has neither; where spreads between places are sampled, prefer the
sampler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, stream
from leadline.measure.diagnose import ESS_LEAST, K_MOST, effective_draws, psis
from leadline.measure.mix.pilot import Pilot
from leadline.measure.mix.proposal import Proposal, fitted

Potential = Callable[[Floats], Floats]
BATCH = 500  # rows of every call: one compiled program; measured: 12 µs a row at 500, 29 at 2,000, national
ROUND_BATCHES = 8  # calls a round: 4,000 draws tell the correlations of some 40 numbers
MOST_ROUNDS = 8  # own: panels of eight channels have by then the draws asked for; more rounds let a funnel pass
FEWEST_ROUNDS = 3  # own: the first proposal is the pilot's, the second fitted to few draws; the third can be judged
PLENTY = 1.5  # own: effective draws for each one asked for; resampling then repeats few
HOPELESS = (
    0.3  # own: power to which weights must be flattened; national panels begin at 0.48 or more, 40 places at 0.23
)
_FIT_DRAWS, _FIT_DRAWS_EACH = 50.0, 8.0  # effective draws that a fit asks for, and for each number; own
_HALVINGS = 20  # to find that power to a millionth


@dataclass(frozen=True)
class Instant:
    """Draws of a quick estimate.

    draws: equally weighted, unbounded numbers, (S, D) · k: the larger of the shapes of the weights' tail over all draws and
    over the last round · ess: effective draws before resampling · evaluations: of the potential
    """

    draws: Floats
    k: float
    ess: float
    evaluations: int

    @property
    def is_usable(self) -> bool:
        """Whether averages over the draws can be trusted: their weights have no heavy tail, and are worth enough draws."""
        return self.k <= K_MOST and self.ess >= ESS_LEAST


def instant_draws(potential_many: Potential, pilot: Pilot, *, seed: int, draws: int = 1000) -> Instant:
    """Return draws from the density exp(-potential), and k.

    potential_many: potentials, (BATCH,), of unbounded vectors, (BATCH, D), always so many; not finite = no density there ·
    draws: how many to return. Where k is above 0.7 the draws are there for diagnosis only.
    """
    generator = stream(seed, "instant")
    proposal, past = Proposal.of(pilot), _Past.empty(len(pilot.centre))
    log_weights, k, latest, worth = np.zeros(0), np.inf, np.inf, 0.0
    for number in range(1, MOST_ROUNDS + 1):
        past = past.grown(proposal, generator, potential_many=potential_many)
        if not np.isfinite(past.log_target).any():
            return Instant(past.u[:draws], np.inf, 0.0, len(past.u))
        log_weights, k = psis(past.log_weights())
        latest = psis(past.latest_log_weights())[1]
        worth = effective_draws(log_weights)
        if number >= FEWEST_ROUNDS and worth >= PLENTY * draws and max(k, latest) <= K_MOST:
            break
        flatter, power = _flattened(log_weights, _FIT_DRAWS + _FIT_DRAWS_EACH * len(pilot.centre))
        if power < HOPELESS:
            break
        proposal = fitted(proposal, past.u, weights=np.exp(flatter), worth=effective_draws(flatter))
    return Instant(past.u[_resampled(np.exp(log_weights), draws, generator)], max(k, latest), worth, len(past.u))


@dataclass(frozen=True)
class _Past:
    """All draws so far: u (N, D), their log target (N,), and the log density of each round's proposal at each (R, N)."""

    proposals: tuple[Proposal, ...]
    u: Floats
    log_target: Floats
    heights: Floats
    size: int

    @classmethod
    def empty(cls, numbers: int) -> _Past:
        return cls((), np.zeros((0, numbers)), np.zeros(0), np.zeros((0, 0)), 0)

    def grown(self, proposal: Proposal, generator: np.random.Generator, *, potential_many: Potential) -> _Past:
        """Return it with one more round of draws; every proposal's density is taken at every draw once."""
        u = proposal.draw(generator, BATCH * ROUND_BATCHES)
        found = -np.concatenate([np.asarray(potential_many(part)) for part in np.split(u, ROUND_BATCHES)])
        log_target = np.where(np.isfinite(found), found, -np.inf)
        proposals = (*self.proposals, proposal)
        new = np.stack([one.log_density(u) for one in proposals])
        old = np.concatenate([self.heights, proposal.log_density(self.u)[None]])
        return _Past(
            proposals, np.concatenate([self.u, u]), np.concatenate([self.log_target, log_target]),
            np.concatenate([old, new], axis=1), len(u),
        )  # fmt: skip

    def log_weights(self) -> Floats:
        """Return the log weights against the mixture of all rounds, (N,)."""
        return np.asarray(self.log_target - np.logaddexp.reduce(self.heights, axis=0))

    def latest_log_weights(self) -> Floats:
        """Return the log weights of the last round against its own proposal, which was fitted without it."""
        return np.asarray(self.log_target[-self.size :] - self.heights[-1, -self.size :])


def _flattened(log_weights: Floats, asked: float) -> tuple[Floats, float]:
    """Return weights raised to the largest power up to 1 at which they are worth what is asked, and the power.

    A fit to two or three heavy draws would collapse on them; to flattened weights it moves only part of the way.
    """
    finite = np.isfinite(log_weights)
    asked = min(asked, finite.sum() / 2)
    low, high = 0.0, 1.0
    if effective_draws(log_weights) >= asked:
        return log_weights, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if effective_draws(middle * log_weights[finite]) >= asked:
            low = middle
        else:
            high = middle
    found = np.where(finite, low * np.where(finite, log_weights, 0.0), -np.inf)
    return found - np.logaddexp.reduce(found), low


def _resampled(weights: Floats, size: int, generator: np.random.Generator) -> Floats:
    """Return places of draws, each as often as its weight asks for, give or take one, in random order."""
    steps = (np.arange(size) + generator.uniform()) / size
    places = np.minimum(np.searchsorted(np.cumsum(weights) / weights.sum(), steps), len(weights) - 1)
    return np.asarray(generator.permutation(places))
