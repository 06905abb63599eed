import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.measure.mix.baseline import Baseline
from leadline.measure.mix.likelihood import coefficients, log_likelihood, path, sums


def columns(time, cross, local, sd, local_sd):
    names = tuple(map(str, range(len(sd))))
    return Baseline(
        time, cross, local, names, sd, (0,) * len(sd), ("level",) * len(local_sd), local_sd, (0,) * len(local_sd), ()
    )


def dense(base, error, observed, sigma):
    """The same density by the whole covariance of the observed rows."""
    geos, steps = error.shape
    shared = np.concatenate([np.broadcast_to(base.time, (geos, *base.time.shape)), base.cross], axis=2)
    width, own = shared.shape[2], base.local.shape[2]
    whole = np.zeros((geos, steps, width + geos * own))
    whole[:, :, :width] = shared
    for geo in range(geos):
        whole[geo, :, width + geo * own : width + (geo + 1) * own] = base.local[geo]
    kept = observed.reshape(-1) > 0
    z, e = whole.reshape(geos * steps, -1)[kept], error.reshape(-1)[kept]
    variance = np.concatenate([base.sd**2, np.tile(base.local_sd**2, geos)])
    covariance = (z * variance) @ z.T + np.diag(np.repeat(sigma**2, steps)[kept])
    _, logs = np.linalg.slogdet(covariance)
    return -0.5 * (e @ np.linalg.solve(covariance, e) + logs + len(e) * np.log(2 * np.pi))


def test_density_and_baseline_are_those_of_the_vectors(shared):
    told = json.loads((shared / "vectors" / "mix" / "mix.json").read_text(encoding="utf-8"))["collapsed_likelihood"]
    z, sd = np.array(told["Z"]), np.sqrt(np.array(told["prior_variance_A"]))
    base = columns(z, np.zeros((1, 6, 0)), np.zeros((1, 6, 0)), sd, np.zeros(0))
    error = (np.array(told["y"]) - np.array(told["media_mean_mu"]))[None]
    found, sigma = sums(base, np.ones((1, 6))), np.array([told["sigma"]])
    given = (sd, np.zeros(0))
    assert log_likelihood(error, sigma, sd=given, sums=found) == pytest.approx(
        told["log_likelihood_including_constant"], abs=1e-10
    )
    mean, local = coefficients(error, sigma, sd=given, sums=found, noise=(np.zeros(3), np.zeros((1, 0))))
    np.testing.assert_allclose(mean, told["baseline_coefficient_mean"], atol=1e-10)
    np.testing.assert_allclose(path(found, mean, local=local)[0], told["baseline_mean"], atol=1e-10)
    many = np.random.default_rng(1).standard_normal((40_000, 3))
    drawn, _ = coefficients(
        np.broadcast_to(error, (40_000, 1, 6)), np.broadcast_to(sigma, (40_000, 1)), sd=given, sums=found,
        noise=(many, np.zeros((40_000, 1, 0))),
    )  # fmt: skip
    np.testing.assert_allclose(np.cov(drawn.T), told["baseline_coefficient_covariance"], rtol=0.05, atol=2e-3)


@given(
    seed=st.integers(0, 10_000),
    geos=st.integers(1, 4),
    own=st.sampled_from([0, 1, 2]),
    missing=st.sampled_from([0.0, 0.2]),
)
def test_integrating_the_baseline_out_equals_the_whole_covariance(seed, geos, own, missing):
    draw = np.random.default_rng(seed)
    steps, time, cross = 12, 3, 2
    base = columns(
        draw.normal(size=(steps, time)), draw.normal(size=(geos, steps, cross)), draw.normal(size=(geos, steps, own)),
        draw.uniform(1e-6, 3, size=time + cross), draw.uniform(0.1, 2, size=own),
    )  # fmt: skip
    observed = (draw.uniform(size=(geos, steps)) >= missing).astype(float)
    error, sigma = draw.normal(size=(geos, steps)) * observed, draw.uniform(0.2, 2, size=geos)
    found = log_likelihood(error, sigma, sd=(base.sd, base.local_sd), sums=sums(base, observed))
    assert found == pytest.approx(dense(base, error, observed, sigma), rel=1e-9, abs=1e-8)


def test_a_baseline_drawn_back_has_the_mean_of_the_whole_regression_in_every_place():
    draw = np.random.default_rng(3)
    geos, steps = 3, 20
    base = columns(
        draw.normal(size=(steps, 2)), draw.normal(size=(geos, steps, 1)), np.ones((geos, steps, 1)), np.array([2.0, 1.0, 1.0]),
        np.array([1.5]),
    )  # fmt: skip
    error, sigma = draw.normal(size=(geos, steps)), np.array([0.5, 1.0, 2.0])
    found = sums(base, np.ones((geos, steps)))
    shared, local = coefficients(
        error, sigma, sd=(base.sd, base.local_sd), sums=found, noise=(np.zeros(3), np.zeros((geos, 1)))
    )
    whole = np.zeros((geos, steps, 6))
    whole[:, :, :2], whole[:, :, 2:3] = base.time, base.cross
    for geo in range(geos):
        whole[geo, :, 3 + geo] = 1
    weight = np.repeat(sigma**-2.0, steps)[:, None]
    z = whole.reshape(-1, 6)
    precision = z.T @ (z * weight) + np.diag(np.array([2.0, 1.0, 1.0, 1.5, 1.5, 1.5]) ** -2.0)
    mean = np.linalg.solve(precision, z.T @ (error.reshape(-1) * weight[:, 0]))
    np.testing.assert_allclose(np.concatenate([shared, local[:, 0]]), mean, rtol=1e-9)
