"""Did the sampler get there? One verdict from all checks, with what failed and where, before any number is believed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from leadline.inputs import Floats
from leadline.measure.diagnose.chains import chain_checks, e_bfmi
from leadline.words import number, share

RHAT_MOST = 1.01  # Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021, doi 10.1214/20-BA1221
ESS_LEAST = 400.0  # same, of all chains together, with 4 chains
# own: share of draws; a handful is reported, more fails. Betancourt 2017, arXiv 1701.02434, on why
DIVERGENT_MOST = 0.001
E_BFMI_LEAST = 0.3  # Betancourt 2016, arXiv 1604.00695, as Stan warns
DEEP_MOST = 0.01  # share of draws at the greatest depth above which a note is made; Stan practice: slow, not wrong


@dataclass(frozen=True)
class Extreme:
    """The worst value of one check and the quantity that has it."""

    value: float
    name: str


@dataclass(frozen=True)
class Convergence:
    """What the checks of one sampling run say, over all quantities that are sampled or read.

    max_rhat, min_ess_bulk, min_ess_tail: the worst, NaN where a quantity never moved · divergences: draws after warm-up ·
    deep: share of draws at the greatest tree depth · lowest_e_bfmi: of the chains, None where no energy was given ·
    reasons: what failed, worst first, empty if nothing did · notes: what is odd without failing
    """

    max_rhat: Extreme
    min_ess_bulk: Extreme
    min_ess_tail: Extreme
    draws: int
    divergences: int
    deep: float
    lowest_e_bfmi: float | None
    reasons: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def converged(self) -> bool:
        """Whether numbers may be printed as estimates."""
        return not self.reasons

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the quantities that failed a check, each once."""
        found = [
            worst.name
            for worst, is_good in (
                (self.max_rhat, self.max_rhat.value <= RHAT_MOST),
                (self.min_ess_bulk, self.min_ess_bulk.value >= ESS_LEAST),
                (self.min_ess_tail, self.min_ess_tail.value >= ESS_LEAST),
            )
            if not is_good
        ]
        return tuple(dict.fromkeys(found))

    def sentence(self) -> str:
        """Return the verdict in plain words, with the reason where it failed."""
        if self.converged:
            return (
                f"The {self.draws} draws agree between chains (R-hat at most {self.max_rhat.value:.3f}) and are worth at "
                f"least {number(min(self.min_ess_bulk.value, self.min_ess_tail.value), 3)} independent ones."
            )
        return f"The sampler did not get there: {'; '.join(self.reasons)}."

    def table(self) -> list[dict[str, object]]:
        """Return one row a check: what it found, where, and the limit."""
        rows: list[tuple[str, float | None, str, float]] = [
            ("max_rhat", self.max_rhat.value, self.max_rhat.name, RHAT_MOST),
            ("min_ess_bulk", self.min_ess_bulk.value, self.min_ess_bulk.name, ESS_LEAST),
            ("min_ess_tail", self.min_ess_tail.value, self.min_ess_tail.name, ESS_LEAST),
            ("divergences", self.divergences, "", DIVERGENT_MOST * self.draws),
            ("share_at_greatest_depth", self.deep, "", DEEP_MOST),
            ("lowest_e_bfmi", self.lowest_e_bfmi, "", E_BFMI_LEAST),
        ]
        return [{"check": check, "value": value, "where": where, "limit": limit} for check, value, where, limit in rows]


def judge(
    draws: Mapping[str, Floats], *, divergences: int, energy: Floats | None = None, at_depth: int = 0,
    constants: Collection[str] = (),
) -> Convergence:  # fmt: skip
    """Return whether a sampling run converged.

    draws: by name, (chains, draws) or (chains, draws, ...); what people read belongs in as well as what was sampled ·
    divergences, at_depth: draws after warm-up that diverged, that ended at the greatest tree depth · energy: (chains,
    draws) · constants: names that are fixed and not judged; anything else that never moved has failed
    """
    names, stacked = _stacked({name: part for name, part in draws.items() if name not in constants})
    total = stacked.shape[0] * stacked.shape[1]
    rhats, bulks, tails = chain_checks(stacked)
    worst = _worst(rhats, names, is_high_bad=True)
    bulk, tail = _worst(bulks, names, is_high_bad=False), _worst(tails, names, is_high_bad=False)
    lowest = None if energy is None else float(e_bfmi(energy).min())
    reasons, notes = _failures(worst, bulk, tail), []
    if divergences > DIVERGENT_MOST * total:
        reasons.append(f"{divergences} of {total} draws diverged (at most {share(DIVERGENT_MOST, 1)})")
    elif divergences:
        notes.append(f"{divergences} of {total} draws diverged; so few do not change the numbers.")
    if lowest is not None and not lowest >= E_BFMI_LEAST:
        reasons.append(f"the energy of a chain moves too little (E-BFMI {lowest:.2f}, at least {E_BFMI_LEAST})")
    if at_depth > DEEP_MOST * total:
        notes.append(f"{share(at_depth / total, 1)} of the draws took the longest way allowed: slow, but not wrong.")
    return Convergence(worst, bulk, tail, total, divergences, at_depth / total, lowest, tuple(reasons), tuple(notes))


def _stacked(draws: Mapping[str, Floats]) -> tuple[list[str], Floats]:
    """Return a name for every single number, and all of them as (chains, draws, parameters)."""
    if not draws:
        raise ValueError("nothing to judge: give the draws of at least one quantity that is not constant")
    names, parts = [], []
    for name, part in draws.items():
        flat = np.asarray(part, dtype=np.float64).reshape((*part.shape[:2], -1))
        single = part.ndim == 2
        names += [name] if single else [f"{name}[{','.join(map(str, place))}]" for place in np.ndindex(part.shape[2:])]
        parts.append(flat)
    return names, np.concatenate(parts, axis=2)


def _worst(values: Floats, names: list[str], *, is_high_bad: bool) -> Extreme:
    """Return the worst value; a NaN, of a quantity that never moved or is not finite, is worse than any number."""
    place = int(np.argmax(np.where(np.isnan(values), np.inf, values if is_high_bad else -values)))
    return Extreme(float(values[place]), names[place])


def _failures(rhat: Extreme, bulk: Extreme, tail: Extreme) -> list[str]:
    if np.isnan(rhat.value):
        return [f"{rhat.name} never moved, or is not a finite number"]
    found = []
    if not rhat.value <= RHAT_MOST:
        found.append(f"the chains disagree about {rhat.name} (R-hat {rhat.value:.3f}, at most {RHAT_MOST})")
    for size, part in ((bulk, "the middle"), (tail, "an end")):
        if not size.value >= ESS_LEAST:
            found.append(
                f"{part} of the distribution of {size.name} rests on {number(size.value, 3)} independent draws "
                f"(at least {ESS_LEAST:.0f})"
            )
    return found
