"""What the evidence says was spent: by tactic and month, what no tactic claims, and what has no rate to the plan's currency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leadline.align.phasing import CENTS, Phased, months_of
from leadline.evidence.frames import AsOf, answer
from leadline.evidence.shares import spend_by_tactic
from leadline.evidence.store import Store
from leadline.plan.model import Plan

NO_TACTIC = ""  # the key of money that no tactic claims
_UNMATCHED = "(unmatched)"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Unrated:
    """Money that has no rate on its day and stays in its own currency, counted nowhere else."""

    tactic: str
    currency: str
    amount: float


@dataclass(frozen=True)
class Spending:
    """Spend of the exports, in cents of the plan's currency.

    by_tactic: tactic id (`NO_TACTIC` where none claims it) -> money by month; a tactic that no row names is absent
    first, last: days of the first and the last row, None where there is none
    """

    by_tactic: Mapping[str, Phased] = field(default_factory=dict)
    unrated: tuple[Unrated, ...] = ()
    first: dt.date | None = None
    last: dt.date | None = None

    @property
    def is_known(self) -> bool:
        """Say whether any source reports spend."""
        return bool(self.by_tactic) or bool(self.unrated)


def spending(store: Store, plan: Plan, *, at: AsOf) -> Spending:
    """Return everything spent up to the as-of day, by tactic and month of the plan's window."""
    window = plan.plan.window
    months = months_of(window)
    found: dict[str, Phased] = {}
    unrated: dict[tuple[str, str], float] = {}
    parts = ("inside",) if window is None else ("before", "inside", "after")
    for part in parts:
        for row in _rows(store, plan, part=part, at=at):
            tactic = NO_TACTIC if row["tactic"] == _UNMATCHED else str(row["tactic"])
            if row["unrated"]:
                key = (tactic, str(row["currency"]))
                unrated[key] = unrated.get(key, 0.0) + float(row["unrated"])
            if row["spent"] is not None:
                found[tactic] = found.get(tactic, Phased(dict.fromkeys(months, 0))).plus(_placed(row, part))
    span = answer(store, "SELECT MIN(day) AS first, MAX(day) AS last FROM spend WHERE day <= :last_day", at=at)[0]
    named = tuple(Unrated(tactic, currency, amount) for (tactic, currency), amount in sorted(unrated.items()))
    return Spending(dict(sorted(found.items())), named, span["first"], span["last"])


def _rows(store: Store, plan: Plan, *, part: str, at: AsOf) -> Iterable[Mapping[str, Any]]:
    """Return spend by tactic, month and currency of one part of time: before, inside or after the window."""
    window = plan.plan.window
    first, last = dt.date.min, at.day
    if window is not None and part == "before":
        last = min(at.day, window.start - _DAY)
    elif window is not None and part == "inside":
        first, last = window.start, min(at.day, window.end)
    elif window is not None:
        first = window.end + _DAY
    if first > last:
        return ()
    asked = {"currency": plan.plan.currency or "EUR", "from_day": first, "last_day": last}
    return spend_by_tactic(store, asked, at=at)


def _placed(row: Mapping[str, Any], part: str) -> Phased:
    cents = round(float(row["spent"]) * CENTS)
    if part == "inside":
        return Phased({row["month"]: cents})
    return Phased(before=cents) if part == "before" else Phased(after=cents)
