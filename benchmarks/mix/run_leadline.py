"""Leadline on a case, as `leadline mix` does it, all options at their defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from fitted import Ask, Fit, run, versions
from panels import Case, Floats, usual_shares

LOG_SD = 0.9


def fit(case: Case, ask: Ask) -> Fit:
    """Fit Leadline's mix model."""
    from leadline.inputs import Panel
    from leadline.measure.mix.fit import fit_mix
    from leadline.measure.mix.options import MixOptions, Sampling

    panel = Panel(
        time=case.time, grain="week", geo=case.geo, outcome={"revenue": case.outcome}, channels=case.channels,
        kinds=("paid",) * len(case.channels), exposure=case.spend, spend=case.spend, population=case.population,
        controls=case.controls, control_names=case.control_names, currency="EUR",
    )  # fmt: skip
    sampling = Sampling(chains=ask.chains, draws=ask.draws)
    options = MixOptions(channels=_channels(case, ask), sampling=sampling, seed=ask.seed)
    result = fit_mix(panel, options, cache_folder=Path(ask.cache) if ask.cache else None)
    bank = result.bank

    def by_chain(draws: Floats) -> Floats:
        return np.stack([draws[bank.chain == chain] for chain in np.unique(bank.chain)])

    return Fit(
        sampled={name: by_chain(bank.parameters[:, at]) for at, name in enumerate(bank.names)},
        contribution=by_chain(bank.contributions),
        sampling_seconds=result.seconds["sample"],
        compile_seconds=result.seconds["compile"],
        divergences=int(result.convergence.divergences or 0),
        settings={
            "chains": ask.chains,
            "draws": len(bank.chain) // ask.chains,
            "converged": result.convergence.converged,
            "reasons": list(result.convergence.reasons),
            "seconds": dict(result.seconds),
            "verdicts": {one.name: one.verdict for one in result.channels},
            "conflicts": [one.name for one in result.channels if one.conflict],
            "versions": versions("leadline", "jax", "numpyro"),
        },
    )


def _channels(case: Case, ask: Ask) -> dict[str, Any]:
    """Return the options of the channels: none of their own, or the shared priors on contribution shares."""
    from leadline.measure.mix.options import ChannelOptions
    from leadline.measure.mix.priors import Prior

    if ask.priors == "default":
        return {}
    middles = np.log(usual_shares(case)).tolist()
    priors = [Prior("log-normal", middle, LOG_SD) for middle in middles]
    return {name: ChannelOptions(effect="share", prior=one) for name, one in zip(case.channels, priors, strict=True)}


if __name__ == "__main__":
    run(fit)
