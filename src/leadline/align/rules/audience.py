"""AUD: does each tactic speak to somebody, with a message of theirs, at their moment, where they are, and honestly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from leadline.align.case import ACQUIRING, PROMOTING, Case, share
from leadline.align.finding import ElementRef, Found, Mention, Skip
from leadline.align.ladder import one_or_all
from leadline.align.rule import rule
from leadline.align.vocabulary import CHEAP, PREMIUM, is_everybody, is_filler, spotted, strong_words, verbatim
from leadline.plan.situation import Segment
from leadline.units import Unit

NOBODY_NEEDED = frozenset({"research", "enable", "exit"})  # checks.md, AUD001: these need no customer
CLOSE = frozenset({"retain", "advocate"})  # checks.md, AUD003 and AUD004: they speak to people one by one
MEETS_STRANGERS = frozenset({"paid", "shared", "earned"})  # checks.md, AUD005: media that find people elsewhere
THERE = 0.30  # house: three in ten of a segment in one place are worth a word (checks.md, AUD011)


@rule(
    "AUD001",
    "unaddressed-mailer",
    level="error",
    scope="links",
    reads=("tactics.list.segments", "tactics.list.intent", "situation.segments.size", "situation.market.size"),
)
def unaddressed_mailer(case: Case) -> Iterator[Found | Skip]:
    """A tactic speaks to nobody in particular.

    It names no segment; or (unless it builds) a segment as large as the whole market, or one called everyone, all or
    general public. Tactics that research, enable or exit need no segment.

    Why: right customer, right message, right timing; a letter without an address reaches nobody.
    Source: point A.
    Fix: name the segment whose need this answers, and how many they are.
    """
    broad = {segment.id for segment in case.plan.situation.segments if _is_everybody(case, segment)}
    for name, tactic in case.growth.items():
        if tactic.intent in NOBODY_NEEDED:
            continue
        everybody = [one for one in tactic.segments if tactic.intent != "build" and one in broad]
        if tactic.segments and not everybody:
            continue
        whom = f'"{verbatim(everybody[0])}", which is everybody' if everybody else "nobody: it names no segment"
        yield Found(
            path=(*case.path_of(name), "segments") if everybody else case.path_of(name),
            text=f"tactic {{tactic}} spends {{money}} on {whom}",
            values={"tactic": name, "money": case.money_of((name,))},
        )


def _is_everybody(case: Case, segment: Segment) -> bool:
    if is_everybody(segment.name or "") or is_everybody(segment.id):
        return True
    market = case.plan.situation.market
    size, whole = segment.size, market.size if market else None
    if size is None or whole is None:
        return False
    mine, theirs = (Unit.parse(one.unit or "count") for one in (size, whole))
    return mine.dimension == theirs.dimension and size.value * mine.factor == whole.value * theirs.factor


@rule(
    "AUD003",
    "no-message",
    level="error",
    scope="links",
    reads=("tactics.list.messages", "tactics.list.segments", "tactics.list.intent", "strategy.messages.segment"),
)
def no_message(case: Case) -> Iterator[Found | Skip]:
    """A tactic that promotes, retains or lets others speak has no message of their own for one of its segments.

    Why: the right message for one segment is noise for another.
    Source: point A.
    Fix: write a message for the segment, or link the one it has.
    """
    segment_of = {message.id: message.segment for message in case.plan.strategy.messages}
    for name, tactic in case.growth.items():
        if tactic.intent not in PROMOTING | CLOSE:
            continue
        told = {segment_of.get(message) for message in tactic.messages}
        for segment in tactic.segments:
            if segment not in told:
                yield Found(
                    path=(*case.path_of(name), "messages"),
                    text="tactic {tactic} has no message for {segment}",
                    values={"tactic": name, "segment": segment},
                )


@rule("AUD004", "no-timing", level="warning", scope="local", reads=("tactics.list.timing", "tactics.list.intent"))
def no_timing(case: Case) -> Iterator[Found | Skip]:
    """A tactic does not say what makes its people ready: no trigger, or one of filler words alone.

    A trigger is something that happens to the customer: a scheduled visit, a repair just paid, a report card. Always,
    ongoing and all year are none.

    Why: the right message at the wrong time is the wrong message.
    Source: point A.
    Fix: write what happens to them that makes this welcome.
    """
    for name, tactic in case.growth.items():
        if tactic.intent not in ACQUIRING | CLOSE:
            continue
        trigger = tactic.timing.trigger if tactic.timing else None
        if trigger is None or is_filler(trigger):
            yield Found(
                path=(*case.path_of(name), "timing", "trigger"),
                text="tactic {tactic} has no trigger"
                if trigger is None
                else 'tactic {tactic} waits for "{trigger}", which happens to nobody',
                values={"tactic": name, "trigger": trigger},
            )


@rule(
    "AUD005",
    "wrong-hangout",
    level="warning",
    scope="links",
    reads=(
        "tactics.list.channels", "tactics.list.segments", "situation.channels.venues", "situation.channels.media",
        "situation.segments.venues",
    ),
)  # fmt: skip
def wrong_hangout(case: Case) -> Iterator[Found | Skip]:
    """A tactic pays for, shares or hopes for attention in a place where nothing shows that its people are.

    A paid, shared or earned channel has no venue in common with any segment of the tactic.

    Why: where do they hang out? Tools follow people, not the other way round.
    Source: points C and D2.
    Fix: find out whether they are there and write the venue, or drop the channel.
    """
    for name, tactic in case.growth.items():
        segments = tuple(one for one in tactic.segments if one in case.segments)
        if not segments:
            continue
        theirs = tuple(dict.fromkeys(venue for one in segments for venue in case.segments[one].venues))
        for index, channel_id in enumerate(tactic.channels):
            channel = case.channels.get(channel_id)
            if channel is None or channel.media not in MEETS_STRANGERS or set(channel.venues) & set(theirs):
                continue
            yield Found(
                path=(*case.path_of(name), "channels", index),
                text="{channel} and {segment} have no venue in common ({channel_venues} against {segment_venues}, {money})",
                values={
                    "channel": channel_id,
                    "segment": one_or_all(segments),
                    "channel_venues": tuple(channel.venues),
                    "segment_venues": theirs,
                    "money": case.money_of((name,)),
                },
            )


@dataclass(frozen=True)
class _Use:
    """A message in use. kind: its position, premium or cheap; said: the position's id, or the word that shows it."""

    message: str
    start: dt.date
    end: dt.date
    tactic: str
    kind: str
    said: str


