"""Fits of whole panels; each shape of panel is compiled once, so few shapes are tried."""

import numpy as np
import pytest

import leadline as ll
from leadline.errors import InputError, NothingDone, UsageError
from leadline.inputs import Panel
from leadline.measure.mix import ChannelOptions, MixOptions, Prior, Sampling, fit_mix
from leadline.measure.mix.density import log_density, numbers_of
from leadline.measure.mix.engine import engine
from leadline.measure.mix.fit import model_of

STEPS = 60


def small(*, outcome=None, exposure=None, steps=STEPS, channels=2, spend=1.0, **more):
    """A panel of one place in which the first channel brings about 1.1 for each 1 spent, the second nothing."""
    draw = np.random.default_rng(5)
    ran = draw.gamma(2, 50, (1, steps, channels)) * (draw.random((1, steps, channels)) < 0.8)
    ran = ran if exposure is None else exposure(ran)
    came = 1000 + draw.normal(0, 20, (1, steps)) + 200 * ran[:, :, 0] / (ran[:, :, 0] + 100)
    came = came if outcome is None else outcome(came)
    names = tuple("abcdefgh"[:channels])
    days = np.datetime64("2024-01-01") + 7 * np.arange(steps)
    return Panel(
        days, "week", ("everywhere",), {"sales": came}, names, ("paid",) * channels, ran, spend=ran * spend, currency="EUR",
        **more,
    )  # fmt: skip


def placed(number, value):
    def put(ran):
        changed = ran.copy()
        changed[:, :, number] = value(ran)
        return changed

    return put


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("compiled")


def test_too_few_steps_are_refused_with_the_remedy():
    with pytest.raises(InputError, match="20 steps by week are too few"):
        fit_mix(small(steps=20))


def test_options_of_a_channel_that_there_is_not_are_refused_with_the_names_there_are():
    with pytest.raises(UsageError, match=r'channel "aa" is not known\. Did you mean "a"\?'):
        fit_mix(small(), MixOptions(channels={"aa": ChannelOptions()}))


def test_an_outcome_that_is_mostly_missing_is_refused():
    def holes(came):
        came[0, ::3] = np.nan
        return came

    with pytest.raises(InputError, match="33 % of the outcome is missing"):
        fit_mix(small(outcome=holes))


def test_a_panel_in_which_nothing_ran_or_nothing_moved_measures_nothing():
    with pytest.raises(NothingDone, match="No channel ever ran"):
        fit_mix(small(exposure=lambda ran: ran * 0))
    with pytest.raises(NothingDone, match="never changes"):
        fit_mix(small(outcome=lambda came: came * 0 + 5.0))


def test_a_log_link_refuses_sales_of_zero_with_their_place():
    def gone(came):
        came[0, 3] = 0
        return came

    with pytest.raises(InputError, match=r"the outcome is 0 on 2024-01-22"):
        fit_mix(small(outcome=gone), MixOptions(link="log"))


@pytest.mark.proof
@pytest.mark.parametrize(
    "options",
    [
        MixOptions(),
        MixOptions(link="log"),
        MixOptions(errors="student"),
        MixOptions(order="saturation-first"),
        MixOptions(channels={"a": ChannelOptions(carry="delayed", slope="free"), "b": ChannelOptions(carry="weibull", saturation="logistic")}),
        MixOptions(channels={"a": ChannelOptions(effect="marginal-roi"), "b": ChannelOptions(effect="coefficient", saturation="none", carry="none")}),
    ],
    ids=["default", "log link", "heavy tails", "saturation first", "other families", "other priors"],
)  # fmt: skip
def test_gradients_of_the_density_are_those_of_small_differences(options):
    jax, jnp = engine()
    model = model_of(small(steps=30), options)
    numbers = numbers_of(model.data, model.baseline, shape=model.shape, layout=model.layout)

    def density(u, xp=np):
        return log_density(u, numbers, shape=model.shape, layout=model.layout, xp=xp)

    u = np.random.default_rng(1).normal(0, 0.3, len(model.layout))
    with jax.disable_jit():
        slope = np.asarray(jax.grad(lambda one: density(one, jnp))(jnp.asarray(u)))
    for place in range(len(u)):
        step = np.eye(len(u))[place] * 1e-5
        around = (density(u + step) - density(u - step)) / 2e-5
        assert slope[place] == pytest.approx(around, rel=1e-5, abs=1e-6), model.layout.names[place]


