"""The mix model: what each kind of marketing brought, with what certainty, and what more or less of it would bring.

`fit_mix` takes a panel and gives a result. The way through the room: `scale` (panel → numbers near one), `baseline`
(columns), `shape` (parameters and priors), `density` on `response` and `likelihood` (compiled once), `pilot`, `sampler` and
`settle` (draws that can be believed), `totals`, `identification` and `summary` (what people read).
"""

from leadline.measure.mix.fit import fit_mix
from leadline.measure.mix.options import BaselineOptions, ChannelOptions, MixOptions, Sampling
from leadline.measure.mix.priors import Prior, quantiles
from leadline.measure.mix.result import MixChannel, MixResult, Quantity

__all__ = [
    "BaselineOptions", "ChannelOptions", "MixChannel", "MixOptions", "MixResult", "Prior", "Quantity", "Sampling", "fit_mix",
    "quantiles",
]  # fmt: skip
