"""What the checks are told of the evidence: spend, measured steps, values of watched metrics, counts, what is odd."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from leadline.align.facts import Answered, Counted, EvidenceFacts, MeasuredBet, QualityFact
from leadline.decide.known import Known
from leadline.decide.ledger import Record
from leadline.evidence.quality import Fact
from leadline.plan.estimate import Z95
from leadline.plan.graph import Graph
from leadline.review.few_behind import FewBehind


def check_facts(
    graph: Graph, spent: EvidenceFacts, *, found: Sequence[Record], known: Known, few: FewBehind | None = None
) -> EvidenceFacts:
    """Return the facts of the spend with everything else that checks of scope data read.

    Counters stand at their baseline plus what was counted since, as the plan's paths and targets do.
    few: the bets that rest on few people; rules judge by them and do not say how many they are
    """
    few = few or FewBehind()
    readings = {}
    for objective in graph.plan.objectives:
        actuals = known.actuals.get(objective.metric or "")
        if actuals is None or objective.metric is None:
            continue
        baseline = None if objective.baseline is None else objective.baseline.value
        lift = 0.0 if actuals.is_level else graph.amounts.in_metric(baseline, objective.metric) or 0.0
        readings[objective.metric] = tuple((day, value + lift) for day, value in actuals.points)
    return replace(
        spent,
        measured={one.bet: _measured(one, few) for one in found if one.kind in ("rate", "lag") and not one.unusable},
        readings=readings,
        delivered={
            pair: Counted(one.count, one.until, few.why if pair in few.delivered else "")
            for pair, one in known.delivered.items()
        },
    )


def _measured(record: Record, few: FewBehind) -> MeasuredBet:
    """Return a record in base units: a rate is kept as its logit, a lag as its logarithm."""
    low, middle, high = (_base(record, record.m + z * record.s) for z in (-Z95, 0.0, Z95))
    return MeasuredBet(low, middle, high, None if record.bet in few.counts else record.rows)


def _base(record: Record, value: float) -> float:
    return math.exp(value) if record.kind == "lag" else 1 / (1 + math.exp(-value))


def with_quality(facts: EvidenceFacts, odd: Sequence[Fact]) -> EvidenceFacts:
    """Return the facts with what is odd about the evidence, worst first; of notes nothing is odd.

    odd: as `evidence.quality.facts` gives them
    """
    answers: Mapping[str, Any] = _detail(odd, "coverage.metric", key="answers")
    lost: Mapping[str, Any] = _detail(odd, "spend.without_outcome", key="sources")
    return replace(
        facts,
        quality=tuple(
            QualityFact(one.name, one.level, one.text, tuple(_about(one))) for one in odd if one.level != "note"
        ),
        answered={metric: _answered(said) for metric, said in answers.items()},
        leads_nowhere={tactic: tuple(sources) for tactic, sources in lost.items()},
    )


def _detail(odd: Sequence[Fact], name: str, *, key: str) -> Mapping[str, Any]:
    return next((one.detail.get(key, {}) for one in odd if one.name == name), {})


def _answered(said: Mapping[str, Any]) -> Answered:
    last = said["last"]
    return Answered(tuple(said["sources"]), None if last is None else dt.date.fromisoformat(last))


def _about(fact: Fact) -> Iterable[str]:
    """Return what a fact speaks of: where it was found, and the ids, sources and states it lists."""
    listed = [fact.detail.get(key, ()) for key in ("silent", "unseen", "tactics")]
    source = fact.detail.get("source")
    return dict.fromkeys([fact.where, *([source] if source else []), *(str(one) for names in listed for one in names)])
