"""The faults of a whole company: what each changes, in the world or in the plan, before anything happens.

Everything downstream of the change differs, everything else is drawn as it would have been: each part has a stream of its own.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import yaml

from leadline.errors import UsageError
from leadline.plan.amounts import Amounts
from leadline.plan.model import Plan
from leadline.plan.source import Document, parse_plan
from leadline.units import Period
from leadline.worlds.parameters import Fault, Shock, StepTruth, TacticTruth
from leadline.worlds.world import World

# How much is left where a fault does not say: evidence.md 8.3.
LEFT: Mapping[str, float] = {"not-executed": 0.35, "tactic-fails": 0.2, "strategy-fails": 0.35, "market-moves": 0.6}


def befall(world: World, document: Document) -> tuple[World, Document]:
    """Return world and plan as the world's fault and scale have changed them; a second time changes nothing."""
    if world.is_befallen:
        return world, document
    if world.world.scale != 1:
        world = _scaled(world)
    fault = world.world.fault
    if fault.kind == "none":
        return world, document
    if fault.kind == "nothing-promised":
        return world.changed({}, befallen=True), unpromised(document, victim(world, document.plan))
    return world.changed(_CHANGES[fault.kind](world, document.plan, fault), befallen=True), document


def victim(world: World, plan: Plan) -> str:
    """Return the tactic that the fault befalls: the one named, else the dearest with a promise that the world keeps.

    Raises UsageError where no tactic promises cases.
    """
    if world.world.fault.tactic:
        return world.world.fault.tactic
    amounts = Amounts(plan)
    promised = [
        tactic for tactic in plan.tactics.list
        if tactic.delivers and tactic.id in world.tactics and list(world.effects(tactic.id))
    ]  # fmt: skip
    if not promised:
        raise UsageError(
            f"No tactic of {world.world.id} promises anything. Name one: world.fault.tactic in world.yaml."
        )
    return max(promised, key=lambda tactic: (amounts.budget(tactic), tactic.id)).id


def failing_step(world: World, plan: Plan) -> StepTruth:
    """Return the step that a failing strategy breaks: the one named, else the first that the victim's cases take."""
    named = world.world.fault.step
    if named:
        from_, _, to = named.partition(">")
        return world.step(from_, to)
    name = victim(world, plan)
    for effect in world.effects(name):
        if steps := world.steps_from(effect.metric):
            return steps[0]
    raise UsageError(f'Cases of "{name}" take no step of the bridge. Name one: world.fault.step, such as lead>sqo.')


def left(fault: Fault) -> float:
    """Return how much of the promised a fault leaves."""
    return LEFT.get(fault.kind, 1.0) if fault.left is None else fault.left


def _not_executed(world: World, plan: Plan, fault: Fault) -> dict[str, object]:
    def change(truth: TacticTruth) -> dict[str, object]:
        if fault.late:
            return {"starts_late": truth.starts_late + fault.late}
        return {"delivered": truth.delivered * left(fault)}

    return _tactic(world, victim(world, plan), change)


def _tactic_fails(world: World, plan: Plan, fault: Fault) -> dict[str, object]:
    def change(truth: TacticTruth) -> dict[str, object]:
        weaker = tuple(one.model_copy(update={"at_plan": one.at_plan * left(fault)}) for one in truth.effect)
        return {"effect": weaker}

    return _tactic(world, victim(world, plan), change)


def _tactic(world: World, name: str, change: Callable[[TacticTruth], dict[str, object]]) -> dict[str, object]:
    truth = world.tactics[name]
    return {"tactics": {**world.tactics, name: truth.model_copy(update=change(truth))}}


def _strategy_fails(world: World, plan: Plan, fault: Fault) -> dict[str, object]:
    broken, share = failing_step(world, plan), left(fault)
    weaker = broken.model_copy(
        update={"rate": broken.rate * share, "by": {name: rate * share for name, rate in broken.by.items()}}
    )
    return {"bridge": tuple(weaker if step is broken else step for step in world.bridge)}


