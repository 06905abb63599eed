"""Where a bet stands: what was believed, what is known, and one word from the evidence alone.

The word says where a bet stands, not why: the diagnosis is the verdict's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Scale = Literal["share", "amount", "signed", "days"]
Word = Literal["on course", "behind", "can't tell"]
Status = Literal["unmeasured", "leaning", "settled", "in conflict"]


@dataclass(frozen=True, slots=True)
class Range:
    """Low, base and high of a belief or a posterior: 5 %, 50 % and 95 %, in base units of its scale.

    share: 0..1 · amount: the metric's unit or money · signed: difference in the metric's unit · days: days
    """

    low: float
    base: float
    high: float
    scale: Scale


@dataclass(frozen=True)
class BetStanding:
    """One bet, believed against known.

    bet: computed id (`lead>sqo:rate`) · kind: delivers, expects, rate, lag or worth
    source, target: what it leads from and to (tactic or metric ids) · unit: of low, base, high as people read it
    known: from evidence alone, or None · grade: A to E, X, or "" while nothing is measured
    contraction: 1 - variance known / variance believed; 0 learnt nothing, 1 settled
    reason: why the word is "can't tell", or what the word rests on · n: entries or conversions behind it, None where not shown
    """

    bet: str
    kind: Literal["delivers", "expects", "rate", "lag", "worth"]
    name: str
    tactic: str | None
    source: str
    target: str
    unit: str
    believed: Range | None
    method: str
    known: Range | None
    grade: str
    status: Status
    contraction: float | None
    word: Word
    reason: str
    n: int | None
    measured_by: str = ""
