"""What the checks are told of the evidence: spend, measured steps, values of watched metrics, counted deliveries."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from leadline.align.facts import Counted, EvidenceFacts, MeasuredBet
from leadline.decide.known import Known
from leadline.decide.ledger import Record
from leadline.plan.estimate import Z95
from leadline.plan.graph import Graph


def check_facts(graph: Graph, spent: EvidenceFacts, *, found: Sequence[Record], known: Known) -> EvidenceFacts:
    """Return the facts of the spend with everything else that checks of scope data read.

    Counters stand at their baseline plus what was counted since, as the plan's paths and targets do.
    """
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
        measured={one.bet: _measured(one) for one in found if one.kind in ("rate", "lag") and not one.unusable},
        readings=readings,
        delivered={pair: Counted(one.count, one.until) for pair, one in known.delivered.items()},
    )


def _measured(record: Record) -> MeasuredBet:
    """Return a record in base units: a rate is kept as its logit, a lag as its logarithm."""
    low, middle, high = (_base(record, record.m + z * record.s) for z in (-Z95, 0.0, Z95))
    return MeasuredBet(low, middle, high, record.rows)


def _base(record: Record, value: float) -> float:
    return math.exp(value) if record.kind == "lag" else 1 / (1 + math.exp(-value))
