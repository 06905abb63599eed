"""Priors of single parameters, and the map between a parameter and the unbounded number that is sampled for it.

A prior is a family with up to two numbers and bounds. The sampler moves through unbounded numbers that are standard normal
before the data, by quantiles where a normal prior is cut: a logit gave them tails that a chain walks into and takes short steps
in (measured on 156 weeks and 8 channels: skewness of up to -3). Of uniform priors it is the logit, of gamma priors the logarithm,
with that of the Jacobian added.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from leadline.errors import UsageError
from leadline.inputs import Floats

FAMILIES = ("log-normal", "split-log-normal", "normal", "half-normal", "truncated-normal", "gamma", "uniform")
RUNS_MOST = 8  # own: beyond it a list of places is as quick
INSIDE_LEAST = 1e-6  # own: of an uncut prior; below, the tail of the normal distribution is not told by a difference
_LEAST = 1e-12  # a parameter at its bound has no unbounded number
_Z95 = 1.6448536269514722  # 95 % quantile of the normal distribution


@dataclass(frozen=True)
class Prior:
    """What is believed about one parameter before the data.

    log-normal: median exp(a), sd b of the logarithm · split-log-normal: median exp(a), sd b of the logarithm above it and
    `low` below · normal: mean a, sd b · half-normal: sd b · truncated-normal: mean a, sd b within low..high · gamma: shape
    a, rate b, above low · uniform: low..high
    """

    family: str
    a: float = 0.0
    b: float = 1.0
    low: float = 0.0
    high: float = math.inf

    def draw(self, generator: np.random.Generator, size: int) -> Floats:
        """Return `size` independent draws."""
        from scipy import special

        if self.family == "log-normal":
            return np.exp(self.a + self.b * generator.standard_normal(size))
        if self.family == "split-log-normal":
            z = generator.standard_normal(size)
            return np.exp(self.a + np.where(z > 0, self.b, self.low) * z)
        if self.family == "normal":
            return self.a + self.b * generator.standard_normal(size)
        if self.family == "half-normal":
            return np.abs(self.b * generator.standard_normal(size))
        u = generator.uniform(size=size)
        if self.family == "uniform":
            return self.low + (self.high - self.low) * u
        if self.family == "gamma":
            under = special.gammainc(self.a, self.b * self.low)
            return np.asarray(special.gammaincinv(self.a, under + (1 - under) * u) / self.b)
        low, high = special.ndtr((self.low - self.a) / self.b), special.ndtr((self.high - self.a) / self.b)
        return np.asarray(self.a + self.b * special.ndtri(low + (high - low) * u))

    @property
    def middle(self) -> float:
        """Median, about; where a chain may begin."""
        if self.family in {"log-normal", "split-log-normal"}:
            return math.exp(self.a)
        if self.family == "normal":
            return self.a
        if self.family == "half-normal":
            return 0.6745 * self.b
        if self.family == "uniform":
            return (self.low + self.high) / 2
        if self.family == "gamma":
            return max(self.a / self.b * (1 - 1 / (9 * self.a)) ** 3, self.low + 0.1 / self.b)
        return min(max(self.a, self.low + 0.1 * self.b), self.high - 0.1 * self.b)


def quantiles(p05: float, p50: float, *, p95: float) -> Prior:
    """Return the split log-normal prior with these three quantiles.

    >>> quantiles(0.5, 1.0, p95=4.0).b > quantiles(0.5, 1.0, p95=4.0).low
    True
    """
    middle = math.log(p50)
    return Prior("split-log-normal", middle, (math.log(p95) - middle) / _Z95, (middle - math.log(p05)) / _Z95)


@dataclass(frozen=True)
class Group:
    """Parameters of one family: their places among all, and the numbers of their priors as arrays.

    low, high: bounds; of a truncated normal prior how much of it, uncut, lies below and above them
    """

    family: str
    places: tuple[int, ...]
    a: Floats
    b: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Layout:
    """Which parameters are sampled: name and prior of each; the flat vector of unbounded numbers follows this order."""

    names: tuple[str, ...]
    priors: tuple[Prior, ...]
    groups: tuple[Group, ...]
    order: tuple[int, ...]

    @classmethod
    def of(cls, parameters: Sequence[tuple[str, Prior]]) -> Layout:
        """Return the layout of named parameters; raises UsageError for a prior that lies outside its bounds."""
        names, priors = tuple(name for name, _ in parameters), tuple(prior for _, prior in parameters)
        told, groups = [_by_shares(name, prior) for name, prior in parameters], []
        for family in FAMILIES:
            places = tuple(place for place, prior in enumerate(told) if prior.family == family)
            if places:
                columns = (
                    np.array([getattr(told[place], one) for place in places]) for one in ("a", "b", "low", "high")
                )
                groups.append(Group(family, places, *columns))
        taken = [place for group in groups for place in group.places]
        return cls(names, priors, tuple(groups), tuple(int(one) for one in np.argsort(taken)))

    def __len__(self) -> int:
        """Return how many numbers are sampled."""
        return len(self.names)

    def numbers(self) -> list[tuple[Floats, Floats, Floats, Floats]]:
        """Return the numbers of the priors, group by group, to be passed to `constrain`."""
        return [(group.a, group.b, group.low, group.high) for group in self.groups]

    def constrain(self, u: Any, *, numbers: Sequence[Any] | None = None, xp: Any = np) -> tuple[Any, Any]:
        """Return the parameters of unbounded numbers u, shape (..., D), and the log prior density of u, shape (...).

        The density is that of u itself: prior of the parameter plus logarithm of the Jacobian, constants left out where
        they do not depend on u. numbers: as `numbers` gives them, None = this layout's own
        """
        values, density = [], 0.0
        for group, own in zip(self.groups, self.numbers() if numbers is None else numbers, strict=True):
            value, log_density = _constrained(group.family, own, taken(u, group.places), xp)
            values.append(value)
            density = density + log_density.sum(axis=-1)
        return taken(xp.concatenate(values, axis=-1), self.order), density

    def densities(self, u: Floats) -> Floats:
        """Return the log prior density of each unbounded number, up to constants, shape (..., D)."""
        parts = [
            _constrained(one.family, own, u[..., np.array(one.places)], np)[1]
            for one, own in zip(self.groups, self.numbers(), strict=True)
        ]
        return np.asarray(np.concatenate(parts, axis=-1)[..., np.array(self.order)])

    def unconstrain(self, values: Floats) -> Floats:
        """Return the unbounded numbers of parameters, shape (..., D)."""
        out = np.empty_like(values)
        for group in self.groups:
            out[..., np.array(group.places)] = _unconstrained(group, values[..., np.array(group.places)])
        return out

    def draw(self, generator: np.random.Generator, size: int) -> Floats:
        """Return independent draws of all parameters from their priors, shape (size, D)."""
        return np.stack([prior.draw(generator, size) for prior in self.priors], axis=1)


def _by_shares(name: str, prior: Prior) -> Prior:
    """Return a cut normal prior with how much of it, uncut, lies below and above its bounds in their place; others as they are."""
    if prior.family == "half-normal":
        return Prior("truncated-normal", 0.0, prior.b, 0.5, 0.0)
    if prior.family != "truncated-normal":
        return prior
    below = float(_normal_share((prior.low - prior.a) / prior.b, np))
    above = float(_normal_share((prior.a - prior.high) / prior.b, np))
    if 1 - below - above < INSIDE_LEAST:
        raise UsageError(f"The prior of {name} has nearly nothing within its bounds. Move its mean there.")
    return replace(prior, low=below, high=above)


def taken(values: Any, places: Sequence[int]) -> Any:
    """Return the numbers at these places of the last axis, shape (..., number of places).

    By evenly spaced slices where few will do: on the engine a list of places, and its gradient, compile to a third more.
    """
    runs: list[list[int]] = []
    for place in places:
        run = runs[-1] if runs else []
        is_next = place > run[-1] if len(run) == 1 else len(run) > 1 and place - run[-1] == run[1] - run[0]
        if is_next:
            run.append(place)
        else:
            runs.append([place])
    if not runs or len(runs) > RUNS_MOST or min(places) < 0:
        return values[..., np.array(places, dtype=np.int64)]
    parts = [values[..., run[0] : run[-1] + 1 : run[1] - run[0] if len(run) > 1 else 1] for run in runs]
    return parts[0] if len(parts) == 1 else values.__array_namespace__().concatenate(parts, axis=-1)


def _constrained(family: str, numbers: Any, u: Any, xp: Any) -> tuple[Any, Any]:
    """Return values and log densities of u, one per parameter."""
    a, b, low, high = numbers
    if family == "log-normal":
        return xp.exp(a + b * u), -0.5 * u**2
    if family == "split-log-normal":  # u is standard normal on either side, so the density of u is the normal one
        return xp.exp(a + xp.where(u > 0, b, low) * u), -0.5 * u**2
    if family == "normal":
        return a + b * u, -0.5 * u**2
    if family == "gamma":
        value = low + xp.exp(u) / b
        return value, (a - 1) * xp.log(value) - b * value + u
    if family == "uniform":
        return low + (high - low) / (1 + xp.exp(-u)), -xp.logaddexp(0.0, u) - xp.logaddexp(0.0, -u)
    return a - b * _cut_normal(-u, high, 1 - low - high, xp), -0.5 * u**2


def _unconstrained(group: Group, value: Floats) -> Floats:
    family, a, b, low, high = group.family, group.a, group.b, group.low, group.high
    if family == "log-normal":
        return np.asarray((np.log(value) - a) / b)
    if family == "split-log-normal":
        above = np.log(value) - a
        return np.asarray(above / np.where(above > 0, b, low))
    if family == "normal":
        return np.asarray((value - a) / b)
    if family == "gamma":
        return np.asarray(np.log((value - low) * b))
    if family == "uniform":
        share = np.clip((value - low) / (high - low), _LEAST, 1 - _LEAST)
        return np.asarray(np.log(share) - np.log1p(-share))
    left = (_normal_share((a - value) / b, np) - high) / (1 - low - high)
    return np.asarray(-_normal_quantile(np.clip(left, _LEAST, 1 - _LEAST), np))


def _normal_share(z: Any, xp: Any) -> Any:
    """Return the normal distribution function."""
    return special(xp).ndtr(z)


def _normal_quantile(share: Any, xp: Any) -> Any:
    """Return the normal quantile function."""
    return special(xp).ndtri(share)


def _cut_normal(u: Any, least: Any, width: Any, xp: Any) -> Any:
    """Return the normal quantile of least + width times the normal share of u."""
    if xp is np:
        return _normal_quantile(least + width * _normal_share(u, np), np)
    return _of_engine()(u, least, width)


@cache
def _of_engine() -> Any:
    """Return `_cut_normal` for the engine, with its derivative told: that of its series takes as long again to compile."""
    import jax

    xp = jax.numpy

    def _quantile(u: Any, least: Any, width: Any) -> Any:
        return _normal_quantile(least + width * _normal_share(u, xp), xp)

    def _move(given: Any, moves: Any) -> Any:
        z = quantile(*given)
        return z, given[2] * xp.exp((z**2 - given[0] ** 2) / 2) * moves[0]

    quantile = jax.custom_jvp(_quantile)
    quantile.defjvp(_move)
    return quantile


def special(xp: Any) -> Any:
    """Return the special functions that belong to an array module."""
    if xp is np:
        import scipy.special as of_numpy

        return of_numpy
    import jax.scipy.special as of_engine

    return of_engine
