"""Control: what is watched, tested, assumed, decided."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, WithJsonSchema

from leadline.plan.parts import Element, Part, Texts, about, several
from leadline.plan.quantities import Cadence, Day, Number, Quantity, Whole

_STATE = WithJsonSchema({"enum": ["open", "true", "false", True, False]})


def _as_word(value: object) -> object:
    """Read YAML's true and false as the words they stand for here."""
    return str(value).lower() if isinstance(value, bool) else value


class PathPoint(Part):
    """Where a metric should be on a day."""

    date: Day | None = about("day")
    value: Quantity | None = about("value in the metric's unit")


class Then(Part):
    """What happens when a watch is red."""

    who: str | None = about("person or team")
    what: str | None = about("what is done")
    within: Quantity | None = about("time to do it")


class Watch(Element):
    """A metric that is read regularly, with a red line and what follows."""

    metric: str | None = about("id of the metric")
    objective: str | None = about("id of the objective")
    every: Cadence | None = about("how often")
    by: str | None = about("who reads it")
    path: tuple[PathPoint, ...] = several("where it should be on which day")
    amber: Quantity | None = about("% = relative to the path, any other unit = difference from it")
    red: Quantity | None = about("% = relative to the path, any other unit = difference from it")
    then: Then | None = about("who does what within which time")


class TestResult(Part):
    """The result of a finished test, ours or bought."""

    __test__ = False
    channel: str | None = about("id of the channel")
    tactic: str | None = about("id of the tactic")
    start: Day | None = about("first day")
    end: Day | None = about("last day")
    geos: Texts = several("places")
    spend_difference: Quantity | None = about("money more or less spent")
    estimate: Number | None = about("estimate in the metric's unit")
    low: Number | None = about("lower end of the interval")
    high: Number | None = about("upper end of the interval")
    level: Number | None = about("level of the interval, such as 0.9")


class Test(Element):
    """A test that can settle a bet, with the rule written beforehand."""

    __test__ = False
    tactic: str | None = about("id of the tactic")
    method: Literal["rct", "geo", "switchback", "holdout", "before_after", "mix", "attribution", "none"] | None = about(
        "design"
    )
    metric: str | None = about("id of the metric; default the tactic's first bet")
    unit: str | None = about("what is assigned: person, geo, week")
    share: Quantity | None = about("share held out")
    duration: Quantity | None = about("length")
    effect: Quantity | None = about("smallest effect that matters")
    rule: str | None = about("the decision, written beforehand")
    result: TestResult | None = about("what came out")


class Assumption(Element):
    """Something believed that nobody has tested."""

    statement: str | None = about("one sentence")
    criticality: Literal["high", "medium", "low"] | None = about("what hangs on it")
    test: str | None = about("how it will be tested")
    due: Day | None = about("by when")
    state: Annotated[Literal["open", "true", "false"], BeforeValidator(_as_word), _STATE] | None = about(
        "what is known now"
    )


class Risk(Element):
    """Something that may go wrong."""

    cause: str | None = about("because of")
    event: str | None = about("this may happen")
    impact: Whole | None = about("1 small .. 5 large")
    likelihood: Whole | None = about("1 rare .. 5 sure")
    response: str | None = about("what is done about it")
    tripwire: str | None = about("the sign that it is happening")


class Decision(Element):
    """A decision, append-only."""

    date: Day | None = about("day")
    question: str | None = about("what was decided")
    choice: str | None = about("the choice")
    reason: str | None = about("why")
    by: str | None = about("who decided")
    shown: str | None = about("hash of what was shown")
    about: Texts = several("ids of the elements concerned")


class Waiver(Element):
    """An exception from a check, with reason, approver and end."""

    code: str | None = about("code or name of the check")
    target: str | None = about("id of the element")
    reason: str | None = about("why the exception is right")
    approved_by: str | None = about("who approved")
    expires: Day | None = about("last day on which it holds")


class Idea(Element):
    """A parked tactic."""

    date: Day | None = about("day on which it was parked")
    reason: str | None = about("why it was parked")


class Control(Part):
    """What is watched, tested, assumed, decided."""

    watches: tuple[Watch, ...] = several("metrics that are read regularly")
    tests: tuple[Test, ...] = several("tests that can settle bets")
    assumptions: tuple[Assumption, ...] = several("what is believed and untested")
    risks: tuple[Risk, ...] = several("what may go wrong")
    decisions: tuple[Decision, ...] = several("what was decided, append-only")
    waivers: tuple[Waiver, ...] = several("exceptions from checks")
    ideas: tuple[Idea, ...] = several("parked tactics")
