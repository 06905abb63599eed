"""Which channels the data can tell, why not the others, and the cheapest thing that would change that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats
from leadline.inputs.panel import MONEY
from leadline.measure.diagnose import (
    IDENTIFIED,
    SURE_CONTRACTION,
    Identification,
    identify,
    prior_conflict,
    sensitivity,
    together,
)
from leadline.measure.mix.density import Model
from leadline.measure.mix.result import START_UNSEEN
from leadline.measure.mix.totals import Totals
from leadline.words import number, share

# own: exposures so alike are one channel to the data; what each gets is at most their sum
TWINS = 0.95
TOGETHER = 0.8  # own: correlation of two exposures from which "they ran together" is the reason
FOLLOWS = 0.5  # own: correlation with the outcome before from which spend is said to follow it
FEW_ACTIVE = 0.05  # design, measurement section 1.1: active in under 5 % of the steps
# own: from there on up a curve hardly shows what it does below; spend that varied by 7 % gave intervals that hardly ever held
NEVER_LOW = 0.7
LOW = 0.05  # own: the share of steps that are looked at as the low ones
HALVED = 0.5  # design, measurement section 1.4: an experiment with half the posterior's standard error


@dataclass(frozen=True)
class Verdict:
    """What can be said of a channel. together: places of the set that can be told, empty = it alone or none."""

    verdict: str
    conflict: bool
    reason: str
    remedy: str
    together: tuple[int, ...]
    contraction: float


def verdicts(model: Model, totals: Totals, *, after: Floats, before: Floats, expected: Floats) -> list[Verdict]:
    """Return the verdict on each channel.

    after, before: what its prior speaks of, with and without the data, (S or P, M) · expected: contributions before the data,
    (P, M)
    """
    found = identify(
        model.shape.channels, totals.contribution, spoken=after, prior=before, prior_contributions=expected
    )
    logs = np.log(np.maximum(np.abs(after), 1e-300))
    of_likelihood = sensitivity(logs, totals.log_likelihood)
    of_prior = np.array([sensitivity(logs[:, [at]], totals.log_prior[:, at])[0] for at in range(len(found))])
    conflicts = prior_conflict(before, after, of_prior=of_prior, of_likelihood=of_likelihood)
    learned = [one.contraction for one in found]
    return [
        _verdict(model, totals, one, is_conflict=bool(conflict), before=_Before(expected, learned))
        for one, conflict in zip(found, conflicts, strict=True)
    ]


def expected_contributions(contributions: Floats, after: Floats, *, before: Floats) -> Floats:
    """Return what each channel was thought to bring before the data, (P, M).

    contributions: draws, (S, M) · after, before: as `verdicts` takes them; what one unit of it brings is exact for returns
    and shares, else the median
    """
    each = np.median(contributions / np.where(after == 0, np.nan, after), axis=0)
    return np.asarray(before * np.where(np.isfinite(each), each, 0.0))


@dataclass(frozen=True)
class _Before:
    """What was expected of all channels, (P, M), and how much the data took away of each one's variance."""

    expected: Floats
    learned: Sequence[float]


def _verdict(model: Model, totals: Totals, found: Identification, *, is_conflict: bool, before: _Before) -> Verdict:
    names = model.shape.channels
    at = names.index(found.name)
    told = tuple(names.index(one) for one in found.told) if len(found.told) > 1 else ()
    twin, alike = _most_alike(model.data.exposure, at)
    # their sum is known, so whoever knows one of them for sure knows the other
    has_twin = twin is not None and alike >= TWINS and min(before.learned[at], before.learned[twin]) < SURE_CONTRACTION
    is_told = found.verdict == "identified" and not has_twin
    if is_told and _active(model, at) >= FEW_ACTIVE and not (is_constant(model, at) or _is_never_low(model, at)):
        return Verdict("identified", is_conflict, "", "", (), found.contraction)
    spread = float(np.std(totals.contribution[:, at]))
    spend = float(model.data.spend[at])
    is_money = bool(np.isfinite(spend) and spend > 0 and model.data.has_money)
    said = found.verdict
    if is_constant(model, at):
        said, told = "not identified", ()
    elif has_twin and twin is not None:
        pair = sorted((at, twin))
        said = "not identified"
        if together(totals.contribution[:, pair], before.expected[:, pair])[0] == IDENTIFIED:
            told = tuple(pair)
    elif said == "identified":
        said = "weak"
    return Verdict(
        said,
        is_conflict,
        _reason(model, at, found),
        _remedy(model, at, spread / spend if is_money else None),
        told,
        found.contraction,
    )


