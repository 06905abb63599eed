"""The plan as a value: sections and elements, frozen, typed, linked by id.

The sections stand in the SOSTAC order: Situation, Objectives, Strategy, Tactics, Action, Control.
Numbers stay as they were written (`leadline.units`); base units are the business of `plan/amounts.py`.
Everything is optional that a first draft may lack: what is missing is judged by checks, not by the reader.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from leadline.plan.action import Action
from leadline.plan.control import Control
from leadline.plan.parts import Element, Links, Part, Texts, about, several
from leadline.plan.quantities import Cadence, Day, Days, Estimate, Flag, Number, Quantity, Zone
from leadline.plan.situation import Situation
from leadline.plan.strategy import Strategy
from leadline.plan.tactics import Tactics


class Rate(Part):
    """A dated exchange rate."""

    currency: str = Field(description="ISO code of the other currency")
    date: Day = Field(description="day from which the rate holds")
    per_plan: Number = Field(description="units of that currency for one unit of the plan's currency")


class Head(Part):
    """The head of the plan: who plans what, for when, with how much."""

    id: str = Field(description="kebab-case id of the plan")
    title: str | None = about("title")
    organisation: str | None = about("whose plan it is")
    window: Days | None = about("first and last day, both count")
    currency: str | None = about("the one currency of the plan, ISO code")
    budget: Quantity | None = about("all the money of the plan")
    driver: str | None = about("the person who drives the plan")
    status: Literal["idea", "draft", "review", "approved", "active", "closed"] = about(
        "where the plan stands", default="draft"
    )
    review_every: Cadence | None = about("how often the plan is reviewed")
    timezone: Zone | None = about("IANA time zone of local times")
    rates: tuple[Rate, ...] = several("dated exchange rates")
    worth_horizon: Quantity | None = about("time over which worth is counted; default 12 months")
    notes: str | None = about("free text")
    tags: Texts = several("free words for grouping")


class Metric(Element):
    """Everything that is counted or valued, and every state of the bridge."""

    unit: str | None = about("count, %, h, EUR, score, …", meaning=True)
    better: Literal["up", "down", "hold"] = about("which way is good", default="up", meaning=True)
    stage: Literal["input", "process", "output", "outcome"] | None = about(
        "an output is wholly in your control, an outcome is not"
    )
    role: Literal["business", "marketing", "communication", "engagement", "experience", "efficiency"] | None = about(
        "whose language it speaks"
    )
    value_event: Flag = about("true where money or the mission itself is reached", default=False, meaning=True)
    worth: Estimate | None = about("money per unit of a value event over plan.worth_horizon", meaning=True)
    source: str | None = about("evidence query that answers it, such as stage:sqo")
    every: Cadence | None = about("how often it is read")


class Baseline(Part):
    """Where a metric stands before the plan."""

    value: Quantity | None = about("value in the metric's unit")
    as_of: Day | None = about("day of that value")
    source: str | None = about("id of an evidence element")


class Target(Part):
    """Where a metric should be, and when."""

    value: Quantity | None = about("value in the metric's unit")
    by: Day | None = about("last day")


class Guardrail(Part):
    """A metric that must not get worse on the way."""

    metric: str = Field(description="id of the metric")
    bound: str = Field(description="comparison with a value, such as '>= 78 %'")


class Objective(Element):
    """What should be true by a day: metric, baseline, target."""

    metric: str | None = about("id of the metric", meaning=True)
    baseline: Baseline | None = about("where it stands", meaning=True)
    target: Target | None = about("where it should be", meaning=True)
    milestones: tuple[Target, ...] = several("values on the way")
    without_plan: Estimate | None = about(
        "what the metric would do by that day if this plan did nothing (signed)", meaning=True
    )
    segment: str | None = about("id of the segment it speaks of", meaning=True)
    type: (
        Literal[
            "awareness",
            "preference",
            "trial",
            "feedback",
            "repeat",
            "reactivation",
            "acquisition",
            "revenue",
            "margin",
            "service",
        ]
        | None
    ) = about("kind of objective")
    guardrails: tuple[Guardrail, ...] = several("what must not get worse", meaning=True)
    serves: Links = several("strategy level or objective it serves", meaning=True)
    weight: Number | None = about("weight among the objectives")


class Moved(Part):
    """A rename, so that records under the old id are kept."""

    from_: str = Field(alias="from", description="old id")
    to: str = Field(description="new id")


class Plan(Part):
    """A whole plan. Every section may be absent."""

    plan: Head = Field(description="who plans what, for when, with how much")
    metrics: tuple[Metric, ...] = several("everything counted or valued, and every state of the bridge")
    situation: Situation = about("where we are now", default=Situation())
    objectives: tuple[Objective, ...] = several("what should be true, and when")
    strategy: Strategy = about("what, before how", default=Strategy())
    tactics: Tactics = about("how, and what it is believed to bring", default=Tactics())
    action: Action = about("who does what by when", default=Action())
    control: Control = about("what is watched, tested, decided", default=Control())
    moved: tuple[Moved, ...] = several("renamed ids")
