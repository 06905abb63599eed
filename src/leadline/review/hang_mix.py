"""What channels brought, hung on the bets of the tactics that they belong to: lift that a model estimated, not credit.

A channel speaks of a tactic's bet where all of its money is that tactic's, and all of the tactic's money runs through such
channels. It says so of the steps inside the tactic's dates, against what the plan had due in them (grade C).
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leadline.decide.ledger import Z90, Record
from leadline.plan.timing import arrived, spells
from leadline.review.mixing import end_of

if TYPE_CHECKING:
    from leadline.inputs import Floats
    from leadline.measure.mix import MixResult
    from leadline.plan.bets import Bet
    from leadline.plan.graph import Graph
    from leadline.review.mixing import Mixed
    from leadline.units import Period

ALL_BUT = 0.01  # share of money that may be another's, or no tactic's: invoices are rounded (house)


def mix_records(graph: Graph, mixed: Mixed, *, snapshot: str) -> tuple[Record, ...]:
    """Return a record per bet that the measured channels speak of; none where the model did not settle."""
    result = mixed.result
    if result is None or not result.convergence.converged:
        return ()
    owned = owned_channels(mixed.tactics)
    return tuple(
        record
        for tactic, channels in owned.items()
        if tactic in graph.tactics
        for record in _of_tactic(graph, mixed, _Brought(result, channels, tactic), snapshot=snapshot)
    )


def owned_channels(tactics: Mapping[str, Mapping[str, float]]) -> dict[str, tuple[str, ...]]:
    """Return the channels of each tactic that shares none of them and spends nothing elsewhere.

    tactics: channel → money of each tactic, the key "" is money of none

    >>> owned_channels({"Search": {"ads": 90.0}, "Social": {"ads": 5.0, "posts": 5.0}, "Audio": {"spots": 3.0}})
    {'spots': ('Audio',)}
    """
    whole: dict[str, float] = {}
    own: dict[str, dict[str, float]] = {}
    for channel, money in tactics.items():
        total = sum(money.values())
        for tactic, amount in money.items():
            whole[tactic] = whole.get(tactic, 0.0) + amount
            if tactic and amount > 0 and amount >= (1 - ALL_BUT) * total:
                own.setdefault(tactic, {})[channel] = amount
    return {
        tactic: tuple(channels)
        for tactic, channels in own.items()
        if sum(channels.values()) >= (1 - ALL_BUT) * whole[tactic]
    }


@dataclass(frozen=True)
class _Brought:
    """What the channels of one tactic brought together."""

    result: MixResult
    channels: tuple[str, ...]
    tactic: str

    def draws(self) -> Floats | None:
        """Return draws of the whole window, None where one of the channels is not in the model, or no draws were kept."""
        from leadline.measure.mix.wording import contributions

        known = {one.name for one in self.result.channels if one.kind != "driver"}
        if not known >= {*self.channels}:
            return None
        drawn = contributions(self.result, list(self.channels))
        return None if drawn is None else drawn.sum(axis=1)

    def inside(self, dates: Period) -> tuple[dt.date, dt.date, float] | None:
        """Return first and last day of the steps inside some dates, and the share of what was brought that falls in them."""
        import numpy as np

        first, last = (dt.date.fromisoformat(day) for day in self.result.window)
        days = self.result.series.time.astype("datetime64[D]").tolist()
        counted = [first <= day <= last for day in days]
        within = [
            is_counted and day >= dates.start and end_of(day, self.result.grain) <= dates.end
            for day, is_counted in zip(days, counted, strict=True)
        ]
        if not any(within):
            return None
        names = [one.name for one in self.result.channels if one.kind != "driver"]
        steps = self.result.series.contributions[[names.index(name) for name in self.channels]].sum(axis=0)
        whole, part = float(steps[np.array(counted)].sum()), float(steps[np.array(within)].sum())
        kept = [day for day, is_within in zip(days, within, strict=True) if is_within]
        return None if whole <= 0 else (kept[0], end_of(kept[-1], self.result.grain), part / whole)

    def doubt(self) -> str:
        """Return why the number must not be used, "" where the data decide it."""
        unsure = [one for one in self.result.channels if one.name in self.channels and not one.is_identified]
        return "; ".join(
            f"what {one.name} brought is not told by the data{f': {one.reason}' if one.reason else ''}"
            for one in unsure
        )


def _of_tactic(graph: Graph, mixed: Mixed, brought: _Brought, *, snapshot: str) -> Iterator[Record]:
    dates = graph.dates_of(graph.tactics[brought.tactic])
    bets = [bet for bet in graph.starts(brought.tactic) if _is_of(bet, mixed.metrics)]
    if dates is None or not bets:
        return
    draws = brought.draws()
    span = None if draws is None else brought.inside(dates)
    if draws is None or span is None:
        return
    import numpy as np

    first, last, part = span
    low, middle, high = (float(value) * part for value in np.quantile(draws, (0.05, 0.5, 0.95)))
    for bet in bets:
        due = _due(graph, bet, dates, span=(first, last))
        if due <= 0 or not 0 < low < high:
            continue
        yield Record(
            bet.id, "delivers", "mix", math.log(middle / due), (math.log(high) - math.log(low)) / (2 * Z90), "count",
            (first, last), snapshot, (f"mix {brought.result.kpi} {brought.result.manifest.input_hash}",),
            rows=len(brought.result.series.time), unusable=brought.doubt(),
            note=f"{_lift(brought.result)}, not credit: {' and '.join(brought.channels)} brought {middle:.0f} from {first} to "
            f"{last}, {(bet.base or 0.0) * due:.0f} were due",
        )  # fmt: skip


def _lift(result: MixResult) -> str:
    return "lift that a model estimated" + (" quickly" if result.method == "instant" else "")


def _is_of(bet: Bet, metrics: Sequence[str]) -> bool:
    return bet.kind == "delivers" and bet.metric in metrics and bet.base is not None


def _due(graph: Graph, bet: Bet, dates: Period, *, span: tuple[dt.date, dt.date]) -> float:
    """Return the share of a delivery that was due between two days."""
    tactic = graph.tactics[bet.tactic or ""]
    money = graph.amounts.budget_by_period(tactic) if isinstance(tactic.budget, dict) else ()
    parts = spells(dates, money)
    return arrived(parts, 0, by=span[1]) - arrived(parts, 0, by=span[0] - dt.timedelta(days=1))
