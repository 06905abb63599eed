"""Booked revenue by channel, tactic and month: every line is kept, so each of the three adds up to what was booked.

An order stands under the last channel of its journey that is not Direct, else under what its own row names. That keeps
the books; it is no claim about what caused it (`measure.paths` compares such claims). What cannot be followed is a line
of its own with its reason, and is never spread over the others.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from leadline.evidence.channels import DIRECT
from leadline.evidence.frames import Journeys, answer
from leadline.evidence.schema import KEY_SEPARATOR
from leadline.words import money

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.store import Store

NOBODYS = "(unattributed)"
By = Literal["channel", "tactic", "month", "why"]


@dataclass(frozen=True)
class Booked:
    """A part of booked revenue.

    channel, tactic: None = unattributed · why: what is known of the way, or why nothing is · net: in its own currency
    booked: in the plan's, None without a rate on the order's day
    """

    month: dt.date
    channel: str | None
    tactic: str | None
    why: str
    currency: str
    net: Decimal
    booked: Decimal | None
    orders: int


@dataclass(frozen=True)
class Sum:
    """One line of a sum. name: None = unattributed · booked: in the plan's currency · apart: currency → net without a rate."""

    name: str | None
    booked: Decimal
    apart: Mapping[str, Decimal]
    orders: int


@dataclass(frozen=True)
class Revenue:
    """All booked revenue up to a day. currency: the plan's."""

    currency: str
    parts: tuple[Booked, ...]
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> Sum:
        """Return everything that was booked."""
        return self._sum(None, self.parts)

    def by(self, what: By) -> tuple[Sum, ...]:
        """Return one line per channel, tactic, month or reason, the largest first (months in order), unattributed last."""
        names: dict[str | None, list[Booked]] = {}
        for part in self.parts:
            found = getattr(part, what)
            names.setdefault(f"{found:%Y-%m}" if isinstance(found, dt.date) else found, []).append(part)
        sums = [self._sum(name, parts) for name, parts in names.items()]
        if what == "month":
            return tuple(sorted(sums, key=lambda one: one.name or ""))
        return tuple(sorted(sums, key=lambda one: (one.name is None, -one.booked, one.name or "")))

    def table(self) -> list[dict[str, Any]]:
        """Return one row per part, with stable keys; money as exact text."""
        return [
            {"month": f"{part.month:%Y-%m}", "channel": part.channel, "tactic": part.tactic, "why": part.why, "currency": part.currency,
             "net": str(part.net), "booked": None if part.booked is None else str(part.booked), "orders": part.orders}
            for part in self.parts
        ]  # fmt: skip

    def sentence(self) -> str:
        """Return in one line what was booked and how much of it stands under a channel."""
        total = self.total
        if not total.orders:
            return "Nothing was booked."
        lost = next((one.booked for one in self.by("channel") if one.name is None), Decimal(0))
        apart = ", ".join(money(float(net), currency) for currency, net in total.apart.items())
        return (
            f"{money(float(total.booked), self.currency)} were booked in {total.orders} orders; "
            f"{money(float(lost), self.currency)} of it stand under no channel."
            + (f" {apart} more have no rate and are told apart." if apart else "")
        )

    @staticmethod
    def _sum(name: str | None, parts: tuple[Booked, ...] | list[Booked]) -> Sum:
        apart: dict[str, Decimal] = {}
        for part in parts:
            if part.booked is None:
                apart[part.currency] = apart.get(part.currency, Decimal(0)) + part.net
        booked = sum((part.booked for part in parts if part.booked is not None), Decimal(0))
        return Sum(name, booked, dict(sorted(apart.items())), sum(part.orders for part in parts))


def revenue(store: Store, *, at: AsOf, currency: str, window_days: float = 90.0) -> Revenue:
    """Return booked revenue up to a day. currency: the plan's · window_days: how long before an order a touch may count."""
    params = {**Journeys("orders", window_days=window_days).params, "currency": currency, "sign": KEY_SEPARATOR}
    parts: dict[tuple[object, ...], Booked] = {}
    for row in answer(store, "revenue_ways", params=params, at=at):
        channel, tactic, why = _way(row)
        key = (row["month"], channel, tactic, why, row["currency"], row["booked"] is None)
        before = parts.get(key)
        net, booked, orders = row["net"], row["booked"], row["orders"]
        if before is not None:
            net, orders = net + before.net, orders + before.orders
            booked = None if booked is None or before.booked is None else booked + before.booked
        parts[key] = Booked(row["month"], channel, tactic, why, row["currency"], net, booked, orders)
    return Revenue(currency, tuple(parts.values()))


def _way(row: Mapping[str, Any]) -> tuple[str | None, str | None, str]:
    """Return channel, tactic and reason of a way: the last channel that is not Direct, else what the order's row names."""
    steps = (row["channels"] or "").split(KEY_SEPARATOR) if row["channels"] else []
    named = [step for step in steps if step not in (DIRECT, "(unknown)")]
    tactics = (row["tactics"] or "").split(KEY_SEPARATOR) if row["tactics"] else []
    channel = named[-1] if named else row["channel"] or (DIRECT if steps else None)
    tactic = row["tactic"] or (tactics[-1] if tactics else None)
    if named:
        why = "a journey leads there"
    elif row["channel"]:
        why = "the order itself says so"
    elif steps:
        why = "came directly only"
    else:
        why = str(row["line"])
    return channel, tactic, why
