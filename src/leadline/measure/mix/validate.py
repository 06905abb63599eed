"""Whether a mix model holds on the user's own data: four trials of it, each with the number that has to be met.

It foresees steps it has not seen; it is fitted again without its last steps, with its spend disturbed, and with a channel
that can do nothing (design, measurement section 2.13). Equal lengths of panels share one compiled program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from leadline.errors import InputError, NothingDone
from leadline.inputs import Experiment, Floats, Panel, stream
from leadline.measure.mix.experiments import calibration
from leadline.measure.mix.fit import fit_mix, model_of
from leadline.measure.mix.forecast import forecast
from leadline.measure.mix.options import MixOptions
from leadline.measure.mix.refit import cut, disturbed, placebo_of, with_placebo
from leadline.measure.mix.result import Holdout, MixChannel, MixResult, Quantity
from leadline.measure.mix.sampler import Progress, Tell
from leadline.measure.mix.scale import scaled
from leadline.measure.mix.scales import Scales
from leadline.words import number, share

AHEAD = {"day": 28}  # design, measurement section 2.13: four weeks; four steps where a step is longer than a day
AHEAD_STEPS = 4  # design, measurement section 2.13
LEAST_STEPS = {"day": 364}  # design, measurement section 1.5: no holdout below 52 weeks
LEAST = 52  # design, measurement section 1.5: no holdout of a panel with fewer steps
YEAR = {
    "day": 364,
    "week": 52,
    "month": 12,
    "quarter": 4,
    "year": 1,
}  # steps back to the same weekday or month a year ago
MAPE_MOST, MAPE_SD_MOST = 15.0, 5.0  # design, measurement section 2.13: per cent (thresholds of mmm-eval)
COVERAGE_LOW, COVERAGE_HIGH = 0.80, 0.98  # design, measurement section 2.13: of 90 % intervals
MASE_MOST = 1.0  # design, measurement section 2.13: against the same week last year
REFRESH_MOST = 0.10  # design, measurement section 2.13 (mmm-eval: 0.15)
PERTURBED_MOST = 0.08  # design, measurement section 2.13 (mmm-eval)
PLACEBO_BELOW = 0.5  # design, measurement section 2.13: a placebo's return at most half of the real one's
PLACEBO_LEAST = 0.9  # design, measurement section 2.13: in at least nine of ten repeats
RECOMMENDED_LEAST = 0.9  # design, measurement section 2.13: P(real > placebo) below forbids to recommend more money
NEAR_ZERO = 0.05  # own: outcomes within a twentieth of their mean size around zero have no error in per cent
FORECAST_DRAWS = 1000  # own: the quantiles of a forecast need no more


class Fit(Protocol):
    """What fits a panel; `fit_mix` or a stand-in that keeps results."""

    def __call__(
        self, panel: Panel, options: MixOptions, *, experiments: Sequence[Experiment] = (), scales: Scales | None = None
    ) -> MixResult:
        """Return the result of a panel."""


@dataclass(frozen=True)
class Repeats:
    """How often each trial is repeated (design, measurement section 2.13); proofs take fewer."""

    folds: int = 5
    perturbations: int = 3
    placebos: int = 10


@dataclass(frozen=True)
class Moved:
    """How far returns moved in a refit. change: mean share over channels · outside: those that left their old 90 % interval."""

    change: float
    outside: tuple[str, ...]
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Placebo:
    """How channels that can do nothing fared.

    passed, repeats: how often it was seen through · above: channel → probability that the real one brought more than its copy
    """

    passed: int
    repeats: int
    above: Mapping[str, float]

    @property
    def share(self) -> float:
        """Share of repeats in which the copy was seen through."""
        return self.passed / self.repeats


@dataclass(frozen=True)
class Check:
    """One number and what it has to meet. value None: could not be told · least, most: None = no bound."""

    trial: str
    measure: str
    value: float | None
    least: float | None
    most: float | None

    @property
    def passed(self) -> bool | None:
        """Whether it is met, None where it could not be told."""
        if self.value is None:
            return None
        return (self.least is None or self.value >= self.least) and (self.most is None or self.value <= self.most)


@dataclass(frozen=True)
class Validity:
    """What the four trials found; None where one could not be made, with the reason in `notes`."""

    holdout: Holdout | None
    refresh: Moved | None
    perturbation: Moved | None
    placebo: Placebo | None
    notes: tuple[str, ...]
    grain: str = "week"

    def checks(self) -> tuple[Check, ...]:
        """Return each number with its bounds."""
        held, new, noisy = self.holdout, self.refresh, self.perturbation
        is_percent = held is not None and bool(np.isfinite(held.mape))
        return (
            Check("holdout", "mean absolute error, %", held.mape if held and is_percent else None, None, MAPE_MOST),
            Check(
                "holdout", "its sd over folds, pp", held.mape_sd if held and is_percent else None, None, MAPE_SD_MOST
            ),
            Check(
                "holdout", "coverage of 90 % intervals", held.coverage90 if held else None, COVERAGE_LOW, COVERAGE_HIGH
            ),
            Check("holdout", "error against a year before", held.mase if held else None, None, MASE_MOST),
            Check("refresh", "mean change of returns", new.change if new else None, None, REFRESH_MOST),
            Check("refresh", "channels outside their old interval", len(new.outside) if new else None, None, 0),
            Check("perturbation", "mean change of returns", noisy.change if noisy else None, None, PERTURBED_MOST),
            Check("placebo", "share seen through", self.placebo.share if self.placebo else None, PLACEBO_LEAST, None),
        )

    @property
    def passed(self) -> bool | None:
        """Whether nothing that could be told fails, None where nothing could be told."""
        tried = self._tried()
        return all(one.passed for one in tried) if tried else None

    def _tried(self) -> list[Check]:
        return [one for one in self.checks() if one.passed is not None]

    def may_recommend(self, name: str) -> bool:
        """Say whether more money may be recommended for a channel: its effect is told from that of a copy that does nothing."""
        return self.placebo is None or self.placebo.above.get(name, 1.0) >= RECOMMENDED_LEAST

    def table(self) -> list[dict[str, Any]]:
        """Return one row per number: trial, measure, value, least, most, passed."""
        return [
            {"trial": one.trial, "measure": one.measure, "value": one.value, "least": one.least, "most": one.most, "passed": one.passed}
            for one in self.checks()
        ]  # fmt: skip

    def sentence(self) -> str:
        """Return what was found in plain words, failures first."""
        tried = self._tried()
        if not tried:
            return "Nothing could be tried."
        failed = [f"{one.trial} ({one.measure} {number(one.value or 0)})" for one in tried if not one.passed]
        said = [
            f"Does not hold in {len(failed)} of {len(tried)}: {'; '.join(failed)}."
            if failed
            else f"Holds in all {len(tried)} that could be tried."
            if len(tried) > 1
            else "Holds in the one that could be tried."
        ]
        if self.holdout is not None:
            off = f"off by {number(self.holdout.mape)} % on average" if np.isfinite(self.holdout.mape) else "foreseen"
            said.append(
                f"Steps it had not seen were {off}; its 90 % intervals held {share(self.holdout.coverage90, 0)} of them."
            )
        if self.refresh is not None:
            said.append(
                f"{AHEAD.get(self.grain, AHEAD_STEPS)} {self.grain}s more move returns by {share(self.refresh.change)}."
            )
        if self.perturbation is not None:
            said.append(f"Spend 5 % more or less at random moves them by {share(self.perturbation.change)}.")
        if self.placebo is not None:
            said.append(
                f"A copy that can do nothing was seen through in {self.placebo.passed} of {self.placebo.repeats}."
            )
        return " ".join(said)

    def chart(self) -> dict[str, Any]:
        """Return the numbers that have an upper bound as shares of it, as a Vega-Lite specification, unthemed."""
        rows = [
            {
                "measure": f"{one.trial}: {one.measure}",
                "share of what is allowed": one.value / one.most,
                "passed": one.passed,
            }
            for one in self.checks()
            if one.value is not None and one.most
        ]
        return {
            "data": {"values": rows},
            "mark": "bar",
            "encoding": {
                "y": {"field": "measure", "type": "nominal", "title": None},
                "x": {"field": "share of what is allowed", "type": "quantitative", "axis": {"format": "%"}},
                "color": {"field": "passed", "type": "nominal"},
            },
        }


def validate_mix(
    panel: Panel,
    options: MixOptions | None = None,
    *,
    experiments: Sequence[Experiment] = (),
    progress: Tell | None = None,
    fit: Fit = fit_mix,
    repeats: Repeats | None = None,
) -> Validity:
    """Return how a mix model does on a panel in four trials: holdout, refresh, perturbation, placebo.

    panel, options, experiments: as of the fit; results of a window are not tried, those of the whole panel are · progress: told
    after each refit · fit: what fits, such as one that keeps the first result · repeats: None = those of the design
    Raises InputError for a panel that cannot be fitted, NothingDone where no channel ran or the panel's own fit fails
    """
    chosen = replace(options or MixOptions(), window=None)
    trials = _Trials(panel, chosen, tuple(experiments), fit, progress, repeats or Repeats())
    full = trials.of(panel, trials.experiments)
    if full is None:
        raise NothingDone(
            "The model of this panel did not settle, so there is nothing to validate. See its own notes first."
        )
    names = tuple(one.name for one in full.channels if one.is_identified)
    if not names:
        trials.notes.append("no channel is identified, so there is no return whose steadiness could be tried")
    return Validity(
        trials.holdout(), trials.refresh(full, names), trials.perturbation(full, names), trials.placebo(full),
        tuple(dict.fromkeys(trials.notes)), panel.grain,
    )  # fmt: skip


class _Trials:
    """The four trials of one panel; what went wrong in a refit is kept in `notes`."""

    def __init__(
        self, panel: Panel, options: MixOptions, experiments: tuple[Experiment, ...], fit: Fit, progress: Tell | None,
        repeats: Repeats,
    ) -> None:  # fmt: skip
        self.panel, self.options, self.experiments, self._fit = panel, options, experiments, fit
        self._progress, self._repeats = progress, repeats
        self.notes: list[str] = []
        self._done = 0
        self._scales = scaled(panel, options).scales

    def of(
        self,
        panel: Panel,
        experiments: Sequence[Experiment],
        *,
        options: MixOptions | None = None,
        scales: Scales | None = None,
    ) -> MixResult | None:
        """Return a refit, None where it did not settle."""
        result = self._fit(panel, options or self.options, experiments=experiments, scales=scales)
        self._done += 1
        if self._progress is not None:
            total = 2 + self._repeats.folds + self._repeats.perturbations + self._repeats.placebos
            self._progress(Progress("validating", self._done, total))
        if result.convergence.converged:
            return result
        self.notes.append(f"a refit did not settle and is left out ({result.convergence.worst})")
        return None

    def holdout(self) -> Holdout | None:
        """Return how well steps ahead are foreseen from panels of equal length that end before them."""
        steps, least = len(self.panel.time), LEAST_STEPS.get(self.panel.grain, LEAST)
        if steps < least:
            self.notes.append(f"no holdout: {steps} steps by {self.panel.grain} are fewer than {least}")
            return None
        folds, ahead = self._repeats.folds, AHEAD.get(self.panel.grain, AHEAD_STEPS)
        found = [self._fold(at * ahead, steps - (folds - at) * ahead, ahead) for at in range(folds)]
        kept = [one for one in found if one is not None]
        if not kept:
            self.notes.append("no holdout: no panel without its last steps could be fitted")
            return None
        errors = np.array([one.error for one in kept])
        apart = np.concatenate([one.apart for one in kept])
        naive = np.concatenate([one.naive for one in kept])
        known = np.isfinite(naive)
        mase = float(apart[known].sum() / naive[known].sum()) if known.any() and naive[known].sum() > 0 else None
        if not self._has_percent(kept[0].kpi):
            errors = np.full(len(errors), np.nan)
            self.notes.append("the outcome comes near zero, so its error has no meaning in per cent")
        inside = np.concatenate([one.inside for one in kept])
        sd = float(errors.std(ddof=1)) if len(errors) > 1 else 0.0
        return Holdout(float(errors.mean()), float(inside.mean()), sd, mase, len(kept))

    def _has_percent(self, kpi: str) -> bool:
        """Say whether an error in per cent of the outcome means anything: it has one sign and stays away from zero."""
        raw = np.asarray(self.panel.outcome[kpi], dtype=np.float64)
        total = np.nansum(raw, axis=0)[np.isfinite(raw).all(axis=0)]
        if not total.size:
            return True
        return bool(
            (np.sign(total) == np.sign(total[0])).all() and np.abs(total).min() >= NEAR_ZERO * np.abs(total).mean()
        )

    def _fold(self, first: int, last: int, ahead: int) -> _Fold | None:
        """Return what was foreseen of the steps from `last` on by the panel from `first` to there."""
        known = tuple(one for one in self.experiments if one.end < self.panel.time[last].astype("datetime64[D]").item())
        trained = cut(self.panel, first, last=last)
        try:
            result = self.of(trained, known)
            if result is None:
                return None
            model = model_of(trained, self.options, experiments=known)
            draws = result.bank.parameters
            rows = np.linspace(0, len(draws) - 1, min(FORECAST_DRAWS, len(draws))).astype(np.int64)
            plan = cut(self.panel, last, last=last + ahead)
            told = forecast(model, draws[rows], plan=plan, options=self.options, seed=self.options.seed)
        except (InputError, NothingDone) as problem:
            self.notes.append(f"a fold of the holdout is left out: {problem}")
            return None
        raw = np.asarray(self.panel.outcome[told.kpi], dtype=np.float64)
        actual, before = raw[:, last : last + ahead], last - YEAR[self.panel.grain]
        naive = raw[:, before : before + ahead] if before >= 0 else np.full_like(actual, np.nan)
        return _Fold.of(told.kpi, (actual, naive), outcome=told.outcome, interval=told.interval())

    def refresh(self, full: MixResult, names: tuple[str, ...]) -> Moved | None:
        """Return how the last steps moved the returns."""
        ahead = AHEAD.get(self.panel.grain, AHEAD_STEPS)
        shorter = cut(self.panel, 0, last=len(self.panel.time) - ahead)
        try:
            old = self.of(shorter, self.experiments, scales=self._scales) if names else None
        except (InputError, NothingDone) as problem:
            self.notes.append(f"no refresh: {problem}")
            return None
        return None if old is None else _moved([(old, full)], names)

    def perturbation(self, full: MixResult, names: tuple[str, ...]) -> Moved | None:
        """Return how noise in the spend moves the returns."""
        if not names:
            return None
        kept = calibration(self.experiments, scaled(self.panel, self.options), link=self.options.link).masked
        pairs = []
        for at in range(self._repeats.perturbations):
            noisy = disturbed(self.panel, stream(self.options.seed, "mix perturbation", index=at), kept=kept)
            try:
                result = self.of(noisy, self.experiments, scales=self._scales)
            except (InputError, NothingDone) as problem:
                self.notes.append(f"a refit with spend disturbed is left out: {problem}")
                continue
            if result is not None:
                pairs.append((full, result))
        return _moved(pairs, names) if pairs else None

    def placebo(self, full: MixResult) -> Placebo | None:
        """Return how often a shuffled copy of a channel is seen through, the channels taking turns."""
        names = [one.name for one in sorted(full.channels, key=_weight) if self._can_be_copied(one)]
        if not names:
            self.notes.append("no placebo: no channel can be copied, for none varies in time")
            return None
        passed: list[bool] = []
        above: dict[str, list[float]] = {}
        for at in range(self._repeats.placebos):
            name = names[at % len(names)]
            result = self._with_copy(name, at)
            if result is None:
                continue
            real, copy = result.channel(name), result.channel(placebo_of(name))
            passed.append(not copy.is_identified or copy.contribution.p50 <= PLACEBO_BELOW * real.contribution.p50)
            columns = [[one.name for one in result.channels].index(one.name) for one in (real, copy)]
            brought = result.bank.contributions[:, columns]
            above.setdefault(name, []).append(float((brought[:, 0] > brought[:, 1]).mean()))
        if not passed:
            return None
        return Placebo(sum(passed), len(passed), {name: float(np.mean(found)) for name, found in above.items()})

    def _with_copy(self, name: str, at: int) -> MixResult | None:
        """Return a refit with a shuffled copy of a channel, None where it cannot be had; at: which repeat."""
        own = {**self.options.channels, placebo_of(name): self.options.channel(name)}
        options = replace(self.options, channels=own)
        try:
            copied = with_placebo(self.panel, name, generator=stream(self.options.seed, "mix placebo", index=at))
            return self.of(copied, self.experiments, options=options, scales=self._scales)
        except (InputError, NothingDone) as problem:
            self.notes.append(f"a placebo of {name} is left out: {problem}")
            return None

    def _can_be_copied(self, channel: MixChannel) -> bool:
        """Say whether a channel is one of the panel's own and has an order of its blocks that makes it another."""
        if channel.kind == "driver" or channel.name not in self.panel.channels:
            return False
        try:
            with_placebo(self.panel, channel.name, generator=stream(self.options.seed, "mix placebo"))
        except NothingDone as problem:
            self.notes.append(str(problem))
            return False
        return True


