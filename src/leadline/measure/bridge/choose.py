"""Which lag family: each is fitted on four fifths of the subjects and judged on the fifth it has not seen."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats, Integers
from leadline.measure.bridge.clean import Entries, merge
from leadline.measure.bridge.cure import Rows, log_terms
from leadline.measure.bridge.lags import lag_family
from leadline.measure.bridge.options import BridgeOptions
from leadline.measure.bridge.posterior import Mode, Posterior, find_mode

FOLDS = 5  # section 4.2
GENERALISED_FROM = 200  # conversions from which the generalised gamma may be tried (section 4.2)
FEWEST_TO_CHOOSE = 20  # conversions under which held-out scores are noise, four a fold (ours)
# A lead in nats up to this is a tie: "not worth more than a bare mention" (Kass & Raftery 1995, section 3.2).
# Measured on 180 worlds: a one-standard-error rule keeps the Weibull in 39 of 60 log-logistic ones, this in 27.
TIE_NATS = 1.0


@dataclass(frozen=True)
class Candidate:
    """One lag family that was tried.

    held_out: log-likelihood per entry on subjects not used for fitting, NaN where no choice was made
    ahead, error: total lead over the Weibull in nats and its standard error
    rate, median_lag: final rate and median lag (days) of the fit on all rows
    """

    family: str
    held_out: float
    ahead: float
    error: float
    rate: float
    median_lag: float
    is_chosen: bool = False


def fold_of(subject: str) -> int:
    """Return the fold of a subject, the same in any order of rows and on any machine.

    >>> fold_of("lead-1") == fold_of("lead-1")
    True
    """
    return zlib.crc32(subject.encode()) % FOLDS


def choose_family(
    entries: Entries, options: BridgeOptions, *, competing: bool
) -> tuple[Posterior, Mode, tuple[Candidate, ...]]:
    """Return the chosen family fitted to all entries, and every candidate with its held-out score.

    Ties go to the Weibull (or to the first family allowed, where the Weibull is not).
    """
    nobody = np.zeros(len(entries.age), dtype=np.int64)
    rows = merge(entries, competing=competing, groups=nobody, segments=nobody)
    conversions = int(entries.moved.sum())
    names: list[str] = [
        name for name in options.families if name != "generalised-gamma" or conversions >= GENERALISED_FROM
    ]
    names = sorted(names or list(options.families), key=lambda name: name != "weibull")
    if conversions < FEWEST_TO_CHOOSE:
        names = names[:1]
    fits: dict[str, tuple[Posterior, Mode]] = {}
    for name in names:
        posterior = Posterior(rows, lag_family(name), options.priors, competing)
        fits[name] = (posterior, find_mode(posterior))
    scores, weights = _held_out(entries, fits, competing=competing)
    leads = {name: _lead(scores[name] - scores[names[0]], weights) for name in names}
    best = max(names, key=lambda name: leads[name][0])
    chosen = best if leads[best][0] > TIE_NATS else names[0]
    candidates = tuple(
        _candidate(name, fits[name][1], scores=(scores[name], weights), lead=leads[name], is_chosen=name == chosen)
        for name in names
    )
    return (*fits[chosen], candidates)


def _held_out(
    entries: Entries, fits: dict[str, tuple[Posterior, Mode]], *, competing: bool
) -> tuple[dict[str, Floats], Floats]:
    """Return each family's log-likelihoods of held-out rows (same rows for all) and the rows' weights."""
    scores: dict[str, list[Floats]] = {name: [] for name in fits}
    weights: list[Floats] = []
    for training, held in _folds(entries, competing=competing) if len(fits) > 1 else ():
        weights.append(held.weight)
        for name, (posterior, mode) in fits.items():
            part = Posterior(training, posterior.family, posterior.priors, competing)
            theta = find_mode(part, start=mode.theta).theta
            values = np.zeros(len(held.days))
            for chosen, terms in log_terms(held, part.fate(theta)):
                values[chosen] = terms
            scores[name].append(values)
    empty = np.zeros(0)
    joined = {name: np.concatenate([*parts, empty]) for name, parts in scores.items()}
    return joined, np.concatenate([*weights, empty])


def _folds(entries: Entries, *, competing: bool) -> Iterator[tuple[Rows, Rows]]:
    folds: Integers = np.array([fold_of(str(subject)) for subject in entries.subject], dtype=np.int64)
    for fold in range(FOLDS):
        parts = []
        for chosen in (folds != fold, folds == fold):
            nobody = np.zeros(int(chosen.sum()), dtype=np.int64)
            parts.append(merge(entries.where(chosen), competing=competing, groups=nobody, segments=nobody))
        if len(parts[0].days) and len(parts[1].days):
            yield parts[0], parts[1]


def _lead(differences: Floats, weights: Floats) -> tuple[float, float]:
    """Return the summed lead of one family over another and its standard error, from paired rows."""
    count = float(weights.sum())
    if count == 0:
        return 0.0, 0.0
    mean = float((weights * differences).sum() / count)
    variance = float((weights * (differences - mean) ** 2).sum() / count)
    return count * mean, float(np.sqrt(count * variance))


def _candidate(
    name: str, mode: Mode, *, scores: tuple[Floats, Floats], lead: tuple[float, float], is_chosen: bool
) -> Candidate:
    values, weights = scores
    count = float(weights.sum())
    held_out = float((values * weights).sum() / count) if count else float("nan")
    rate, median = 1 / (1 + np.exp(-mode.theta[0])), np.exp(mode.theta[1])
    return Candidate(name, held_out, lead[0], lead[1], float(rate), float(median), is_chosen)
