"""Action: who does what by when."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from leadline.plan.parts import Element, Part, Texts, about, several
from leadline.plan.quantities import Day, Flag, Quantity, Whole


class Person(Element):
    """Somebody who works on the plan."""

    team: str | None = about("id of the team")
    capacity: Quantity | None = about("hours a week")
    skills: dict[str, Whole] = about("skill: 1 learner .. 3 master", default={})
    cost: Quantity | None = about("money an hour")
    covers: Texts = several("ids of touch points this person staffs")


class Team(Element):
    """People with one function."""

    function: Literal["marketing", "sales", "service", "product", "finance", "other"] | None = about(
        "function in the firm"
    )
    agreed: Day | None = about("day on which their head agreed to the hours")


class Definition(Part):
    """What counts as ready to be handed over."""

    criteria: str | None = about("the criteria in words")
    signed_off: Day | None = about("day on which both sides signed")


class HandoverPromise(Part):
    """How fast the receiving side acts."""

    accept: Quantity | None = about("time to accept or reject")
    first_contact: Quantity | None = about("time to the first contact")
    attempts: Whole | None = about("attempts before giving up")


class Handover(Element):
    """A state passes from one team to another."""

    from_: str | None = Field(default=None, alias="from", description="team or person that hands over")
    to: str | None = about("team or person that takes over")
    metric: str | None = about("id of the state handed over")
    definition: Definition | None = about("what counts as ready")
    capacity: Quantity | None = about("how many the receiver can take, per time")
    promise: HandoverPromise | None = about("how fast the receiver acts")
    assets: Texts = several("ids of messages or tactics the receiver needs")
    briefing: Day | None = about("day of the briefing")
    reject_reasons: Texts = several("why something may be sent back")


class Task(Element):
    """A piece of work."""

    tactic: str | None = about("id of the tactic")
    accountable: str | Texts | None = about("exactly one person")
    hours: Quantity | None = about("work")
    start: Day | None = about("first day")
    due: Day | None = about("last day")
    after: Texts = several("ids of tasks that come first")
    done: Day | Flag | None = about("day on which it was done")


class Action(Part):
    """Who does what by when."""

    people: tuple[Person, ...] = several("people")
    teams: tuple[Team, ...] = several("teams")
    handovers: tuple[Handover, ...] = several("states that pass between teams")
    tasks: tuple[Task, ...] = several("pieces of work")
