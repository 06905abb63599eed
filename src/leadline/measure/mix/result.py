"""What a mix model says: returns, contributions, curves and the baseline, each with its interval, and what it cannot tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from leadline.inputs import Floats, Manifest
from leadline.measure.mix.scales import Scales

# How the reason ends where a channel always ran at nearly its usual amount.
START_UNSEEN = "so what the first of it brought was never seen"


@dataclass(frozen=True)
class Quantity:
    """A number with its uncertainty: mean and quantiles of its posterior draws."""

    mean: float
    p05: float
    p50: float
    p95: float

    @classmethod
    def of(cls, draws: Floats) -> Quantity:
        """Return the four summaries of draws, shape (S,).

        >>> Quantity.of(np.array([1.0, 2.0, 3.0])).p50
        2.0
        """
        low, middle, high = np.quantile(draws, (0.05, 0.5, 0.95))
        return cls(float(draws.mean()), float(low), float(middle), float(high))


@dataclass(frozen=True)
class Together:
    """The smallest set of channels that can be told from the rest, where one alone cannot; roi None without spend."""

    channels: tuple[str, ...]
    roi: Quantity | None
    contribution: Quantity


@dataclass(frozen=True)
class Curve:
    """What a channel brings in the window at multiples of what was spent, at the same course over time.

    multiple: of the actual spend or exposure, 0..2, (P,) · spend: money, NaN = not given, (P,) · low, middle, high: 5 %, 50 %
    and 95 % quantile of the response, money or outcome, (P,) · seen_to: multiple up to which single steps were ever seen,
    times 1.2; beyond it the curve is a guess
    """

    multiple: Floats
    spend: Floats
    low: Floats
    middle: Floats
    high: Floats
    seen_to: float


@dataclass(frozen=True)
class MixChannel:
    """What one channel brought, or why that cannot be told.

    kind: paid, organic or driver · spoken: what its prior speaks of (`roi`, `marginal-roi`, `share`, `coefficient`) · prior,
    posterior: of that · spend: money in the window, None = not given · roi, roi_cohort, marginal_roi: money for money,
    None without spend or money value · contribution: in the unit of `contribution_unit` over the window · share: of the
    outcome · cost_per_outcome: money for one more of the outcome · half_life: steps, None for other families · saturation:
    share of the most it could do, at usual exposure · verdict: `identified`, `weak` or `not identified` · conflict: data and
    prior disagree · reason: why the verdict · remedy: cheapest next step · told: the set that can be told · contraction: share
    of its prior's variance that the data took away · members: channels with equal values that it stands for, empty = itself
    """

    name: str
    kind: str
    spoken: str
    prior: Quantity
    posterior: Quantity
    spend: float | None
    roi: Quantity | None
    roi_cohort: Quantity | None
    marginal_roi: Quantity | None
    contribution: Quantity
    share: Quantity
    cost_per_outcome: Quantity | None
    half_life: Quantity | None
    saturation: Quantity | None
    verdict: str
    conflict: bool
    reason: str
    remedy: str
    told: Together | None
    contraction: float
    curve: Curve | None
    members: tuple[str, ...] = ()

    @property
    def is_identified(self) -> bool:
        """Whether the data, not the prior, decide its number."""
        return self.verdict == "identified"


@dataclass(frozen=True)
class Series:
    """The outcome by step, all places together: 5 %, 50 %, 95 % quantiles, each shape (T,), in the outcome's unit.

    observed: NaN where a place is missing · baseline: without any channel · fitted: expected · predicted: with its noise ·
    contributions: mean by channel, (M, T)
    """

    time: npt.NDArray[np.datetime64]
    observed: Floats
    baseline: tuple[Floats, Floats, Floats]
    fitted: tuple[Floats, Floats, Floats]
    predicted: tuple[Floats, Floats, Floats]
    contributions: Floats


@dataclass(frozen=True)
class TestUsed:
    """An experiment in the likelihood: what it measured and what the model says of the same number.

    conflict: standard errors between them, None where it cannot be said
    """

    __test__ = False  # not a case of a test runner, whatever its name begins with

    name: str
    channels: tuple[str, ...]
    estimate: float
    standard_error: float
    modelled: Quantity
    conflict: float | None
    note: str


@dataclass(frozen=True)
class Convergence:
    """Whether the draws can be trusted; None where a method has no such number (`instant`).

    worst: the parameter or quantity with the largest R-hat or least effective draws · k: Pareto k of the instant method
    """

    converged: bool
    max_rhat: float | None
    min_ess_bulk: float | None
    min_ess_tail: float | None
    divergences: int | None
    worst: str
    reasons: tuple[str, ...] = ()
    k: float | None = None


@dataclass(frozen=True)
class Bank:
    """Posterior draws: parameters (S, D) with their names, chain of each draw (S,), channels' contributions (S, M).

    curves: what each channel brings at the multiples of its curve, in the same draws for all of them and fewer than S,
    (C, M, P); empty where none were kept
    """

    names: tuple[str, ...]
    parameters: Floats
    chain: npt.NDArray[np.int64]
    contributions: Floats
    baseline_total: Floats
    curves: Floats = field(default_factory=lambda: np.zeros((0, 0, 0)))


@dataclass(frozen=True)
class Holdout:
    """How well the model foresaw what it had not seen: mean absolute error in per cent, and share inside the 90 % interval."""

    mape: float
    coverage90: float
    mape_sd: float
    mase: float | None
    folds: int


@dataclass(frozen=True)
class MixResult:
    """What a mix model says of a panel.

    method: `sampled` or `instant` · contribution_unit: currency, or the outcome's name where it has no money value ·
    places, steps: of the panel · grain: day, week, … · window: first and last day that totals speak of · baseline: total
    over the window · baseline_negative: probability that it is below zero · media_share: of the outcome, all channels ·
    prior_media_share: the same before the data · seconds: by phase ·
    all_told: False where the data do not tell what all channels brought together from what would have come without them,
    and so neither the baseline; single channels may be told all the same · contraction: share of the variance of what all
    were expected to bring together that the data took away ·
    scales: by what the columns were divided, for a refresh · link: `log` where effects multiply, so that changes do not add up
    """

    kpi: str
    currency: str
    contribution_unit: str
    method: str
    convergence: Convergence
    channels: tuple[MixChannel, ...]
    baseline: Quantity
    baseline_negative: float
    outcome_total: float
    media_share: Quantity
    prior_media_share: Quantity
    series: Series
    grain: str
    places: int
    window: tuple[str, str]
    tests: tuple[TestUsed, ...]
    holdout: Holdout | None
    notes: tuple[str, ...]
    seconds: Mapping[str, float]
    bank: Bank
    manifest: Manifest = field(default_factory=lambda: Manifest("mix", ""))
    all_told: bool = True
    scales: Scales | None = None
    link: str = "identity"
    contraction: float = 1.0

    def table(self) -> list[dict[str, Any]]:
        """Return one row per channel, stable keys; numbers that must not be shown are None."""
        from leadline.measure.mix.wording import rows

        return rows(self)

    def sentence(self) -> str:
        """Return in plain words what brought most, what cannot be told apart, and how well the model foresees."""
        from leadline.measure.mix.wording import sentence

        return sentence(self)

    def chart(self) -> dict[str, Any]:
        """Return the channels' returns (or contributions) with their intervals as a Vega-Lite specification, unthemed."""
        from leadline.measure.mix.charts import returns

        return returns(self)

    def channel(self, name: str) -> MixChannel:
        """Return a channel by name; raises KeyError naming those there are."""
        found = next((one for one in self.channels if one.name == name), None)
        if found is None:
            raise KeyError(f"{name} is none of {', '.join(one.name for one in self.channels)}")
        return found


def named(names: Sequence[str]) -> str:
    """Return names joined for a sentence.

    >>> named(["tv", "radio", "search"])
    'tv, radio and search'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