@pytest.mark.proof
def test_what_really_worked_is_found_and_what_cannot_be_told_is_said(cache):
    plain = fit_mix(small(), cache_folder=cache)
    assert plain.convergence.converged
    one = plain.channel("a")
    assert one.is_identified
    assert one.roi.p05 < 1.08 < one.roi.p95
    rows = np.linspace(0, len(plain.bank.contributions) - 1, len(plain.bank.curves)).astype(int)
    assert plain.bank.curves[:, :, 20] == pytest.approx(plain.bank.contributions[rows])  # as it was: at 1 of 0..2
    level = fit_mix(small(exposure=placed(1, lambda _: 100.0)), cache_folder=cache)
    assert (level.all_told, level.channel("a").is_identified) == (
        False,
        True,
    )  # the baseline may hold what the level brought
    constant = level.channel("b")
    assert constant.verdict == "not identified"
    assert "never varied" in constant.reason
    draw = np.random.default_rng(2)
    twins = fit_mix(
        small(exposure=placed(1, lambda ran: ran[:, :, 0] * (1 + 0.02 * draw.normal(size=ran.shape[:2])))),
        cache_folder=cache,
    )
    assert twins.convergence.converged
    for name in "ab":
        channel = twins.channel(name)
        assert channel.verdict == "not identified"
        assert "moves with" in channel.reason
        assert set(channel.told.channels) == {"a", "b"}
    assert twins.channel("a").told.roi.p05 < 0.55 < twins.channel("a").told.roi.p95
    rare = fit_mix(small(exposure=placed(1, lambda ran: np.eye(STEPS)[30][None] * 500)), cache_folder=cache).channel(
        "b"
    )
    assert not rare.is_identified


@pytest.mark.proof
def test_equal_and_idle_channels_and_missing_outcomes_give_part_of_an_answer(cache):
    same = fit_mix(small(exposure=placed(1, lambda ran: ran[:, :, 0])), cache_folder=cache)
    assert [one.name for one in same.channels] == ["a + b"]
    assert same.channel("a + b").spend == pytest.approx(2 * small().spend[:, :, 0].sum())
    idle = fit_mix(small(exposure=placed(1, lambda _: 0.0)), cache_folder=cache)
    assert [one.name for one in idle.channels] == ["a"]
    assert "b never ran: it is left out" in idle.notes

    def holes(came):
        came[0, ::10] = np.nan
        return came

    known = fit_mix(small(outcome=holes), cache_folder=cache)
    assert "sales is not known in 6 of 60 weeks: they are passed over" in known.notes
    missing = known.channel("a")
    assert missing.roi.p05 < 1.08 < missing.roi.p95
    flows = fit_mix(small(outcome=lambda came: came - 1050), cache_folder=cache)
    assert flows.convergence.converged
    assert flows.channel("a").roi.p05 < 1.08 < flows.channel("a").roi.p95


@pytest.mark.proof
def test_the_same_seed_gives_the_same_draws_and_units_change_nothing_but_units(cache):
    first, again = (fit_mix(small(), cache_folder=cache) for _ in range(2))
    assert np.array_equal(first.bank.parameters, again.bank.parameters)
    millions = fit_mix(small(outcome=lambda came: came * 1e6, spend=1e6), cache_folder=cache)
    assert millions.channel("a").roi.p50 == pytest.approx(
        first.channel("a").roi.p50, rel=0.02
    )  # the optimiser stops elsewhere in the last digits: equal up to Monte Carlo error
    cents = MixOptions(
        channels={name: ChannelOptions(effect="coefficient", prior=Prior("half-normal", 0.0, 2.0)) for name in "ab"}
    )
    euros, in_cents = (fit_mix(small(spend=unit), cents, cache_folder=cache).channel("a").roi for unit in (1.0, 100.0))
    assert in_cents.p50 * 100 == pytest.approx(euros.p50, rel=1e-9)


