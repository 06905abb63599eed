"""The audit as data: own channels and competitors side by side, what each brings and costs, and what is not known.

Everything comes from the plan's situation, as the interview wrote it; what exports say stands in `channel_counts`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from leadline.align.case import Case
from leadline.align.dates import months_before
from leadline.align.rules.situation import MAX_AGE_MONTHS
from leadline.plan.amounts import Amounts
from leadline.plan.situation import Channel, Competitor
from leadline.review.gaps import Gap, gaps_of
from leadline.units import DAYS_PER_MONTH, Quantity

_HOURS_A_DAY = 24.0  # by definition
_DAYS_A_WEEK = 7.0  # by definition
NO_PERIOD = "names no period"
NOT_WRITTEN = "is not written"


@dataclass(frozen=True)
class Monthly:
    """A number a month as the plan writes it; value None with the reason where it cannot be said."""

    value: float | None
    reason: str = ""


@dataclass(frozen=True)
class ChannelAudit:
    """One own channel as its audit says, all amounts a month, by own count.

    engagement: share as the platform says · p50, p90: hours to the first reply · budget: of growth tactics, split evenly
    age: days since the audit, None where it has no day · is_old: older than the check allows
    """

    id: str
    name: str
    owner: str
    media: str
    mode: str
    places: tuple[str, ...]
    audience: float | None
    posts: Monthly
    engagement: float | None
    p50: float | None
    p90: float | None
    leads: Monthly
    sales: Monthly
    cost: Monthly
    verdict: str
    as_of: dt.date | None
    age: int | None
    is_old: bool
    tactics: tuple[str, ...]
    budget: float

    def cost_per(self, count: Monthly) -> Monthly:
        """Return money per lead or sale; both come from one audit, so they speak of the same month."""
        for what, part in (("the cost", self.cost), ("the count", count)):
            if part.value is None:
                return Monthly(None, f"{what} {part.reason}")
        if not count.value or self.cost.value is None:
            return Monthly(None, "none was counted")
        return Monthly(self.cost.value / count.value)


@dataclass(frozen=True)
class CompanyAudit:
    """One company side by side with the others: shares 0..1, price as an index of ours = 100."""

    id: str
    name: str
    is_us: bool
    position: str
    price_index: float | None
    share: float | None
    voice: float | None
    places: tuple[str, ...]
    strengths: tuple[str, ...]
    weaknesses: tuple[str, ...]
    seen: dt.date | None
    age: int | None


@dataclass(frozen=True)
class Unknown:
    """One thing to find out: the question, whom it is about, why it is asked, the budget that would be judged by it."""

    question: str
    about: tuple[str, ...]
    why: str
    money: float


@dataclass(frozen=True)
class Audit:
    """Own channels, companies, gaps between them, and what is not known, the most money first."""

    channels: tuple[ChannelAudit, ...]
    companies: tuple[CompanyAudit, ...]
    gaps: tuple[Gap, ...]
    unknown: tuple[Unknown, ...]
    replies: tuple[tuple[str, float, str, dt.date], ...]

    @property
    def competitors(self) -> tuple[CompanyAudit, ...]:
        """Return the companies that are not us."""
        return tuple(one for one in self.companies if not one.is_us)


def audit_of(case: Case) -> Audit:
    """Return the audit of a plan."""
    channels = tuple(_channel(case, channel) for channel in case.plan.situation.channels)
    companies = (_us(case, channels), *(_competitor(case, one) for one in case.plan.situation.competitors))
    return Audit(channels, companies, gaps_of(case), _unknown(channels, companies), _replies(case))


def _channel(case: Case, channel: Channel) -> ChannelAudit:
    amounts = case.amounts
    venues = {venue.id: venue.name or venue.id for venue in case.plan.situation.venues}
    oldest = months_before(case.as_of, round(_max_age(case)))
    return ChannelAudit(
        id=channel.id,
        name=channel.name or channel.id,
        owner=channel.owner or "",
        media=channel.media or "",
        mode={"one_to_one": "one to one", "broadcast": "one to many"}.get(channel.mode or "", ""),
        places=tuple(venues.get(venue, venue) for venue in channel.venues),
        audience=amounts.count(channel.audience),
        posts=counted_a_month(amounts, channel.posts),
        engagement=amounts.share(channel.engagement),
        p50=None if channel.reply is None else amounts.hours(channel.reply.p50),
        p90=None if channel.reply is None else amounts.hours(channel.reply.p90),
        leads=counted_a_month(amounts, channel.leads),
        sales=counted_a_month(amounts, channel.sales),
        cost=money_a_month(amounts, channel.cost),
        verdict=channel.verdict or "",
        as_of=channel.as_of,
        age=_age(case, channel.as_of),
        is_old=channel.as_of is None or channel.as_of < oldest,
        tactics=tuple(name for name, tactic in case.tactics.items() if channel.id in tactic.channels),
        budget=case.channel_money.get(channel.id, 0.0),
    )


def _max_age(case: Case) -> float:
    return case.settings.thresholds.get("SIT008", {}).get("max_age_months", MAX_AGE_MONTHS)


def counted_a_month(amounts: Amounts, quantity: Quantity | None) -> Monthly:
    """Return a count per time as a count a month; a count without a period says nothing of a month."""
    if quantity is None:
        return Monthly(None, NOT_WRITTEN)
    weekly = amounts.per_week(quantity)
    return Monthly(None, NO_PERIOD) if weekly is None else Monthly(weekly / _DAYS_A_WEEK * DAYS_PER_MONTH)


def money_a_month(amounts: Amounts, quantity: Quantity | None) -> Monthly:
    """Return money per time as money of the plan a month."""
    if quantity is None:
        return Monthly(None, NOT_WRITTEN)
    hourly = amounts.money_per_hour(quantity)
    return Monthly(None, NO_PERIOD) if hourly is None else Monthly(hourly * _HOURS_A_DAY * DAYS_PER_MONTH)


def _us(case: Case, channels: tuple[ChannelAudit, ...]) -> CompanyAudit:
    situation = case.plan.situation
    market, findings = situation.market, situation.findings
    positions = [one.difference for one in case.plan.strategy.positions if one.difference]
    days = [one.as_of for one in channels if one.as_of is not None]
    seen = min(days, default=None)
    return CompanyAudit(
        id="", name=case.plan.plan.organisation or "We", is_us=True, position="; ".join(positions), price_index=100.0,
        share=None if market is None else case.amounts.share(market.share),
        voice=None if market is None else case.amounts.share(market.share_of_voice),
        places=tuple(one.name for one in channels if one.tactics),
        strengths=tuple(one.statement or one.id for one in findings if one.kind == "strength"),
        weaknesses=tuple(one.statement or one.id for one in findings if one.kind == "weakness"),
        seen=seen, age=_age(case, seen),
    )  # fmt: skip


def _competitor(case: Case, one: Competitor) -> CompanyAudit:
    return CompanyAudit(
        id=one.id, name=one.name or one.id, is_us=False, position=one.position or "", price_index=one.price_index,
        share=case.amounts.share(one.share), voice=case.amounts.share(one.share_of_voice), places=one.channels,
        strengths=one.strengths, weaknesses=one.weaknesses, seen=one.seen, age=_age(case, one.seen),
    )  # fmt: skip


def _age(case: Case, day: dt.date | None) -> int | None:
    return None if day is None else max((case.as_of - day).days, 0)


def _replies(case: Case) -> tuple[tuple[str, float, str, dt.date], ...]:
    """Return (name, latest value, unit, day) of metrics in hours, minutes or days that the evidence reads."""
    readings: Mapping[str, tuple[tuple[dt.date, float], ...]] = case.facts.readings if case.facts else {}
    told = []
    for metric in case.plan.metrics:
        points = [point for point in readings.get(metric.id, ()) if point[0] <= case.as_of]
        if metric.role == "experience" and metric.unit in _TIMES and points:
            told.append((metric.name or metric.id, points[-1][1], metric.unit, points[-1][0]))
    return tuple(told)


_TIMES = frozenset({"min", "h", "days"})


# What is asked of a used channel, why, and where it is not known (interview.md, section 8).
_QUESTIONS: tuple[tuple[str, str, Callable[[ChannelAudit], bool]], ...] = (
    (
        "What does it cost in a month?",
        "Without its cost nothing can be called dear or cheap.",
        lambda one: one.cost.value is None,
    ),
    (
        "How many leads does it bring in a month, by our own count?",
        "Engagement is not a sale; a named lead is on the way to one.",
        lambda one: one.leads.value is None,
    ),
    (
        "How many sales does it bring in a month?",
        "A channel is judged by what is bought.",
        lambda one: one.sales.value is None,
    ),
    (
        "How long do people wait for an answer: the middle one, the slowest one in ten?",
        "The reply is the promise kept.",
        lambda one: one.mode == "one to one" and one.media != "person" and one.p50 is None,
    ),
    ("Where does it meet people?", "A channel must be where its people are.", lambda one: not one.places),
    ("Keep, fix, test or stop?", "An audit ends in a decision.", lambda one: not one.verdict),
    ("What does it look like today?", "Its audit is missing or older than a year.", lambda one: one.is_old),
)


def _unknown(channels: tuple[ChannelAudit, ...], companies: tuple[CompanyAudit, ...]) -> tuple[Unknown, ...]:
    """Return the shortest list of things to find out: one line a question, most money at stake first."""
    asked = []
    for question, why, is_missing in _QUESTIONS:
        missing = [one for one in channels if one.tactics and is_missing(one)]
        if missing:
            asked.append(Unknown(question, tuple(one.name for one in missing), why, sum(one.budget for one in missing)))
    asked.sort(key=lambda one: (-one.money, -len(one.about)))
    return (*asked, *_unknown_of(companies))


def _unknown_of(companies: tuple[CompanyAudit, ...]) -> list[Unknown]:
    told = []
    for question, why, name in (
        ("Which share of sales has it, roughly?", "Without shares nobody knows who sets the market.", "share"),
        ("Which share of what is said is about it?", "Voice below share tends to shrink a brand (contested).", "voice"),
        ("What is its price, if ours is 100?", "A price claim needs a comparison.", "price_index"),
        ("Where is it active?", "Its places hint at those of the people we want.", "places"),
        ("How does it describe itself?", "Nobody can be different from a guess.", "position"),
        ("When did somebody last look?", "Audits age.", "seen"),
    ):
        missing = tuple(
            one.name
            for one in companies
            if getattr(one, name) in (None, "", ()) and not (one.is_us and name == "places")
        )
        if missing:
            told.append(Unknown(question, missing, why, 0.0))
    return told
