"""Tactics: how, and what each is believed to bring (the bets)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leadline.plan.parts import Element, Links, OneOrMore, Part, Texts, about, several
from leadline.plan.quantities import Days, Estimate, PeriodKey, Quantity

Method = Literal["measured", "benchmark", "expert", "guess"]


class Step(Part):
    """One step of the bridge: a bet that one state becomes another, at a rate, after a lag."""

    from_: str = Field(alias="from", description="id of the metric left")
    to: str = Field(description="id of the metric reached")
    rate: Estimate | None = about("% = share that becomes the other; any other unit = yield per one", meaning=True)
    lag: Estimate | None = about("typical (median) delay", meaning=True)
    owner: str | None = about("person or team that answers for the step")
    touchpoint: str | None = about("id of the touch point where it happens", meaning=True)
    tracking: str | None = about("how it is tracked")
    method: Method | None = about("how the estimate came about", meaning=True)
    source: str | None = about("id of an evidence element", meaning=True)


class Delivers(Part):
    """A bet that a tactic delivers so many of a metric."""

    metric: str | None = about("id of the metric", meaning=True)
    count: Estimate | None = about("how many, in the metric's unit", meaning=True)
    method: Method | None = about("how the estimate came about", meaning=True)
    source: str | None = about("id of an evidence element", meaning=True)


class Expects(Part):
    """A bet that a tactic moves the level of a metric."""

    metric: str | None = about("id of the metric", meaning=True)
    change: Estimate | None = about("signed change, in the metric's unit or pp", meaning=True)
    lag: Estimate | None = about("time to full effect; default the tactic's length", meaning=True)
    method: Method | None = about("how the estimate came about", meaning=True)
    source: str | None = about("id of an evidence element", meaning=True)


class Timing(Part):
    """What happens to the customer that makes the message welcome."""

    trigger: str | None = about("the event")
    window: str | None = about("how long it stays welcome")
    cap: str | None = about("how often at most")


Budget = Annotated[
    Quantity | dict[PeriodKey, Quantity], Field(description="one amount, or amounts by period: 2027-Q1 or 2027-03")
]


class Tactic(Element):
    """How: what is done for whom, with what, and what it is believed to bring."""

    intent: (
        Literal[
            "build",
            "acquire",
            "convert",
            "retain",
            "expand",
            "reactivate",
            "advocate",
            "serve",
            "research",
            "enable",
            "exit",
            "run",
        ]
        | None
    ) = about("what it is for", meaning=True)
    serves: Links = several("objectives it serves", meaning=True)
    segments: Texts = several("ids of segments", meaning=True)
    messages: Texts = several("ids of messages", meaning=True)
    channels: Texts = several("ids of channels")
    offering: str | None = about("id of the offering", meaning=True)
    timing: Timing | None = about("the moment that makes it welcome")
    dates: Days | None = about("first and last day, both count", meaning=True)
    budget: Budget | None = about("money, whole or by period", meaning=True)
    committed: Budget | None = about("money already bound, whole or by period")
    hours: Quantity | None = about("work, in hours")
    mechanism: str | None = about("by doing X for A, B changes because C", meaning=True)
    tracked_as: dict[str, Annotated[Texts, OneOrMore]] = about(
        "how exports name this tactic: {utm_campaign: [...], <source>: [ids or id prefixes]}", default={}
    )
    improves: Texts = several("ids of touch points it repairs")
    incentive: str | None = about("what people get for speaking")
    disclosure: str | None = about("how that is disclosed")
    delivers: Annotated[tuple[Delivers, ...], OneOrMore] = several("what it delivers", meaning=True)
    bridge: tuple[Step, ...] = several("steps that differ for this tactic", meaning=True)
    expects: Annotated[tuple[Expects, ...], OneOrMore] = several("levels it moves", meaning=True)
    enables: Links = several("tactics through which it works", meaning=True)
    stop_when: str | None = about("result and date at which it is stopped")
    test: str | None = about("id of the test that can settle it")
    reason: Literal["insight", "evidence", "experiment", "mandate", "competitor", "habit"] | None = about(
        "why it is in the plan"
    )


class Tactics(Part):
    """How: the shared bridge and the tactics."""

    bridge: tuple[Step, ...] = several("the bets that all tactics share")
    list: tuple[Tactic, ...] = several("the tactics")
