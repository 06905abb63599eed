"""Google Meridian on a case, JAX backend, as its getting-started guide does it.

Its own defaults (a prior on ROI, Hill with slope 1, geometric carry-over, 8 lags) but two: knots of the time effect are chosen
by its own algorithm (`enable_aks`), for its default is one knot in a national panel, which allows neither trend nor season; and
4 chains instead of the guide's 10, as the other systems run.
"""

from __future__ import annotations

import os

os.environ.setdefault("MERIDIAN_BACKEND", "jax")

import time
from typing import TYPE_CHECKING

import numpy as np
from fitted import Ask, Compiling, Fit, run, versions
from panels import Case, usual_shares

if TYPE_CHECKING:
    from meridian.data.input_data import InputData
    from meridian.model.spec import ModelSpec

WARMUP = {"national": 1000, "geo": 500}  # of each chain, half to adapt and half to burn in
DRAWS = {"national": 1000, "geo": 500}
# Computed from what is sampled. Of places it keeps no deviations but the effects made of them, which then stand for them.
DERIVED = {"national": ("mu_t", "tau_g", "beta_m", "beta_gm", "gamma_gc"), "geo": ("mu_t", "beta_m")}


def fit(case: Case, ask: Ask) -> Fit:
    """Fit Meridian."""
    from meridian.analysis import analyzer
    from meridian.model import model

    compiling = Compiling()
    kind = "national" if case.population is None else "geo"
    warmup, draws = ask.warmup or WARMUP[kind], ask.draws or DRAWS[kind]
    fitted = model.Meridian(input_data=_data(case), model_spec=_spec(case, ask))
    started = time.perf_counter()
    fitted.sample_posterior(
        n_chains=ask.chains, n_adapt=warmup // 2, n_burnin=warmup - warmup // 2, n_keep=draws, seed=ask.seed
    )
    seconds, compiled = time.perf_counter() - started, compiling.since(started)
    roi = np.asarray(analyzer.Analyzer(fitted).roi(), dtype=np.float64)
    found = fitted.inference_data
    sampled = {
        str(name): np.asarray(values, dtype=np.float64)
        for name, values in found.posterior.items()
        if str(name) not in DERIVED[kind]
    }
    return Fit(
        sampled=sampled,
        contribution=roi * case.total_spend,
        sampling_seconds=seconds - compiled,
        compile_seconds=compiled,
        divergences=int(np.asarray(found.sample_stats["diverging"]).sum()),
        settings={
            "chains": ask.chains,
            "warmup": warmup,
            "draws": draws,
            "knots": int(fitted.knot_info.n_knots),
            "versions": versions("google-meridian", "jax", "tfp-nightly"),
        },
    )


def _data(case: Case) -> InputData:
    """Return the case as Meridian's input."""
    import pandas as pd
    from meridian.data import data_frame_input_data_builder as builders

    geos, weeks = case.outcome.shape
    frame = pd.DataFrame(
        {
            "geo": np.repeat(case.geo, weeks),
            "time": np.tile(np.datetime_as_string(case.time, unit="D"), geos),
            "kpi": case.outcome.ravel(),
            **{name: case.spend[..., at].ravel() for at, name in enumerate(case.channels)},
            **{name: case.controls[..., at].ravel() for at, name in enumerate(case.control_names)},
        }
    )
    if case.population is None:
        frame = frame.drop(columns="geo")
    else:
        frame["population"] = np.repeat(case.population, weeks)
    channels = list(case.channels)
    built = builders.DataFrameInputDataBuilder(kpi_type="revenue").with_kpi(frame)
    built = built.with_controls(frame, control_cols=list(case.control_names))
    built = built.with_media(frame, media_cols=channels, media_spend_cols=channels, media_channels=channels)
    if case.population is not None:
        built = built.with_population(frame)
    return built.build()


def _spec(case: Case, ask: Ask) -> ModelSpec:
    """Return the model: its own priors on ROI, or the shared ones on contribution shares."""
    from meridian import backend
    from meridian.model import prior_distribution, spec

    if ask.priors == "default":
        return spec.ModelSpec(enable_aks=True)
    medians = np.log(usual_shares(case)).astype(backend.np_float_dtype)
    shares = backend.tfd.LogNormal(medians, backend.np_float_dtype(0.9), name="contribution_m")
    prior = prior_distribution.PriorDistribution(contribution_m=shares)
    return spec.ModelSpec(prior=prior, media_prior_type="contribution", enable_aks=True)


if __name__ == "__main__":
    run(fit)
