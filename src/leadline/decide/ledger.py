"""The ledger: records of what was measured, and how several of them combine into what is known.

Each record stands on its bet's own scale (log for amounts and lags, logit for shares, identity for
signed changes). Its variance is its own plus the bias of its method plus drift with age:

    v = s² + τ(method)² + ω(kind)² · age in years

Bias and drift are added, not multiplied: an attribution run on a million rows has s ≈ 0, and no
factor on zero makes it honest. Combination is generalised least squares with shared bias
(decisions.md, section 1; Birge 1932 for the widening when sources disagree).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from leadline.errors import InputError

Grade = Literal["A", "B", "C", "D", "E", "X"]
BetKind = Literal["delivers", "expects", "rate", "lag", "worth"]
RecordMethod = Literal[
    "experiment", "quasi", "mix", "counted", "attribution", "benchmark", "expert", "guess", "measured"
]

GRADES: Mapping[str, Grade] = {
    "experiment": "A", "quasi": "B", "mix": "C", "counted": "C", "attribution": "D",
    "benchmark": "E", "expert": "E", "guess": "E", "measured": "E",
}  # fmt: skip
COUNTED_KINDS = frozenset({"rate", "lag", "worth"})

# Half width of a central 90 % interval in standard deviations (Φ⁻¹(0.95)).
Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Thresholds:
    """Every setting of this package with its source; override by passing another value.

    bias_caused, bias_counted: τ per method for caused and counted bets. Experiments 0.10: remaining
    transport error; quasi-experiments 0.25: selection of places; mix 0.40: functional form, spend that
    chases demand; attribution 1.00: log error of 1.06 to 1.57 against 663 experiments (Gordon, Moakler,
    Zettelmeyer 2023, "Close Enough?"); the others are settings of this house.
    drift: ω per √year per kind (house) · settled, learnt: contraction bounds (house)
    conflict_p: Cochran's Q below this is a conflict (usual level) · on_course_share 0.9 and
    sure 0.8: gate 2 of decisions.md 2.4 (house)
    """

    bias_caused: Mapping[str, float] = field(
        default_factory=lambda: {
            "experiment": 0.10, "quasi": 0.25, "mix": 0.40, "counted": 1.00, "attribution": 1.00,
            "benchmark": 0.50, "expert": 0.60, "guess": 0.80, "measured": 0.50,
        }
    )  # fmt: skip
    bias_counted: Mapping[str, float] = field(
        default_factory=lambda: {
            "experiment": 0.05, "quasi": 0.10, "counted": 0.05, "attribution": 0.20,
            "benchmark": 0.30, "expert": 0.40, "guess": 0.60, "measured": 0.30,
        }
    )  # fmt: skip
    drift: Mapping[str, float] = field(
        default_factory=lambda: {"delivers": 0.20, "expects": 0.20, "rate": 0.15, "lag": 0.15, "worth": 0.10}
    )
    settled: float = 0.75
    learnt: float = 0.10
    conflict_p: float = 0.05
    on_course_share: float = 0.9
    sure: float = 0.8


@dataclass(frozen=True)
class Record:
    """One measurement of one bet, on the bet's scale; never edited, only superseded by a later one.

    m: median · s: (q95 - q05) / (2 · 1.6449), both on the scale · window: first and last day of the data
    rows: number of rows behind it · inputs: evidence atoms (they decide double counting)
    unusable: why diagnostics failed; such a record keeps its place with grade X and weight 0
    """

    bet: str
    kind: BetKind
    method: RecordMethod
    m: float
    s: float
    unit: str
    window: tuple[dt.date, dt.date]
    snapshot: str
    inputs: tuple[str, ...]
    rows: int = 0
    unusable: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        problems = [
            f'record of bet "{self.bet}": {name} is missing. A record names its unit, snapshot and inputs.'
            for name in ("unit", "snapshot", "inputs")
            if not getattr(self, name)
        ]
        if not (math.isfinite(self.m) and math.isfinite(self.s) and self.s > 0):
            problems.append(
                f'record of bet "{self.bet}": median {self.m} and spread {self.s} must be finite, the spread above 0.'
            )
        if problems:
            raise InputError(problems)

    @property
    def grade(self) -> Grade:
        """Return the grade of the method; X where diagnostics failed."""
        return "X" if self.unusable else GRADES[self.method]

    @property
    def id(self) -> str:
        """Return the hash of all meaning-bearing fields: writing the same record again is a no-op."""
        text = json.dumps(self.document(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def document(self) -> dict[str, Any]:
        """Return the record as the mapping that stands in `ledger/records.jsonl` (without its id)."""
        return {
            "bet": self.bet, "kind": self.kind, "method": self.method, "m": self.m, "s": self.s, "unit": self.unit,
            "window": {"start": self.window[0].isoformat(), "end": self.window[1].isoformat()},
            "snapshot": self.snapshot, "inputs": list(self.inputs), "n": self.rows, "grade": self.grade,
            "unusable": self.unusable, "note": self.note,
        }  # fmt: skip

    def variance(self, as_of: dt.date, thresholds: Thresholds) -> float:
        """Return s² + τ² + ω² · age, age in years from the end of the data to `as_of`."""
        age = max(0.0, (as_of - self.window[1]).days / 365.25)
        return self.s**2 + self.bias(thresholds) ** 2 + thresholds.drift[self.kind] ** 2 * age

    def bias(self, thresholds: Thresholds) -> float:
        """Return τ of the record's method for its kind of bet."""
        table = thresholds.bias_counted if self.kind in COUNTED_KINDS else thresholds.bias_caused
        return table[self.method]


