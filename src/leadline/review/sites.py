"""Sites as data: the places where our people are, ranked, with who is there, what is said, and what we spend there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from leadline.align.case import Case
from leadline.align.phasing import CENTS
from leadline.plan.situation import Segment, Venue
from leadline.review.audit import counted_a_month, money_a_month
from leadline.review.gaps import used_channels
from leadline.review.likeness import is_like, words_of
from leadline.review.spending import Spending

Basis = Literal["value", "priority", "share"]
_MONTHS = 12.0  # by definition


@dataclass(frozen=True)
class Reach:
    """One segment at one venue. share: of the segment that is there, None where not written · people: share × size."""

    segment: str
    name: str
    share: float | None
    people: float | None


@dataclass(frozen=True)
class Talk:
    """One conversation: the question in the customers' words, how often a month, mood −1 to 1."""

    venue: str
    segment: str
    topic: str
    question: str
    volume: float | None
    mood: float | None
    is_met: bool


@dataclass(frozen=True)
class Ground:
    """One piece of evidence that people are at a venue. is_old: past its `expires`."""

    citation: str
    day: dt.date | None
    n: int | None
    is_old: bool


@dataclass(frozen=True)
class Site:
    """One venue. score: 0..1 of the best venue, None where no share is known.

    ours: own channels that growth tactics use there · listed: own channels there that no tactic uses
    others: competitors whose places are called alike · planned: money of the plan
    spent: None where no source reports the spend of any tactic that goes there
    """

    id: str
    name: str
    kind: str
    reaches: tuple[Reach, ...]
    score: float | None
    ours: tuple[str, ...]
    listed: tuple[str, ...]
    others: tuple[str, ...]
    talks: tuple[Talk, ...]
    grounds: tuple[Ground, ...]
    planned: float
    spent: float | None


@dataclass(frozen=True)
class Sites:
    """Every venue, the most worth first. weights: segment name -> how much its share counts, 1 for the heaviest.

    elsewhere: planned and spent money of channels that name no venue, and of tactics without a channel
    astray: conversations at no listed venue · empty: segments of which neither venue nor conversation is known
    """

    basis: Basis
    weights: Mapping[str, float]
    sites: tuple[Site, ...]
    elsewhere: tuple[float, float | None]
    astray: tuple[Talk, ...]
    empty: tuple[str, ...]

    @property
    def planned(self) -> float:
        """Planned money of all venues and elsewhere: the growth budget."""
        return sum(site.planned for site in self.sites) + self.elsewhere[0]

    @property
    def missed(self) -> tuple[Site, ...]:
        """Return the venues of our segments at which no channel of a growth tactic meets people."""
        return tuple(site for site in self.sites if site.reaches and not site.ours)


def sites_of(case: Case, spent: Spending) -> Sites:
    """Rank the venues of a plan and lay its money on them."""
    basis, weights = weights_of(case)
    planned, planned_elsewhere = _laid(case, case.budgets)
    known = {name: (money.inside + money.after) / CENTS for name, money in spent.by_tactic.items()}
    paid, paid_elsewhere = _laid(case, known)
    scores = {venue.id: _score(case, venue, weights) for venue in case.plan.situation.venues}
    best = max((score for score in scores.values() if score is not None), default=0.0) or 1.0
    talks = _talks(case)
    names = {segment.id: segment.name or segment.id for segment in case.plan.situation.segments}
    sites = [
        Site(
            id=venue.id,
            name=venue.name or venue.id,
            kind=(venue.kind or "").replace("_", " "),
            reaches=tuple(_reach(case, segment, venue) for segment in _segments_at(case, venue)),
            score=None if scores[venue.id] is None else (scores[venue.id] or 0.0) / best,
            ours=_channels_at(case, venue, is_used=True),
            listed=_channels_at(case, venue, is_used=False),
            others=_others_at(case, venue),
            talks=tuple(talk for talk in talks if talk.venue == venue.id),
            grounds=tuple(_ground(case, name) for name in venue.evidence),
            planned=planned.get(venue.id, 0.0),
            spent=paid.get(venue.id),
        )
        for venue in case.plan.situation.venues
    ]
    spoken = {talk.segment for talk in talks}
    empty = [s.id for s in case.plan.situation.segments if not s.venues and s.id not in spoken]
    ids = {site.id for site in sites}
    return Sites(
        basis=basis,
        weights={names[segment]: weight for segment, weight in weights.items()},
        sites=tuple(sorted(sites, key=lambda site: (site.score is None, -(site.score or 0.0), -site.planned))),
        elsewhere=(planned_elsewhere or 0.0, paid_elsewhere),
        astray=tuple(talk for talk in talks if talk.venue not in ids),
        empty=tuple(names[one] for one in empty),
    )


