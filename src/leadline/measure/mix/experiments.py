"""Experiments in the likelihood: what each measured, held against what the model says of exactly that number.

For a test j with estimate d_j, standard error se_j and X_j more or less spend, aged some weeks at the end of the panel

    Delta_j = sum over tested places and measured steps of outcome(under test) - outcome(without)
    d_j ~ Normal(Delta_j, se_j² + (tau X_j)² (1 + age / 52)),  tau ~ HalfNormal(0.2)

where tau is how far a return may move between a test and the panel (design, measurement section 2.9). Turning a test into
a prior on the return would forget at which point of the curve it was made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from leadline.errors import InputError
from leadline.inputs import Experiment, Floats, Integers
from leadline.measure.diagnose import K_MOST, psis
from leadline.measure.mix.priors import Prior
from leadline.measure.mix.response import Exposure, media
from leadline.measure.mix.result import Quantity, TestUsed
from leadline.measure.mix.scale import STEPS_LEAST, Scaled
from leadline.measure.mix.shape import SHARE_TOTAL, Shape, pick
from leadline.measure.mix.tested import Course, Refused, course
from leadline.words import number, share

TRANSPORT = Prior("half-normal", 0.0, 0.2)  # design, measurement section 2.9: in units of a return
TRANSPORT_NAME = "transport error"
WEEKS_A_YEAR = 52  # design, measurement section 2.9: a year doubles the variance of what is carried over to today
ONE_SIDED = 1.1  # own: sides of an interval that differ by more than a tenth are no rounding
MASKED_MOST = 0.5  # own: a test that covers more of the panel than this leaves too little to fit
CONFLICT = 2.0  # design, measurement section 2.9: more standard errors apart than this are said aloud


@dataclass(frozen=True)
class Calibration:
    """Experiments ready for the likelihood: J tests with N cells (place and step) in all.

    tests: those taken · numbers: arrays for the density, see `log_likelihood` · masked: rows of the panel that leave its
    likelihood because a test tells them already, 1 or 0, (G, T) · refused: name and reason of tests that this panel cannot
    take · notes: what was assumed, and those reasons · said: what was assumed of each test taken
    """

    tests: tuple[Experiment, ...]
    numbers: dict[str, Any]
    masked: Floats
    refused: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    said: tuple[str, ...] = ()

    @property
    def extra(self) -> tuple[tuple[str, Prior], ...]:
        """The parameter that experiments add to a model: how far a return may move between a test and the panel."""
        return ((TRANSPORT_NAME, TRANSPORT),) if self.tests else ()


def calibration(experiments: Sequence[Experiment], data: Scaled, *, link: str = "identity") -> Calibration:
    """Return experiments as numbers of a panel's likelihood.

    Raises InputError, naming all of it, for tests that contradict themselves; a test that is whole but does not fit this
    panel is left out, with its reason in `refused`
    """
    problems = [f'test "{one.name}": {problem}' for one in experiments for problem in _contradictions(one)]
    if problems:
        raise InputError(problems)
    taken: list[tuple[Experiment, Course]] = []
    refused: list[tuple[str, str]] = []
    for at, one in enumerate(experiments):
        try:
            taken.append((one, _course(one, data, before=experiments[:at])))
        except Refused as reason:
            refused.append((one.name, f"{reason}."))
    masked = np.zeros(data.outcome.shape)
    for _, found in taken:
        masked = np.maximum(masked, found.masked)
    left = int(((data.observed * (1 - masked)) > 0).any(axis=0).sum())
    if left < STEPS_LEAST:
        fact = f"the tests cover all but {left} steps of the panel, and {STEPS_LEAST} are needed"
        raise InputError([f"{fact}. Give a longer panel, or fewer tests."])
    said = tuple(_said(one, found) for one, found in taken)
    notes = [f'test "{one.name}": {text}' for (one, _), text in zip(taken, said, strict=True) if text]
    notes += [f'test "{name}" is not used: {reason}' for name, reason in refused]
    numbers = _numbers(taken, data, link=link) if taken else {}
    return Calibration(tuple(one for one, _ in taken), numbers, masked, tuple(refused), tuple(notes), said)


def _course(test: Experiment, data: Scaled, *, before: Sequence[Experiment]) -> Course:
    """Return a test as exposure; raises Refused for what the panel cannot take, and for a test given before."""
    unnamed = replace(test, name="")
    if any(replace(one, name="") == unnamed for one in before):
        raise Refused("it is given twice")
    found = course(test, data)
    if found.masked.mean() > MASKED_MOST:
        raise Refused(
            f"it covers {share(float(found.masked.mean()), 0)} of the panel, which would leave too little to fit"
        )
    return found


def _contradictions(test: Experiment) -> list[str]:
    """Return what cannot be true of a test, whatever the panel."""
    found = []
    if test.end < test.start:
        found.append(f"it ends on {test.end}, before it starts on {test.start}. Correct the days.")
    if test.spend_end is not None and test.spend_end < test.start:
        found.append(f"its spend differs until {test.spend_end}, before it starts on {test.start}. Correct the days.")
    if not 0 < test.level < 1:
        found.append(f"the level of its interval is {test.level:g}, not between 0 and 1. Give 0.9 for 90 %.")
    values = (test.spend_difference, test.estimate, test.low, test.high)
    if not np.isfinite(values).all():
        found.append("spend_difference, estimate, low and high must all be numbers. Fill them in.")
    elif not test.low < test.estimate < test.high:
        found.append(
            f"its estimate {test.estimate:g} does not lie between low {test.low:g} and high {test.high:g}. Correct the interval."
        )
    elif test.spend_difference == 0:
        found.append("its spend did not differ, so it tells nothing of a return. Give spend_difference.")
    return found


def standard_errors(test: Experiment) -> tuple[float, float]:
    """Return the standard errors below and above the estimate; equal where the interval is symmetric.

    An interval with unequal sides is that of a split normal distribution (two halves that meet at the estimate).
    """
    from scipy.special import ndtri

    z = float(ndtri((1 + test.level) / 2))
    below, above = (test.estimate - test.low) / z, (test.high - test.estimate) / z
    if max(below, above) <= ONE_SIDED * min(below, above):
        below = above = (below + above) / 2
    return below, above


def _said(test: Experiment, found: Course) -> str:
    notes = list(found.notes)
    below, above = standard_errors(test)
    if below != above:
        notes.append("the sides of its interval differ, so two halves of normal distributions stand for it")
    return "; ".join(notes)


def _numbers(taken: Sequence[tuple[Experiment, Course]], data: Scaled, *, link: str) -> dict[str, Any]:
    """Return the arrays of `log_likelihood`."""
    courses = [found for _, found in taken]
    errors = np.array([standard_errors(test) for test, _ in taken])
    both = [np.concatenate([getattr(one, side) for one in courses], axis=2) for side in ("under", "without")]
    frequency = np.concatenate([one.frequency for one in courses], axis=2)
    belongs = np.repeat(np.eye(len(taken)), [len(one.place) for one in courses], axis=1)
    place = np.concatenate([one.place for one in courses])
    counted = np.concatenate([one.counted for one in courses])
    inside = np.concatenate([one.is_inside for one in courses])
    unit = data.unit[place, 0] * counted
    numbers = {
        "lags": np.stack(both, axis=2).reshape((*both[0].shape[:2], 1, -1)), "frequency": np.concatenate([frequency] * 2, axis=2)[:, :, None],
        "place": place, "belongs": belongs, "unit": unit, "estimate": np.array([test.estimate for test, _ in taken]),
        "below": errors[:, 0], "above": errors[:, 1],
        "moved": np.array([abs(test.spend_difference) / _value(found, data) for test, found in taken]),
        "aged": np.array([1 + _age(test, data) / WEEKS_A_YEAR for test, _ in taken]),
    }  # fmt: skip
    if link == "log":
        steps = np.concatenate([one.step for one in courses])
        levels = _levels(data, place, steps, is_inside=inside) * counted
        numbers |= {"level": levels, "side": np.where(inside > 0, 1.0, -1.0), "sd": np.array(data.scales.outcome[1])}
    return numbers


def _value(found: Course, data: Scaled) -> float:
    """Return what one unit of the outcome is worth, on average where the test took place.

    An outcome without a money value has none; a return of 1 is then taken to be what the prior on shares holds usual.
    """
    raw = np.asarray(data.panel.outcome[data.kpi], dtype=np.float64)
    if not data.has_money:
        paid = data.spending[np.isfinite(data.spending)].sum()
        return float(paid / (SHARE_TOTAL * np.abs(raw[data.observed > 0]).sum()))
    value = data.money / data.unit
    inside = found.is_inside > 0
    if inside.any():
        return float(value[found.place[inside], found.step[inside]].mean())
    return float(value[np.unique(found.place)].mean())


def _age(test: Experiment, data: Scaled) -> float:
    """Return the weeks between the end of a test and that of the panel."""
    last: dt.date = data.panel.time[-1].astype("datetime64[D]").item()
    return max((last - test.end).days / 7, 0.0)


def _levels(data: Scaled, place: Integers, step: Integers, *, is_inside: Floats) -> Floats:
    """Return the outcome of the cells, the mean of a place where the panel does not know it."""
    raw = np.asarray(data.panel.outcome[data.kpi], dtype=np.float64)
    usual = np.nanmean(raw, axis=1)[place]
    known = raw[place, np.where(is_inside > 0, step, 0)]
    return np.where((is_inside > 0) & np.isfinite(known), known, usual)


def differences(values: Any, numbers: Any, *, shape: Shape, beta: Any, xp: Any = np) -> Any:
    """Return what the model says each test changed, in outcome units, shape (..., J).

    values: parameters, (..., D) · beta: effects by place and channel, (..., G, M)
    """
    lags = numbers["lags"]
    reached = lags[np.array(shape.reached, dtype=np.int64)]
    h = media(values, Exposure(lags, reached, numbers["frequency"]), shape=shape, xp=xp)[..., 0, :]
    cells = h.shape[-1] // 2
    moved = xp.einsum("...mn,...nm->...n", h[..., :cells] - h[..., cells:], beta[..., numbers["place"], :])
    if "level" in numbers:  # effects multiply: the level is known under test (inside the panel) or without it
        side = numbers["side"]
        changed = side * numbers["level"] * -xp.expm1(-side * numbers["sd"] * moved)
    else:
        changed = numbers["unit"] * moved
    return xp.einsum("jn,...n->...j", numbers["belongs"], changed)


def spreads(values: Any, numbers: Any, *, shape: Shape, xp: Any = np) -> tuple[Any, Any]:
    """Return the sds of what the tests measured around what the model says, below and above the estimates, (..., J)."""
    tau = pick(values, shape.at["extra"][:1])
    carried = (tau * numbers["moved"]) ** 2 * numbers["aged"]
    return xp.sqrt(numbers["below"] ** 2 + carried), xp.sqrt(numbers["above"] ** 2 + carried)


def by_test(modelled: Any, numbers: Any, *, spread: tuple[Any, Any], xp: Any = np) -> Any:
    """Return the log density of each estimate given what the model says of it, constant included, shape (..., J)."""
    below, above = spread
    apart = modelled - numbers["estimate"]
    sd = xp.where(apart > 0, above, below)
    return -0.5 * (apart / sd) ** 2 - xp.log((below + above) / 2) - 0.5 * np.log(2 * np.pi)


def log_likelihood(values: Any, numbers: Any, *, shape: Shape, beta: Any, xp: Any = np) -> Any:
    """Return the log density of all estimates given the parameters, shape (...).

    values: parameters, (..., D) · numbers: of a `Calibration` · beta: effects by place and channel, (..., G, M)
    """
    modelled = differences(values, numbers, shape=shape, beta=beta, xp=xp)
    return by_test(modelled, numbers, spread=spreads(values, numbers, shape=shape, xp=xp), xp=xp).sum(axis=-1)


@dataclass(frozen=True)
class Conflict:
    """How far a test lies from what the model would say without it. z: in standard errors · is_weighted: by weights, not closed."""

    z: float
    mean: float
    is_weighted: bool


def conflict(measured: tuple[float, float], modelled: Floats, *, densities: Floats, variance: float) -> Conflict | None:
    """Return how far a test lies from the model without it, None where the draws cannot tell.

    Draws are weighted by one over the density of the test, which gives the posterior without it (leave-one-out by importance
    weights, their tail smoothed; Vehtari, Gelman, Gabry 2017, doi 10.1007/s11222-016-9696-4). Where that tail is too heavy,
    normal distributions are divided instead.

    measured: estimate and standard error · modelled: what the draws say of it, (S,) · densities: log density of the estimate
    at each draw, (S,) · variance: of the estimate around what the model says, transport error included
    """
    estimate, error = measured
    smoothed, k = psis(-densities)
    if k <= K_MOST:
        weights = np.exp(smoothed)
        mean = float(weights @ modelled)
        spread, is_weighted = float(weights @ (modelled - mean) ** 2), True
    else:
        own = float(modelled.var())
        if own <= 0 or own >= variance:
            return None
        spread, is_weighted = 1 / (1 / own - 1 / variance), False
        mean = spread * (float(modelled.mean()) / own - estimate / variance)
    return Conflict(float((estimate - mean) / np.sqrt(error**2 + spread)), mean, is_weighted)


def used(found: Calibration, values: Floats, *, shape: Shape, modelled: Floats) -> tuple[TestUsed, ...]:
    """Return the tests with what the model says of each and how far they disagree.

    values: draws of the parameters, (S, D) · modelled: of `differences`, (S, J)
    """
    if not found.tests:
        return ()
    below, above = spreads(values, found.numbers, shape=shape)
    densities = by_test(modelled, found.numbers, spread=(below, above))
    result = []
    for at, test in enumerate(found.tests):
        own = modelled[:, at]
        is_above = float(np.median(own)) > test.estimate
        error = float(found.numbers["above" if is_above else "below"][at])
        variance = float(((above if is_above else below)[:, at] ** 2).mean())
        against = conflict((test.estimate, error), own, densities=densities[:, at], variance=variance)
        result.append(
            TestUsed(
                test.name, test.channels, float(test.estimate), error, Quantity.of(own), None if against is None else against.z,
                "; ".join(one for one in (found.said[at], _disagreement(test, error, against)) if one),
            )
        )  # fmt: skip
    return tuple(result)


def _disagreement(test: Experiment, error: float, against: Conflict | None) -> str:
    if against is None or abs(against.z) <= CONFLICT:
        return ""
    return (
        f"test and panel disagree: it measured {number(test.estimate)} (standard error {number(error)}), and without it the model "
        f"would say {number(against.mean)}"
    )