def _weight(channel: MixChannel) -> tuple[bool, float, str]:
    """Order channels: identified first, then by what they brought."""
    return not channel.is_identified, -channel.contribution.p50, channel.name


@dataclass(frozen=True)
class _Fold:
    """One origin: error in per cent, absolute errors by step of the model and of the year before, cells inside the interval."""

    kpi: str
    error: float
    apart: Floats
    naive: Floats
    inside: Floats

    @classmethod
    def of(
        cls, kpi: str, observed: tuple[Floats, Floats], *, outcome: Floats, interval: tuple[Floats, Floats]
    ) -> _Fold | None:
        """Return the errors of totals over places and the cells inside their interval; None where nothing was observed.

        observed: the outcome of the steps, and that of a year before, (G, H) each · outcome: foreseen, (S, G, H)
        """
        actual, naive = observed
        seen = np.isfinite(actual)
        steps = seen.any(axis=0)
        if not steps.any():
            return None
        total = np.where(seen, actual, 0.0).sum(axis=0)[steps]
        foreseen = np.median(np.where(seen, outcome, 0.0).sum(axis=1), axis=0)[steps]
        apart = np.abs(total - foreseen)
        before = np.where(seen, naive, 0.0).sum(axis=0)[steps]
        error = float(100 * (apart / np.maximum(np.abs(total), 1e-300)).mean())
        inside = (actual >= interval[0]) & (actual <= interval[1])
        return cls(kpi, error, apart, np.abs(total - before), inside[seen].astype(np.float64))


def _moved(pairs: Sequence[tuple[MixResult, MixResult]], names: tuple[str, ...]) -> Moved | None:
    """Return how far returns moved from the first to the second result of each pair."""
    changes, outside = [], set()
    for old, new in pairs:
        for name in names:
            found = [next((one for one in result.channels if one.name == name), None) for result in (old, new)]
            if found[0] is None or found[1] is None:
                continue
            before, after = (_told(one) for one in found if one is not None)
            changes.append(abs(after.p50 - before.p50) / max(abs(before.p50), 1e-300))
            if not before.p05 <= after.p50 <= before.p95:
                outside.add(name)
    if not changes:
        return None
    return Moved(float(np.mean(changes)), tuple(sorted(outside)), names)


def _told(channel: MixChannel) -> Quantity:
    """Return a channel's return, or its share of the outcome where it has none."""
    return channel.roi if channel.roi is not None else channel.share
