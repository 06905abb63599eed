"""Rates and lags of groups (tactics, origins) that borrow from each other as far as they are small.

    logit c_i = b0 + u_group + v_segment,   log median lag_i = m0 + w_group,   u, w, v ~ Normal(0, tau)

tau is found by penalised expectation-maximisation on Laplace approximations (random effects at
their mode with the curvature's spread); prior tau ~ HalfNormal(0.5).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, Integers
from leadline.measure.bridge.clean import Entries, merge
from leadline.measure.bridge.draws import StepDraws
from leadline.measure.bridge.intervals import Interval, as_draws
from leadline.measure.bridge.posterior import Mode, Posterior, find_mode

FEW_CONVERSIONS = 5  # below, a row is shown as mostly the average of the others (section 4.2)
WEAK_CONTRACTION = 0.2  # contraction of u under which a group told little about itself (sections 1.4, 4.2)
_ROUNDS = 15  # rounds of expectation-maximisation; tau moves under 2 % a round long before (measured)
_SETTLED = 0.02  # relative change of every tau at which the rounds stop (ours)
_GROUP_DRAWS = 1000  # Monte-Carlo error of a 5 % quantile is then 0.7 points of probability


@dataclass(frozen=True)
class GroupRate:
    """One group of entries, counted and estimated.

    column, name: such as "tactic", "search" · entered, moved: counted
    raw, raw_low, raw_high: moved / entered with exact 90 % interval (Clopper & Pearson 1934); too low
    while cohorts are young
    rate: within the step's horizon, partly pooled · median_lag: days · both None where only counted
    contraction: how much the group's own entries narrowed its effect, 1 - var after / var before
    is_mostly_others: its estimate is mostly the average of the others
    """

    column: str
    name: str
    entered: int
    moved: int
    raw: float
    raw_low: float
    raw_high: float
    rate: Interval | None = None
    median_lag: Interval | None = None
    contraction: float | None = None
    is_mostly_others: bool = False
    draws: StepDraws | None = None


@dataclass(frozen=True)
class Pooled:
    """The estimates of groups, and what each entry was expected to do.

    groups: one per name · chance: probability c F with which each entry had moved by now, shape (N,)
    spread: tau of u, w, v
    """

    groups: tuple[GroupRate, ...]
    chance: Floats
    spread: tuple[float, float, float]


def exact_interval(moved: int, entered: int) -> tuple[float, float]:
    """Return the exact central 90 % interval of a share (Clopper & Pearson 1934).

    >>> tuple(round(edge, 4) for edge in exact_interval(0, 10))
    (0.0, 0.2589)
    """
    from scipy.special import betaincinv

    low = 0.0 if moved == 0 else float(betaincinv(moved, entered - moved + 1, 0.05))
    high = 1.0 if moved == entered else float(betaincinv(moved + 1, entered - moved, 0.95))
    return low, high


def count_groups(entries: Entries, column: str) -> tuple[GroupRate, ...]:
    """Return what was counted for each name of a column, most entries first."""
    names, numbers = number_names(getattr(entries, column))
    entered = np.bincount(numbers, minlength=len(names))
    moved = np.bincount(numbers, entries.moved.astype(np.float64), len(names)).astype(np.int64)
    groups = []
    for place in sorted(range(len(names)), key=lambda at: (-entered[at], names[at])):
        total, ahead = int(entered[place]), int(moved[place])
        low, high = exact_interval(ahead, total)
        groups.append(GroupRate(column, str(names[place]), total, ahead, ahead / total, low, high))
    return tuple(groups)


def number_names(column: npt.NDArray[np.str_]) -> tuple[npt.NDArray[np.str_], Integers]:
    """Return the distinct names in order and each row's number among them."""
    names, numbers = np.unique(column, return_inverse=True)
    return names, np.asarray(numbers, dtype=np.int64)


