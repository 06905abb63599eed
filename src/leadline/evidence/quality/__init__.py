"""How far the evidence can be trusted: facts that the checks judge. Nothing here blocks anything.

A fact names what was measured, where, how much, and against which threshold; levels are those of findings.
All of them come from a dozen questions (`queries/fact_*.sql`), each asked once, so that ten million touches are
looked at in a few seconds of CPU; where people would have to be followed one by one, a sample of them is, and the text says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from leadline.evidence.quality import arrivals, coverage, deals, freshness, money, tags, visits
from leadline.evidence.quality.fact import LIMITS, Fact, Question, checked_limits

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.plan_facts import PlanFacts
    from leadline.evidence.store import Store

__all__ = ["ENDANGERS", "LIMITS", "Fact", "Question", "checked_limits", "endangers", "facts"]

FACTS: tuple[Callable[[Question], Iterator[Fact]], ...] = (
    coverage.states, coverage.metrics, coverage.tactics, coverage.tracked, deals.stage_order, money.unmatched, arrivals.files, arrivals.restated,
    visits.direct, visits.unassigned, visits.nobodys, visits.duplicates, tags.tags, deals.people, deals.stuck, deals.named,
    money.without_outcome, money.without_spend, money.unsure, money.currencies, freshness.gaps_and_age,
    freshness.level_shift, freshness.clock, arrivals.late,
)  # fmt: skip

# What a fact endangers, by how its name begins: the first that fits.
ENDANGERS: Mapping[str, tuple[str, ...]] = {
    "money": ("spend.", "tactic.", "import.total_mismatch", "restated", "currency.", "outcome.without_spend", "identity.weak"),
    "journeys": ("direct.", "unassigned.", "utm.", "anonymous.", "machine.", "duplicates", "deals.without_people", "deals.no_source"),
    "bridge": ("state.", "stage.", "deals.", "bridge."),
    "time": ("gap", "stale", "late", "coverage.", "rejects.", "clock", "level."),
}  # fmt: skip


def endangers(name: str) -> str:
    """Return what a fact of this name endangers: money, journeys, bridge or time.

    >>> endangers("deals.no_source"), endangers("deals.stuck")
    ('journeys', 'bridge')
    """
    return next((part for part, starts in ENDANGERS.items() if name.startswith(starts)), "time")


def facts(
    store: Store,
    plan: PlanFacts,
    *,
    at: AsOf,
    limits: Mapping[str, float] | None = None,
    window_days: int | None = None,
    outcome: str | None = None,
) -> tuple[Fact, ...]:
    """Return every fact that the tables allow, in the order of FACTS; none where nothing was imported.

    limits: thresholds of the workspace over the defaults (LIMITS) · window_days: of journeys, default as in `Question`
    outcome: what journeys end in, where the workspace names it: a state, `stage:` and a state, or `orders`
    """
    if not store.exists():
        return ()
    question = Question(store, plan, at, checked_limits(limits or {}), outcome=(outcome or "").removeprefix("stage:"))
    if window_days is not None:
        question = replace(question, window=window_days * 86_400)
    return tuple(fact for ask in FACTS for fact in ask(question))
