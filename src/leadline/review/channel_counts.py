"""What the exports say of each tactic, for the audit of own channels: money, clicks, what arrived, what was won.

A cost per lead or sale is computed only from days of which both the spend and the state speak; what the platform claims
stands apart and is never an outcome.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from leadline.align.case import Case
from leadline.decide.standing import Range
from leadline.decide.worked import Sample, judge_sample
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.shares import spend_by_tactic
from leadline.evidence.small_cells import LEAST, hidden_of, note
from leadline.evidence.small_cells import few as few_of
from leadline.evidence.store import Store
from leadline.inputs import Stages, Times
from leadline.review.counted import Cover, covers
from leadline.review.people_cells import shown_of
from leadline.review.plan_facts import states


@dataclass(frozen=True)
class Reported:
    """What ad platforms and invoices report of one tactic; money in the plan's currency, days both counted.

    first: day of its first row · last: last day of which its sources speak (without a row, nothing was spent)
    claimed: conversions as the platform counts them, None where it does not say
    """

    money: float
    first: dt.date
    last: dt.date
    clicks: int | None
    claimed: float | None
    sources: tuple[str, ...]


@dataclass(frozen=True)
class Entries:
    """Entries into one state that belong to a tactic, over all days its source speaks of.

    together, money: entries and money of the days both speak of, None with the reason where there are none
    entries: None where they are so few people that they are not shown; then `together` and `money` are, too
    """

    metric: str
    entries: int | None
    first: dt.date
    last: dt.date
    together: int | None = None
    money: float | None = None
    reason: str = ""

    @property
    def cost(self) -> Range | None:
        """Return money per entry with its 90 % interval; None where nothing was counted on both sides.

        The money is known and the count is not what the next time will bring: the interval is that of a Poisson count.
        """
        if not self.money or not self.together:
            return None
        low, high = judge_sample(Sample(self.money, self.together, 1.0)).cost_per_sale
        base = self.money / self.together
        return None if low is None or high is None else Range(low, base, high, "amount")


@dataclass(frozen=True)
class ChannelCounts:
    """Per tactic: what is reported, and the entries into the states it delivers and the sales these lead to.

    named: metric -> share of its entries that name a tactic, 0..1
    """

    reported: Mapping[str, Reported] = field(default_factory=dict)
    leads: Mapping[str, Entries] = field(default_factory=dict)
    sales: Mapping[str, Entries] = field(default_factory=dict)
    named: Mapping[str, float] = field(default_factory=dict)
    is_known: bool = False


def channel_counts(
    store: Store, case: Case, *, at: AsOf, measured: Mapping[tuple[str, str], Stages], small_cell: int = LEAST
) -> ChannelCounts:
    """Return what the exports say of each tactic up to the as-of day.

    measured: the rows the bridge was measured on; states without a step out of them are asked of the warehouse
    small_cell: counts of fewer people are not shown
    """
    asked = _Asked(store, case, at, measured)
    shown = shown_of(store, small_cell)
    reported = asked.reported()
    cover, state_of = covers(store, at), states(case.plan)
    leads: dict[str, Entries] = {}
    sales: dict[str, Entries] = {}
    named: dict[str, float] = {}
    for metric, state in state_of.items():
        known = cover.get(state)
        if known is None:
            continue
        counted = asked.entries((metric, state), (known.first, known.until))
        total = sum(counted.values())
        named[metric] = 1 - counted.get("", 0) / total if total else 0.0
        is_sale = case.graph.is_value_event.get(metric, False)
        few = hidden_of(counted, least=shown.least) if shown.are_people(state) else frozenset()
        for name in case.tactics:
            if counted.get(name) and _comes_to(case, name, metric, is_sale=is_sale):
                into = sales if is_sale else leads
                found = _entries(asked, (metric, state), name, spent=reported.get(name), cover=known)
                is_few = name in few or (shown.are_people(state) and few_of(found.together or 0, least=shown.least))
                into.setdefault(name, _hidden(found, shown.least) if is_few else found)
    return ChannelCounts(reported, leads, sales, named, is_known=bool(reported or cover))


def _hidden(found: Entries, least: int) -> Entries:
    return replace(found, entries=None, together=None, money=None, reason=note(least).removesuffix("."))


def _comes_to(case: Case, tactic: str, metric: str, *, is_sale: bool) -> bool:
    """Say whether a tactic delivers a metric itself, or its bridge leads to this sale."""
    if is_sale:
        return metric in case.graph.metrics_reached(tactic)
    return any(bet.metric == metric for bet in case.graph.starts(tactic) if bet.kind == "delivers")


@dataclass
class _Asked:
    """Asks the warehouse, and remembers answers by their days."""

    store: Store
    case: Case
    at: AsOf
    measured: Mapping[tuple[str, str], Stages]
    _entries: dict[tuple[str, dt.date, dt.date], dict[str, int]] = field(default_factory=dict)
    _money: dict[tuple[dt.date, dt.date], dict[str, float]] = field(default_factory=dict)

    def entries(self, what: tuple[str, str], days: tuple[dt.date, dt.date]) -> dict[str, int]:
        """Return entries into a state by tactic ("" where none is named); what: the metric and its state."""
        metric, state = what
        key = (metric, *days)
        if key not in self._entries:
            moments = self._moments(metric)
            if moments is None:
                asked = {"name": state, "from_day": days[0], "last_day": days[1]}
                rows = answer(self.store, "entries_by_tactic", params=asked, at=self.at)
                self._entries[key] = {row["tactic"] or "": row["entries"] for row in rows}
            else:
                tactics, when = moments
                inside = (when >= np.datetime64(days[0])) & (when < np.datetime64(days[1]) + np.timedelta64(1, "D"))
                self._entries[key] = dict(Counter(str(name) for name in tactics[inside]))
        return self._entries[key]

    def _moments(self, metric: str) -> tuple[npt.NDArray[np.str_], Times] | None:
        """Return tactic and moment of each entry as the bridge counts them; None where no step was measured on them."""
        for pair, rows in self.measured.items():
            if pair[0] == metric:
                return rows.tactic, rows.entered_at
        into = [
            (rows.tactic[moved], rows.moved_at[moved])
            for pair, rows in self.measured.items()
            if pair[1] == metric
            for moved in [~np.isnat(rows.moved_at)]
        ]
        if not into:
            return None
        return np.concatenate([tactic for tactic, _ in into]), np.concatenate([when for _, when in into])

    def money(self, days: tuple[dt.date, dt.date]) -> dict[str, float]:
        """Return money by tactic over some days, in the plan's currency; what has no rate is left out."""
        if days not in self._money:
            asked = {"currency": self.case.currency or "EUR", "from_day": days[0], "last_day": days[1]}
            found: dict[str, float] = {}
            for row in spend_by_tactic(self.store, asked, at=self.at):
                if row["spent"] is not None:
                    found[row["tactic"]] = found.get(row["tactic"], 0.0) + float(row["spent"])
            self._money[days] = found
        return self._money[days]

    def reported(self) -> dict[str, Reported]:
        """Return what sources of spend report of each tactic."""
        rows = answer(
            self.store,
            "SELECT tactic, MIN(day) AS first, MAX(day) AS last, CAST(SUM(clicks) AS BIGINT) AS clicks, "
            "SUM(claimed_conversions) AS claimed, string_agg(DISTINCT source, ', ' ORDER BY source) AS sources "
            "FROM spend WHERE tactic IS NOT NULL AND day <= :last_day GROUP BY tactic ORDER BY tactic",
            at=self.at,
        )
        spans = answer(
            self.store,
            """SELECT source, MAX(span_to) AS until FROM imports WHERE POSITION('"spend"' IN tables) > 0 GROUP BY source""",
            at=self.at,
        )
        until = {row["source"]: row["until"] for row in spans if row["until"] is not None}
        money = self.money((dt.date.min, self.at.day))
        found = {}
        for row in rows:
            sources = tuple((row["sources"] or "").split(", "))
            last = min(max([row["last"], *(until[name] for name in sources if name in until)]), self.at.day)
            found[row["tactic"]] = Reported(
                money.get(row["tactic"], 0.0), row["first"], last, row["clicks"], row["claimed"], sources
            )
        return found


def _entries(asked: _Asked, what: tuple[str, str], name: str, *, spent: Reported | None, cover: Cover) -> Entries:
    metric, _ = what
    total = asked.entries(what, (cover.first, cover.until)).get(name, 0)
    if spent is None:
        return Entries(metric, total, cover.first, cover.until, reason="no source reports what it cost")
    days = max(spent.first, cover.first), min(spent.last, cover.until)
    if days[0] > days[1]:
        reason = f"spend is known from {spent.first} to {spent.last}, the count from {cover.first} to {cover.until}"
        return Entries(metric, total, cover.first, cover.until, reason=reason)
    together, money = asked.entries(what, days).get(name, 0), asked.money(days).get(name, 0.0)
    reason = "" if together else "nothing was counted on the days the spend is known of"
    return Entries(metric, total, *days, together, money, reason)