@rule(
    "AUD006",
    "mixed-messages",
    level="warning",
    scope="links",
    reads=(
        "tactics.list.messages", "tactics.list.dates", "tactics.list.offering", "strategy.messages", "strategy.positions",
    ),
)  # fmt: skip
def mixed_messages(case: Case) -> Iterator[Found | Skip]:
    """One segment is told two things at the same time.

    Two of its messages run in tactics with overlapping dates: under different positions of the same offering, or one
    with a premium word and one with a cheap word. A message without a position speaks from that of its segment and the
    tactic's offering.

    Why: one promise; a sender who says two things is believed in neither.
    Source: point D.
    Fix: choose one, or let them follow each other in time.
    """
    for group, uses in _uses(case).items():
        pair = _clash(uses)
        if pair is None:
            continue
        segment, offering = group
        one, two = pair
        both = (one.said, two.said)
        positions, said = (None, both) if offering is None else (both, None)
        text = "two positions of one offering ({positions})" if positions else 'two promises ("{words}")'
        yield Found(
            path=case.path_of(two.message),
            text=f"{{segment}} hears {text} at the same time: {{messages}}",
            values={
                "segment": segment,
                "messages": (one.message, two.message),
                "positions": positions,
                "words": said,
            },
            element=ElementRef("segment", segment),
            tactics=tuple(dict.fromkeys((one.tactic, two.tactic))),
            related=(Mention(case.path_of(one.message), "the other message"),),
        )


