"""What a reader must know beside the numbers of a mix: of the data, the priors, the baseline and what is left over."""

from __future__ import annotations

import numpy as np

from leadline.inputs import Floats
from leadline.measure.mix.carry import BEYOND
from leadline.measure.mix.density import Model
from leadline.measure.mix.identification import FOLLOWS, follows_outcome
from leadline.measure.mix.totals import Totals
from leadline.words import number, probability, probability_word, share

MEDIA_MOST = 0.6  # design, measurement section 2.3: a prior predictive media share above is a warning
BEFORE_MOST = 0.2  # design, measurement section 2.3: the same of P(baseline below zero over the window)
NEGATIVE_MOST = 0.05  # design, measurement section 2.6: P(total baseline < 0) above is a warning
KURTOSIS_MOST, RESIDUAL_MOST = 3.0, 5.0  # design, measurement section 2.7
# Design, measurement section 2.7; above 2.5 the intervals are too wide, if anything, which a close trend brings about.
DURBIN_LOW = 1.5
DRIFT_MOST = 0.01  # design, measurement section 2.2: p of the F-test below which places are said to drift apart


def remarks(model: Model, totals: Totals | None, *, before: Floats, negative: float) -> list[str]:
    """Return the notes of a fit.

    totals: None where the chains did not settle, so that nothing is read off them · before: share of the outcome that the
    priors give the channels, draws · negative: probability that the baseline is below zero
    """
    grain, data = model.data.panel.grain, model.data
    notes = []
    missing = int((data.observed == 0).sum())
    if missing:
        where = f"{grain}s" if len(data.panel.geo) == 1 else f"{grain}s and places"
        notes.append(f"{data.kpi} is not known in {missing} of {data.observed.size} {where}: they are passed over")
    if model.shape.link == "log":
        notes.append(
            "effects multiply: each contribution is what removing that channel alone would take away; they do not add up"
        )
    if grain in {"quarter", "year"}:
        notes.append(
            f"{grain}ly data: carry-over inside a {grain} can't be seen, and adding up over time makes it look longer than it is"
        )
    if (data.filled * data.window).min() < 0:
        notes.append(f"{data.kpi} is negative in places: shares are of all that came in and went out")
    else:
        notes += [*_assumed(before, data.kpi), *_below_zero(negative, data.kpi)]
    notes += _following(model)
    return (
        notes
        if totals is None
        else [*notes, *_slow(model, totals), *_left_over(model, totals), *_drifting(model, totals)]
    )


def _assumed(before: Floats, kpi: str) -> list[str]:
    """Return that the priors give the channels more than an outcome that is never negative can hold, or much of it."""
    middle, all_of_it = float(np.median(before)), float((before > 1).mean())
    if all_of_it > BEFORE_MOST:
        much = f"{number(middle, 2)} times {kpi}" if middle > 1 else f"{share(middle, 0)} of {kpi}"
        told = f"{much} in the middle, and more than there is with a probability of {probability(all_of_it)}"
        return [f"what is assumed beforehand gives the channels {told}: give lower priors, or look at the units"]
    if middle > MEDIA_MOST:
        return [f"what is assumed beforehand gives the channels {share(middle, 0)} of {kpi}: look at the priors"]
    return []


def _below_zero(negative: float, kpi: str) -> list[str]:
    if negative <= NEGATIVE_MOST:
        return []
    sure = f"{probability_word(negative)} ({probability(negative)})"
    return [
        f"that {kpi} without marketing is below zero is {sure}: the channels are given more than the outcome can hold"
    ]


def _slow(model: Model, totals: Totals) -> list[str]:
    """Return which channels may work on beyond the lags that are looked at."""
    found = []
    for at, name in enumerate(model.shape.channels):
        if model.shape.carry[at] == "geometric":
            alpha = float(np.median(totals.values[:, model.shape.at["alpha"][at]]))
            if alpha ** (model.shape.lags + 1) > BEYOND:
                looked = f"{model.shape.lags} {model.data.panel.grain}s"
                found.append(
                    f"{name} may work on for longer than the {looked} looked at: allow more (lags: {2 * model.shape.lags})"
                )
    return found


def _following(model: Model) -> list[str]:
    return [
        f"{name} follows the {model.data.kpi} of the {model.data.panel.grain} before (correlation {number(alike, 2)}): cause "
        "may run both ways, and only a test tells them apart"
        for at, name in enumerate(model.shape.channels)
        if (alike := follows_outcome(model, at)) >= FOLLOWS
    ]


def _standing(model: Model, totals: Totals) -> Floats:
    """Return what is left over in standard deviations of its place, (G, T), NaN where nothing was observed."""
    left = np.where(model.numbers["observed"] > 0, totals.residual, np.nan)
    return np.asarray(left / np.nanstd(left, axis=1, keepdims=True))  # each place has noise of its own size


def _left_over(model: Model, totals: Totals) -> list[str]:
    z = _standing(model, totals)
    seen = z[np.isfinite(z)]
    found = []
    is_tailed = float((seen**4).mean()) - 3 > KURTOSIS_MOST or np.abs(seen).max() > RESIDUAL_MOST
    if is_tailed and model.shape.errors == "normal":
        found.append(
            f"a step lies {np.abs(seen).max():.1f} standard deviations off: errors with heavy tails (errors: student) fit better"
        )
    durbin = float(np.nansum(np.diff(z, axis=1) ** 2) / np.nansum((z[:, 1:] ** 2 + z[:, :-1] ** 2) / 2))
    if durbin < DURBIN_LOW:
        found.append(
            f"what is left over follows what was left over the step before (correlation {1 - durbin / 2:.2f}): the intervals are "
            "too narrow; a closer trend (baseline: knots) helps"
        )
    return found


def _drifting(model: Model, totals: Totals) -> list[str]:
    """Return that places drift apart, where none has a trend of its own."""
    if len(model.data.panel.geo) == 1 or len(model.baseline.local_names) > 1:
        return []
    p = slopes_differ(_standing(model, totals))
    if not p < DRIFT_MOST:
        return []
    shown = "p < 0.0001" if p < 0.0001 else f"p = {number(p, 2)}"
    return [
        f"the places drift apart (F-test of their slopes: {shown}): give each a trend of its own (baseline: {{geo_trend: linear}})"
    ]


def slopes_differ(left: Floats) -> float:
    """Return the p-value of the F-test that all places have one slope over time. left: (G, T), NaN = not observed."""
    from scipy.special import fdtrc

    steps = np.where(np.isfinite(left), np.arange(left.shape[1], dtype=np.float64), np.nan)
    x, y = (one - np.nanmean(one, axis=1, keepdims=True) for one in (steps, left))
    across, along = np.nansum(x**2, axis=1), np.nansum(x * y, axis=1)
    own = along / across
    apart = float((across * (own - along.sum() / across.sum()) ** 2).sum())
    rest = float(np.nansum(y**2) - (own * along).sum())
    between, within = len(left) - 1, int(np.isfinite(left).sum()) - 2 * len(left)
    return float(fdtrc(between, within, (apart / between) / (rest / within)))
