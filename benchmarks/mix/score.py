"""Judge what a system handed back: one routine of effective draws for all, and how far from the truth.

    python benchmarks/mix/score.py CASE.npz FIT.npz

Prints one JSON object. Chains are judged over everything sampled and over the channels' contributions (returns are these
divided by known spend, so their chains are the same). Numbers that never change in any chain are held fixed by the system
(slopes at 1, a place that others are compared with): they are left out, and where there were any is said in `fixed`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from fitted import Fit
from panels import Case, Floats


def scored(case: Case, fit: Fit) -> dict[str, Any]:
    """Return the figures of one fit.

    min_ess_bulk, min_ess_tail, max_rhat: with the name they belong to; None where a draw is not finite or nothing moved
    roi_error: median over channels of |posterior median - truth| / truth · contribution_error: sum over channels of
    |posterior mean - truth| / sum of the truth · inside90: channels whose true return lies in the 90 % interval
    """
    moving = {name: _moving(draws) for name, draws in fit.sampled.items()}
    fixed = sorted(name for name, draws in fit.sampled.items() if moving[name].shape[-1] < draws[0, 0].size)
    named = {name: draws for name, draws in moving.items() if draws.size} | {"contribution": fit.contribution}
    checks = {name: _checks(draws) for name, draws in named.items()}
    flat = fit.contribution.reshape(-1, fit.contribution.shape[-1])
    roi = flat / case.total_spend
    low, middle, high = np.quantile(roi, (0.05, 0.5, 0.95), axis=0)
    inside = (low <= case.roi) & (case.roi <= high)
    error = np.abs(flat.mean(axis=0) - case.contribution).sum() / case.contribution.sum()
    return {
        **_worst(checks),
        "divergences": fit.divergences,
        "sampling_seconds": fit.sampling_seconds,
        "compile_seconds": fit.compile_seconds,
        "roi_error": float(np.median(np.abs(middle - case.roi) / case.roi)),
        "contribution_error": float(error),
        "inside90": int(inside.sum()),
        "channels": {
            name: {"true": truth, "low": below, "median": between, "high": above}
            for name, truth, below, between, above in zip(
                case.channels, case.roi.tolist(), low.tolist(), middle.tolist(), high.tolist(), strict=True
            )
        },
        "fixed": fixed,
        "settings": dict(fit.settings),
    }


def _moving(draws: Floats) -> Floats:
    """Return the numbers of a parameter that are not the same in all draws of all chains, (chains, draws, moving)."""
    flat = draws.reshape(*draws.shape[:2], -1)
    return flat[..., (flat != flat[0, 0]).any(axis=(0, 1))]


def _checks(draws: Floats) -> tuple[Floats, Floats, Floats]:
    from leadline.measure.diagnose import chain_checks

    return chain_checks(draws)


def _worst(checks: dict[str, tuple[Floats, Floats, Floats]]) -> dict[str, Any]:
    """Return the worst of each check with its name; a number that is not one is worse than any."""
    found: dict[str, Any] = {}
    for at, (key, sign) in enumerate((("max_rhat", 1), ("min_ess_bulk", -1), ("min_ess_tail", -1))):
        worst = {name: sign * np.max(np.nan_to_num(sign * values[at], nan=np.inf)) for name, values in checks.items()}
        name = max(worst, key=lambda one: sign * worst[one])
        found[key] = float(worst[name]) if np.isfinite(worst[name]) else None
        found[f"{key}_of"] = name
    return found


if __name__ == "__main__":
    print(json.dumps(scored(Case.load(Path(sys.argv[1])), Fit.load(Path(sys.argv[2])))))