def _uses(case: Case) -> dict[tuple[str, str | None], list[_Use]]:
    """Return messages in use by segment and offering (positions), and by segment alone (premium or cheap words)."""
    messages = {message.id: message for message in case.plan.strategy.messages}
    positions = {position.id: position for position in case.plan.strategy.positions}
    default = {(one.segment, one.offering): one.id for one in reversed(case.plan.strategy.positions)}
    toned = {one.id: (spotted(one.claim or "", PREMIUM), spotted(one.claim or "", CHEAP)) for one in messages.values()}
    found: dict[tuple[str, str | None], list[_Use]] = {}
    for name, tactic in case.growth.items():
        dates = case.graph.dates_of(tactic)
        for message_id in dict.fromkeys(tactic.messages):
            message = messages.get(message_id)
            if message is None or message.segment is None or message.segment not in case.segments or dates is None:
                continue
            position_id = message.position or default.get((message.segment, tactic.offering))
            if position_id in positions:
                offering = positions[position_id].offering or tactic.offering or ""
                use = _Use(message_id, dates.start, dates.end, name, position_id, position_id)
                found.setdefault((message.segment, offering), []).append(use)
            premium, cheap = toned[message_id]
            if bool(premium) != bool(cheap):
                kind = "premium" if premium else "cheap"
                use = _Use(message_id, dates.start, dates.end, name, kind, (premium or cheap)[0])
                found.setdefault((message.segment, None), []).append(use)
    return found


def _clash(uses: list[_Use]) -> tuple[_Use, _Use] | None:
    """Return two uses of different messages that overlap in time and differ in kind; sorted by start, one pass."""
    lasting: dict[str, _Use] = {}
    for use in sorted(uses, key=lambda one: (one.start, one.tactic, one.message)):
        for kind, other in lasting.items():
            if kind != use.kind and other.end >= use.start and other.message != use.message:
                return other, use
        if use.kind not in lasting or lasting[use.kind].end < use.end:
            lasting[use.kind] = use
    return None


@rule(
    "AUD007",
    "claim-without-proof",
    level="warning",
    scope="local",
    reads=("strategy.messages.claim", "strategy.messages.proof"),
)
def claim_without_proof(case: Case) -> Iterator[Found | Skip]:
    """A message claims a number, a rank or an absolute, and no evidence proves it.

    Looked for are digits, number words from "two", and a shipped list of superlatives and absolutes (best, first, only,
    leading, never, always, guaranteed, …). Names of the plan's offerings do not count.

    Why: be scrupulously honest; one claim that does not hold costs all the others.
    Source: point D.
    Fix: link the evidence (`proof`), or say less.
    """
    names = [one.name for one in case.plan.strategy.offerings if one.name]
    for message in case.plan.strategy.messages:
        words = () if message.proof else strong_words(message.claim or "", names)
        if words:
            yield Found(
                path=(*case.path_of(message.id), "claim"),
                text="message {message} claims without proof: {words}",
                values={"message": message.id, "words": words},
                also=f"said to {verbatim(message.segment)}" if message.segment else "",
                tactics=tuple(name for name, tactic in case.growth.items() if message.id in tactic.messages),
            )


@rule(
    "AUD011",
    "absent-where-they-are",
    level="note",
    scope="links",
    reads=(
        "situation.segments.venues", "situation.venues.share_of_segment", "situation.channels.venues",
        "tactics.list.channels", "situation.segments.priority",
    ),
)  # fmt: skip
def absent_where_they_are(case: Case, *, there: float = THERE) -> Iterator[Found | Skip]:
    """Much of a priority segment is in a place where no growth tactic goes.

    Why: where do they hang out? Being absent there is a choice, and should be one.
    Source: point C.
    Thresholds: there 0.30 (house).
    Fix: use a channel that meets them there, or write under `not_doing` why not.
    """
    used = {channel for tactic in case.growth.values() for channel in tactic.channels}
    met = {venue for name in used if name in case.channels for venue in case.channels[name].venues}
    parts = {venue.id: case.amounts.share(venue.share_of_segment) for venue in case.plan.situation.venues}
    for name in case.priority_segments:
        for index, venue in enumerate(case.segments[name].venues):
            part = parts.get(venue)
            if part is None or part < there or venue in met:
                continue
            yield Found(
                path=(*case.path_of(name), "venues", index),
                text="{share_of_segment} of {segment} is in {venue}, and no tactic goes there",
                values={"segment": name, "venue": venue, "share_of_segment": share(part)},
                tactics=tuple(one for one, tactic in case.growth.items() if name in tactic.segments),
            )
