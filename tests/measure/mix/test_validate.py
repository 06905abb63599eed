"""Whether a model holds: the four trials with fits whose answers are known, so that each number can be told beforehand."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from leadline.errors import NothingDone
from leadline.inputs import Experiment, Panel
from leadline.measure.mix.fit import model_of
from leadline.measure.mix.options import ChannelOptions, MixOptions
from leadline.measure.mix.refit import cut, disturbed, placebo_of, with_placebo
from leadline.measure.mix.result import Bank, MixResult, Quantity
from leadline.measure.mix.validate import Repeats, Validity, validate_mix

STEPS = 120
SIGMA = 0.5
FAST = Repeats(folds=5, perturbations=2, placebos=4)


def made(steps: int = STEPS) -> Panel:
    """Return a national panel whose outcome is a level, a season and noise; two channels do nothing."""
    rng = np.random.default_rng(2)
    spend = rng.gamma(3.0, 1.0, (1, steps, 2))
    time = np.datetime64("2024-01-01") + 7 * np.arange(steps)
    days = time.astype("datetime64[D]").astype(int)
    season = 8 * np.sin(2 * np.pi * days / 365.25)
    outcome = (100 + season + 2 * rng.standard_normal(steps))[None]
    return Panel(
        time,
        "week",
        ("all",),
        {"sales": outcome},
        ("tv", "radio"),
        ("paid", "paid"),
        spend,
        spend=spend,
        currency="EUR",
    )


def quantity(middle: float, spread: float = 0.1) -> Quantity:
    """Return a quantity with a relative spread."""
    return Quantity(middle, middle * (1 - spread), middle, middle * (1 + spread))


class StandIn:
    """A fit that knows the answer: no effect of media, the right noise; returns as `roi` says of each panel and channel."""

    def __init__(self, pattern: MixResult, roi=lambda _, __: 2.0, converged=lambda _: True) -> None:
        self._pattern, self._roi, self._converged = pattern, roi, converged
        self.panels: list[Panel] = []
        self.experiments: list[int] = []
        self.calls: list[dict[str, object]] = []

    def __call__(self, panel: Panel, options: MixOptions, *, experiments=(), scales=None) -> MixResult:
        self.panels.append(panel)
        self.experiments.append(len(experiments))
        self.calls.append({"options": options, "scales": scales})
        model = model_of(panel, options, experiments=experiments, scales=scales)
        values = np.array([prior.middle for prior in model.layout.priors])
        named = dict(zip(model.layout.names, range(len(values)), strict=True))
        values[named["sigma"]] = 2 / model.data.scales.outcome[1]
        values[named["scale of trend"]] = 0.02
        for name in model.shape.channels:
            values[named[f"{name} roi"]] = 1e-6
        some = next(one for one in self._pattern.channels if one.name == "tv")
        channels = tuple(
            dataclasses.replace(
                some,
                name=name,
                roi=quantity(self._roi(panel, name)),
                contribution=quantity(100 * self._roi(panel, name)),
            )
            for name in model.shape.channels
        )
        rng = np.random.default_rng(1)
        brought = np.array([one.contribution.p50 for one in channels]) * (
            1 + 0.05 * rng.standard_normal((400, len(channels)))
        )
        bank = Bank(
            model.layout.names,
            np.repeat(values[None], 400, axis=0),
            np.zeros(400, dtype=np.int64),
            brought,
            np.ones(400),
        )
        convergence = dataclasses.replace(self._pattern.convergence, converged=self._converged(panel))
        return dataclasses.replace(self._pattern, channels=channels, bank=bank, convergence=convergence)


def test_steps_that_were_not_seen_are_foreseen_by_panels_of_one_length(result: MixResult) -> None:
    panel, stand_in = made(), StandIn(result)
    test = Experiment("late", ("tv",), dt.date(2026, 3, 2), dt.date(2026, 3, 8), 1.0, 1.0, 0.0, 2.0)
    told = validate_mix(panel, experiments=(test,), fit=stand_in, repeats=FAST)
    held = told.holdout
    assert held is not None
    assert held.folds == 5
    assert 0.75 <= held.coverage90 <= 1.0
    assert held.mape == pytest.approx(100 * 2 * np.sqrt(2 / np.pi) / 100, rel=0.6)  # noise with an sd of 2 in a hundred
    assert held.mase is not None
    assert held.mase < 1  # noise once, where last year's has it twice
    folds = stand_in.panels[1:6]
    assert {len(one.time) for one in folds} == {STEPS - 20}
    assert [one.time[-1] for one in folds] == [panel.time[STEPS - 21 + 4 * at] for at in range(5)]
    assert folds[2].history is not None
    assert np.array_equal(folds[2].history, panel.exposure[:, :8])  # what ran before still works
    assert stand_in.experiments[:6] == [1, 0, 0, 0, 0, 1]  # what was measured later is no one's knowledge yet


def test_a_panel_shorter_than_a_year_has_no_holdout_and_says_so(result: MixResult) -> None:
    told = validate_mix(made(51), fit=StandIn(result), repeats=FAST)
    assert told.holdout is None
    assert "no holdout: 51 steps by week are fewer than 52" in told.notes
    assert told.refresh is not None


def test_a_refresh_and_noise_are_counted_in_the_returns_they_move(result: MixResult) -> None:
    panel = made()

    def roi(given: Panel, name: str) -> float:
        if len(given.time) == STEPS - 4:
            return {"tv": 2.5, "radio": 2.0}[name]
        is_noisy = not np.array_equal(given.exposure[:, -1], panel.exposure[:, -1])
        return 2.2 if is_noisy and name == "tv" else 2.0

    stand_in = StandIn(result, roi)
    told = validate_mix(panel, fit=stand_in, repeats=Repeats(5, 2, 0))
    assert told.refresh is not None
    assert told.refresh.change == pytest.approx((0.5 / 2.5 + 0.0) / 2)
    assert told.refresh.outside == ("tv",)  # 2.0 is not within 2.5 ± 10 %
    assert told.perturbation is not None
    assert told.perturbation.change == pytest.approx((0.1 + 0.0) / 2)
    assert told.perturbation.outside == ()
    checks = {(one.trial, one.measure): one.passed for one in told.checks()}
    assert checks["refresh", "mean change of returns"] is True
    assert checks["refresh", "channels outside their old interval"] is False
    assert checks["perturbation", "mean change of returns"] is True
    assert checks["placebo", "share seen through"] is None
    assert not told.passed
    assert told.sentence().startswith("Does not hold in 1 of 7: refresh (channels outside their old interval 1).")
    assert [call["scales"] is None for call in stand_in.calls] == [True] * 6 + [False] * 3  # refits keep the scales


def test_a_placebo_is_seen_through_where_its_return_is_half_the_real_one(result: MixResult) -> None:
    def roi(_: Panel, name: str) -> float:
        return {"tv": 2.0, "radio": 1.9, "placebo of tv": 0.9, "placebo of radio": 1.9}[name]

    mine = MixOptions(channels={"tv": ChannelOptions(carry="none")})
    stand_in = StandIn(result, roi)
    told = validate_mix(made(), mine, fit=stand_in, repeats=FAST)
    assert told.placebo is not None
    assert (told.placebo.passed, told.placebo.repeats) == (2, 4)  # of tv, not of radio; they take turns
    assert told.placebo.above["tv"] > 0.99
    assert told.placebo.above["radio"] == pytest.approx(0.5, abs=0.1)
    assert told.may_recommend("tv")
    assert not told.may_recommend("radio")
    used = stand_in.calls[-2]["options"]
    assert isinstance(used, MixOptions)
    assert used.channel("placebo of tv").carry == "none"


def test_refits_that_do_not_settle_are_left_out_and_said(result: MixResult) -> None:
    panel = made()
    shaky = StandIn(result, converged=lambda given: len(given.time) == STEPS)
    told = validate_mix(panel, fit=shaky, repeats=FAST)
    assert told.holdout is None
    assert told.refresh is None
    assert any("did not settle" in note for note in told.notes)
    with pytest.raises(NothingDone, match="did not settle"):
        validate_mix(panel, fit=StandIn(result, converged=lambda _: False), repeats=FAST)


def test_an_outcome_around_zero_has_no_error_in_per_cent(result: MixResult) -> None:
    panel = made()
    told = validate_mix(
        replace(panel, outcome={"sales": panel.outcome["sales"] - 100}), fit=StandIn(result), repeats=FAST
    )
    assert told.holdout is not None
    assert np.isnan(told.holdout.mape)
    assert told.holdout.coverage90 > 0.7
    assert told.table()[0]["value"] is None
    assert any("no meaning in per cent" in note for note in told.notes)


def test_a_placebo_is_a_channel_shuffled_in_blocks_and_nothing_else() -> None:
    panel = made(50)
    copied = with_placebo(panel, "tv", generator=np.random.default_rng(3))
    own, copy = panel.exposure[0, :, 0], copied.exposure[0, :, 2]
    assert copied.channels == ("tv", "radio", placebo_of("tv"))
    assert np.array_equal(copied.exposure[:, :, :2], panel.exposure)
    assert not np.array_equal(own, copy)
    blocks = {tuple(own[at : at + 4]) for at in range(0, 50, 4)}
    found, at = set(), 0
    while at < 50:
        width = next(size for size in (4, 2) if tuple(copy[at : at + size]) in blocks)
        found.add(tuple(copy[at : at + width]))
        at += width
    assert found == blocks


def test_noise_leaves_alone_what_is_not_paid_for_and_what_an_experiment_knows() -> None:
    panel = replace(made(50), kinds=("paid", "organic"))
    kept = np.zeros((1, 50))
    kept[0, 10:14] = 1
    noisy = disturbed(panel, np.random.default_rng(3), kept=kept)
    ratio = noisy.exposure / panel.exposure
    assert np.array_equal(ratio[:, :, 1], np.ones((1, 50)))
    assert (ratio[0, 10:14, 0] == 1).all()
    assert float(ratio[0, :10, 0].std()) == pytest.approx(0.05, rel=0.6)
    assert noisy.spend is not None
    assert noisy.spend[:, :, 0] == pytest.approx(noisy.exposure[:, :, 0])


def test_a_cut_keeps_what_ran_before_as_history() -> None:
    panel = made(50)
    twice = cut(cut(panel, 5, last=50), 3, last=20)
    assert np.array_equal(twice.time, panel.time[8:25])
    assert twice.history is not None
    assert np.array_equal(twice.history, panel.exposure[:, :8])


def test_a_copy_is_never_its_original_and_a_channel_of_equal_blocks_has_none(result: MixResult) -> None:
    panel = made(16)
    pulsed, alike = panel.exposure.copy(), panel.exposure.copy()
    pulsed[0, :, 0] = np.repeat([0.0, 0.0, 0.0, 3.0], 4)  # one order of four leaves it as it was
    alike[0, :, 0] = np.tile([1.0, 0.0, 2.0, 0.0], 4)
    for seed in range(20):
        copied = with_placebo(replace(panel, exposure=pulsed), "tv", generator=np.random.default_rng(seed))
        assert not np.array_equal(copied.exposure[:, :, 2], pulsed[:, :, 0])
    with pytest.raises(NothingDone, match="tv is the same in whatever order"):
        with_placebo(replace(panel, exposure=alike), "tv", generator=np.random.default_rng(1))
    long = made()
    exposure = long.exposure.copy()
    exposure[0, :, 0] = np.tile([1.0, 0.0, 2.0, 0.0], STEPS // 4)
    told = validate_mix(replace(long, exposure=exposure), fit=StandIn(result), repeats=FAST)
    assert told.placebo is not None
    assert set(told.placebo.above) == {"radio"}
    assert any("tv is the same in whatever order" in note for note in told.notes)


def test_where_nothing_could_be_tried_nothing_holds() -> None:
    nothing = Validity(None, None, None, None, ())
    assert nothing.passed is None
    assert nothing.sentence() == "Nothing could be tried."
