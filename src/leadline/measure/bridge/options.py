"""What may be chosen about a bridge: priors, lag families, groups; one frozen value passed in.

Defaults are those of the design (section 4.2 of the measurement reference); `recorded` is ours: most losses are
closed, and 90 % of the belief lies between 0.25 and 0.98.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Family = Literal["weibull", "log-normal", "log-logistic", "generalised-gamma"]


@dataclass(frozen=True)
class BridgePriors:
    """Weak beliefs about a step before any row is seen.

    rate, rate_sd: logit of the final rate ~ Normal(logit rate, rate_sd)
    median_lag, median_lag_sd: median lag ~ LogNormal(log median_lag days, median_lag_sd)
    shape_sd: log of the lag's shape ~ Normal(0, shape_sd)
    second_shape_sd: log of the second shape (generalised gamma) ~ Normal(0, second_shape_sd)
    recorded, recorded_sd: logit of the share of losses anybody ever records ~ Normal(logit recorded, recorded_sd)
    spread: how far groups lie apart, tau ~ HalfNormal(spread), on the logit and the log scale
    """

    rate: float = 0.1
    rate_sd: float = 1.5
    median_lag: float = 30.0
    median_lag_sd: float = 1.2
    shape_sd: float = 0.4
    second_shape_sd: float = 0.5
    recorded: float = 0.8
    recorded_sd: float = 1.5
    spread: float = 0.5


@dataclass(frozen=True)
class BridgeOptions:
    """How one step is fitted.

    families: lag families that may be chosen (the generalised gamma only from 200 conversions on)
    losses: "auto" uses recorded losses as competing ends where there are enough; "ignore" never
    by: which column gives the groups; "auto" takes tactic, else origin, else segment, whichever has two names
    within: further numbers of days for which the rate gets a profile interval (the horizon always gets one)
    draws: posterior draws kept in the result
    seed: one integer; draws derive their own streams from it
    """

    families: tuple[Family, ...] = ("weibull", "log-normal", "log-logistic", "generalised-gamma")
    losses: Literal["auto", "ignore"] = "auto"
    by: Literal["auto", "tactic", "origin", "segment", "none"] = "auto"
    within: tuple[float, ...] = ()
    draws: int = 2000
    seed: int = 1
    priors: BridgePriors = field(default_factory=BridgePriors)
