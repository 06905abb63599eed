"""The likelihood of a step: c, the probability of ever moving on, and F, the lag given that it happens.

    moved after d:   log c + log f(d)
    still open:      log(1 - c F(e))                                 e = age at the as-of date
    with losses recorded (competing ends, Larson & Dinse 1985):
      lost after l:  log(1 - c) + log r + log f_L(l)               r = share of the losses that anybody ever records
      open:          log(c (1 - F(e)) + (1 - c)(1 - r F_L(e)))
    with records that began g days after entry, F(e) becomes F(e) - F(g), and so does F_L

Many a lost deal is never closed: with r fixed at 1 those that stay open for ever would be read as slow movers.
Cure models: Farewell 1982; Chapelle 2014, doi 10.1145/2623330.2623634.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, Integers
from leadline.measure.bridge.lags import Lag

_TINY = 1e-300  # keeps the logarithm of an impossible row finite (float64 reaches down to 2e-308)
_COLUMNS = 7  # parameters of a row, see `row_slopes`
_SECOND_STEP = 1e-4  # step of the central difference in log k; the cube root of float64 rounding, to one digit


class Status(IntEnum):
    """What became of an entry: `SKIPPED` moved after an unknown lag, `LOST_UNDATED` was lost some day."""

    OPEN = 0
    MOVED = 1
    LOST = 2
    SKIPPED = 3
    LOST_UNDATED = 4


@dataclass(frozen=True)
class Rows:
    """Entries with equal fate, merged: each row stands for `weight` of them. All fields have shape (R,).

    status: a `Status` · days: lag in days (moved, lost) or age in days (open, lost undated)
    unseen: days after entry before which nothing was recorded · group, segment: numbers from 0
    """

    status: npt.NDArray[np.int8]
    days: Floats
    unseen: Floats
    weight: Floats
    group: Integers
    segment: Integers


@dataclass(frozen=True)
class Fate:
    """Parameters of the rows or of many draws: they broadcast against (R,), so draws come as (S, 1).

    logit_rate: logit of c · lag: F · loss: F_L, or None without competing ends
    logit_recorded: logit of r, the share of losses that are ever recorded; None: every one
    """

    logit_rate: Floats
    lag: Lag
    loss: Lag | None = None
    logit_recorded: Floats | None = None

    @property
    def recorded(self) -> Floats:
        """The share r of losses that are ever recorded."""
        from scipy.special import expit

        return np.array(1.0) if self.logit_recorded is None else np.asarray(expit(self.logit_recorded))

    @property
    def log_recorded(self) -> Floats:
        """The logarithm of r."""
        return np.array(0.0) if self.logit_recorded is None else _log_expit(self.logit_recorded)


def log_moved(fate: Fate, days: Floats) -> Floats:
    """Return log c + log f(d) of entries that moved after `days`."""
    return _log_expit(fate.logit_rate) + fate.lag.log_density(days)


def log_open(fate: Fate, age: Floats, *, unseen: Floats | float = 0.0) -> Floats:
    """Return the log probability that nothing was recorded of an entry by its `age` in days."""
    return np.log(np.maximum(open_chance(fate, age, unseen=unseen), _TINY))


def open_chance(fate: Fate, age: Floats, *, unseen: Floats | float = 0.0) -> Floats:
    """Return the probability that neither move nor loss was recorded by `age` days."""
    from scipy.special import expit

    kept = _kept(fate.lag, age, unseen)
    return np.asarray(expit(fate.logit_rate) * kept + expit(-fate.logit_rate) * _not_closed(fate, age, unseen))


def log_lost(fate: Fate, days: Floats) -> Floats:
    """Return log(1 - c) + log r + log f_L(l) of entries that were lost after `days`."""
    if fate.loss is None:
        return np.asarray(_log_expit(-fate.logit_rate) + 0.0 * days)
    return _log_expit(-fate.logit_rate) + fate.log_recorded + fate.loss.log_density(days)


def will_move(fate: Fate, age: Floats) -> Floats:
    """Return the probability that an entry still open at `age` days ever moves: c (1 - F) / P(open)."""
    from scipy.special import expit

    chance = expit(fate.logit_rate) * fate.lag.survival(age)
    return np.asarray(chance / np.maximum(open_chance(fate, age), _TINY))


def log_terms(rows: Rows, fate: Fate) -> Iterator[tuple[Integers, Floats]]:
    """Yield, status by status, the numbers of the rows and their log-likelihoods (without weights)."""
    for status in Status:
        chosen = np.flatnonzero(rows.status == status)
        if not len(chosen):
            continue
        part, days, unseen = _take(fate, chosen), rows.days[chosen], rows.unseen[chosen]
        if status is Status.OPEN:
            yield chosen, log_open(part, days, unseen=unseen)
        elif status is Status.MOVED:
            yield chosen, log_moved(part, days)
        elif status is Status.LOST:
            yield chosen, log_lost(part, days)
        elif status is Status.SKIPPED:
            yield chosen, np.asarray(_log_expit(part.logit_rate) + 0.0 * days)
        else:
            yield chosen, _log_lost_undated(part, days, unseen)


def log_likelihood(rows: Rows, fate: Fate) -> Floats:
    """Return the weighted log-likelihood of all rows, one value per draw: shape () or (S,)."""
    total = sum((values * rows.weight[chosen]).sum(axis=-1) for chosen, values in log_terms(rows, fate))
    return np.asarray(total)


def row_slopes(rows: Rows, fate: Fate) -> Floats:
    """Return derivatives of each row's log-likelihood, shape (R, 7).

    Columns: logit c, log median, log shape, log second shape, log median of losses, log shape of losses, logit r.
    """
    slopes = np.zeros((len(rows.days), _COLUMNS))
    for status in Status:
        chosen = np.flatnonzero(rows.status == status)
        if len(chosen):
            slopes[chosen] = _slopes_of(status, rows, fate=_take(fate, chosen), chosen=chosen)
    if fate.lag.family.has_second:
        slopes[:, 3] = _second_slope(rows, fate)
    return slopes


def _slopes_of(status: Status, rows: Rows, *, fate: Fate, chosen: Integers) -> Floats:
    from scipy.special import expit

    days, unseen = rows.days[chosen], rows.unseen[chosen]
    slopes = np.zeros((len(days), _COLUMNS))
    rate, recorded = expit(fate.logit_rate), fate.recorded
    if status in {Status.MOVED, Status.SKIPPED}:
        slopes[:, 0] = 1 - rate
        if status is Status.MOVED:
            slopes[:, 1], slopes[:, 2] = _density_slopes(fate.lag, days)
    elif status is Status.OPEN:
        chance = np.maximum(open_chance(fate, days, unseen=unseen), _TINY)
        never = _not_closed(fate, days, unseen)
        slopes[:, 0] = rate * (1 - rate) * (_kept(fate.lag, days, unseen) - never) / chance
        for column, slope in zip((1, 2), _window_slopes(fate.lag, days, unseen), strict=True):
            slopes[:, column] = -rate * slope / chance
        if fate.loss is not None:
            for column, slope in zip((4, 5), _window_slopes(fate.loss, days, unseen), strict=True):
                slopes[:, column] = -(1 - rate) * recorded * slope / chance
            slopes[:, 6] = -(1 - rate) * (1 - recorded) * (1 - never) / chance
    else:
        slopes[:, 0] = -rate
        if fate.loss is not None and status is Status.LOST:
            slopes[:, 4], slopes[:, 5] = _density_slopes(fate.loss, days)
        elif fate.loss is not None:
            seen = np.maximum(1 - _kept(fate.loss, days, unseen), _TINY)
            for column, slope in zip((4, 5), _window_slopes(fate.loss, days, unseen), strict=True):
                slopes[:, column] = slope / seen
        slopes[:, 6] = 1 - recorded
    return slopes


def _second_slope(rows: Rows, fate: Fate) -> Floats:
    """Return the derivative by log k: the incomplete gamma has no closed one, so by central difference."""
    sides = []
    for step in (_SECOND_STEP, -_SECOND_STEP):
        lag = Lag(fate.lag.family, fate.lag.median, fate.lag.shape, fate.lag.second_shape * np.exp(step))
        values = np.zeros(len(rows.days))
        for chosen, part in log_terms(rows, replace(fate, lag=lag)):
            values[chosen] = part
        sides.append(values)
    return (sides[0] - sides[1]) / (2 * _SECOND_STEP)


def _kept(lag: Lag, age: Floats, unseen: Floats | float) -> Floats:
    """Return 1 - (F(e) - F(g)): not ended in the time in which an end would have been recorded."""
    if not np.any(unseen):
        return lag.survival(age)
    return lag.survival(age) + lag.cdf(np.minimum(unseen, age))


def _not_closed(fate: Fate, age: Floats, unseen: Floats | float) -> Floats:
    """Return 1 - r (F_L(e) - F_L(g)): one who never moves and whose loss nobody recorded by `age`."""
    if fate.loss is None:
        return np.array(1.0)
    return np.asarray(1 - fate.recorded * (1 - _kept(fate.loss, age, unseen)))


def _log_lost_undated(fate: Fate, age: Floats, unseen: Floats) -> Floats:
    never = _log_expit(-fate.logit_rate)
    if fate.loss is None:
        return np.asarray(never + 0.0 * age)
    return np.asarray(never + fate.log_recorded + np.log(np.maximum(1 - _kept(fate.loss, age, unseen), _TINY)))


def _density_slopes(lag: Lag, days: Floats) -> tuple[Floats, Floats]:
    """Return the derivatives of log f by log median and log shape."""
    z = lag.z(days)
    slope = lag.family.slope(z, lag.second_shape)
    return -lag.shape * slope, 1 + (z - lag.z_half) * slope


def _window_slopes(lag: Lag, age: Floats, unseen: Floats) -> tuple[Floats, Floats]:
    """Return the derivatives of F(e) - F(g) by log median and log shape."""
    sides = []
    for days in (age, np.minimum(unseen, age)):
        z = lag.z(days)
        density = np.exp(lag.family.log_density(z, lag.second_shape))
        sides.append((-lag.shape * density, (z - lag.z_half) * density))
    return sides[0][0] - sides[1][0], sides[0][1] - sides[1][1]


def _take(fate: Fate, chosen: Integers) -> Fate:
    """Return the parameters of the chosen rows; what is common to all rows stays as it is."""

    def rows_of(values: Floats) -> Floats:
        return values if values.ndim == 0 or values.shape[-1] == 1 else values[..., chosen]

    lag = Lag(fate.lag.family, rows_of(fate.lag.median), fate.lag.shape, fate.lag.second)
    return replace(fate, logit_rate=rows_of(fate.logit_rate), lag=lag)


def _log_expit(x: Floats) -> Floats:
    return -np.logaddexp(0, -x)
