"""Draws that settled: sampled, checked, drawn on where they are too few, sampled more carefully where that does not help.

The ladder of repairs is that of the design (measurement section 1.4): further draws, then a higher acceptance with twice the
draws from new starting points. What was tried and why it did not do stands in the result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats
from leadline.measure import diagnose
from leadline.measure.mix.density import Model, parameters
from leadline.measure.mix.instant import instant_draws
from leadline.measure.mix.options import MixOptions
from leadline.measure.mix.pilot import Pilot
from leadline.measure.mix.result import Convergence
from leadline.measure.mix.sampler import (
    DEEPEST,
    DRAWS_NATIONAL,
    DRAWS_PLACES,
    Drawn,
    Programs,
    Run,
    Tell,
    in_chunks,
    longer,
    sample,
    with_numbers,
)
from leadline.measure.mix.totals import Totals, totals

TARGETS = (0.9, 0.95, 0.99)  # design, measurement section 1.4: the ladder of acceptance
NEARLY = 1.1  # own: chains that disagree by no more (R-hat) are helped by further draws
LONGER_MOST = 4  # times that half as many draws are added before something else is tried; own
SUMMED_DRAWS = 2400  # own: sums over places and steps of more draws take longer and tell nothing new


@dataclass(frozen=True)
class Settled:
    """Draws to be read, (S, D), with the chain of each, their sums, and whether they may be believed."""

    model: Model
    unbounded: Floats
    chain: npt.NDArray[np.int64]
    totals: Totals
    convergence: Convergence


def settle(programs: Programs, model: Model, *, found: Pilot, options: MixOptions, tell: Tell | None = None) -> Settled:
    """Return draws that settled, or the last ones of the ladder with what failed."""
    sampling, failures = options.sampling, list[str]()
    draws = in_chunks(sampling.draws or (DRAWS_NATIONAL if model.shape.geos == 1 else DRAWS_PLACES))
    ladder = [programs.target, *(target for target in TARGETS if target > programs.target)]
    for rung, target in enumerate(ladder):
        careful = programs if target == programs.target else programs.again(target)
        count = draws * 2 ** min(rung, 1)
        drawn = sample(careful, model, found=found, run=Run(options.seed, count, sampling.chains, rung), tell=tell)
        for left in range(LONGER_MOST, -1, -1):
            sampled = _sampled(model, drawn)
            if sampled.converged or not left or not _is_near(sampled.max_rhat.value, sampled):
                settled = _summed(model, drawn, sampled, failures=failures, seed=options.seed)
                if settled.convergence.converged or not left or not _is_near(settled.convergence.max_rhat, sampled):
                    break
            drawn = longer(careful, model, drawn=drawn, draws=in_chunks(count // 2), tell=tell)
        if settled.convergence.converged:
            break
        failures.append(f"acceptance {target}: {'; '.join(settled.convergence.reasons[len(failures) :])}")
    return settled


def quick(programs: Programs, model: Model, *, found: Pilot, seed: int) -> Settled | None:
    """Return weighted draws around the pilot in place of sampled ones; None where they cannot be trusted."""
    numbers = programs.given(model.numbers, found)
    drawn = instant_draws(programs.many(numbers), found, seed=seed)
    if not drawn.is_usable:
        return None
    kept = {name: np.asarray(numbers[name]) for name in ("told", "usual spread")}
    fitted = replace(model, numbers={**model.numbers, **kept})
    summed = totals(fitted, drawn.draws, seed=seed)
    convergence = Convergence(True, None, None, None, None, "", (), drawn.k)
    return Settled(fitted, drawn.draws, np.zeros(len(drawn.draws), dtype=np.int64), summed, convergence)


def _is_near(rhat: float | None, sampled: diagnose.Convergence) -> bool:
    """Say whether further draws may do: chains agree nearly, and no more diverged than is let pass."""
    few = sampled.divergences <= diagnose.DIVERGENT_MOST * sampled.draws
    return few and rhat is not None and rhat <= NEARLY


def _sampled(model: Model, drawn: Drawn) -> diagnose.Convergence:
    """Return whether the parameters settled."""
    numbers = {**model.numbers, **drawn.numbers}
    values, _ = parameters(drawn.unbounded, numbers, shape=model.shape, layout=model.layout)
    at_depth = int((drawn.steps >= 2**DEEPEST - 1).sum())
    by_name = {name: values[:, :, at] for at, name in enumerate(model.layout.names)}
    return diagnose.judge(by_name, divergences=int(drawn.divergent.sum()), energy=drawn.energy, at_depth=at_depth)


def _summed(
    model: Model, drawn: Drawn, sampled: diagnose.Convergence, *, failures: Sequence[str], seed: int
) -> Settled:
    fitted = with_numbers(model, drawn)
    chains, count, width = drawn.unbounded.shape
    every = max(1, chains * count // SUMMED_DRAWS)
    kept = drawn.unbounded[:, ::every]
    flat = kept.reshape(-1, width)
    summed = totals(fitted, flat, seed=seed)
    chain = np.repeat(np.arange(chains), kept.shape[1])
    return Settled(fitted, flat, chain, summed, _checked(fitted, chains, summed, sampled=sampled, failures=failures))


def _checked(
    model: Model, chains: int, summed: Totals, *, sampled: diagnose.Convergence, failures: Sequence[str]
) -> Convergence:
    """Return whether parameters, and what people read of them, settled."""
    read = {"baseline": summed.baseline_total.reshape(chains, -1)}
    for at, name in enumerate(model.shape.channels):
        read[f"contribution of {name}"] = summed.contribution[:, at].reshape(chains, -1)
        read[f"marginal return of {name}"] = summed.marginal[:, at].reshape(chains, -1)
    found = [sampled, diagnose.judge(read, divergences=0)]
    rhat = max((one.max_rhat for one in found), key=lambda one: np.inf if np.isnan(one.value) else one.value)
    bulk, tail = (
        min((getattr(one, name) for one in found), key=lambda one: one.value)
        for name in ("min_ess_bulk", "min_ess_tail")
    )
    worst = rhat.name if not rhat.value <= diagnose.RHAT_MOST else min(bulk, tail, key=lambda one: one.value).name
    reasons = tuple(reason for one in found for reason in one.reasons)
    return Convergence(
        not reasons, rhat.value, bulk.value, tail.value, found[0].divergences, worst, (*failures, *reasons)
    )  # fmt: skip
