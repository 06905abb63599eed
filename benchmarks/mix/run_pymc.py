"""PyMC-Marketing on a case, sampled by nutpie or by PyMC's own NUTS, as its example notebook does it.

Its own defaults: geometric carry-over, logistic saturation, half-normal coefficients on maximum-scaled columns; two yearly
harmonics and a linear trend, as in the notebook. Places (`dims`) have parameters of their own, not pooled: its default.
It has no prior on contribution shares: where those are asked for, the coefficient gets the log-normal prior under which the
share has the asked-for median at the prior medians of carry-over and saturation, with the same log-sd.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from fitted import Ask, Fit, run, versions
from panels import Case, Floats, usual_shares

if TYPE_CHECKING:
    import pandas as pd
    from pymc_extras.prior import Prior

WARMUP = {"national": 1000, "geo": 500}  # of each chain
DRAWS = {"national": 1000, "geo": 500}
LAGS = 8
HARMONICS = 2
ALPHA = 1 - 0.5 ** (1 / 3)  # median of its prior on carry-over, Beta(1, 3)
LAM = 2.674  # median of its prior on saturation, Gamma(3, 1)
LOG_SD = 0.9


def fit(case: Case, ask: Ask) -> Fit:
    """Fit PyMC-Marketing."""
    from pymc_marketing.mmm import MMM, GeometricAdstock, LogisticSaturation

    national = case.population is None
    kind = "national" if national else "geo"
    warmup, draws = ask.warmup or WARMUP[kind], ask.draws or DRAWS[kind]
    model = MMM(
        date_column="date", target_column="y", channel_columns=list(case.channels),
        control_columns=[*case.control_names, "trend"], dims=None if national else ("geo",),
        adstock=GeometricAdstock(l_max=LAGS), saturation=LogisticSaturation(), yearly_seasonality=HARMONICS,
        model_config=None if ask.priors == "default" else {"saturation_beta": _coefficients(case)},
    )  # fmt: skip
    frame = _frame(case)
    outcome = frame.pop("y")
    model.build_model(frame, outcome)
    started = time.perf_counter()
    model.fit(
        frame, outcome, progressbar=False, random_seed=ask.seed, nuts_sampler=ask.sampler,
        chains=ask.chains, tune=warmup, draws=draws, cores=ask.cores,
    )  # fmt: skip
    seconds = time.perf_counter() - started
    found = model.idata
    # PyMC tells how long its chains took; compilation, done before them, is the rest of the call.
    told = found["posterior"].attrs.get("sampling_time")
    free = {variable.name for variable in model.model.free_RVs}
    scaled = found["posterior"]["channel_contribution"] * found["constant_data"]["target_scale"]
    totals = scaled.sum([name for name in scaled.dims if name not in {"chain", "draw", "channel"}])
    return Fit(
        sampled={name: np.asarray(found["posterior"][name], dtype=np.float64) for name in sorted(free)},
        contribution=np.asarray(totals.transpose("chain", "draw", "channel").sel(channel=list(case.channels))),
        sampling_seconds=seconds if told is None else float(told),
        compile_seconds=None if told is None else seconds - float(told),
        divergences=int(np.asarray(found["sample_stats"]["diverging"]).sum()),
        settings={
            "chains": ask.chains,
            "warmup": warmup,
            "draws": draws,
            "sampler": ask.sampler,
            "versions": versions("pymc-marketing", "pymc", "pytensor", "nutpie"),
        },
    )


def _frame(case: Case) -> pd.DataFrame:
    """Return the case as a table, a row per place and week; the trend runs from 0 to 1."""
    import pandas as pd

    geos, weeks = case.outcome.shape
    columns: dict[str, object] = {"date": np.tile(case.time.astype("datetime64[ns]"), geos)}
    if case.population is not None:
        columns["geo"] = np.repeat(case.geo, weeks)
    columns |= {name: case.spend[..., at].ravel() for at, name in enumerate(case.channels)}
    columns |= {name: case.controls[..., at].ravel() for at, name in enumerate(case.control_names)}
    return pd.DataFrame(columns | {"trend": np.tile(np.linspace(0, 1, weeks), geos), "y": case.outcome.ravel()})


def _coefficients(case: Case) -> Prior:
    """Return the prior on coefficients that stands for the one on shares, by place and channel."""
    import xarray as xr
    from pymc_extras.prior import Prior

    weights = ALPHA ** np.arange(LAGS)
    carried = np.stack([_carried(case.spend[..., at], weights / weights.sum()) for at in range(len(case.channels))], -1)
    curve = np.tanh(LAM * carried / case.spend.max(axis=1, keepdims=True) / 2)
    # Maximum-scaled by place, as the model does; every place gets the same share of its own outcome.
    outcome = case.outcome.sum(axis=1) / case.outcome.max(axis=1)
    middle: Floats = np.log(usual_shares(case) * outcome[:, None] / curve.sum(axis=1))
    dims = ("geo", "channel")
    told = xr.DataArray(middle, dims=dims) if case.population is not None else xr.DataArray(middle[0], dims=dims[1:])
    return Prior("LogNormal", mu=told, sigma=LOG_SD, dims=told.dims)


def _carried(column: Floats, weights: Floats) -> Floats:
    padded = np.pad(column, ((0, 0), (len(weights) - 1, 0)))
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, len(weights), axis=1) @ weights[::-1])


if __name__ == "__main__":
    run(fit)
