"""SIT: is it known where the organisation stands, whom it is up against, and where its people are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from leadline.align.case import Case, count
from leadline.align.dates import months_before
from leadline.align.finding import ElementRef, Found, Mention, Skip
from leadline.align.rule import rule

MAX_AGE_MONTHS = 12  # house: an audit older than a year has missed a season (checks.md, SIT008)


@rule(
    "SIT001",
    "no-situation",
    level="error",
    scope="links",
    reads=("situation.findings", "objectives.baseline.source", "objectives.baseline.as_of"),
)
def no_situation(case: Case) -> Iterator[Found | Skip]:
    """The plan begins without a look at where it stands.

    It has no finding (strength, weakness, opportunity, threat), or no objective whose baseline says where it comes
    from or of which day it is.

    Why: where are we now comes before where do we want to be; a plan without it starts from hope.
    Source: point B (Situation is the first of six).
    Fix: write what you know as findings, and give each baseline its day or source (interview block "situation").
    """
    findings = len(case.plan.situation.findings)
    baselines = [one.baseline for one in case.plan.objectives if one.baseline is not None]
    known = sum(1 for one in baselines if one.source or one.as_of)
    if findings and known:
        return
    yield Found(
        path=("objectives",) if findings else ("situation", "findings"),
        text="the situation holds {findings} findings, and {baselines} baselines with a day or a source",
        values={"findings": count(findings), "baselines": count(known)},
        at_key=True,
    )


@rule("SIT003", "no-competitor-audit", level="warning", scope="links", reads=("situation.competitors",))
def no_competitor_audit(case: Case) -> Iterator[Found | Skip]:
    """Nobody has looked where the competitors are: none is listed, or none with the channels it is seen in.

    Why: audit yourself and your competitors; people choose between you and somebody.
    Source: point C.
    Fix: list whom people could choose instead, and where you have seen them (interview block "audit").
    """
    competitors = case.plan.situation.competitors
    seen = sum(1 for one in competitors if one.channels)
    if seen:
        return
    yield Found(
        path=("situation", "competitors", 0) if competitors else ("situation", "competitors"),
        text="competitors listed: {competitors}; with the channels they are seen in: {with_channels}",
        values={"competitors": count(len(competitors)), "with_channels": count(seen)},
        at_key=not competitors,
        element=ElementRef("plan", case.plan.plan.id),
    )


@rule(
    "SIT007",
    "venues-unknown",
    level="warning",
    scope="links",
    reads=("situation.segments.venues", "situation.segments.priority", "situation.conversations.segment"),
)
def venues_unknown(case: Case) -> Iterator[Found | Skip]:
    """Nobody knows where the people of a priority segment are: it has no venue and no conversation.

    A priority segment has priority 1 or 2, or is the only one.

    Why: where do they hang out, and what do they talk about there? Tools follow people.
    Source: points C and D.
    Fix: name one place where they are and one question they ask there.
    """
    spoken = {conversation.segment for conversation in case.plan.situation.conversations}
    for name in case.priority_segments:
        segment = case.segments[name]
        if segment.venues or name in spoken:
            continue
        size = case.amounts.count(segment.size)
        known = "" if size is None else " ({size} people or firms)"
        yield Found(
            path=case.path_of(name),
            text=f"no venue and no conversation of segment {{segment}}{known} is known",
            values={"segment": name, "size": None if size is None else count(size)},
            tactics=tuple(one for one, tactic in case.growth.items() if name in tactic.segments),
        )


@rule(
    "SIT008",
    "channel-unaudited",
    level="warning",
    scope="links",
    reads=("situation.channels.as_of", "tactics.list.channels"),
)
def channel_unaudited(case: Case, *, max_age_months: float = MAX_AGE_MONTHS) -> Iterator[Found | Skip]:
    """Tactics use channels that nobody has audited, or not for a year.

    Why: audit what you have before you spend on it.
    Source: point C.
    Thresholds: max_age_months 12 (house).
    Fix: write what each of them brings and costs today, a verdict, and the day (`as_of`).
    """
    oldest = months_before(case.as_of, round(max_age_months))
    used = dict.fromkeys(name for tactic in case.tactics.values() for name in tactic.channels)
    old = {
        name: audited
        for name in used
        if name in case.channels and _is_before(audited := case.channels[name].as_of, oldest)
    }
    if not old:
        return
    names = tuple(name for name in case.channels if name in old)
    first, *others = names
    concerned = tuple(name for name, tactic in case.growth.items() if any(one in old for one in tactic.channels))
    yield Found(
        path=(*case.path_of(first), "as_of"),
        text="{channels}: used, and not audited in the last " + f"{max_age_months:g} months",
        values={"channels": names},
        element=ElementRef("plan", case.plan.plan.id),
        tactics=concerned,
        related=tuple(Mention(case.path_of(name), "and this one") for name in others[:3]),
    )


def _is_before(day: dt.date | None, oldest: dt.date) -> bool:
    return day is None or day < oldest