def _market_moves(world: World, plan: Plan, fault: Fault) -> dict[str, object]:
    shock = Shock(from_=_first_day(world, plan), until=world.world.end, demand=left(fault), why="the market moved")
    return {"market": world.market.model_copy(update={"shocks": (*world.market.shocks, shock)})}


def _too_little_data(world: World, plan: Plan, fault: Fault) -> dict[str, object]:
    first = _first_day(world, plan)
    until = min(first + dt.timedelta(days=fault.history - 1), world.world.end)
    return {"world": world.world.model_copy(update={"start": first, "as_of": until}), "web_from": None}


def _first_day(world: World, plan: Plan) -> dt.date:
    window = plan.plan.window
    return max(world.world.start, window.start) if isinstance(window, Period) else world.world.start


_CHANGES: Mapping[str, Callable[[World, Plan, Fault], dict[str, object]]] = {
    "not-executed": _not_executed,
    "tactic-fails": _tactic_fails,
    "strategy-fails": _strategy_fails,
    "market-moves": _market_moves,
    "too-little-data": _too_little_data,
}


def _scaled(world: World) -> World:
    """Return a world with more (or fewer) of everybody: accounts, arrivals, effects, visits; money stays."""
    by, levels = world.world.scale, world.levels
    tactics = {
        name: truth.model_copy(
            update={"effect": tuple(
                one if one.metric in levels else one.model_copy(update={"at_plan": one.at_plan * by}) for one in truth.effect
            )}
        )
        for name, truth in world.tactics.items()
    }  # fmt: skip
    market = world.market.model_copy(
        update={name: max(1, round(getattr(world.market, name) * by)) for name in ("accounts", "installed")}
    )
    shop = world.shop.model_copy(update={"buyers": world.shop.buyers * by}) if world.shop else None
    anyway = {state: daily * by for state, daily in world.anyway.items()}
    changes = {"tactics": tactics, "market": market, "shop": shop, "anyway": anyway, "visits": world.visits * by}
    return world.changed(changes, befallen=True)


def unpromised(document: Document, tactic: str) -> Document:
    """Return the plan without what it promised of a tactic: its results, the objectives it serves, the bridge from it.

    Whatever pointed to a lost objective points to what that objective served, or goes. Comments are lost.
    """
    raw: dict[str, Any] = yaml.safe_load("\n".join(lines_of(document)))
    listed = raw["tactics"]["list"]
    own = next(one for one in listed if one["id"] == tactic)
    gone = set(own.get("serves", []))
    upward = {one["id"]: one.get("serves", []) for one in raw["objectives"] if one["id"] in gone}
    states = {one.get("metric") for one in _several(own.get("delivers"))}
    for key in ("delivers", "expects", "bridge", "test", "serves", "enables"):
        own.pop(key, None)
    raw["objectives"] = [one for one in raw["objectives"] if one["id"] not in gone]
    raw["tactics"]["bridge"] = _bridge_without(raw["tactics"].get("bridge", []), states)
    for one in (*raw["objectives"], *listed):
        if set(one.get("serves", [])) & gone:
            served = [[name] if name not in gone else upward[name] for name in one["serves"]]
            one["serves"] = [name for name in dict.fromkeys(itertools.chain(*served)) if name not in gone]
    control = raw.get("control", {})
    control["watches"] = [one for one in control.get("watches", []) if one.get("objective") not in gone]
    control["tests"] = [one for one in control.get("tests", []) if one.get("tactic") != tactic]
    return parse_plan(yaml.safe_dump(raw, sort_keys=False, allow_unicode=True, width=160))


def _several(value: object) -> list[dict[str, Any]]:
    return value if isinstance(value, list) else [value] if isinstance(value, dict) else []


def _bridge_without(steps: list[dict[str, Any]], states: set[Any]) -> list[dict[str, Any]]:
    """Return the steps that cannot be reached from these states."""
    reached, grown = set(states), True
    while grown:
        found = {step["to"] for step in steps if step["from"] in reached}
        grown = not found <= reached
        reached |= found
    return [step for step in steps if step["from"] not in reached]


def lines_of(document: Document) -> list[str]:
    """Return the text of a plan, line by line; a plan in several files is joined."""
    return [line for text in document.texts.values() for line in text.splitlines()]
