"""Signs that what changed is the recording or the process, not the marketing."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, Stages
from leadline.measure.bridge.clean import Entries
from leadline.measure.bridge.draws import StepDraws
from leadline.words import number, share

_SILENCE = 0.01  # a silence less likely than this is no chance: the 99 % of section 4.2
_JUMP = 0.01  # p-value below which the months differ by more than age explains (section 4.2)
_FEWEST_EXPECTED = 5.0  # expected moves a month, smaller months are joined to the next (Cochran 1954)


@dataclass(frozen=True)
class Jump:
    """The chi-square test of observed against expected moves by month of entry.

    months: first month of each bin · observed, expected, entered: counts, shape (B,)
    """

    months: tuple[str, ...]
    observed: Floats
    expected: Floats
    entered: Floats
    statistic: float
    freedom: int
    p_value: float

    @property
    def is_jump(self) -> bool:
        """Whether the months differ by more than age explains."""
        return self.p_value < _JUMP

    @property
    def spread(self) -> float:
        """Return how far the months' log ratios of observed to expected lie apart beyond chance, as a standard deviation.

        The moment estimate of DerSimonian & Laird 1986: variance between months less the mean sampling variance.
        """
        ratios: Floats = np.log((self.observed + 0.5) / (self.expected + 0.5))
        chance = float(np.mean(1 / (self.expected + 0.5)))
        return math.sqrt(max(float(np.var(ratios)) - chance, 0.0)) if ratios.size > 1 else 0.0

    def sentence(self) -> str:
        """Return the finding with the two months that stand out most."""
        variance = self.expected * (1 - np.minimum(self.expected / self.entered, 0.99))
        standing = np.argsort(-np.abs(self.observed - self.expected) / np.sqrt(variance), kind="stable")[:2]
        shown = "; ".join(
            f"{self.months[at]}: {share(self.observed[at] / self.entered[at])} of {self.entered[at]:.0f} moved on, "
            f"{share(self.expected[at] / self.entered[at])} expected at their age"
            for at in sorted(standing)
        )
        return (
            f"the share that moves on jumps between months of entry by more than age explains (chi-square "
            f"{number(self.statistic)} on {self.freedom} degrees of freedom, p {_p_words(self.p_value)}; {shown}): "
            "a change in process or recording, not a result of marketing"
        )


def late_recording(stages: Stages, entries: Entries, *, centre: StepDraws) -> str:
    """Return the warning that moves were not recorded from the start, "" where there is no sign of it.

    Asked only where `recorded_from` is not given. The first recorded move comes suspiciously late if,
    under the fitted rate and lag, one would have come by then with 99 % probability.
    """
    moves = entries.lag[entries.moved & np.isfinite(entries.lag)]
    if stages.recorded_from is not None or not len(moves):
        return ""
    dated = entries.moved & np.isfinite(entries.lag)
    first_move = (entries.entered_at[dated] + (moves * 86_400_000_000).astype("timedelta64[us]")).min()
    waited = (first_move - entries.entered_at) / np.timedelta64(1, "D")
    early = waited[waited > 0]
    moved_by_then = float(centre.rate[0]) * centre.cdf(early, draw=0)
    if not len(early) or float(np.log1p(-moved_by_then).sum()) >= np.log(_SILENCE):
        return ""
    first_entry, then = (str(moment.astype("datetime64[D]")) for moment in (entries.entered_at.min(), first_move))
    return (
        f"no {stages.to_state} before {then} although {stages.from_state} starts {first_entry} "
        f"({number(float(moved_by_then.sum()), 2)} expected by then): set recorded_from, "
        "or early cohorts look worse than they were"
    )


def jump_between_months(entries: Entries, chance: Floats) -> Jump | None:
    """Test moves by month of entry against the probabilities (N,) that each entry had moved by now.

    Months with few expected moves are joined to the next; None with fewer than two bins.
    """
    from scipy.special import chdtrc

    months = entries.entered_at.astype("datetime64[M]")
    names, places = np.unique(months, return_inverse=True)
    table = np.array(
        [
            np.bincount(places, values, len(names))
            for values in (entries.moved.astype(float), chance, np.ones(len(chance)))
        ]
    )
    bins, firsts = _joined(table)
    if len(firsts) < 2:
        return None
    observed, expected, entered = bins
    share_expected = np.clip(expected / entered, 1e-9, 1 - 1e-9)
    statistic = float((((observed - expected) ** 2) / (expected * (1 - share_expected))).sum())
    freedom = len(firsts) - 1
    shown = tuple(str(names[at]) for at in firsts)
    return Jump(shown, observed, expected, entered, statistic, freedom, float(chdtrc(freedom, statistic)))


def _joined(table: Floats) -> tuple[Floats, list[int]]:
    """Join neighbouring months until each has enough expected moves; the last short bin joins the one before."""
    bins: list[Floats] = []
    firsts: list[int] = []
    waiting, first = np.zeros(3), 0
    for month in range(table.shape[1]):
        if not waiting.any():
            first = month
        waiting = waiting + table[:, month]
        if waiting[1] >= _FEWEST_EXPECTED:
            bins.append(waiting)
            firsts.append(first)
            waiting = np.zeros(3)
    if waiting.any() and bins:
        bins[-1] = bins[-1] + waiting
    return (np.array(bins).T if bins else np.zeros((3, 0))), firsts


def _p_words(p_value: float) -> str:
    return "< 0.001" if p_value < 0.001 else f"= {p_value:.3f}"
