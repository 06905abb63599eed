"""The mix model from a panel to a result: scale, compile, find the pilot, sample, check, sum up.

Numbers of chains that did not settle are never given as estimates.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from leadline.errors import UsageError
from leadline.inputs import Experiment, Manifest, Panel
from leadline.measure.mix import baseline as baselines
from leadline.measure.mix.density import Model, numbers_of
from leadline.measure.mix.experiments import calibration
from leadline.measure.mix.options import MODEL, MixOptions
from leadline.measure.mix.result import MixResult
from leadline.measure.mix.sampler import Programs, Tell, find
from leadline.measure.mix.scale import Scaled, scaled
from leadline.measure.mix.scales import Scales
from leadline.measure.mix.settle import quick, settle
from leadline.measure.mix.shape import shaped
from leadline.measure.mix.summary import Facts, summed_up

STUDENT_TARGET = 0.95  # own: a trend whose increments are sampled has a narrow neck, and 0.9 meets divergences there
NOT_QUICK = "the quick estimate could not be trusted here, so the model was sampled in full"


@dataclass
class _Watch:
    """Seconds by phase."""

    seconds: dict[str, float] = field(default_factory=dict)
    _since: float = field(default_factory=time.perf_counter)

    def lap(self, phase: str) -> None:
        now = time.perf_counter()
        self.seconds[phase] = self.seconds.get(phase, 0.0) + now - self._since
        self._since = now


def model_of(
    panel: Panel, options: MixOptions, *, scales: Scales | None = None, experiments: Sequence[Experiment] = ()
) -> Model:
    """Return the model of a panel: scaled numbers, baseline, shape and layout.

    Raises InputError for what cannot be fitted, UsageError for options of a channel that there is not, NothingDone where no
    channel ran
    """
    for name in options.channels:
        if name not in panel.channels:
            raise UsageError.unknown("channel", name, known=panel.channels)
    data = scaled(panel, options, scales=scales)
    base = baselines.columns(panel, options.baseline, cross=data.cross, cross_names=data.cross_names)
    found = calibration(experiments, data, link=options.link) if experiments else None
    shape, layout = shaped(data, base, options=options, extra=found.extra if found else ())
    numbers = numbers_of(data, base, shape=shape, layout=layout, calibration=found)
    references = {name: options.channel(name).reference for name in data.drivers}
    return Model(data, base, shape, layout, numbers, references, found)


def fit_mix(
    panel: Panel,
    options: MixOptions | None = None,
    *,
    experiments: Sequence[Experiment] = (),
    scales: Scales | None = None,
    cache_folder: Path | None = None,
    progress: Tell | None = None,
) -> MixResult:
    """Return what each channel brought, with what certainty, and what more or less of it would bring.

    panel: outcome, exposure and spend by place and step · experiments: finished tests, taken as what they measured ·
    scales: of an earlier fit, for a refresh · cache_folder: where compiled programs are kept · progress: told how far it is
    Raises InputError for a panel that cannot be fitted, NothingDone where no channel ran
    """
    chosen, watch = options or MixOptions(), _Watch()
    model = model_of(panel, chosen, scales=scales, experiments=experiments)
    watch.lap("prepare")
    target = max(chosen.sampling.target, STUDENT_TARGET) if chosen.errors == "student" else chosen.sampling.target
    settled, found = None, None
    if chosen.sampling.instant and not model.shape.has("spread"):  # weighted draws miss the neck of a hierarchy
        programs = Programs(model, cache_folder=cache_folder, target=target, chains=False)
        found = find(programs, model)
        settled = quick(programs, model, found=found, seed=chosen.seed)
        watch.lap("instant")
    is_quick = settled is not None
    if settled is None:
        programs = Programs(model, cache_folder=cache_folder, target=target)
        found = found or find(programs, model)
        watch.lap("pilot")
        programs.wait()
        watch.lap("compile")
        settled = settle(programs, model, found=found, options=chosen, tell=progress)
        watch.lap("sample")
    notes = (NOT_QUICK,) if chosen.sampling.instant and not is_quick else ()
    facts = Facts(
        settled.model, settled.unbounded, settled.chain, "instant" if is_quick else "sampled", settled.convergence,
        settled.totals, chosen, _manifest(panel, model.data, chosen), watch.seconds, notes,
    )  # fmt: skip
    result = summed_up(facts)
    watch.lap("results")
    return result


def _manifest(panel: Panel, data: Scaled, options: MixOptions) -> Manifest:
    import jax
    import numpyro

    versions = {
        "numpy": np.__version__,
        "jax": jax.__version__,
        "numpyro": numpyro.__version__,
        "mix model": str(MODEL),
    }
    return Manifest("mix", panel.hash, {"kpi": data.kpi, "options": repr(options)}, options.seed, versions)
