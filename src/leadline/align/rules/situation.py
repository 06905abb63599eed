"""SIT: is it known where the organisation stands, whom it is up against, and where its people are."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from leadline.align.case import Case, count, share
from leadline.align.dates import months_before
from leadline.align.finding import ElementRef, Figure, Found, Mention, Skip
from leadline.align.ladder import levels_of
from leadline.align.rule import rule

MAX_AGE_MONTHS = 12  # house: an audit older than a year has missed a season (checks.md, SIT008)
FROM_CUSTOMERS = frozenset({"data", "research", "interview"})  # checks.md, SIT002: somebody asked, or counted
WEIGHTY = 3  # house, of 5: what matters this much wants an answer (checks.md, SIT004)
STALE_MONTHS = 18  # house: a market has turned one and a half times round its year since (checks.md, SIT005)
SIDES = ("weakness", "threat")  # checks.md, SIT006: the two that nobody likes to write


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


@rule(
    "SIT002",
    "no-customer-evidence",
    level="warning",
    scope="links",
    reads=("situation.segments.evidence", "situation.evidence.kind", "situation.conversations.evidence"),
)
def no_customer_evidence(case: Case) -> Iterator[Found | Skip]:
    """What is written about a segment rests on nothing that its people said or did.

    Neither it nor a conversation noted of it has evidence of kind data, research or interview; a benchmark, a document
    or an opinion is about them, not from them.

    Why: right customer, right message: a need that nobody has heard from them is ours, not theirs.
    Source: point A.
    Fix: talk to five of them, or count what they do, and link it as evidence.
    """
    kinds = {one.id: one.kind for one in case.plan.situation.evidence}
    heard: dict[str, list[str]] = {}
    for conversation in case.plan.situation.conversations:
        heard.setdefault(conversation.segment or "", []).extend(conversation.evidence)
    for segment in case.plan.situation.segments:
        names = (*segment.evidence, *heard.get(segment.id, ()))
        mine = tuple(dict.fromkeys(kind for name in names if (kind := kinds.get(name))))
        if FROM_CUSTOMERS & set(mine):
            continue
        yield Found(
            path=(*case.path_of(segment.id), "evidence"),
            text="what is written about {segment} rests on nothing that they said or did"
            + ("; its evidence is of kind {evidence}" if mine else ""),
            values={"segment": segment.id, "evidence": mine or None},
            tactics=tuple(name for name, tactic in case.growth.items() if segment.id in tactic.segments),
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
    "SIT004",
    "finding-unaddressed",
    level="warning",
    scope="links",
    reads=("situation.findings.impact", "situation.findings.addressed_by"),
)
def finding_unaddressed(case: Case, *, weighty: float = WEIGHTY) -> Iterator[Found | Skip]:
    """The situation names something that matters, and nothing in the plan answers it.

    Why: where are we now is asked so that the plan may follow from it; a weakness nobody answers stays one, a strength
    nobody uses is none.
    Source: point B (Situation is the first of six).
    Thresholds: weighty 3 of 5 (house).
    Fix: name the level, tactic or touch point that answers it (`addressed_by`), or say that it matters less.
    """
    for finding in case.plan.situation.findings:
        if finding.impact is not None and finding.impact >= weighty and not finding.addressed_by:
            yield Found(
                path=case.path_of(finding.id),
                text="nothing answers {finding}, a {kind} of impact {impact} of 5"
                if finding.kind
                else "nothing answers {finding}, of impact {impact} of 5",
                values={"finding": finding.id, "kind": finding.kind, "impact": finding.impact},
            )


@rule(
    "SIT005",
    "evidence-stale",
    level="warning",
    scope="time",
    reads=("situation.evidence.expires", "situation.evidence.date"),
)
def evidence_stale(case: Case, *, stale_months: float = STALE_MONTHS) -> Iterator[Found | Skip]:
    """Something in the plan rests on evidence whose day is past.

    It is past its `expires`, or, where it has none, older than 18 months. Evidence that nothing points to is left out,
    and evidence without a day cannot be judged.

    Why: people, prices and rivals move; what was true two years ago is a guess that looks like a number.
    Source: point B (Situation: where are we now).
    Thresholds: stale_months 18 (house).
    Fix: look again, and write the new day; or set `expires` where you know that it keeps longer, such as a census.
    """
    oldest = months_before(case.as_of, round(stale_months))
    uses = Counter(reference.ref for reference in case.graph.references if "evidence" in reference.wanted_kinds)
    for evidence in case.plan.situation.evidence:
        if not uses[evidence.id]:
            continue
        day = evidence.expires or evidence.date
        if day is None:
            yield Skip("it has no date", evidence.id)
            continue
        if day >= (case.as_of if evidence.expires else oldest):
            continue
        yield Found(
            path=(*case.path_of(evidence.id), "expires" if evidence.expires else "date"),
            text=("{evidence} expired on {expires}" if evidence.expires else "{evidence} is of {date}")
            + ("; {uses} places rest on it" if uses[evidence.id] > 1 else "; {uses} place rests on it"),
            values={
                "evidence": evidence.id,
                "date": None if evidence.expires else evidence.date,
                "expires": evidence.expires,
                "uses": count(uses[evidence.id]),
            },
        )


@rule("SIT006", "one-sided", level="note", scope="links", reads=("situation.findings.kind",))
def one_sided(case: Case) -> Iterator[Found | Skip]:
    """The situation has findings, and none of them is a weakness, or none a threat.

    Why: an audit that finds nothing wrong was not one; what is left out comes back as a surprise.
    Source: points B and C (audit yourself and your competitors).
    Fix: ask sales and service what they hear and whom you lose to, and write the worst of it as a finding.
    """
    findings = case.plan.situation.findings
    kinds = {one.kind for one in findings}
    missing = tuple(kind for kind in SIDES if kind not in kinds)
    if findings and missing:
        yield Found(
            path=("situation", "findings"),
            text="{findings} " + ("finding" if len(findings) == 1 else "findings") + ", and none of kind {missing}",
            values={"findings": count(len(findings)), "missing": missing},
            at_key=True,
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


@rule(
    "SIT009",
    "below-fair-voice",
    level="note",
    scope="sums",
    reads=("situation.market.share", "situation.market.share_of_voice", "strategy.levels.direction"),
)
def below_fair_voice(case: Case) -> Iterator[Found | Skip]:
    """The organisation wants to grow, and its share of what is said is below its share of the market.

    Brands whose share of voice lies above their share of the market tend to gain share, those below it to lose it:
    Jones (1990), Binet and Field for the data bank of the IPA (2007: about half a point of share a year for ten points
    of voice). Contested, and so a note: it is a correlation, over brands that entered for awards; Hollis reminds of
    the brands in every category that do not follow it, an article of the IPA ("an excessive focus on the wrong
    thing?", 2023) holds that what is said moves more than how much; and nobody counts what is said in owned places.

    Why: growth in share is seldom had with a voice smaller than the share; who tries should know why it will work here.
    Source: Jones, "Ad Spending: Maintaining Market Share", 1990; Binet and Field, "Marketing in the Era of
    Accountability", 2007; contested as above.
    Fix: plan for more voice, for a smaller market of which it is a fair share, or say what makes up for it.
    """
    if not any(level.direction == "growth" for level in levels_of(case, "corporate")):
        return
    market = case.plan.situation.market
    mine, voice = (
        case.amounts.share(one) for one in ((market.share, market.share_of_voice) if market else (None, None))
    )
    if mine is None or voice is None:
        yield Skip("market share or share of voice is not known")
        return
    if voice >= mine:
        return
    loudest = max(
        ((said, one.id) for one in case.plan.situation.competitors if (said := case.amounts.share(one.share_of_voice))),
        default=None,
    )
    yield Found(
        path=("situation", "market", "share_of_voice"),
        text="{share_of_voice} of what is said is ours, {gap} less than our {share} of the market, and the plan is to grow",
        values={
            "share": share(mine),
            "share_of_voice": share(voice),
            "gap": Figure(mine - voice, "share points"),
            "loudest": loudest[1] if loudest else None,
            "loudest_share": share(loudest[0]) if loudest else None,
        },
        also="a tendency over many brands and contested; the loudest here is {loudest} with {loudest_share}"
        if loudest
        else "a tendency over many brands and contested",
    )