@dataclass(frozen=True)
class Posterior:
    """What several records say together, on the bet's scale.

    weights: per record id · q, p_conflict: Cochran's Q and its p-value (1.0 for a single record)
    redundant: ids that add nothing beside another record of the same rows
    """

    m: float
    v: float
    weights: Mapping[str, float]
    q: float
    p_conflict: float
    in_conflict: bool
    redundant: tuple[str, ...] = ()

    @property
    def sd(self) -> float:
        """Return the standard deviation on the scale."""
        return math.sqrt(self.v)


def combine(
    records: Sequence[Record],
    as_of: dt.date,
    *,
    thresholds: Thresholds | None = None,
    overlap: Mapping[tuple[str, str], float] | None = None,
) -> Posterior | None:
    """Combine the usable records of one bet by generalised least squares; None where there is none.

    overlap: ρ = rows in both / √(rows · rows) per pair of record ids, either order. Records of one
    method share its bias, so twelve runs of one method do not average it away. A record that gets a
    negative weight (high overlap) is dropped as redundant and the rest combined again.
    """
    limits = thresholds or Thresholds()
    live = sorted(
        {record.id: record for record in records if record.grade != "X"}.values(), key=lambda record: record.id
    )
    redundant: list[str] = []
    while live:
        posterior = _least_squares(live, as_of, limits, overlap or {})
        negative = [record for record in live if posterior.weights[record.id] < 0]
        if not negative:
            return _widened(posterior, live, limits, tuple(redundant))
        worst = max(negative, key=lambda record: record.variance(as_of, limits))
        redundant.append(worst.id)
        live = [record for record in live if record.id != worst.id]
    return None


def _least_squares(
    live: Sequence[Record], as_of: dt.date, limits: Thresholds, overlap: Mapping[tuple[str, str], float]
) -> Posterior:
    import numpy as np

    size = len(live)
    covariance = np.zeros((size, size))
    for i, one in enumerate(live):
        covariance[i, i] = one.variance(as_of, limits)
        for j, other in enumerate(live[:i]):
            rho = overlap.get((one.id, other.id), overlap.get((other.id, one.id), 0.0))
            shares_bias = one.method == other.method and one.method != "experiment"
            shared = one.bias(limits) ** 2 if shares_bias else 0.0
            covariance[i, j] = covariance[j, i] = rho * one.s * other.s + shared
    solved = np.linalg.lstsq(covariance, np.ones(size), rcond=None)[0]
    precision = float(solved.sum())
    medians = np.array([record.m for record in live])
    m = float(solved @ medians / precision)
    residual = medians - m
    q = float(residual @ np.linalg.lstsq(covariance, residual, rcond=None)[0])
    weights = {record.id: float(weight / precision) for record, weight in zip(live, solved, strict=True)}
    return Posterior(m, 1 / precision, weights, q, 1.0, in_conflict=False)


def _widened(posterior: Posterior, live: Sequence[Record], limits: Thresholds, redundant: tuple[str, ...]) -> Posterior:
    freedom = len(live) - 1
    if freedom == 0:
        return Posterior(posterior.m, posterior.v, posterior.weights, 0.0, 1.0, in_conflict=False, redundant=redundant)
    p = chi_square_tail(posterior.q, freedom)
    in_conflict = p < limits.conflict_p
    factor = max(1.0, posterior.q / freedom) if in_conflict else 1.0
    return Posterior(posterior.m, posterior.v * factor, posterior.weights, posterior.q, p, in_conflict, redundant)


def chi_square_tail(q: float, freedom: int) -> float:
    """Return P(χ² > q) with `freedom` degrees of freedom."""
    from scipy.special import gammaincc

    return float(gammaincc(freedom / 2, q / 2))


def to_scale(value: float, kind: BetKind, *, share: bool = False) -> float:
    """Move a value to its bet's scale: logit for shares, identity for `expects`, log for all else."""
    if kind == "expects":
        return value
    return math.log(value / (1 - value)) if share else math.log(value)


def from_scale(value: float, kind: BetKind, *, share: bool = False) -> float:
    """Move a value back from its bet's scale."""
    if kind == "expects":
        return value
    return 1 / (1 + math.exp(-value)) if share else math.exp(value)


def normal_cdf(z: float) -> float:
    """Return Φ(z)."""
    return 0.5 * math.erfc(-z / math.sqrt(2))
