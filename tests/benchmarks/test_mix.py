"""The comparison of mix models: what its panels are made of, how draws are judged, how processes are timed and told apart."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "mix.py"
WEEK = np.timedelta64(7, "D")


@pytest.fixture
def parts(monkeypatch):
    """The modules beside the script, as its runners import them."""
    monkeypatch.syspath_prepend(str(SCRIPT.with_suffix("")))
    names = ("panels", "fitted", "score")
    yield {name: importlib.import_module(name) for name in names}
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture
def mix(monkeypatch):
    spec = importlib.util.spec_from_file_location("benchmark_of_mix", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def _curves(panels, case):
    """Carry-over and saturation written out by the formulas, from the published spend alone."""
    a_head = case.spend / (1.0 if case.population is None else case.population[:, None, None])
    out = np.empty_like(a_head)
    for m, (alpha, half) in enumerate(zip(panels.FIXED.alpha, panels.FIXED.half, strict=True)):
        usual = a_head[..., m] / np.median(a_head[..., m][a_head[..., m] > 0])
        weights = [alpha**lag for lag in range(9)]
        for t in range(out.shape[1]):
            carried = sum(weights[lag] * usual[:, t - lag] for lag in range(min(t, 8) + 1)) / sum(weights)
            out[:, t, m] = carried / (carried + half)
    return out


def test_a_regression_on_the_true_curves_finds_the_true_returns_and_the_noise_that_was_added(parts):
    panels = parts["panels"]
    case = panels.make("national", 4)
    settled = slice(8, None)  # before, the lead-in that is not published still works
    curve, weeks = _curves(panels, case)[0], np.arange(156)
    turn = 2 * np.pi * weeks / (365.25 / 7)
    around = [np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)]
    columns = np.column_stack([curve, np.ones(156), weeks, *around, case.controls[0]])[settled]
    found, *_ = np.linalg.lstsq(columns, case.outcome[0][settled], rcond=None)
    rest = case.outcome[0][settled] - columns @ found
    sigma = np.sqrt((rest**2).sum() / (len(rest) - columns.shape[1]))
    spread = sigma * np.sqrt(np.diag(np.linalg.inv(columns.T @ columns)))[:8]
    true = case.contribution / curve.sum(axis=0)
    assert sigma == pytest.approx(0.04 * 0.05 * 40e6, rel=0.2)
    assert np.abs((found[:8] - true) / spread).max() < 4
    assert case.contribution.sum() / case.outcome.sum() == pytest.approx(0.243, abs=0.01)


def test_places_differ_in_people_spend_and_effect_and_share_their_flights(parts):
    panels = parts["panels"]
    case = panels.make("geo", 4)
    assert case.outcome.shape == (40, 156)
    on = case.spend > 0
    assert (on == on[0]).all()
    level = np.log(case.spend.sum(axis=1) / case.population[:, None])
    assert 0.2 < level.std(axis=0).mean() < 0.45
    assert case.total_spend.sum() / 156 / case.population.sum() == pytest.approx(0.01, rel=0.01)
    curve = _curves(panels, case)
    slopes = [
        np.linalg.lstsq(np.column_stack([curve[g, 8:], np.ones(148), case.controls[g, 8:]]), outcome[8:], rcond=None)[
            0
        ][3]
        for g, outcome in enumerate(case.outcome / case.population[:, None])
    ]
    assert np.std(slopes) / np.mean(slopes) > 0.15  # sd of the true effects 0.2, and the noise of the slopes


def test_a_seed_gives_its_panel_again_and_another_seed_another(parts, tmp_path):
    panels = parts["panels"]
    one, again, other = panels.make("national", 1), panels.make("national", 1), panels.make("national", 2)
    one.save(tmp_path / "one.npz")
    read = panels.Case.load(tmp_path / "one.npz")
    assert (one.outcome == again.outcome).all()
    assert (one.outcome == read.outcome).all()
    assert read.channels == one.channels
    assert read.population is None
    assert (np.diff(read.time) == WEEK).all()
    assert not np.isclose(one.spend, other.spend).all()


@pytest.mark.parametrize(("file", "shape"), [("mmm_bench/national.csv", (1, 156, 8)), ("mmm_bench/geo.csv", (40, 156, 8)), ("mmm_small/small.csv", (1, 104, 4))])  # fmt: skip
def test_shared_panels_are_read_with_their_truth_beside_them_and_never_among_the_controls(parts, shared, file, shape):
    case = parts["panels"].read(shared / "data" / file)
    truth = json.loads((shared / "data" / file.replace(".csv", "_truth.json")).read_text())
    assert case.spend.shape == shape
    assert not [name for name in case.control_names if "effect" in name]
    if "spend" in truth:
        assert case.total_spend == pytest.approx([truth["spend"][name] for name in case.channels])
        shares = case.contribution / case.outcome.sum()
        assert shares == pytest.approx([truth["contribution_share"][name] for name in case.channels], rel=1e-4)
    else:
        assert dict(zip(case.channels, case.roi, strict=True)) == truth["roas"]["Local"]


def _fit(parts, case, contribution, **sampled):
    return parts["fitted"].Fit(sampled, contribution, 2.0, None, 3)


def test_independent_draws_around_the_truth_count_whole_and_hold_it(parts, tmp_path):
    case = parts["panels"].make("national", 1)
    random = np.random.default_rng(1)
    contribution = case.contribution * (1.1 + 0.2 * random.standard_normal((4, 500, 8)))
    held = np.ones((4, 500, 8))
    partly = np.concatenate([held[..., :1], random.standard_normal((4, 500, 2))], axis=-1)
    _fit(parts, case, contribution, slope=held, place=partly).save(tmp_path / "fit.npz")
    found = parts["score"].scored(case, parts["fitted"].Fit.load(tmp_path / "fit.npz"))
    assert found["min_ess_bulk"] > 1500
    assert found["max_rhat"] < 1.01
    assert (found["inside90"], found["divergences"]) == (8, 3)
    assert found["roi_error"] == pytest.approx(0.1, abs=0.02)
    assert found["contribution_error"] == pytest.approx(0.1, abs=0.02)
    assert found["fixed"] == ["place", "slope"]


def test_a_parameter_whose_chains_disagree_or_whose_draws_are_no_numbers_decides_the_verdict(parts):
    case = parts["panels"].make("national", 1)
    random = np.random.default_rng(1)
    contribution = case.contribution * np.exp(0.1 * random.standard_normal((4, 500, 8)))
    apart = random.standard_normal((4, 500, 2)) + np.array([0, 0, 0, 5.0])[:, None, None] * np.array([0, 1])
    found = parts["score"].scored(case, _fit(parts, case, contribution, apart=apart))
    assert found["max_rhat"] > 1.3
    assert found["min_ess_bulk"] < 20
    assert (found["max_rhat_of"], found["min_ess_bulk_of"]) == ("apart", "apart")
    apart[0, 0, 0] = np.nan
    lost = parts["score"].scored(case, _fit(parts, case, contribution, apart=apart))
    assert (lost["max_rhat"], lost["min_ess_bulk"], lost["min_ess_bulk_of"]) == (None, None, "apart")


@pytest.mark.slow
def test_a_process_is_timed_with_its_children_and_stopped_with_them_at_the_limit(mix, tmp_path):
    work = "import os, time\nheld = bytearray(60_000_000)\nif os.fork() == 0:\n    end = time.process_time() + 0.3\n    while time.process_time() < end: pass\n    os._exit(0)\nos.wait()\n"
    told = tmp_path / "told.txt"
    ended = mix.timed([sys.executable, "-c", work], env=os.environ, told=told, limit=60)
    assert (ended.code, ended.stopped) == (0, False)
    assert ended.cpu > 0.3
    assert ended.megabytes > 60
    child = "import os, time\npid = os.fork()\nprint(os.getpid(), flush=True)\ntime.sleep(60)\n"
    cut = mix.timed([sys.executable, "-c", child], env=os.environ, told=told, limit=0.5)
    assert cut.stopped
    assert cut.wall == 0.5
    for pid in told.read_text().split():
        stat = Path(f"/proc/{pid}/stat")
        assert not stat.exists() or stat.read_text().split()[2] == "Z"  # dead, where it is still listed


def test_what_does_not_reach_enough_draws_counts_as_the_limit_and_the_best_other_is_named(mix):
    def record(wall, sampling, least, *, stopped=False):
        if stopped:
            return {"wall": wall, "cpu": None, "megabytes": 900, "stopped": True}
        judged = {"sampling_seconds": sampling, "min_ess_bulk": least, "roi_error": 0.2, "contribution_error": 0.1}
        return {"wall": wall, "cpu": wall, "megabytes": 450, "stopped": False, **judged}

    assert mix.seconds_to_enough(record(10, 4, 800), 900) == 2
    assert mix.seconds_to_enough(record(10, 400, 10), 900) is None
    assert mix.seconds_to_enough(record(10, 400, None), 900) is None
    runs = {
        "leadline geo 1 default cold": record(60, 40, 800),
        "meridian geo 1 default cold": record(600, 500, 20),
        "pymc-nutpie geo 1 default cold": record(900, 0, 0, stopped=True),
    }
    said = list(mix.ratios([("geo", 1, "default", "cold")], runs, limit=900))
    assert "whole process 10.0 (meridian), sampling to 400 effective draws 45.0" in said[0]
    assert "memory 1.0 (meridian)" in said[0]
    assert "error of returns 1.0 (meridian)" in said[0]
    assert "median of 1" in said[1]
    for name, inside in (("leadline", 7), ("meridian", 6)):
        runs[f"{name} geo 1 default cold"] |= {"inside90": inside, "channels": dict.fromkeys("abcdefgh")}
    runs["leadline geo 2 default cold"] = runs["leadline geo 1 default cold"]
    (kept,) = mix.held([("geo", 1, "default", "cold"), ("geo", 2, "default", "cold")], runs)
    assert kept.endswith("leadline 14 of 16, meridian 6 of 8")
