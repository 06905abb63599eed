"""How long a move takes, given that it happens: four families on one log-location scale.

Each family is a standard variable z with distribution G, and a lag of t days has

    z = shape * (log t - log median) + z_half,    F(t) = G(z),    log f(t) = log shape + log g(z) - log t

where G(z_half) = 1/2, so `median` is the median lag in every family. In the usual scale
parameters: Weibull 1 - exp(-(lam t)^p); generalised gamma P(k, (lam t)^p) with P the regularised
lower incomplete gamma (Stacy 1962); log-normal; log-logistic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from leadline.errors import UsageError
from leadline.inputs import Floats

Curve: TypeAlias = Callable[[Floats, Floats], Floats]

_NO_TIME = 1e-300  # days; stands for 0 so that its logarithm exists (smallest normal float is 2e-308)
_EXP_LIMIT = 300.0  # exp(300) is far in every tail and still finite in float64


@dataclass(frozen=True)
class LagFamily:
    """A standard variable z: its curves take (z, second shape), `from_share` takes (share, second shape)."""

    name: str
    has_second: bool
    below: Curve
    above: Curve
    log_density: Curve
    slope: Curve
    from_share: Curve


def _exp(z: Floats) -> Floats:
    return np.exp(np.minimum(z, _EXP_LIMIT))


def _weibull() -> LagFamily:
    return LagFamily(
        "weibull",
        has_second=False,
        below=lambda z, _: -np.expm1(-_exp(z)),
        above=lambda z, _: np.exp(-_exp(z)),
        log_density=lambda z, _: z - _exp(z),
        slope=lambda z, _: 1 - _exp(z),
        from_share=lambda share, _: np.log(-np.log1p(-share)),
    )


def _generalised_gamma() -> LagFamily:
    from scipy import special

    return LagFamily(
        "generalised-gamma",
        has_second=True,
        below=lambda z, k: special.gammainc(k, _exp(z)),
        above=lambda z, k: special.gammaincc(k, _exp(z)),
        log_density=lambda z, k: k * z - _exp(z) - special.gammaln(k),
        slope=lambda z, k: k - _exp(z),
        from_share=lambda share, k: np.log(np.maximum(special.gammaincinv(k, share), _NO_TIME)),
    )


def _log_normal() -> LagFamily:
    from scipy import special

    return LagFamily(
        "log-normal",
        has_second=False,
        below=lambda z, _: special.ndtr(z),
        above=lambda z, _: special.ndtr(-z),
        log_density=lambda z, _: -0.5 * z**2 - 0.5 * np.log(2 * np.pi),
        slope=lambda z, _: -z,
        from_share=lambda share, _: special.ndtri(share),
    )


def _log_logistic() -> LagFamily:
    from scipy import special

    return LagFamily(
        "log-logistic",
        has_second=False,
        below=lambda z, _: special.expit(z),
        above=lambda z, _: special.expit(-z),
        log_density=lambda z, _: -np.logaddexp(0, z) - np.logaddexp(0, -z),
        slope=lambda z, _: -np.tanh(z / 2),
        from_share=lambda share, _: special.logit(share),
    )


_MAKERS: dict[str, Callable[[], LagFamily]] = {
    "weibull": _weibull,
    "log-normal": _log_normal,
    "log-logistic": _log_logistic,
    "generalised-gamma": _generalised_gamma,
}


def lag_family(name: str) -> LagFamily:
    """Return the family of that name.

    Raises UsageError for an unknown name.

    >>> lag_family("weibull").has_second
    False
    """
    if name not in _MAKERS:
        raise UsageError.unknown("lag family", name, known=_MAKERS)
    return _MAKERS[name]()


@dataclass(frozen=True)
class Lag:
    """A lag distribution, or many of them: parameters broadcast against the times asked for.

    median: days until half of those that will move have moved · shape, second: without unit

    >>> float(Lag(lag_family("weibull"), np.array(20.0), np.array(1.4)).cdf(np.array(20.0)))
    0.5
    """

    family: LagFamily
    median: Floats
    shape: Floats
    second: Floats | None = None

    @classmethod
    def from_scale(cls, family: str, scale: float, *, shape: float = 1.0, second: float = 1.0) -> Lag:
        """Return the lag with the usual parameters lam = `scale` (per day), p = `shape`, k = `second`.

        F(t) = G(p log(lam t)); for the log-normal and log-logistic 1/lam is the median.
        """
        kind = lag_family(family)
        half = kind.from_share(np.array(0.5), np.array(second))
        return cls(kind, np.exp(half / shape) / scale, np.array(shape), np.array(second))

    @property
    def second_shape(self) -> Floats:
        """The second shape, 1 where the family has none."""
        return np.array(1.0) if self.second is None else self.second

    @property
    def z_half(self) -> Floats:
        """The value of z at the median."""
        return self.family.from_share(np.array(0.5), self.second_shape)

    def z(self, days: Floats) -> Floats:
        """Return the standard variable of a lag in days."""
        return np.asarray(self.shape * (np.log(np.maximum(days, _NO_TIME)) - np.log(self.median)) + self.z_half)

    def cdf(self, days: Floats) -> Floats:
        """Return F, the share of eventual moves that take at most `days`."""
        return self.family.below(self.z(days), self.second_shape)

    def survival(self, days: Floats) -> Floats:
        """Return 1 - F without cancellation."""
        return self.family.above(self.z(days), self.second_shape)

    def log_density(self, days: Floats) -> Floats:
        """Return log f per day."""
        known = np.maximum(days, _NO_TIME)
        return np.log(self.shape) + self.family.log_density(self.z(days), self.second_shape) - np.log(known)

    def quantile(self, share: Floats) -> Floats:
        """Return the lag in days within which `share` (0..1) of eventual moves happen."""
        z = self.family.from_share(share, self.second_shape)
        return np.exp(np.clip(np.log(self.median) + (z - self.z_half) / self.shape, -_EXP_LIMIT, _EXP_LIMIT))
