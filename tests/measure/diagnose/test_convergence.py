"""A run counts as converged only if every check holds, and says which quantity failed."""

from __future__ import annotations

import numpy as np
import pytest

from leadline.inputs import stream
from leadline.measure.diagnose import judge


@pytest.fixture
def draws():
    generator = stream(1, "converged")
    return {"roi of tv": generator.standard_normal((4, 300)), "sigma": generator.gamma(3, size=(4, 300, 2))}


def energy(correlation=0.0):
    noise = stream(2, "energy").standard_normal((4, 300))
    for at in range(1, 300):
        noise[:, at] = correlation * noise[:, at - 1] + np.sqrt(1 - correlation**2) * noise[:, at]
    return noise


def test_independent_draws_have_converged(draws):
    found = judge(draws, divergences=0, energy=energy())
    assert found.converged
    assert found.reasons == found.failed == found.notes == ()
    assert found.draws == 1200
    assert "agree between chains" in found.sentence()
    assert found.min_ess_bulk.value > 800
    assert {row["check"]: row["value"] for row in found.table()}["max_rhat"] == found.max_rhat.value < 1.01


def test_a_chain_that_is_elsewhere_fails_by_name(draws):
    draws["sigma"][2, :, 1] += 2
    found = judge(draws, divergences=0)
    assert not found.converged
    assert found.max_rhat.name == "sigma[1]"
    assert found.failed[0] == "sigma[1]"
    assert "disagree about sigma[1]" in found.sentence()


def test_a_constant_is_passed_over_by_its_name_only(draws):
    draws["slope"] = np.ones((4, 300))
    assert judge(draws, divergences=0, constants={"slope"}).converged
    found = judge(draws, divergences=0)
    assert found.reasons == ("slope never moved, or is not a finite number",)
    # a quantity that hardly moves is no constant, however small its unit
    draws["slope"] = 1 + 1e-12 * np.round(stream(3, "tiny").standard_normal((4, 300)), 1)
    assert judge(draws, divergences=0).converged


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"divergences": 2}, "diverged"),
        ({"energy": energy(0.95)}, "energy"),
    ],
)
def test_too_many_divergences_or_too_little_energy_fail(draws, changed, word):
    found = judge(draws, **{"divergences": 0, **changed})
    assert not found.converged
    assert word in found.reasons[0]


def test_a_divergence_in_a_thousand_and_deep_trees_are_only_noted(draws):
    found = judge(draws, divergences=1, at_depth=13)
    assert found.converged
    assert [note.split()[0] for note in found.notes] == ["1", "1.1"]
    assert judge(draws, divergences=0, at_depth=12).notes == ()


def test_too_few_draws_are_not_enough_however_good(draws):
    found = judge({"roi of tv": draws["roi of tv"][:, :80]}, divergences=0)
    assert found.failed == ("roi of tv",)
    assert "independent draws (at least 400)" in found.reasons[0]
    with pytest.raises(ValueError, match="nothing to judge"):
        judge({}, divergences=0)