@pytest.mark.proof
def test_a_quick_estimate_lies_where_the_sampled_one_does(cache):
    sampled = fit_mix(small(), cache_folder=cache)
    quick = fit_mix(small(), MixOptions(sampling=Sampling(instant=True)), cache_folder=cache)
    assert (quick.method, quick.convergence.max_rhat) == ("instant", None)
    assert quick.convergence.k <= 0.7
    for one, other in zip(sampled.channels, quick.channels, strict=True):
        spread = (one.roi.p95 - one.roi.p05) / 3.29
        assert abs(one.roi.p50 - other.roi.p50) < 0.3 * spread  # design, measurement section 2.10


@pytest.mark.proof
@pytest.mark.parametrize("errors", ["normal", "student"])
def test_a_sampled_baseline_agrees_with_the_one_integrated_out(cache, errors):
    found = fit_mix(small(), MixOptions(errors=errors), cache_folder=cache).channel("a").roi
    assert found.p50 == pytest.approx(1.06, abs=0.06)


@pytest.mark.proof
def test_the_bench_panel_is_recovered(shared, cache):
    panel = ll.read_panel(shared / "data" / "mmm_bench" / "national.csv", kpi="revenue")
    found = fit_mix(panel, cache_folder=cache)
    truth = {
        "tv": 1.6,
        "radio": 0.9,
        "ooh": 0.6,
        "search": 3.0,
        "social": 2.2,
        "display": 0.5,
        "video": 1.2,
        "affiliate": 2.6,
    }
    assert found.convergence.converged
    assert found.convergence.divergences == 0
    hit = [one.name for one in found.channels if one.roi.p05 <= truth[one.name] <= one.roi.p95]
    assert len(hit) >= 6, hit  # 90 % intervals of eight channels: fewer than six in 1 of 200 panels


@pytest.mark.proof
def test_effects_far_above_the_default_prior_raise_the_conflict(shared, cache):
    channels = ["x1_Search-Ads", "x2_Social-Media", "x3_Local-Ads", "x4_Email"]
    panel = ll.read_panel(
        shared / "data" / "mmm_small" / "small.csv", kpi="y", channels=channels, controls=["c1", "c2"],
        drop=["c1_effect", "c2_effect"],
    )  # fmt: skip
    found = fit_mix(panel, cache_folder=cache)
    assert {one.name for one in found.channels if one.conflict} >= {"x2_Social-Media", "x4_Email"}


ERAS = ((1907, 1914), (1915, 1925), (1926, 1940))  # of what the copy promised, by the data's README


@pytest.mark.proof
def test_pinkham_is_told_with_its_caveats(shared, cache):
    panel = ll.read_panel(
        shared / "data" / "pinkham" / "pinkham.csv", kpi="sales", channels=["advertising"], date="year"
    )
    found = fit_mix(panel, MixOptions(channels={"advertising": ChannelOptions(saturation="none")}), cache_folder=cache)
    assert found.convergence.converged
    assert any("carry-over inside a year can't be seen" in note for note in found.notes)
    assert any("advertising follows the sales of the year before" in note for note in found.notes)
    roi = found.channel("advertising").roi
    assert roi.p05 < 0.5345 / (1 - 0.60734) < roi.p95  # long-run effect of the regression with eras, the data's README


@pytest.mark.proof
def test_pinkham_with_its_eras_stands_where_the_regression_with_eras_stands(shared, cache, tmp_path):
    rows = (shared / "data" / "pinkham" / "pinkham.csv").read_text(encoding="utf-8").split()[1:]
    eras = [",".join(str(int(first <= int(row[:4]) <= last)) for first, last in ERAS) for row in rows]
    table = "\n".join(f"{row},{era}" for row, era in zip(rows, eras, strict=True))
    (tmp_path / "eras.csv").write_text(f"year,advertising,sales,era 1,era 2,era 3\n{table}\n", encoding="utf-8")
    panel = ll.read_panel(tmp_path / "eras.csv", kpi="sales", channels=["advertising"], date="year")
    found = fit_mix(panel, MixOptions(channels={"advertising": ChannelOptions(saturation="none")}), cache_folder=cache)
    brought = found.channel("advertising")
    low, middle, high = (0.5 ** (1 / getattr(brought.half_life, at)) for at in ("p05", "p50", "p95"))
    assert low < 0.60734 < high  # share of an effect that is left after a year, by the data's README
    assert brought.roi_cohort.p05 < 0.5345 / (1 - 0.60734) < brought.roi_cohort.p95
    assert brought.roi_cohort.p50 * (1 - middle) == pytest.approx(0.5345, abs=0.2)  # in the same year
