"""What may be chosen about a mix model: families, priors, baseline, sampling; one frozen value passed in.

Defaults are those of the design (measurement reference, sections 2.2, 2.3 and 2.10).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from leadline.measure.mix.priors import Prior

Carry = Literal["geometric", "delayed", "binomial", "weibull", "none"]
Saturation = Literal["hill", "logistic", "none"]
Effect = Literal["roi", "marginal-roi", "share", "coefficient"]
Reference = Literal["minimum", "maximum", "mean"]


@dataclass(frozen=True)
class ChannelOptions:
    """How one channel works.

    carry, saturation: families · slope: `free` allows an S-shape · effect: what the prior speaks of; None = by kind:
    `roi` for what was paid for and brings money, else `share` of the outcome · prior: of that; None = the default ·
    reference: what a driver's contribution is counted against, or a value in its own unit
    """

    carry: Carry = "geometric"
    saturation: Saturation = "hill"
    slope: Literal["fixed", "free"] = "fixed"
    effect: Effect | None = None
    prior: Prior | None = None
    reference: Reference | float = "minimum"


@dataclass(frozen=True)
class Sampling:
    """How draws are made: chains, draws of each after the warm-up, and the acceptance that is aimed at; None = by shape.

    one place: 600, several: 1,000 (`sampler`; the warm-up needs no choice, since the pilot leaves it only a step length)
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
    geo_trend: Literal["none", "linear", "knots"] = "none"


@dataclass(frozen=True)
class MixOptions:
    """How a panel is fitted.

    kpi: the outcome, None = the only one · link: `log` makes effects multiply · errors: `student` for heavy tails ·
    order: carry-over or saturation first · lags: None = by grain · carry_in: what stands before the first step ·
    channels: by name; what is not named has the defaults · window: first and last day that results speak of ·
    seed: one integer; every random use derives its own stream from it
    """

    kpi: str | None = None
    link: Literal["identity", "log"] = "identity"
    errors: Literal["normal", "student"] = "normal"
    order: Literal["carry-first", "saturation-first"] = "carry-first"
    lags: int | None = None
    carry_in: Literal["steady", "zero"] = "steady"
    channels: Mapping[str, ChannelOptions] = field(default_factory=dict)
    baseline: BaselineOptions = field(default_factory=BaselineOptions)
    sampling: Sampling = field(default_factory=Sampling)
    window: tuple[dt.date, dt.date] | None = None
    seed: int = 1

    def channel(self, name: str) -> ChannelOptions:
        """Return the options of a channel."""
        return self.channels.get(name) or ChannelOptions()
