"""What an import needs to know of the plan: a small value that `review` fills, so that imports need no plan."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PlanFacts:
    """The plan's ids and names that exports are matched against.

    moved: old id → new id · tracked_as: tactic → {column or source: values} · states: tokens after `stage:`
    tactic_dates: tactic → (first, last) day · tactic_channels: tactic → channel names it may show up as
    rates: (currency, day, units of it for one of the plan's currency)
    brands: the plan's own id and its competitors' → names under which they are spoken of
    metric_sources: metric → its source and how often it is read · bridge: steps as (state left, state entered)
    channels: tactic → the channels of the rules that its own channels are, where their names say so beyond doubt
    """

    currency: str = "EUR"
    timezone: str = "UTC"
    tactic_ids: tuple[str, ...] = ()
    moved: Mapping[str, str] = field(default_factory=dict)
    tracked_as: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    states: frozenset[str] = frozenset()
    tactic_dates: Mapping[str, tuple[dt.date, dt.date]] = field(default_factory=dict)
    tactic_channels: Mapping[str, Sequence[str]] = field(default_factory=dict)
    rates: Sequence[tuple[str, dt.date, float]] = ()
    brands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    metric_sources: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    bridge: Sequence[tuple[str, str]] = ()
    channels: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def fingerprint(self) -> str:
        """Return 16 hex digits over everything that decides which tactic, state or brand a row belongs to."""
        seen: dict[str, object] = {
            "tactics": sorted(self.tactic_ids),
            "moved": dict(sorted(self.moved.items())),
            "tracked_as": {
                name: {where: list(values) for where, values in sorted(rules.items())}
                for name, rules in sorted(self.tracked_as.items())
            },
            "states": sorted(self.states),
        }
        if self.brands:
            seen["brands"] = {brand: sorted(names) for brand, names in sorted(self.brands.items())}
        return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]
