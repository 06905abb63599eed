"""The plan's finished tests as experiments that a mix model is held to."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from leadline.evidence.panels import NO_CHANNEL
from leadline.inputs import Experiment
from leadline.review.channel_kinds import channel_named

if TYPE_CHECKING:
    from leadline.plan.control import Test, TestResult
    from leadline.plan.graph import Graph

LEVEL = 0.9  # house: intervals without a word are 90 % ones


@dataclass(frozen=True)
class Finished:
    """The finished tests of the plan that a panel may be held to, and why others are not among them."""

    experiments: tuple[Experiment, ...] = ()
    notes: tuple[str, ...] = ()


def finished_tests(graph: Graph, *, outcome: str, money: Mapping[str, Mapping[str, float]]) -> Finished:
    """Return the finished tests of the plan that measured an outcome, in its order; a tactic is resolved to its channels.

    outcome: as a metric's `source` names it · money: channel → money of each tactic
    """
    taken: list[Experiment] = []
    notes: list[str] = []
    for test in graph.plan.control.tests:
        if test.result is None:
            continue
        try:
            taken.append(_experiment(graph, test, test.result, outcome=outcome, money=money))
        except _Unfit as reason:
            notes.append(f'test "{test.id}" is not used: {reason}')
    return Finished(tuple(taken), tuple(notes))


class _Unfit(Exception):
    """Why a test says nothing of a panel."""


def _experiment(
    graph: Graph, test: Test, result: TestResult, *, outcome: str, money: Mapping[str, Mapping[str, float]]
) -> Experiment:
    measured = _outcome(graph, test)
    if measured != outcome:
        raise _Unfit(f"it measured {measured or 'no metric with a source'}, and the mix is of {outcome}")
    changed = graph.amounts.money(result.spend_difference, implied=True)
    said = {"start": result.start, "end": result.end, "spend_difference": changed, "estimate": result.estimate,
            "low": result.low, "high": result.high}  # fmt: skip
    missing = [name for name, value in said.items() if value is None]
    if missing:
        raise _Unfit(f"its result does not say {', '.join(missing)}")
    channels = _channels(graph, test, result, money)
    if not channels:
        raise _Unfit(f"no money of {result.channel or result.tactic or test.tactic} is in the evidence under a channel")
    values = cast("dict[str, Any]", said)
    level = LEVEL if result.level is None else result.level
    return Experiment(name=test.id, channels=channels, level=level, geos=result.geos, **values)


def _outcome(graph: Graph, test: Test) -> str | None:
    """Return the source of the metric that a test measured: the one it names, else that of its tactic's first bet."""
    named = test.metric
    if named is None and test.tactic in graph.tactics:
        named = next((bet.metric for bet in graph.starts(test.tactic or "")), None)
    return next((one.source for one in graph.plan.metrics if one.id == named), None)


def _channels(
    graph: Graph, test: Test, result: TestResult, money: Mapping[str, Mapping[str, float]]
) -> tuple[str, ...]:
    """Return the measured channels whose spend a test changed: those of the named channel, else those its tactic pays for."""
    if result.channel is None:
        tactics = {name for name in (result.tactic or test.tactic,) if name}
        return _paid_for(tactics, money)
    plan_name = next((one.name for one in graph.plan.situation.channels if one.id == result.channel), None)
    spoken = {result.channel, plan_name, channel_named(result.channel), channel_named(plan_name)}
    names = {name.casefold() for name in spoken if name}
    exact = tuple(channel for channel in money if channel.casefold() in names)
    return exact or _paid_for({one.id for one in graph.plan.tactics.list if one.channels == (result.channel,)}, money)


def _paid_for(tactics: AbstractSet[str], money: Mapping[str, Mapping[str, float]]) -> tuple[str, ...]:
    return tuple(channel for channel, paid in money.items() if channel != NO_CHANNEL and tactics & paid.keys())