def is_constant(model: Model, at: int) -> bool:
    """Say whether a channel was the same in every step of each place: only the places' levels then tell of it."""
    exposure = model.data.exposure[at]
    return bool(np.ptp(exposure, axis=1).max() <= 1e-9 * max(float(exposure.max()), 1e-300))


def _is_never_low(model: Model, at: int) -> bool:
    """Say whether a channel always ran at nearly its usual amount, and its curve is not said to be a straight line.

    Such data tell what the next unit brings; what all of them brought together is then the curve's guess.
    """
    return model.shape.saturation[at] != "none" and _lowest(model, at) > NEVER_LOW


def _lowest(model: Model, at: int) -> float:
    """Return the exposure that all but the lowest steps are above; 1 is a usual step."""
    return float(np.quantile(model.data.lags[at, 0], LOW))


def _active(model: Model, at: int) -> float:
    """Return the share of the steps in which a channel ran anywhere."""
    return float((model.data.exposure[at] > 0).any(axis=0).mean())


def _reason(model: Model, at: int, found: Identification) -> str:
    """Return why a channel cannot be told, the most telling fact first; "" where nothing more is known than that."""
    exposure, names = model.data.exposure, model.shape.channels
    if is_constant(model, at):
        return "it never varied, so it can't be told from the baseline"
    twin, alike = _most_alike(exposure, at)
    if twin is not None and abs(alike) >= TOGETHER:
        both = (exposure[at] > 0) & (exposure[twin] > 0)
        either = (exposure[at] > 0) | (exposure[twin] > 0)
        steps = f"{int(both.any(axis=0).sum())} of {int(either.any(axis=0).sum())} active {model.data.panel.grain}s"
        return f"it moves with {names[twin]} (correlation {_correlation(alike)}; they ran together in {steps})"
    if _active(model, at) < FEW_ACTIVE:
        return f"it ran in {share(_active(model, at), 0)} of the {model.data.panel.grain}s only"
    if _is_never_low(model, at):
        return f"it hardly ever fell below {share(_lowest(model, at), 0)} of its usual amount, {START_UNSEEN}"
    if found.partner and found.correlation < -TOGETHER:
        return f"its effect can't be told from that of {found.partner} (correlation of effects {number(found.correlation, 2)})"
    follows = follows_outcome(model, at)
    if follows >= FOLLOWS:
        return f"its exposure follows the outcome of the {model.data.panel.grain} before (correlation {number(follows, 2)})"
    if found.verdict == "not identified":
        return "the data hardly change what was assumed beforehand"
    return ""  # how little the data tell is said with the number


def _correlation(value: float) -> str:
    """Return a correlation in words: that of two which are not equal is not 1."""
    return "above 0.99" if 0.99 < value < 1 else number(value, 2)


def _most_alike(exposure: Floats, at: int) -> tuple[int | None, float]:
    """Return the channel whose exposure moves most with this one's, within places, and the correlation."""
    centred = exposure - exposure.mean(axis=2, keepdims=True)
    size = np.sqrt((centred**2).sum(axis=(1, 2)))
    related = np.einsum("gt,mgt->m", centred[at], centred) / np.maximum(size[at] * size, 1e-300)
    related[at] = 0.0
    place = int(np.argmax(np.abs(related)))
    return (None, 0.0) if len(exposure) == 1 else (place, float(related[place]))


def follows_outcome(model: Model, at: int) -> float:
    """Return the correlation of exposure with the outcome of the step before, within places."""
    outcome = model.data.outcome - model.data.outcome.mean(axis=1, keepdims=True)
    exposure = model.data.exposure[at] - model.data.exposure[at].mean(axis=1, keepdims=True)
    before, after = outcome[:, :-1], exposure[:, 1:]
    size = np.sqrt((before**2).sum() * (after**2).sum())
    return float((before * after).sum() / size) if size > 0 else 0.0


def _remedy(model: Model, at: int, spread: float | None) -> str:
    """Return the cheapest thing that would tell; spread: posterior sd of the return on spend, None without one."""
    name, panel = model.shape.channels[at], model.data.panel
    if spread is not None:
        needed = HALVED * spread
        does = f"runs {name}" if _active(model, at) < FEW_ACTIVE else f"switches {name} off"
        where = f"that {does} in some {f'of the {len(panel.geo)} places' if len(panel.geo) > 1 else 'regions'}"
        money = f" per {panel.currency}" if panel.currency not in {"", MONEY} else ""
        return f"a test {where} for some {panel.grain}s, precise enough with a standard error of {number(needed, 2)}{money}"
    if len(panel.geo) == 1:
        return f"vary {name} on its own for a quarter, or give the data by region"
    return f"vary {name} on its own for a quarter"
