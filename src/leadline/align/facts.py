"""What evidence and the ledger hand to the checks: spend by tactic, and bets that are settled.

`align` lies left of the ledger, so both come in as plain values; each is optional.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class SettledBet:
    """What records say about one bet (decisions.md 1.4).

    low, high: 5 % and 95 % in base units of the bet · contraction: 0 learnt nothing .. 1 known
    grade: the weakest grade among the records that carry it
    """

    low: float
    high: float
    contraction: float
    grade: Literal["A", "B", "C", "D", "E", "X"]


@dataclass(frozen=True)
class MeasuredBet:
    """A rate or lag of the bridge as measured: the median and the 90 % interval in base units, of n cases.

    n: None where so few people are behind it that it is not said how many
    """

    low: float
    middle: float
    high: float
    n: int | None


@dataclass(frozen=True)
class Counted:
    """What a tactic has delivered of a metric so far, and the last day its source covers.

    hidden: why the count is not shown, as a part of a sentence, empty where it may be; rules judge by it all the same
    """

    count: float
    until: dt.date
    hidden: str = ""


@dataclass(frozen=True)
class FirstReplies:
    """How fast a touch point answered: hours within which nine of ten got a first reply, of n that waited for one.

    By the clock, nights and weekends included. Whoever still waits counts as waiting: p90 is taken with the misses, never
    over those answered alone; where nine of ten were never answered, it is the longest wait seen so far.
    """

    p90: float
    n: int


@dataclass(frozen=True)
class QualityFact:
    """What is odd about the evidence (evidence.md section 6), as a rule may need it beside its own numbers.

    name, level, text: as `leadline evidence` tells them · about: what it speaks of: sources, states, ids of the plan
    """

    name: str
    level: Literal["note", "warning", "error"]
    text: str
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answered:
    """Which sources answer a metric of the plan, and the last day of which they speak; none where nothing ever did."""

    sources: tuple[str, ...]
    until: dt.date | None


Verdict = Literal[
    "nothing to judge", "on course", "not executed", "tactic failed", "strategy failed", "market moved", "can't tell"
]


@dataclass(frozen=True)
class EarlierTactic:
    """A tactic of an earlier plan of the same organisation, and what was found of it (decisions.md, verdicts).

    plan, id: whose and which · ended: last day of that plan's window
    content: what it meant, as canonical JSON (`plan.stamp.canonical`), the form in which the ledger keeps it
    """

    plan: str
    id: str
    ended: dt.date
    verdict: Verdict
    content: str


@dataclass(frozen=True)
class EvidenceFacts:
    """Facts of the warehouse that the checks read; money in the plan's currency.

    spend: tactic id -> money matched to it up to the as-of date; a tactic whose channels have no source of spend is
    absent · unmatched: money that no tactic claims · covered_until: last day covered by evidence
    measured: bet id -> the measured rate or lag · delivered: (tactic, metric) -> what was counted
    readings: metric id -> (day, value as it stood) in base units, ascending; a counter stands at baseline plus count
    first_replies: touch point id -> how fast it answered, in hours
    earlier: tactics of earlier plans that were judged, in any order
    quality: what is odd about the evidence, notes left out · answered: metric id -> who answers it, for metrics that
    name a source · leads_nowhere: tactic id -> sources of its spend, where nothing leads from it to a stage or an order
    """

    spend: Mapping[str, float] = field(default_factory=dict)
    unmatched: float = 0.0
    covered_until: dt.date | None = None
    measured: Mapping[str, MeasuredBet] = field(default_factory=dict)
    readings: Mapping[str, tuple[tuple[dt.date, float], ...]] = field(default_factory=dict)
    delivered: Mapping[tuple[str, str], Counted] = field(default_factory=dict)
    first_replies: Mapping[str, FirstReplies] = field(default_factory=dict)
    earlier: tuple[EarlierTactic, ...] = ()
    quality: tuple[QualityFact, ...] = ()
    answered: Mapping[str, Answered] = field(default_factory=dict)
    leads_nowhere: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def has_spend(self) -> bool:
        """Say whether there are spend rows at all; without them the hundred is planned."""
        return bool(self.spend) or self.unmatched > 0