def pool(
    entries: Entries, common: tuple[Posterior, Mode], *, by: str, horizon: float, generator: np.random.Generator
) -> Pooled:
    """Return partly pooled estimates of every group of column `by`, on the family of the common fit.

    horizon: days within which each group's rate is given
    """
    names, numbers = number_names(getattr(entries, by))
    segment_names, segments = number_names(entries.segment)
    has_segments = by != "segment" and len(segment_names) > 1
    rows = merge(entries, competing=common[0].competing, groups=numbers, segments=segments)
    count = len(segment_names) if has_segments else 0
    base = replace(common[0], rows=rows, groups=len(names), segments=count)
    posterior, mode = _settle(base, start=np.concatenate([common[1].theta, np.zeros(2 * len(names) + count)]))
    mix = _mix(numbers, segments, shape=(len(names), count)) if has_segments else None
    counted = {group.name: group for group in count_groups(entries, by)}
    root = np.linalg.cholesky(mode.covariance)
    theta = mode.theta + generator.standard_normal((_GROUP_DRAWS, len(mode.theta))) @ root.T
    variances = np.diag(mode.covariance)[posterior.effects[0]]
    groups, chance = [], np.zeros(len(numbers))
    for place, name in enumerate(names):
        shares = None if mix is None else mix[place]
        draws = as_draws(posterior, theta, group=place, mix=shares)
        centre = as_draws(posterior, mode.theta[None], group=place, mix=shares)
        contraction = float(1 - variances[place] / posterior.spread[0] ** 2)
        groups.append(_estimate(counted[str(name)], draws, centre=centre, horizon=horizon, contraction=contraction))
        chosen = numbers == place
        chance[chosen] = expected(centre, entries.where(chosen))
    order = sorted(groups, key=lambda group: (-group.entered, group.name))
    return Pooled(tuple(order), chance, posterior.spread)


def expected(centre: StepDraws, entries: Entries) -> Floats:
    """Return the probability c (F(age) - F(unseen)) with which each entry was seen to move by now: shape (N,)."""
    gone = centre.cdf(entries.age, draw=0) - centre.cdf(np.minimum(entries.unseen, entries.age), draw=0)
    return float(centre.rate[0]) * gone


def _settle(posterior: Posterior, *, start: Floats) -> tuple[Posterior, Mode]:
    """Return the posterior with settled spreads and its mode."""
    mode = find_mode(posterior, start=start)
    for _ in range(_ROUNDS):
        covariance = np.diag(mode.covariance)
        spread = []
        for place, before in zip(posterior.effects, posterior.spread, strict=True):
            size = place.stop - place.start
            squares = float((mode.theta[place] ** 2 + covariance[place]).sum())
            spread.append(_spread(squares, size, posterior.priors.spread) if size else before)
        moved = max(abs(new / old - 1) for new, old in zip(spread, posterior.spread, strict=True))
        posterior = replace(posterior, spread=(spread[0], spread[1], spread[2]))
        mode = find_mode(posterior, start=mode.theta)
        if moved < _SETTLED:
            break
    return posterior, mode


def _spread(squares: float, size: int, prior: float) -> float:
    """Return the tau that maximises -J log tau - Q / (2 tau^2) - tau^2 / (2 prior^2), with J = size, Q = squares."""
    inverse = 1 / prior**2
    return float(np.sqrt((-size + np.sqrt(size**2 + 4 * squares * inverse)) / (2 * inverse)))


def _mix(groups: Integers, segments: Integers, *, shape: tuple[int, int]) -> Floats:
    counts = np.bincount(groups * shape[1] + segments, minlength=shape[0] * shape[1]).reshape(shape)
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def _estimate(
    counted: GroupRate, draws: StepDraws, *, centre: StepDraws, horizon: float, contraction: float
) -> GroupRate:
    at = np.array([horizon])
    rate_low, rate_high = np.quantile(draws.rate_within(at)[:, 0], (0.05, 0.95))
    lag_low, lag_high = np.quantile(draws.median, (0.05, 0.95))
    return replace(
        counted,
        rate=Interval(float(centre.rate_within(at)[0, 0]), float(rate_low), float(rate_high)),
        median_lag=Interval(float(centre.median[0]), float(lag_low), float(lag_high)),
        contraction=contraction,
        is_mostly_others=counted.moved < FEW_CONVERSIONS or contraction < WEAK_CONTRACTION,
        draws=draws,
    )