def weights_of(case: Case) -> tuple[Basis, Mapping[str, float]]:
    """Return how much the share of each segment counts, 1 for the heaviest, and what that rests on.

    What all people of a segment are worth (size × value) where every segment says both in one form; else one over the
    priority; else the same for all.
    """
    segments = case.plan.situation.segments
    worths = [_worth(case, segment) for segment in segments]
    forms = {worth[0] for worth in worths if worth is not None}
    if segments and None not in worths and len(forms) == 1:
        values = [worth[1] for worth in worths if worth is not None]
        most = max(values)
        if most > 0:
            return "value", {segment.id: value / most for segment, value in zip(segments, values, strict=True)}
    ranked = [segment.priority for segment in segments if segment.priority]
    if ranked:
        last = max(ranked) + 1
        first = min(ranked)
        return "priority", {segment.id: first / (segment.priority or last) for segment in segments}
    return "share", {segment.id: 1.0 for segment in segments}


def _worth(case: Case, segment: Segment) -> tuple[str, float] | None:
    size = case.amounts.count(segment.size)
    yearly = money_a_month(case.amounts, segment.value).value
    once = case.amounts.money(segment.value)
    if size is None or (yearly is None and once is None):
        return None
    return ("a year", size * yearly * _MONTHS) if yearly is not None else ("once", size * (once or 0.0))


def _segments_at(case: Case, venue: Venue) -> tuple[Segment, ...]:
    return tuple(segment for segment in case.plan.situation.segments if venue.id in segment.venues)


def _score(case: Case, venue: Venue, weights: Mapping[str, float]) -> float | None:
    share = case.amounts.share(venue.share_of_segment)
    if share is None:
        return None
    return sum(share * weights.get(segment.id, 0.0) for segment in _segments_at(case, venue))


def _reach(case: Case, segment: Segment, venue: Venue) -> Reach:
    share, size = case.amounts.share(venue.share_of_segment), case.amounts.count(segment.size)
    return Reach(segment.id, segment.name or segment.id, share, None if share is None or size is None else share * size)


def _channels_at(case: Case, venue: Venue, *, is_used: bool) -> tuple[str, ...]:
    used = used_channels(case)
    there = [channel for channel in case.plan.situation.channels if venue.id in channel.venues]
    return tuple(channel.name or channel.id for channel in there if (channel.id in used) is is_used)


def _others_at(case: Case, venue: Venue) -> tuple[str, ...]:
    words = words_of(venue.id, venue.name, venue.kind)
    there = [one for one in case.plan.situation.competitors if any(is_like(word, words) for word in one.channels)]
    return tuple(one.name or one.id for one in there)


def _talks(case: Case) -> tuple[Talk, ...]:
    met = {venue for name in used_channels(case) if name in case.channels for venue in case.channels[name].venues}
    return tuple(
        Talk(
            one.venue or "", one.segment or "", one.topic or "", one.question or one.name or one.id,
            counted_a_month(case.amounts, one.volume).value, one.mood, (one.venue or "") in met,
        )
        for one in case.plan.situation.conversations
    )  # fmt: skip


def _ground(case: Case, name: str) -> Ground:
    for one in case.plan.situation.evidence:
        if one.id == name:
            is_old = one.expires is not None and one.expires < case.as_of
            return Ground(one.citation or one.name or one.id, one.date, one.n, is_old)
    return Ground(name, None, None, is_old=False)


def _laid(case: Case, money: Mapping[str, float]) -> tuple[dict[str, float], float | None]:
    """Lay money of growth tactics on venues: evenly over a tactic's channels, then over each channel's venues.

    Only tactics of which money is known count; the second part is what no venue takes, None where no such money is known.
    """
    known = {venue.id for venue in case.plan.situation.venues}
    found: dict[str, float] = {}
    elsewhere: float | None = None
    for name, tactic in case.growth.items():
        if name not in money:
            continue
        channels = tactic.channels or ("",)
        for channel in channels:
            part = money[name] / len(channels)
            venues = [v for v in case.channels[channel].venues if v in known] if channel in case.channels else []
            if not venues:
                elsewhere = (elsewhere or 0.0) + part
            for venue in venues:
                found[venue] = found.get(venue, 0.0) + part / len(venues)
    return found, elsewhere
