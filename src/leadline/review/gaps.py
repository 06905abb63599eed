"""Gaps between us, the others and our people: where they are and we are not, what they do better, who is met by nobody.

Each gap names what answers it: a finding with `addressed_by`, a decision about it, a thing left out on purpose, a parked
idea; or it is open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from leadline.align.case import Case
from leadline.align.rules.audience import THERE
from leadline.plan.situation import Channel, Competitor
from leadline.review.likeness import is_all_like, is_like, words_of

Kind = Literal["place", "strength", "venue"]
Answer = Literal["addressed", "accepted", "left out", "parked", "open"]


@dataclass(frozen=True)
class Gap:
    """One gap. whom: competitors or the segment it is about · what: the place, strength or venue.

    share: of the segment that is at the venue, 0..1 · code: of the check's finding, "" where none is made
    answer: how it stands · by: what answers it, or why it is open
    """

    kind: Kind
    whom: tuple[str, ...]
    what: str
    share: float | None
    code: str
    answer: Answer
    by: str

    @property
    def is_open(self) -> bool:
        """Say whether nothing in the plan answers it."""
        return self.answer == "open"


def gaps_of(case: Case) -> tuple[Gap, ...]:
    """Return every gap, the open ones first."""
    found = [*_places(case), *_venues(case), *_strengths(case)]
    return tuple(sorted(found, key=lambda gap: not gap.is_open))


def channels_like(case: Case, named: str) -> tuple[Channel, ...]:
    """Return the own channels that a competitor's word may mean: by id, name, or the places where they meet people."""
    return tuple(channel for channel in case.plan.situation.channels if is_like(named, words_of_channel(case, channel)))


def words_of_channel(case: Case, channel: Channel) -> frozenset[str]:
    """Return the words a channel goes by."""
    venues = {venue.id: venue for venue in case.plan.situation.venues}
    there = [venues[name] for name in channel.venues if name in venues]
    texts = [text for venue in there for text in (venue.id, venue.name, venue.kind)]
    return words_of(channel.id, channel.name, *texts)


def used_channels(case: Case) -> frozenset[str]:
    """Return the channels that growth tactics use."""
    return frozenset(name for tactic in case.growth.values() for name in tactic.channels)


def used_like(case: Case, named: str) -> tuple[str, ...]:
    """Return what of ours a competitor's word may mean and a growth tactic uses: channels, and tactics named alike."""
    used = used_channels(case)
    channels = [one.name or one.id for one in channels_like(case, named) if one.id in used]
    tactics = [
        tactic.name or name for name, tactic in case.growth.items() if is_like(named, words_of(name, tactic.name))
    ]
    return tuple(dict.fromkeys([*channels, *([] if channels else tactics)]))


def _places(case: Case) -> Iterator[Gap]:
    seen: dict[str, list[Competitor]] = {}
    for one in case.plan.situation.competitors:
        for word in one.channels:
            seen.setdefault(word, []).append(one)
    for word, there in seen.items():
        ours = channels_like(case, word)
        if used_like(case, word):
            continue
        answer, by = _answer(case, (word,), about=[one.id for one in there], names=_names(there))
        if answer == "open" and ours:
            by = f"{ours[0].name or ours[0].id} is listed, and no tactic uses it"
        yield Gap("place", tuple(one.name or one.id for one in there), word, None, "", answer, by)


def _strengths(case: Case) -> Iterator[Gap]:
    for one in case.plan.situation.competitors:
        for strength in one.strengths:
            answer, by = _answer(case, (strength,), about=[one.id], names=_names([one]))
            yield Gap("strength", (one.name or one.id,), strength, None, "", answer, by)


def _venues(case: Case) -> Iterator[Gap]:
    used = used_channels(case)
    met = {venue for name in used if name in case.channels for venue in case.channels[name].venues}
    venues = {venue.id: venue for venue in case.plan.situation.venues}
    there = case.settings.thresholds.get("AUD011", {}).get("there", THERE)
    for segment in case.plan.situation.segments:
        for name in segment.venues:
            venue = venues.get(name)
            if venue is None or name in met:
                continue
            share = case.amounts.share(venue.share_of_segment)
            judged = segment.id in case.priority_segments and share is not None and share >= there
            answer, by = _answer(case, (venue.name or name, name), about=[name], names=None)
            yield Gap(
                "venue",
                (segment.name or segment.id,),
                venue.name or name,
                share,
                "AUD011" if judged else "",
                answer,
                by,
            )


def _names(there: Iterable[Competitor]) -> frozenset[str]:
    return words_of(*(text for one in there for text in (one.id, one.name, *one.aliases)))


def _answer(
    case: Case, what: Sequence[str], *, about: Sequence[str], names: frozenset[str] | None
) -> tuple[Answer, str]:
    """Return how a gap stands; names: words by which the competitor goes, of which a finding has to hold one.

    Words are compared strictly where nothing else ties them together: a gap called answered by mistake is overlooked.
    """
    for finding in case.plan.situation.findings:
        said = words_of(finding.statement, finding.name)
        tied = any(is_all_like(one, said) for one in what)
        if tied if names is None else names & said and any(is_like(one, said) for one in what):
            if finding.addressed_by:
                return "addressed", f"{', '.join(_called(case, one) for one in finding.addressed_by)} ({finding.id})"
            return "open", f"finding {finding.id} names nobody who answers it"
    for decision in case.plan.control.decisions:
        if set(about) & set(decision.about):
            return (
                "accepted",
                f"{decision.choice or 'decided'}: {decision.reason or 'no reason is written'} ({decision.id})",
            )
    for level in case.plan.strategy.levels:
        for left in level.not_doing:
            if any(is_all_like(one, words_of(left)) for one in what):
                return "left out", f"{left} ({level.id})"
    for idea in case.plan.control.ideas:
        if any(is_all_like(one, words_of(idea.name, idea.id)) for one in what):
            return "parked", f"{idea.name or idea.id}: {idea.reason or 'no reason is written'}"
    return "open", "nothing in the plan answers it"


def _called(case: Case, identity: str) -> str:
    element = case.elements.get(identity)
    return getattr(element, "name", None) or identity
