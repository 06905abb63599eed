"""The permission asset: how many people agreed to hear from us, by channel, and how that moved.

An asset like a list of customers: it took years to earn, and a channel without consent or a contract has none of it
however many follow it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from leadline import words
from leadline.align.case import Case
from leadline.evidence.consent import Gate
from leadline.evidence.small_cells import few
from leadline.units import Quantity

AGREED = ("consent", "contract")  # plan.md, Conventions: the bases of contact that a person gave


@dataclass(frozen=True)
class Permission:
    """One channel in which people agreed to be written to or called.

    people: how many, None where nobody counted · counted_on: the day of that count
    before: an earlier count with its day, None where none is on record
    """

    channel: str
    name: str
    basis: str
    people: float | None
    counted_on: dt.date | None
    before: tuple[dt.date, float] | None = None

    @property
    def moved(self) -> float | None:
        """Return how many more there are than at the earlier count, None where that cannot be told."""
        return None if self.people is None or self.before is None else self.people - self.before[1]

    def sentence(self) -> str:
        """Return who agreed, how many, since when, in words."""
        if self.people is None:
            return f"{self.name}: people agreed ({self.basis}), and nobody has counted them yet."
        day = f" on {self.counted_on}" if self.counted_on else ""
        told = f"{self.name}: {words.number(self.people, 9)} people ({self.basis}){day}"
        if self.moved is None or self.before is None:
            return f"{told}; no earlier count is on record."
        if self.moved == 0:
            return f"{told}, as many as on {self.before[0]}."
        more = "more" if self.moved > 0 else "fewer"
        return f"{told}, {words.number(abs(self.moved), 9)} {more} than on {self.before[0]}."


def permissions(case: Case, *, earlier: Mapping[str, tuple[dt.date, Quantity]] | None = None) -> tuple[Permission, ...]:
    """Return the channels in which people agreed to hear from us, the largest first.

    earlier: channel -> an earlier count with its day, from the history of the plan
    """
    found = []
    for channel in case.plan.situation.channels:
        if channel.basis not in AGREED:
            continue
        known = (earlier or {}).get(channel.id)
        count = None if known is None else case.amounts.count(known[1])
        before = None if known is None or count is None else (known[0], count)
        people = case.amounts.count(channel.audience)
        found.append(
            Permission(channel.id, channel.name or channel.id, str(channel.basis), people, channel.as_of, before)
        )
    return tuple(sorted(found, key=lambda one: (one.people is None, -(one.people or 0.0), one.name)))


def permission_sentence(found: Sequence[Permission]) -> str:
    """Return the asset in one sentence."""
    if not found:
        return (
            "Nobody is known to have agreed to hear from you: no channel of the plan stands on consent or a contract."
        )
    counted = [one for one in found if one.people is not None]
    if not counted:
        return "People agreed to hear from you, and nobody has counted them yet."
    people = words.number(sum(one.people or 0.0 for one in counted), 9)
    where = counted[0].name if len(counted) == 1 else f"{len(counted)} channels, some perhaps in several"
    uncounted = len(found) - len(counted)
    rest = f"; in {uncounted} more nobody has counted them" if uncounted else ""
    return f"{people} people agreed to hear from you, in {where}{rest}."


@dataclass(frozen=True)
class OnRecord:
    """How many people may be contacted for a purpose through a channel, as the consent ledger says it.

    people: None where they are so few that the number is not shown
    """

    purpose: str
    channel: str
    people: int | None


def on_record(gate: Gate, *, now: dt.datetime, least: int) -> tuple[OnRecord, ...]:
    """Return the permission asset as people gave it, the largest first. least: fewer people are not shown as a number."""
    counts = gate.agreed(now=now)
    order = sorted(counts, key=lambda name: (-counts[name], name))
    return tuple(OnRecord(*name, None if few(counts[name], least=least) else counts[name]) for name in order)


def record_sentence(found: Sequence[OnRecord]) -> str:
    """Return what is on record in one sentence, "" where nothing is."""
    shown = [one for one in found if one.people is not None]
    if not shown:
        return ""
    told = [f"{words.number(one.people, 9)} by {one.channel} for {one.purpose}" for one in shown[:3] if one.people]
    return f"On record: {', '.join(told)}."
