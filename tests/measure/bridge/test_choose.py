import numpy as np

from leadline.inputs import stream
from leadline.measure.bridge import BridgeOptions
from leadline.measure.bridge.choose import FOLDS, choose_family, fold_of
from leadline.measure.bridge.clean import clean


def test_a_clear_lag_shape_is_recognised(step):
    generator = stream(1, "choose")
    count = 3000
    lag = np.exp(np.log(10) + 1.4 * generator.standard_normal(count))
    moves = generator.random(count) < 0.4
    day = np.datetime64("2025-01-01T00:00")
    minutes = np.where(moves, 1440 * lag, 0).astype("timedelta64[m]")
    moved = [str(day + wait) if moves[at] else "" for at, wait in enumerate(minutes)]
    stages = step([str(day)] * count, moved)
    posterior, _, candidates = choose_family(clean(stages), BridgeOptions(), competing=False)
    assert posterior.family.name == "log-normal"
    assert {candidate.family for candidate in candidates} == {
        "weibull", "log-normal", "log-logistic", "generalised-gamma",
    }  # fmt: skip
    chosen = next(candidate for candidate in candidates if candidate.is_chosen)
    assert chosen.ahead > 3 * chosen.error > 0


def test_a_weibull_world_keeps_the_weibull(world):
    posterior, _, candidates = choose_family(clean(world(1, 1500)), BridgeOptions(), competing=False)
    assert posterior.family.name == "weibull"
    assert [candidate.is_chosen for candidate in candidates] == [True, False, False, False]
    assert all(np.isfinite(candidate.held_out) for candidate in candidates)


def test_few_conversions_are_not_asked_for_a_shape(world):
    posterior, _, candidates = choose_family(clean(world(2, 60, rate=0.1)), BridgeOptions(), competing=False)
    assert [candidate.family for candidate in candidates] == ["weibull"]
    assert np.isnan(candidates[0].held_out)
    assert posterior.family.name == "weibull"


def test_the_generalised_gamma_waits_for_200_conversions(world):
    _, _, candidates = choose_family(clean(world(3, 600)), BridgeOptions(), competing=False)
    assert "generalised-gamma" not in {candidate.family for candidate in candidates}


def test_folds_are_even_and_know_nothing_of_the_order():
    folds = np.bincount([fold_of(f"lead-{number}") for number in range(10_000)], minlength=FOLDS)
    # 4 standard errors of a fifth of 10,000
    assert np.abs(folds - 2000).max() < 160
