"""What may be chosen about a mix model: families, priors, baseline, sampling; one frozen value passed in.

Defaults are those of the design (measurement reference, sections 2.2, 2.3 and 2.10).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from leadline.errors import UsageError
from leadline.measure.mix.priors import Prior

# Of the model and its default priors: what was kept under another number was measured by another model.
MODEL = 2
Carry = Literal["geometric", "delayed", "binomial", "weibull", "none"]
Saturation = Literal["hill", "logistic", "none"]
Slope = Literal["fixed", "free"]
Effect = Literal["roi", "marginal-roi", "share", "coefficient"]
Reference = Literal["minimum", "maximum", "mean"]
Link = Literal["identity", "log"]
Errors = Literal["normal", "student"]
Order = Literal["carry-first", "saturation-first"]
Drift = Literal["none", "linear", "knots"]
CarryIn = Literal["steady", "zero"]
# What the design keeps for later (measurement, section 2.15) by the words that ask for it, and what to do instead.
_VARYING = "an effect that varies over time is not available yet. Fit two windows apart (window) and compare them."
_CHAIN = (
    "a chain of metrics is not available yet. Fit one metric at a time, and leave out what stands between a channel and it "
    "(drop)."
)
LATER = {
    "ar1": "errors that follow each other (ar1) are not available yet. Let the trend follow more closely (baseline: knots).",
    "varying": _VARYING, "varies": _VARYING, "time_varying": _VARYING,
    "chain": _CHAIN, "equations": _CHAIN, "metrics": _CHAIN, "mediators": _CHAIN,
}  # fmt: skip


def _one_of(options: object, **known: object) -> None:
    """Raise UsageError for a value that is none of its literal's, and for one that is kept for later."""
    for name, literal in known.items():
        value = getattr(options, name)
        if value in LATER:
            raise UsageError(LATER[value])
        if value not in get_args(literal):
            raise UsageError.unknown(name, str(value), known=get_args(literal))


@dataclass(frozen=True)
class ChannelOptions:
    """How one channel works.

    carry, saturation: families · slope: of a Hill curve, `fixed` has it at 1 · effect: what the prior speaks of; None = by kind:
    `roi` for what was paid for and brings money, else `share` of the outcome · prior: of that; None = the default ·
    reference: what a driver's contribution is counted against, or a value in its own unit
    """

    carry: Carry = "geometric"
    saturation: Saturation = "hill"
    slope: Slope = "free"
    effect: Effect | None = None
    prior: Prior | None = None
    reference: Reference | float = "minimum"

    def __post_init__(self) -> None:
        """Refuse families that there are none of; raises UsageError naming those there are."""
        _one_of(self, carry=Carry, saturation=Saturation, slope=Slope)
        if self.effect is not None:
            _one_of(self, effect=Effect)
        if isinstance(self.reference, str):
            _one_of(self, reference=Reference)


@dataclass(frozen=True)
class Sampling:
    """How draws are made: chains, draws of each after the warm-up, and the acceptance that is aimed at; None = by shape.

    one place: 600, several: 700 (`sampler`; the warm-up needs no choice, since the pilot leaves it only a step length)
    """

    chains: int = 4
    draws: int | None = None
    target: float = 0.9
    instant: bool = False


@dataclass(frozen=True)
class BaselineOptions:
    """What the outcome would do without marketing.

    knots: steps between knots of the trend, None = by grain · season: Fourier order, None = by length ·
    geo_trend: whether places drift apart
    """

    knots: int | None = None
    season: int | None = None
    geo_trend: Drift = "none"

    def __post_init__(self) -> None:
        """Refuse drifts that there are none of; raises UsageError naming those there are."""
        _one_of(self, geo_trend=Drift)


@dataclass(frozen=True)
class MixOptions:
    """How a panel is fitted.

    kpi: the outcome, None = the only one · link: `log` makes effects multiply · errors: `student` for heavy tails ·
    order: carry-over or saturation first · lags: None = by grain · carry_in: what stands before the first step ·
    channels: by name; what is not named has the defaults · window: first and last day that results speak of ·
    seed: one integer; every random use derives its own stream from it
    """

    kpi: str | None = None
    link: Link = "identity"
    errors: Errors = "normal"
    order: Order = "carry-first"
    lags: int | None = None
    carry_in: CarryIn = "steady"
    channels: Mapping[str, ChannelOptions] = field(default_factory=dict)
    baseline: BaselineOptions = field(default_factory=BaselineOptions)
    sampling: Sampling = field(default_factory=Sampling)
    window: tuple[dt.date, dt.date] | None = None
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse what there is not, or not yet; raises UsageError naming what there is instead."""
        _one_of(self, link=Link, errors=Errors, order=Order, carry_in=CarryIn)

    def channel(self, name: str) -> ChannelOptions:
        """Return the options of a channel."""
        return self.channels.get(name) or ChannelOptions()
