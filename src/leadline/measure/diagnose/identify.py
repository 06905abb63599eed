"""What the data decide and what was assumed beforehand: the verdict on each channel, and the smallest set that can be told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats
from leadline.measure.diagnose.weights import SENSITIVE

IDENTIFIED, WEAK, NOT_IDENTIFIED = "identified", "weak", "not identified"
# own (design, measurement section 1.4): the posterior's sd is at most 0.71 of the prior's
TOLD_CONTRACTION = 0.5
# own, same: less than a tenth off the prior's sd tells nothing, unless the middle has moved far
SOME_CONTRACTION, FAR_SHIFT = 0.2, 1.5
# own: an interval of a tenth of the prior's, on the plain scale, tells a return near nothing whatever its logarithm does
NEAR_NOTHING = 0.99
# own: two that move against each other are each "at most their sum", which halves the variance and tells neither; from a
# third of the prior's sd on one of them is told all the same
SURE_CONTRACTION = 0.9
CONFUSED = -0.8  # own, same: correlation of two contributions beyond which only their sum is known
MOST_MEMBERS = 4  # own, same: a set of more channels helps nobody decide
# own: four times the Monte Carlo error of a correlation at 400 independent draws; above it nothing is shared
PARTNERS = -0.2


@dataclass(frozen=True)
class Identification:
    """What the data say of one channel.

    contraction: 1 - posterior / prior variance · shift: distance of the means in prior sds · partner: the channel whose
    contribution moves against it most, "" if there is none; correlation: of the two · told: the smallest set with it that is
    identified, itself alone if it is, empty if none of up to four is; told_contraction: of the set's summed contribution
    """

    name: str
    verdict: str
    contraction: float
    shift: float
    partner: str
    correlation: float
    told: tuple[str, ...]
    told_contraction: float


def contraction(prior: Floats, posterior: Floats) -> Floats:
    """Return how much narrower the data made it: 1 - posterior variance / prior variance; draws along the first axis.

    0: nothing was learned · 1: everything · below 0: wider than before. 0 where the prior has no spread: nothing to learn.
    Betancourt 2018; Schad, Betancourt, Vasishth 2021, doi 10.1037/met0000275.
    """
    before = prior.var(axis=0, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(before > 0, 1 - posterior.var(axis=0, ddof=1) / before, 0.0)


def shift(prior: Floats, posterior: Floats) -> Floats:
    """Return how far the mean moved, in prior standard deviations; draws along the first axis. 0 without prior spread."""
    spread = prior.std(axis=0, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(spread > 0, np.abs(posterior.mean(axis=0) - prior.mean(axis=0)) / spread, 0.0)


def learned(prior: Floats, posterior: Floats) -> tuple[Floats, Floats]:
    """Return contraction and shift on the scale that tells honestly: logarithmic for what is positive, else plain.

    prior: (P, M) · posterior: (S, M) · result: (M,) each. The variance of a long-tailed prior is that of its tail: cutting
    only the tail would count as having learned nearly everything. So what is positive is judged by its logarithm, unless its
    interval is so much narrower than the prior's that it is known to be near nothing, where logarithms stretch.
    """
    found, moved = contraction(prior, posterior), shift(prior, posterior)
    positive = (prior > 0).all(axis=0) & (posterior > 0).all(axis=0)
    if not positive.any():
        return found, moved
    before, after = (np.log(np.where(positive, draws, 1.0)) for draws in (prior, posterior))
    widths = [np.diff(np.quantile(draws, (0.05, 0.95), axis=0), axis=0)[0] for draws in (prior, posterior)]
    narrower = 1 - (widths[1] / np.where(widths[0] > 0, widths[0], 1.0)) ** 2
    on_log = contraction(before, after)
    takes_plain = ~positive | ((narrower >= NEAR_NOTHING) & (narrower > on_log))
    plain = np.where(positive, narrower, found)
    return np.where(takes_plain, plain, on_log), np.where(takes_plain, moved, shift(before, after))


def verdict(contracted: float, shifted: float, *, confused: bool = False) -> str:
    """Return `identified`, `weak` or `not identified`.

    confused: with another channel, correlation of contributions below -0.8 and neither known nearly for sure

    >>> verdict(0.5, 0.0), verdict(0.2, 1.5), verdict(0.4, 0.0), verdict(0.1, 2.0), verdict(0.1, 0.1)
    ('identified', 'identified', 'weak', 'weak', 'not identified')
    """
    if confused and contracted < SURE_CONTRACTION:
        return NOT_IDENTIFIED
    if contracted >= TOLD_CONTRACTION or (contracted >= SOME_CONTRACTION and shifted >= FAR_SHIFT):
        return IDENTIFIED
    if contracted < SOME_CONTRACTION and shifted < FAR_SHIFT:
        return NOT_IDENTIFIED
    return WEAK


def identify(
    names: Sequence[str],
    contributions: Floats,
    *,
    spoken: Floats,
    prior: Floats,
    prior_contributions: Floats | None = None,
) -> tuple[Identification, ...]:
    """Return for each channel what the data say of it.

    contributions: posterior draws of what each brought, (S, M) · spoken: posterior draws of what its prior speaks of, such as
    its return on spend, (S, M) · prior: draws of the same from the prior, (P, M) · prior_contributions: draws of the
    contributions from the prior, (P, M); None: a channel's contribution per unit spoken is taken as its posterior median,
    which is exact for returns and shares
    """
    before = _prior_contributions(contributions, spoken, prior) if prior_contributions is None else prior_contributions
    contracted, shifted = learned(prior, spoken)
    related = _correlations(contributions)
    found = []
    for place, name in enumerate(names):
        is_confused = any(
            related[place, other] < CONFUSED and contracted[other] < SURE_CONTRACTION for other in range(len(names))
        )
        narrower, moved = float(contracted[place]), float(shifted[place])
        final = verdict(narrower, moved, confused=is_confused)
        told, told_contraction = ((place,), narrower) if final == IDENTIFIED else _told(place, contributions, before)
        nearest = int(np.argmin(related[place]))
        correlation = float(related[place, nearest])
        partner = names[nearest] if correlation < 0 else ""
        members = tuple(names[one] for one in told)
        found.append(Identification(name, final, narrower, moved, partner, correlation, members, told_contraction))
    return tuple(found)


def together(contributions: Floats, prior_contributions: Floats) -> tuple[str, float, float]:
    """Return verdict, contraction and shift of summed contributions; draws (S, M) and (P, M).

    Of all paid channels `not identified` means that the baseline could explain everything.
    """
    contracted, shifted = learned(prior_contributions.sum(axis=1)[:, None], contributions.sum(axis=1)[:, None])
    return verdict(float(contracted[0]), float(shifted[0])), float(contracted[0]), float(shifted[0])


def prior_conflict(prior: Floats, posterior: Floats, *, of_prior: Floats, of_likelihood: Floats) -> Floats:
    """Say of which quantities prior and data disagree: booleans, (M,).

    prior: draws (P, M) · posterior: draws (S, M) · of_prior, of_likelihood: sensitivities, (M,). True where the posterior
    median lies outside the prior's 5 % to 95 % range, or outside its middle two thirds while both sensitivities are 0.05 or
    more: where the data are weak both parts matter always, and only a middle that was moved tells of disagreement.
    """
    low, low_middle, high_middle, high = np.quantile(prior, (0.05, 1 / 6, 5 / 6, 0.95), axis=0)
    middle = np.median(posterior, axis=0)
    both = (of_prior >= SENSITIVE) & (of_likelihood >= SENSITIVE)
    is_moved = (middle < low_middle) | (middle > high_middle)
    return np.asarray((both & is_moved) | (middle < low) | (middle > high))


def _prior_contributions(contributions: Floats, spoken: Floats, prior: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        per_unit = np.median(contributions / spoken, axis=0)
    return np.asarray(prior * np.where(np.isfinite(per_unit), per_unit, 0.0))


def _correlations(contributions: Floats) -> Floats:
    """Return the correlations of contributions, (M, M); 0 with a channel that never varies, and with itself."""
    centred = contributions - contributions.mean(axis=0)
    size = np.sqrt((centred**2).sum(axis=0))
    unit = centred / np.where(size > 0, size, 1.0)
    found = unit.T @ unit
    np.fill_diagonal(found, 0.0)
    return np.asarray(found)


def _told(place: int, contributions: Floats, before: Floats) -> tuple[tuple[int, ...], float]:
    """Return the smallest set with a channel whose sum is identified, and the sum's contraction; empty if there is none.

    Each time the channel that moves most against the sum so far is added; one that does not move against it is none that it
    could be confused with, and adding it would only drown what is not known.
    """
    chosen = [place]
    while len(chosen) < min(MOST_MEMBERS, contributions.shape[1]):
        others = [other for other in range(contributions.shape[1]) if other not in chosen]
        total = contributions[:, chosen].sum(axis=1)
        related = _correlations(np.column_stack([total, contributions[:, others]]))[0, 1:]
        if related.min() > PARTNERS:
            break
        chosen.append(others[int(np.argmin(related))])
        said, contracted, _ = together(contributions[:, chosen], before[:, chosen])
        if said == IDENTIFIED:
            return tuple(chosen), contracted
    return (), float("nan")
