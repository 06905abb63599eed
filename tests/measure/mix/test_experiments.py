"""Experiments in the likelihood: held against two runs of the model, and against the formula written out."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import InputError
from leadline.inputs import Experiment, Floats, Panel
from leadline.measure.mix import experiments, likelihood
from leadline.measure.mix.density import Model, log_density
from leadline.measure.mix.experiments import calibration
from leadline.measure.mix.fit import model_of
from leadline.measure.mix.options import ChannelOptions, MixOptions
from leadline.measure.mix.response import Exposure, Worth, effects, media, media_and_move
from leadline.measure.mix.scale import scaled
from leadline.measure.mix.scales import Scales
from leadline.measure.mix.tested import course

START = dt.date(2024, 1, 1)
STEPS = 60
CHANNELS = ("tv", "radio", "search")


def made(geos: int = 2, *, steps: int = STEPS, kinds: tuple[str, ...] = ("paid",) * 3) -> Panel:
    """Return a panel of three channels; spend buys exposure at a price of its own in each."""
    rng = np.random.default_rng(7)
    people = np.arange(1, geos + 1) * 1000.0
    spend = rng.gamma(3.0, 1.0, (geos, steps, 3)) * people[:, None, None]
    outcome = rng.normal(30, 2, (geos, steps)) * people[:, None] + spend.sum(axis=2)
    time = np.datetime64(START) + 7 * np.arange(steps)
    names = tuple(f"place {at}" for at in range(geos))
    return Panel(
        time, "week", names, {"revenue": outcome}, CHANNELS, kinds, spend / np.array([2.0, 0.5, 1.0]), spend=spend,
        population=people if geos > 1 else None, currency="EUR",
    )  # fmt: skip


def week(at: int) -> dt.date:
    """Return the first day of a step."""
    return START + dt.timedelta(weeks=at)


def trial(first: int = 30, last: int = 35, **changed: object) -> Experiment:
    """Return a heavy-up of tv in the first place; steps first..last are measured."""
    usual = Experiment(
        "up",
        ("tv",),
        week(first),
        week(last + 1) - dt.timedelta(days=1),
        6000.0,
        9000.0,
        2000.0,
        16000.0,
        geos=("place 0",),
    )
    return replace(usual, **changed)  # type: ignore[arg-type]  # fields of the test by name


def drawn(model: Model, seed: int = 3) -> Floats:
    """Return one draw of all parameters from their priors."""
    return model.layout.draw(np.random.default_rng(seed), 1)[0]


def effect(model: Model, values: Floats) -> Floats:
    """Return the effects by place and channel."""
    data = model.data
    h = media(values, Exposure(data.lags, data.reach, data.frequency), shape=model.shape)
    worth = Worth(model.numbers["money"], model.numbers["amount"])
    _, moved = media_and_move(values, Exposure(data.lags, data.reach, data.frequency), shape=model.shape)
    return np.asarray(effects(values, h, shape=model.shape, worth=worth, moved=moved))


def outcome_of(model: Model, values: Floats, panel: Panel) -> Floats:
    """Return what media bring on a panel in outcome units, (G, T): a whole run of the model."""
    data = scaled(panel, MixOptions(), scales=model.data.scales)
    h = media(values, Exposure(data.lags, data.reach, data.frequency), shape=model.shape)
    return np.asarray(np.einsum("mgt,gm,gt->gt", h, effect(model, values), model.data.unit))


def delta(model: Model, values: Floats) -> Floats:
    """Return what the model says of its tests."""
    numbers = model.numbers["tests"]
    return np.asarray(experiments.differences(values, numbers, shape=model.shape, beta=effect(model, values)))


def with_spend(panel: Panel, added: Floats) -> Panel:
    """Return a panel with more (or less) spend and exposure of tv, (G, T)."""
    exposure, spend = panel.exposure.copy(), np.asarray(panel.spend).copy()
    exposure[:, :, 0] += added / 2.0
    spend[:, :, 0] += added
    return replace(panel, exposure=exposure, spend=spend)


@pytest.mark.parametrize("order", ["carry-first", "saturation-first"])
def test_what_a_test_changed_is_the_difference_of_two_runs_of_the_model(order: str) -> None:
    panel = made()
    options = MixOptions(order=order)  # type: ignore[arg-type]  # one of the two, as listed
    model = model_of(panel, options, experiments=(trial(),))
    values = drawn(model)
    ran = np.asarray(panel.spend)[0, 30:36, 0]
    taken = np.zeros((2, STEPS))
    taken[0, 30:36] = -6000.0 * ran / ran.sum()
    runs = [outcome_of(model, values, one) for one in (panel, with_spend(panel, taken))]
    expected = (runs[0] - runs[1])[0, 30:36].sum()
    assert delta(model, values)[0] == pytest.approx(expected, rel=1e-9)


def test_a_cut_is_held_against_the_spend_that_usually_runs() -> None:
    panel = made()
    dark = np.zeros((2, STEPS))
    dark[0, 30:36] = -np.asarray(panel.spend)[0, 30:36, 0]
    panel = with_spend(panel, dark)  # tv is off in one place
    model = model_of(panel, MixOptions(), experiments=(trial(spend_difference=-12000.0),))
    values = drawn(model)
    back = np.zeros((2, STEPS))
    back[0, 30:36] = 2000.0
    runs = [outcome_of(model, values, one) for one in (panel, with_spend(panel, back))]
    assert delta(model, values)[0] == pytest.approx((runs[0] - runs[1])[0, 30:36].sum(), rel=1e-9)


def test_a_test_of_a_channel_with_reach_changes_whom_it_reached_not_how_often() -> None:
    rng = np.random.default_rng(2)
    reach, frequency = rng.uniform(100, 400, (2, STEPS, 1)), rng.uniform(1, 4, (2, STEPS, 1))
    panel = replace(made(), reached=("tv",), reach=reach, frequency=frequency)
    model = model_of(panel, MixOptions(), experiments=(trial(),))
    values = drawn(model)
    spent = np.asarray(panel.spend)[0, 30:36, 0]
    fewer = reach.copy()
    fewer[0, 30:36, 0] *= 1 - 6000.0 / spent.sum()
    runs = [outcome_of(model, values, one) for one in (panel, replace(panel, reach=fewer))]
    assert delta(model, values)[0] == pytest.approx((runs[0] - runs[1])[0, 30:36].sum(), rel=1e-9)


def test_of_a_step_that_the_test_covers_in_part_the_same_part_counts() -> None:
    months = np.arange("2022-01", "2025-01", dtype="datetime64[M]").astype("datetime64[D]")
    panel = replace(made(steps=36), time=months, grain="month")
    test = trial(start=dt.date(2023, 3, 10), end=dt.date(2023, 4, 20), spend_difference=500.0)
    found = course(test, scaled(panel, MixOptions()))
    assert found.step.tolist() == [14, 15]
    assert found.counted == pytest.approx([22 / 31, 20 / 30])
    assert found.masked[0, 13:17].tolist() == [0, 1, 1, 0]
    assert "cover parts of steps" in found.notes[0]
    before = course(replace(test, start=dt.date(2021, 11, 1), end=dt.date(2022, 1, 31)), scaled(panel, MixOptions()))
    assert before.step.tolist() == [-2, -1, 0]
    assert before.is_inside.tolist() == [0, 0, 1]
    assert "in part" in before.notes[0]


def test_the_days_after_the_spend_count_what_carries_over_and_nothing_else() -> None:
    """One week of spend in a channel that works on: each measured week adds the weight of its lag."""
    straight = ChannelOptions(saturation="none", effect="coefficient")
    options = MixOptions(channels=dict.fromkeys(CHANNELS, straight))
    short, long = (
        trial(30, last, spend_end=week(31) - dt.timedelta(days=1), spend_difference=900.0) for last in (30, 34)
    )
    model = model_of(made(), options, experiments=(short, long))
    values = drawn(model)
    alpha = values[model.layout.names.index("tv alpha")] = 0.8
    data = model.data
    units = 900.0 / 2.0 / 1000.0 / data.scales.exposure["tv"]  # exposure per head, in usual steps
    once = effect(model, values)[0, 0] * data.unit[0, 0] * units
    weight = alpha ** np.arange(9.0) / (alpha ** np.arange(9.0)).sum()
    assert delta(model, values) == pytest.approx([once * weight[0], once * weight[:5].sum()], rel=1e-9)
    assert delta(model, values)[0] < 0.25 * once  # a test cut short is held against its short run


def test_the_term_is_the_formula() -> None:
    tests = (trial(), trial(10, 12, name="old", channels=("radio", "search"), spend_difference=3000.0, geos=()))
    model = model_of(made(), MixOptions(), experiments=tests)
    values = drawn(model)
    tau = values[model.layout.names.index("transport error")]
    error = 7000.0 / 1.6448536269514722
    expected = 0.0
    for test, said in zip(tests, delta(model, values), strict=True):
        age = (week(STEPS - 1) - test.end).days / 7
        variance = error**2 + (tau * abs(test.spend_difference)) ** 2 * (1 + age / 52)
        expected += -0.5 * (test.estimate - said) ** 2 / variance - 0.5 * np.log(2 * np.pi * variance)
    own = experiments.log_likelihood(values, model.numbers["tests"], shape=model.shape, beta=effect(model, values))
    assert float(own) == pytest.approx(expected, rel=1e-9)
    plain = replace(model, numbers={name: one for name, one in model.numbers.items() if name != "tests"})
    u = model.layout.unconstrain(values)
    whole, without = (float(log_density(u, one.numbers, shape=one.shape, layout=one.layout)) for one in (model, plain))
    at = experiments.log_likelihood(
        (there := _constrained(model, u)), model.numbers["tests"], shape=model.shape, beta=effect(model, there)
    )
    assert whole - without == pytest.approx(float(at), rel=1e-6)


def _constrained(model: Model, u: Floats) -> Floats:
    from leadline.measure.mix.density import parameters

    return np.asarray(parameters(u, model.numbers, shape=model.shape, layout=model.layout)[0])


def test_rows_that_a_test_tells_leave_the_panel_and_leave_it_once() -> None:
    panel = made()
    tests = (trial(), trial(33, 40, name="later"))
    model = model_of(panel, MixOptions(), experiments=tests)
    blind = panel.outcome["revenue"].copy()
    blind[0, 30:41] = np.nan
    other = scaled(replace(panel, outcome={"revenue": blind}), MixOptions(), scales=model.data.scales)
    assert np.array_equal(model.numbers["observed"], other.observed)
    rows = likelihood.sums(model.baseline, other.observed)
    assert np.array_equal(model.numbers["sums"]["shared"], rows.shared)
    assert model.data.observed.all()  # the result still shows and counts every row


@settings(max_examples=10)
@given(st.permutations(range(4)))
def test_the_order_of_tests_changes_nothing(order: list[int]) -> None:
    tests = [
        trial(), trial(5, 9, name="cut", spend_difference=-4000.0, estimate=-500.0, low=-9000.0, high=8000.0),
        trial(70, 75, name="later", geos=()), trial(20, 24, name="several", channels=("radio", "tv"), geos=()),
    ]  # fmt: skip
    first, second = (model_of(made(), MixOptions(), experiments=one) for one in (tests, [tests[at] for at in order]))
    u = np.zeros(len(first.layout))
    a, b = (float(log_density(u, one.numbers, shape=one.shape, layout=one.layout)) for one in (first, second))
    assert a == pytest.approx(b, rel=1e-12)


def test_a_share_of_the_people_in_a_national_panel_says_the_same_as_the_place_itself() -> None:
    """Two places alike per head but for the test, and their sum: the same number comes out."""
    places = made()
    people = np.array([1000.0, 2000.0])
    exposure, spend = places.exposure.copy(), np.asarray(places.spend).copy()
    exposure[1, :, 0], spend[1, :, 0] = 1500.0, 3000.0
    exposure[0], spend[0] = exposure[1] / 2, spend[1] / 2
    places = with_spend(
        replace(places, exposure=exposure, spend=spend), np.eye(2, 1) * (np.arange(STEPS) // 6 == 5) * 700.0
    )
    exposure, spend = places.exposure.sum(axis=0)[None], np.asarray(places.spend).sum(axis=0)[None]
    revenue = places.outcome["revenue"].sum(axis=0)[None]
    whole = replace(places, geo=("all",), outcome={"revenue": revenue}, exposure=exposure, spend=spend, population=None)
    sizes = scaled(places, MixOptions()).scales.exposure
    common = {name: size * people.sum() for name, size in sizes.items()}
    alike = MixOptions(channels=dict.fromkeys(CHANNELS, ChannelOptions(effect="coefficient")))
    test = trial(spend_difference=6 * 700.0)
    one = model_of(places, alike, experiments=(test,))
    shared = replace(test, geos=("place 0",), population_share=1 / 3)
    two = model_of(whole, alike, experiments=(shared,), scales=Scales((0.0, 1.0), common, {}, {}))
    said = []
    for model in (one, two):
        values = model.layout.constrain(np.zeros(len(model.layout)))[0]
        beta = np.full((1, 3), 5.0) / model.data.unit[:1, :1] * np.array([[1.0 if model is one else 3.0]])
        numbers = model.numbers["tests"]
        said.append(
            float(experiments.differences(values, numbers, shape=model.shape, beta=np.repeat(beta, 2, axis=0))[0])
        )
    assert said[0] == pytest.approx(said[1], rel=1e-9)
    assert one.numbers["observed"][0, 30:36].sum() == 0
    assert two.numbers["observed"].all()  # most of a national row is not the test


def refusal(test: Experiment, panel: Panel | None = None) -> str:
    """Return why a test is not used."""
    found = calibration([test], scaled(panel or made(), MixOptions()))
    assert found.tests == ()
    assert found.masked.sum() == 0
    return found.refused[0][1]


def test_a_test_that_does_not_fit_the_panel_is_left_out_with_its_reason() -> None:
    assert 'channel "tvv" is not in the panel. Did you mean "tv"?' in refusal(trial(channels=("tvv",)))
    assert "places nowhere are not in the panel" in refusal(trial(geos=("nowhere",)))
    assert "population_share" in refusal(trial(geos=("north",)), made(1))
    assert "more than without the test, but the panel has only" in refusal(trial(spend_difference=1e6))
    assert "less than without the test, but only about" in refusal(trial(70, 75, spend_difference=-1e6))
    assert "price is a driver" in refusal(
        trial(channels=("price",)), replace(made(), channels=("tv", "radio", "price"), kinds=("paid", "paid", "driver"))
    )
    unpaid = replace(made(), kinds=("organic", "paid", "paid"))
    assert "no spend of tv is known" in refusal(trial(), unpaid)
    assert "covers 68 % of the panel" in refusal(trial(0, 40, geos=()))
    twice = calibration([trial(), trial(name="again")], scaled(made(), MixOptions()))
    assert [one.name for one in twice.tests] == ["up"]
    assert twice.notes == ('test "again" is not used: it is given twice.',)


def test_a_test_that_contradicts_itself_stops_the_fit_and_all_faults_are_named() -> None:
    with pytest.raises(InputError) as caught:
        calibration(
            [trial(low=10000.0), trial(name="back", end=week(3), level=90), trial(spend_difference=0.0)],
            scaled(made(), MixOptions()),
        )
    text = str(caught.value)
    assert "does not lie between" in text
    assert "before it starts" in text
    assert "not between 0 and 1" in text
    assert "did not differ" in text


def test_an_interval_with_unequal_sides_is_a_split_normal() -> None:
    lopsided = trial(low=6000.0, high=20000.0)
    below, above = experiments.standard_errors(lopsided)
    assert (below, above) == pytest.approx((3000 / 1.6449, 11000 / 1.6449), rel=1e-4)
    found = calibration([lopsided], scaled(made(), MixOptions()))
    assert "two halves" in found.notes[0]
    numbers, x = found.numbers, np.linspace(-60000, 90000, 30001)
    spread = (np.array([below]), np.array([above]))
    density = np.exp(experiments.by_test(x[:, None], numbers, spread=spread)[:, 0])
    assert np.trapezoid(density, x) == pytest.approx(1.0, rel=1e-5)
    assert x[density.argmax()] == pytest.approx(9000.0)


def test_a_null_and_a_negative_result_enter_as_they_are() -> None:
    for estimate in (0.0, -9000.0):
        test = trial(estimate=estimate, low=estimate - 7000, high=estimate + 7000)
        model = model_of(made(), MixOptions(), experiments=(test,))
        assert model.numbers["tests"]["estimate"].tolist() == [estimate]
        u = np.zeros(len(model.layout))
        assert np.isfinite(log_density(u, model.numbers, shape=model.shape, layout=model.layout))


def test_under_a_log_link_the_change_is_a_factor_on_what_was_sold() -> None:
    model = model_of(made(), MixOptions(link="log"), experiments=(trial(), trial(70, 72, name="later")))
    values = drawn(model)
    beta = np.full((2, 3), 0.1)
    numbers = model.numbers["tests"]
    h = media(values, Exposure(numbers["lags"], numbers["lags"][:0], numbers["frequency"]), shape=model.shape)[:, 0]
    moved = 0.1 * (h[:, :9] - h[:, 9:]).sum(axis=0) * model.data.scales.outcome[1]
    sold = model.data.panel.outcome["revenue"][0]
    expected = [(sold[30:36] * (1 - np.exp(-moved[:6]))).sum(), sold.mean() * np.expm1(moved[6:]).sum()]
    assert experiments.differences(values, numbers, shape=model.shape, beta=beta) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("error", "is_weighted"), [(2.0, True), (0.3, False)])
def test_a_conflict_is_counted_against_the_model_without_the_test(error: float, is_weighted: bool) -> None:  # noqa: FBT001 - a case
    """Belief 0 ± 1 before a test that measured 3: the posterior is known, and so is what was believed without the test."""
    own = 1 / (1 + error**-2)
    draws = own * 3 * error**-2 + np.sqrt(own) * np.random.default_rng(5).standard_normal(4000)
    densities = -0.5 * ((draws - 3) / error) ** 2
    found = experiments.conflict((3.0, error), draws, densities=densities, variance=error**2)
    assert found is not None
    assert found.is_weighted is is_weighted
    assert found.z == pytest.approx(3 / np.hypot(1, error), rel=0.1)
