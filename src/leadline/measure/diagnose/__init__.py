"""Can a result be believed? The checks every family shares, each threshold with its source beside it.

`judge`: did the sampler get there · `identify`: what the data decide and what the prior · `sensitivity`,
`prior_conflict`: how much hangs on the prior · `psis`: importance weights and whether to trust them · `coverage`, `crps`
and the other scores: were intervals and forecasts right · `rank_evenness`, `rank_band`, `pit`: is the model calibrated.
"""

from leadline.measure.diagnose.chains import chain_checks, e_bfmi, ess_bulk, ess_tail, rhat
from leadline.measure.diagnose.convergence import DIVERGENT_MOST, ESS_LEAST, RHAT_MOST, Convergence, Extreme, judge
from leadline.measure.diagnose.identify import (
    IDENTIFIED,
    NOT_IDENTIFIED,
    SURE_CONTRACTION,
    WEAK,
    Identification,
    contraction,
    identify,
    learned,
    prior_conflict,
    shift,
    together,
    verdict,
)
from leadline.measure.diagnose.scores import Coverage, brier, coverage, crps, interval_score, wilson
from leadline.measure.diagnose.uniform import Band, evenness, holm, pit, pit_band, rank_band, rank_evenness, ranks
from leadline.measure.diagnose.weights import K_MOST, SENSITIVE, effective_draws, psis, sensitivity

__all__ = [
    "DIVERGENT_MOST", "ESS_LEAST", "IDENTIFIED", "K_MOST", "NOT_IDENTIFIED", "RHAT_MOST", "SENSITIVE", "SURE_CONTRACTION", "WEAK", "Band", "Convergence", "Coverage", "Extreme",
    "Identification", "brier", "chain_checks", "contraction", "coverage", "crps", "e_bfmi", "effective_draws", "ess_bulk",
    "ess_tail", "evenness", "holm", "identify", "interval_score", "judge", "learned", "pit", "pit_band", "prior_conflict",
    "psis", "rank_band", "rank_evenness", "ranks", "rhat", "sensitivity", "shift", "together", "verdict", "wilson",
]  # fmt: skip
