"""Which bet a result settles: measured steps become records on bet ids, and each bet is told where it stands."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from leadline.decide.known import Delivered
from leadline.decide.ledger import Record
from leadline.decide.stand import Stand, stand
from leadline.evidence.frames import AsOf
from leadline.inputs import Stages
from leadline.measure.bridge import BridgeStep
from leadline.measure.bridge.intervals import Interval
from leadline.measure.bridge.pooling import GroupRate
from leadline.plan.bets import Bet, ResolvedStep
from leadline.plan.estimate import Z95
from leadline.plan.graph import Graph
from leadline.plan.timing import arrived, spells
from leadline.review.few_behind import FewBehind, few_behind
from leadline.review.measuring import Measured

EDGE = 1e-6  # a rate of exactly 0 or 1 has no logit; the interval's other end still tells its width (house)


def records(
    graph: Graph, measured: Measured, *, delivered: Mapping[tuple[str, str], Delivered], at: AsOf, snapshot: str
) -> tuple[Record, ...]:
    """Return a record per bet that the measured steps or the counted deliveries speak of.

    What a record says beside its numbers names no count of few people (`measured.shown`).
    """
    few = few_behind(graph, measured, delivered=delivered)
    found: list[Record] = []
    for pair, step in graph.shared.items():
        result = measured.of_shared(pair)
        if result is not None:
            found += _of_step(step, result, measured.rows[pair], snapshot=snapshot)
    for tactic in graph.tactics:
        for pair, step in graph.steps(tactic).items():
            result = measured.steps.get(pair)
            if result is not None and step.overridden:
                found += _of_group(step, result, measured.rows[pair], snapshot=snapshot, tactic=tactic)
        found += _deliveries(graph, tactic, delivered, at=at, snapshot=snapshot)
    return tuple(unsaid(one, few) for one in found)


def unsaid(record: Record, few: FewBehind) -> Record:
    """Return a record whose words name no count, where few people are behind its bet."""
    if record.bet not in few.counts:
        return record
    return replace(record, note=few.why if record.note else "", unusable=few.why if record.unusable else "")


def stands(graph: Graph, found: Sequence[Record], *, at: AsOf, few: FewBehind | None = None) -> tuple[Stand, ...]:
    """Return where every bet of the plan stands; the money that nothing would do without the plan is no bet of it.

    few: the bets that rest on few people: their words stand, and their numbers do not
    """
    names = {metric.id: metric.name or metric.id for metric in graph.plan.metrics}
    told = []
    for bet in graph.bets:
        if bet.kind == "without_plan" or (bet.kind == "lag" and bet.belief is None):
            continue
        one = stand(bet, found, as_of=at.day, unit=unit_of(graph, bet))
        standing = replace(one.standing, name=name_of(graph, bet, names=names))
        if few is not None and bet.id in few.counts and standing.n:
            standing = replace(standing, n=None)
        if few is not None and bet.id in few.numbers and (standing.n is None or standing.known is not None):
            standing = replace(standing, known=None, contraction=None, reason=few.why)
        told.append(replace(one, standing=standing))
    return tuple(told)


def unit_of(graph: Graph, bet: Bet) -> str:
    """Return the unit in which people read a bet."""
    if bet.kind == "lag":
        return "days"
    if bet.kind == "worth":
        return graph.plan.plan.currency or ""
    metric = graph.amounts.metrics.get(bet.metric)
    if bet.kind == "rate" and bet.written is not None:
        if bet.written.unit == "%":
            return "%"
        return "" if metric is None or metric.unit == "count" else metric.unit or ""
    return "" if metric is None or metric.unit is None else metric.unit


def name_of(graph: Graph, bet: Bet, *, names: Mapping[str, str]) -> str:
    """Return a bet in words: whose it is, and from what to what."""
    target = names.get(bet.metric, bet.metric)
    if bet.kind == "worth":
        return f"worth of one of: {target}"
    tactic = graph.tactics.get(bet.tactic or "")
    owner = "" if tactic is None else tactic.name or tactic.id
    if bet.kind in ("delivers", "expects"):
        verb = "delivers" if bet.kind == "delivers" else "moves"
        return f"{owner} {verb}: {target}"
    start = names.get(bet.from_metric or "", bet.from_metric or "")
    step = f"{start} → {target}" if start else target
    return f"{step}, {bet.kind}{f', {owner}' if owner else ''}"


def _of_step(step: ResolvedStep, result: BridgeStep, rows: Stages, *, snapshot: str) -> Iterator[Record]:
    share = result.final_rate if result.final_rate is not None else result.rate
    reason = "" if result.is_identified else result.sentence()
    counts = result.counts
    note = f"{counts.moved} of {counts.entered} moved so far"
    yield from _pair(step, share, result.median_lag, rows, snapshot=snapshot, said=(reason, note, counts.entered))


def _of_group(step: ResolvedStep, result: BridgeStep, rows: Stages, *, snapshot: str, tactic: str) -> Iterator[Record]:
    group = next((one for one in result.groups if one.column == "tactic" and one.name == tactic), None)
    if group is None or group.draws is None or group.median_lag is None:
        return
    import numpy as np

    low, middle, high = (float(value) for value in np.quantile(group.draws.rate, (0.05, 0.5, 0.95)))
    reason = _unusable(group, result)
    note = f"{group.moved} of {group.entered} of this tactic moved so far"
    share = Interval(middle, low, high)
    own = replace(step, lag=step.lag) if step.lag.tactic == tactic else step
    yield from _pair(own, share, group.median_lag, rows, snapshot=snapshot, said=(reason, note, group.entered))


def _unusable(group: GroupRate, result: BridgeStep) -> str:
    if not result.is_identified:
        return result.sentence()
    return f"{group.entered} entries: mostly the average of the others" if group.is_mostly_others else ""


def _pair(
    step: ResolvedStep,
    share: Interval,
    lag: Interval,
    rows: Stages,
    *,
    snapshot: str,
    said: tuple[str, str, int],
) -> Iterator[Record]:
    reason, note, entered = said
    import numpy as np

    first = np.min(rows.entered_at).astype("datetime64[D]").item()
    # `as_of` is the first moment of which nothing is known; the window ends with the last day of which something is.
    window = (first, (rows.as_of - dt.timedelta(microseconds=1)).date())
    inputs = (f"stages {rows.from_state}>{rows.to_state} {rows.hash}",)
    low, middle, high = (_logit(value) for value in (share.low, share.middle, share.high))
    is_own_rate = step.rate.tactic is not None or not step.overridden
    if is_own_rate and high > low:
        yield Record(
            step.rate.id, "rate", "counted", middle, (high - low) / (2 * Z95), "share", window, snapshot, inputs,
            rows=entered, unusable=reason, note=note,
        )  # fmt: skip
    is_own_lag = step.lag.tactic is not None or not step.overridden
    if is_own_lag and step.lag.written is not None and lag.low > 0 and lag.high > lag.low:
        spread = (math.log(lag.high) - math.log(lag.low)) / (2 * Z95)
        yield Record(
            step.lag.id, "lag", "counted", math.log(lag.middle), spread, "days", window, snapshot, inputs,
            rows=entered, unusable=reason, note=note,
        )  # fmt: skip


def _deliveries(
    graph: Graph, tactic: str, delivered: Mapping[tuple[str, str], Delivered], *, at: AsOf, snapshot: str
) -> Iterator[Record]:
    """Yield what was counted by tactic: a credit (grade D), since what would have come anyway is unknown."""
    for bet in graph.starts(tactic):
        seen = delivered.get((tactic, bet.metric))
        dates = graph.dates_of(graph.tactics[tactic])
        if bet.kind != "delivers" or seen is None or seen.count < 1 or dates is None or bet.base is None:
            continue
        money = (
            graph.amounts.budget_by_period(graph.tactics[tactic])
            if isinstance(graph.tactics[tactic].budget, dict)
            else ()
        )
        due = arrived(spells(dates, money), 0, by=min(seen.until, at.day))
        if due <= 0:
            continue
        note = f"{seen.count:g} counted by {seen.until}, {bet.base * due:.0f} were due; what would have come anyway is unknown"
        yield Record(
            bet.id, "delivers", "attribution", math.log(seen.count / due), 1 / math.sqrt(seen.count), "count",
            (dates.start, seen.until), snapshot, (f"stages {bet.metric} {snapshot}",), rows=int(seen.count), note=note,
        )  # fmt: skip


def _logit(value: float) -> float:
    inside = min(max(value, EDGE), 1 - EDGE)
    return math.log(inside) - math.log1p(-inside)
