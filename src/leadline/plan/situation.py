"""Situation: where we are now."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from leadline.plan.parts import Element, Links, Part, Texts, about, several
from leadline.plan.quantities import Day, Number, Quantity, Whole


class Market(Element):
    """The market as a whole; there is one, so its id may be left out."""

    id: str = Field(default="market", description="kebab-case, unique in the whole plan")
    size: Quantity | None = about("money or count, per time where it flows")
    growth: Quantity | None = about("growth a year")
    share: Quantity | None = about("our share of the market")
    share_of_voice: Quantity | None = about("our share of what is said")
    purchase_interval: Quantity | None = about("time between two purchases of one customer")
    season: tuple[Number, ...] = several("twelve monthly factors with mean 1")


class Segment(Element):
    """People or organisations with one need."""

    status: Literal["new", "existing"] | None = about(
        "does the organisation already sell into this market", meaning=True
    )
    size: Quantity | None = about("how many", meaning=True)
    value: Quantity | None = about("what one is worth", meaning=True)
    need: str | None = about("what they need, in their words", meaning=True)
    priority: Whole | None = about("1 comes first")
    venues: Texts = several("ids of venues where they are")


class Competitor(Element):
    """Who else they could choose."""

    share: Quantity | None = about("market share")
    share_of_voice: Quantity | None = about("share of what is said")
    position: str | None = about("what they stand for")
    price_index: Number | None = about("our price = 100")
    channels: Texts = several("where they are seen, free words")
    strengths: Texts = several("what they do well")
    weaknesses: Texts = several("what they do badly")
    seen: Day | None = about("day of the last look")
    aliases: Texts = several("names under which they are spoken of")


class Reply(Part):
    """How fast a channel answers."""

    p50: Quantity | None = about("median time to first reply")
    p90: Quantity | None = about("time within which nine of ten are answered")


class Channel(Element):
    """What tactics use to reach people, with the own audit."""

    media: Literal["paid", "owned", "earned", "shared", "person"] | None = about("who controls it")
    mode: Literal["broadcast", "one_to_one"] | None = about("one message to many, or a dialogue")
    venues: Texts = several("ids of venues where it meets people")
    basis: Literal["consent", "contract", "legitimate_interest", "none"] | None = about(
        "legal basis of one-to-one contact"
    )
    account: str | None = about("account id or name in the platform")
    audience: Quantity | None = about("people it reaches")
    posts: Quantity | None = about("posts a month")
    engagement: Quantity | None = about("engagement rate as the platform says")
    reply: Reply | None = about("reply times")
    leads: Quantity | None = about("leads it brings, by own count")
    sales: Quantity | None = about("sales it brings, by own count")
    cost: Quantity | None = about("what it costs")
    verdict: Literal["keep", "fix", "test", "stop"] | None = about("what the audit says")
    as_of: Day | None = about("day of the audit")


class Venue(Element):
    """A place where people of a segment are."""

    kind: str | None = about("search, social, press, event, mail, in_person, peer, …")
    reach: Quantity | None = about("people there")
    share_of_segment: Quantity | None = about("share of the segment that is there")


class Conversation(Element):
    """What people talk about, in their words."""

    topic: str | None = about("topic")
    question: str | None = about("the question as they ask it")
    segment: str | None = about("id of the segment")
    venue: str | None = about("id of the venue")
    volume: Quantity | None = about("how often it comes up")
    mood: Number | None = about("-1 angry .. 1 glad")


class SituationFinding(Element):
    """One strength, weakness, opportunity or threat."""

    kind: Literal["strength", "weakness", "opportunity", "threat"] | None = about("which of the four")
    statement: str | None = about("one sentence")
    impact: Whole | None = about("1 small .. 5 large")
    addressed_by: Texts = several("ids of levels, tactics or touch points that answer it")


class Experience(Part):
    """How good a touch point is."""

    score: Number | None = about("0..100", meaning=True)
    method: str | None = about("survey, reviews, mystery shopping, opinion")
    n: Quantity | None = about("answers behind the score")
    as_of: Day | None = about("day of the measurement")


class Promise(Part):
    """What people were told to expect at a touch point."""

    first_response: Quantity | None = about("time to a first answer")
    hours: Quantity | None = about("hours a week in which the promise holds")


class Loop(Part):
    """Who listens at a touch point that others control."""

    watched_by: str | None = about("person or team")
    escalate_to: str | None = about("person or team")
    acknowledge_within: Quantity | None = about("time to a first sign of life")


class Touchpoint(Element):
    """A place where people meet the organisation."""

    stage: Literal["aware", "consider", "buy", "onboard", "use", "support", "renew", "advocate"] | None = about(
        "stage of the journey", meaning=True
    )
    place: str | None = about("web, phone, physical, email, social, …")
    control: Literal["owned", "paid", "earned", "shared"] | None = about("who controls it")
    owner: str | None = about("person or team that answers for it", meaning=True)
    importance: Whole | None = about("1 small .. 5 large")
    volume: Quantity | None = about("contacts a week")
    handle_time: Quantity | None = about("work per contact")
    experience: Experience | None = about("how good it is", meaning=True)
    promise: Promise | None = about("what was promised", meaning=True)
    staffed: Quantity | None = about("hours a week that are staffed")
    complaints: Texts = several("what people complain about")
    loop: Loop | None = about("who listens, where others control the place")
    depends_on: Links = several("touch points without which this one fails")


class Evidence(Element):
    """What a statement rests on."""

    kind: Literal["data", "research", "interview", "benchmark", "document", "opinion"] | None = about(
        "kind of evidence"
    )
    citation: str | None = about("what it is and where it stands")
    url: str | None = about("address")
    date: Day | None = about("day it describes")
    n: Whole | None = about("sample size")
    expires: Day | None = about("day after which it counts as stale")


class Situation(Part):
    """Where we are now."""

    market: Market | None = about("the market")
    segments: tuple[Segment, ...] = several("people with one need each")
    competitors: tuple[Competitor, ...] = several("who else they could choose")
    channels: tuple[Channel, ...] = several("what tactics use, with the own audit")
    venues: tuple[Venue, ...] = several("where people are")
    conversations: tuple[Conversation, ...] = several("what they talk about")
    findings: tuple[SituationFinding, ...] = several("strengths, weaknesses, opportunities, threats")
    touchpoints: tuple[Touchpoint, ...] = several("where people meet us")
    evidence: tuple[Evidence, ...] = several("what all this rests on")
