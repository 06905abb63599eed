"""What was counted, as forecasts and checks need it: actuals, deliveries, open entries, spend."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from leadline.align.facts import EvidenceFacts
from leadline.decide.known import Delivered, Known, OpenEntries
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.shares import spend_by_tactic
from leadline.evidence.store import Store
from leadline.inputs import Stages
from leadline.plan.graph import Graph
from leadline.plan.model import Plan
from leadline.review.actuals import actuals_of
from leadline.review.measuring import Measured, Pair
from leadline.review.plan_facts import states

RECENT_DAYS = 91  # thirteen weeks: the rate of entries that no tactic claims (decisions.md, measurement.md 4.3)
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Cover:
    """Of one state: rows, and up to which day its sources speak."""

    rows: int
    first: dt.date
    last: dt.date
    until: dt.date


def covers(store: Store, at: AsOf) -> dict[str, Cover]:
    """Return what the evidence holds of each state."""
    return {
        row["state"]: Cover(
            row["rows"], row["first_day"], row["last_day"], min(row["span_to"] or row["last_day"], at.day)
        )
        for row in answer(store, "state_cover", at=at)
    }


def deliveries(
    graph: Graph, store: Store, *, measured: Measured, at: AsOf, cover: Mapping[str, Cover]
) -> dict[Pair, Delivered]:
    """Return, per (tactic, delivered metric), the entries of that tactic since it began."""
    state_of = states(graph.plan)
    found: dict[Pair, Delivered] = {}
    for tactic in graph.tactics.values():
        dates = graph.dates_of(tactic)
        for bet in graph.starts(tactic):
            known = cover.get(state_of.get(bet.metric, ""))
            if bet.kind != "delivers" or dates is None or known is None or known.until < dates.start:
                continue
            rows = next((entries for pair, entries in measured.rows.items() if pair[0] == bet.metric), None)
            if rows is not None:
                begun = rows.entered_at >= np.datetime64(dates.start)
                count = int(((rows.tactic == tactic.id) & begun).sum())
            else:
                asked = {"name": state_of[bet.metric], "from_day": dates.start}
                by_tactic = {
                    row["tactic"]: row["entries"] for row in answer(store, "entries_by_tactic", params=asked, at=at)
                }
                count = by_tactic.get(tactic.id, 0)
            found[tactic.id, bet.metric] = Delivered(float(count), known.until)
    return found


def known_of(
    graph: Graph,
    store: Store,
    *,
    measured: Measured,
    at: AsOf,
    delivered: Mapping[Pair, Delivered],
    cover: Mapping[str, Cover],
) -> Known:
    """Return everything that forecasts take from the evidence."""
    state_of = states(graph.plan)
    groups = {
        pair: frozenset(
            group.name for group in step.groups if group.column == "tactic" and group.draws is not None and group.name
        )
        for pair, step in measured.steps.items()
    }
    waiting = {
        state: _waiting([entries for pair, entries in measured.rows.items() if pair[0] == state])
        for state in dict.fromkeys(pair[0] for pair in measured.steps)
    }
    arrivals = {
        pair[0]: _recent(entries, cover[state_of[pair[0]]])
        for pair, entries in measured.rows.items()
        if state_of[pair[0]] in cover and not any(other[1] == pair[0] for other in graph.shared)
    }
    actuals = {}
    for objective in graph.plan.objectives:
        observed = actuals_of(graph, store, objective=objective, at=at)
        if observed is not None and objective.metric is not None:
            actuals[objective.metric] = observed
    return Known(measured.steps, groups, waiting, actuals, delivered, arrivals)


def spend_facts(store: Store, at: AsOf, *, plan: Plan) -> EvidenceFacts:
    """Return the money spent per tactic and the money that no tactic claims, in the plan's currency.

    Only money inside the plan's window counts: what was spent the year before is not this plan's hundred.
    Rows without a rate on their day are not in it: the quality fact `currency.no_rate` names them with their money.
    """
    spend: dict[str, float] = {}
    unmatched = 0.0
    window = plan.plan.window
    asked = {"currency": plan.plan.currency or "EUR", "from_day": dt.date.min if window is None else window.start}
    for row in spend_by_tactic(store, asked, at=at):
        if row["spent"] is None:
            continue
        if row["tactic"] == "(unmatched)":
            unmatched += float(row["spent"])
        else:
            spend[row["tactic"]] = spend.get(row["tactic"], 0.0) + float(row["spent"])
    return EvidenceFacts(spend=spend, unmatched=unmatched, covered_until=at.day)


def _waiting(steps: Sequence[Stages]) -> OpenEntries:
    """Return the entries into one state that no step out of it has moved or ended.

    Their ages are those on the last day of which the evidence of all steps speaks: whatever came later is not known.
    """
    gone: set[tuple[str, np.datetime64]] = set()
    for entries in steps:
        left = ~np.isnat(entries.moved_at) | (entries.end != "")
        gone.update(zip(entries.subject[left], entries.entered_at[left], strict=True))
    first = steps[0]
    keys = zip(first.subject, first.entered_at, strict=True)
    still = np.array([key not in gone for key in keys], dtype=bool)
    known = np.datetime64(min(entries.as_of for entries in steps))
    ages = np.maximum((known - first.entered_at[still]) / DAY, 0.0)
    return OpenEntries(ages.astype(np.float64), tuple(str(name) for name in first.tactic[still]))


def _recent(entries: Stages, cover: Cover) -> float:
    """Return entries a day that no tactic claims, over the last weeks that the source covers."""
    end = np.datetime64(cover.until) + DAY
    recent = (entries.entered_at >= end - RECENT_DAYS * DAY) & (entries.entered_at < end)
    days = min(RECENT_DAYS, (cover.until - cover.first).days + 1)
    return float((recent & (entries.tactic == "")).sum()) / max(days, 1)
