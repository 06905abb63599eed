"""The ladder of repairs: what is too short is lengthened, what disagrees begins anew with smaller steps, what fails says why."""

from types import SimpleNamespace

import pytest

from leadline.measure import diagnose
from leadline.measure.mix import settle as ladder
from leadline.measure.mix.options import MixOptions
from leadline.measure.mix.result import Convergence


def chains(rhat, *, divergences=0, draws=2400):
    """Return what is said of chains that disagree so much."""
    worst = diagnose.Extreme(rhat, "tv roi")
    reasons = () if rhat <= diagnose.RHAT_MOST else (f"R-hat {rhat}",)
    return diagnose.Convergence(worst, worst, worst, draws, divergences, 0.0, None, reasons, ())


@pytest.fixture
def run(monkeypatch):
    """Run the ladder over chains that are said to disagree so, one after another; return the result and what was done."""

    def go(said, *, read=lambda rhat: rhat):
        left, done = iter(said), []
        monkeypatch.setattr(ladder, "sample", lambda *_, run, **__: done.append(f"sample {run.draws}"))
        monkeypatch.setattr(ladder, "longer", lambda *_, draws, **__: done.append(f"longer {draws}"))
        monkeypatch.setattr(ladder, "_sampled", lambda *_: next(left))

        def summed(_model, _drawn, sampled, *, failures, seed):
            done.append("sum")
            rhat = read(sampled.max_rhat.value)
            reasons = () if rhat <= diagnose.RHAT_MOST else ("the baseline disagrees",)
            found = Convergence(not reasons, rhat, 900.0, 900.0, sampled.divergences, "", (*failures, *reasons), None)
            return SimpleNamespace(convergence=found)

        monkeypatch.setattr(ladder, "_summed", summed)
        programs = SimpleNamespace(target=0.9, again=lambda target: SimpleNamespace(target=target))
        model = SimpleNamespace(shape=SimpleNamespace(geos=1))
        return ladder.settle(programs, model, found=None, options=MixOptions()).convergence, done

    return go


def test_chains_that_settled_are_summed_up_once(run):
    found, done = run([chains(1.004)])
    assert found.converged
    assert done == ["sample 600", "sum"]


def test_chains_that_nearly_agree_get_half_as_many_draws_more_and_are_summed_up_when_they_do(run):
    found, done = run([chains(1.02), chains(1.012, divergences=1), chains(1.008, divergences=1)])
    assert found.converged
    assert done == ["sample 600", "longer 300", "longer 300", "sum"]


def test_what_people_read_must_settle_too(run):
    readings = iter([1.02, 1.005])
    found, done = run([chains(1.004), chains(1.004)], read=lambda _: next(readings))
    assert found.converged
    assert done == ["sample 600", "sum", "longer 300", "sum"]


@pytest.mark.parametrize("first", [chains(1.6), chains(1.02, divergences=40), chains(float("nan"))])
def test_chains_that_more_draws_would_not_help_begin_anew_with_smaller_steps(run, first):
    found, done = run([first, chains(1.004)])
    assert found.converged
    assert done == ["sample 600", "sum", "sample 1200", "sum"]
    assert any(reason.startswith("acceptance 0.9: ") for reason in found.reasons)


def test_chains_that_never_settle_say_what_was_tried(run):
    found, done = run([chains(1.05)] * 15)
    assert not found.converged
    assert done.count("longer 300") == 4
    assert done.count("longer 600") == 8
    assert [reason[:15] for reason in found.reasons[:2]] == ["acceptance 0.9:", "acceptance 0.95"]
