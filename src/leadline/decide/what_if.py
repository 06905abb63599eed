"""What if there is less money: what to stop first, what it probably costs, and how sure that is.

Grade of the answer: *belief*. Each tactic's contribution, from the plan's bets, is taken as proportional to its spend
between nothing and the plan. Where returns fall, that is the most a cut can lose; a raise cannot be judged from one
point and is refused. An enabler takes with it what it enables, in proportion to its cut.

Order: what serves nothing, what stops at attention, then the least expected contribution per unit of money. With
proportional contributions that order is the best one (fractional knapsack; Dantzig 1957, "Discrete-variable extremum
problems"), enablers apart. Money that is committed and running cost are never cut.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from leadline.align.case import Case
from leadline.align.draws import Draw
from leadline.align.hundred import part_of
from leadline.decide.what_if_result import Cut, Kept, Loss, WhatIf
from leadline.decide.what_if_scene import NO_MONEY, Scene
from leadline.errors import UsageError, did_you_mean
from leadline.plan.model import Objective

LOW, HIGH = 0.05, 0.95  # the 90 % interval that every estimate carries (style.md 2.7)
HALVINGS = 60  # of an interval that begins at 1: finer than the last digit of a float
NOTHING_LOST = ("nothing", "attention")
BELIEF = (
    "Belief: from the plan's bets alone, each tactic's contribution taken as proportional to its money. "
    "Where returns fall, a cut loses less than this."
)
MEND_MONEY = "Write it in the plan's currency, or give its currency a rate under plan.rates."


@dataclass(frozen=True)
class Request:
    """What is taken away: money over all tactics, and shares (0..1) of single ones before that."""

    money: float = 0.0
    tactics: Mapping[str, float] = field(default_factory=dict)


def what_if(case: Case, request: Request) -> WhatIf:
    """Say what a cut of the planned money costs, from the plan's bets. Raises UsageError for a cut that cannot be."""
    scene = Scene(case)
    if scene.planned <= 0:
        raise UsageError("No tactic of the plan has a budget, so there is nothing to cut. Write budgets first.")
    start = _named_cuts(scene, request)
    freed_by_name = sum((1 - share) * scene.money[name] for name, share in start.items())
    _check_room(scene, request.money, freed_by_name)
    end = start | _walk_down(scene, start, request.money)
    alike = _alike(scene, start, request.money)
    return WhatIf(
        currency=case.currency,
        as_of=case.as_of,
        asked=request.money + freed_by_name,
        planned=scene.planned,
        reserve=max(scene.budget - scene.planned, 0.0),
        cuts=tuple(_cuts(scene, end)),
        kept=_kept(scene, end),
        losses=tuple(_loss(scene, objective, end) for objective in scene.objectives),
        beats_all_alike=_beats(scene, end, alike) if request.money > 0 else None,
        notes=_notes(scene),
    )


def _named_cuts(scene: Scene, request: Request) -> dict[str, float]:
    """Return the share each named tactic keeps. Raises UsageError for what cannot be cut so far."""
    shares: dict[str, float] = {}
    for name, cut in request.tactics.items():
        if name not in scene.case.tactics:
            known = list(scene.case.tactics)
            raise UsageError(f'No tactic is called "{name}".{did_you_mean(name, known)} Tactics: {", ".join(known)}.')
        if scene.is_unread(scene.case.tactics[name].budget):
            raise UsageError(f'The budget of "{name}" is no money of the plan. {MEND_MONEY}')
        if name not in scene.money:
            raise UsageError(f'Tactic "{name}" has no budget, so there is nothing to cut. Name one that has.')
        if name not in scene.case.growth:
            raise UsageError(f'Tactic "{name}" is running cost, which serves no objective; its loss cannot be told.')
        _check_share(cut, f'of "{name}"')
        if cut > 0 and scene.is_unread(scene.case.tactics[name].committed):
            raise UsageError(f'How much of "{name}" is committed cannot be read, so nothing is cut. {MEND_MONEY}')
        if 1 - cut < scene.floor[name] - NO_MONEY:
            free = scene.money[name] * (1 - scene.floor[name])
            raise UsageError(
                f'{scene.say((cut) * scene.money[name])} of "{name}" cannot be cut: '
                f"{scene.say(scene.floor[name] * scene.money[name])} are committed. At most {scene.say(free)} can go."
            )
        shares[name] = 1 - cut
    return shares


def _check_share(cut: float, what: str) -> None:
    if cut < 0:
        raise UsageError(
            f"A raise {what} can't be judged from one point: it needs a response curve. Measure first, then ask again."
        )
    if cut > 1:
        raise UsageError(f"A cut {what} by more than 100 % is more than there is. Write at most -100 %.")


def _check_room(scene: Scene, money: float, freed: float) -> None:
    _check_share(money / scene.planned, "of the budget")
    room = sum((1 - scene.floor[name]) * amount for name, amount in scene.money.items()) - freed
    if money > room * (1 + NO_MONEY):
        raise UsageError(
            f"{scene.say(money)} cannot be cut: only {scene.say(room)} of {scene.say(scene.planned)} are neither "
            "committed nor running cost. Ask for less, or release a commitment."
        )


def _walk_down(scene: Scene, start: Mapping[str, float], money: float) -> dict[str, float]:
    """Return the share that each tactic cut keeps, in the order of cutting, until the money is found."""
    kept = dict(scene.left(start))
    shares = {name: start.get(name, 1.0) for name in scene.money}
    ranks = {
        name: _rank(scene, name, kept=kept, share=share)
        for name, share in shares.items()
        if share > scene.floor[name] + NO_MONEY
    }
    carriers: dict[str, set[str]] = {}
    for name in ranks:
        for carried in scene.carries[name]:
            carriers.setdefault(carried, set()).add(name)
    heap = list(ranks.values())
    heapq.heapify(heap)
    cut: dict[str, float] = {}
    while money > NO_MONEY * scene.planned and heap:
        rank = heapq.heappop(heap)
        name = rank[-1]
        if ranks.get(name) != rank:  # cut already, or judged anew since: a newer entry waits
            continue
        room = (shares[name] - scene.floor[name]) * scene.money[name]
        after = scene.floor[name] if money >= room else shares[name] - money / scene.money[name]
        cut[name] = after
        money -= min(room, money)
        del ranks[name]
        for carried in scene.carries[name]:
            kept[carried] *= after / shares[name]
        touched = {other for carried in scene.carries[name] for other in carriers.get(carried, ())}
        for other in sorted(touched & ranks.keys()):
            ranks[other] = _rank(scene, other, kept=kept, share=shares[other])
            heapq.heappush(heap, ranks[other])
    return cut


def _rank(scene: Scene, name: str, *, kept: Mapping[str, float], share: float) -> tuple[int, float, str]:
    """Return the place of a tactic in the order: its part of the hundred, its contribution per money, its id.

    share: of its own money that is left; what is left of its contribution rests on what is left of its money
    """
    value = sum(scene.value.get(carried, 0.0) * kept[carried] for carried in scene.carries[name])
    part = part_of(scene.case, name)
    group = NOTHING_LOST.index(part) if part in NOTHING_LOST else len(NOTHING_LOST)
    if part == "nothing" and value > 0:
        group = len(NOTHING_LOST)  # it serves nothing itself, but what it enables does
    return group, value / (share * scene.money[name]), name


def _alike(scene: Scene, start: Mapping[str, float], money: float) -> dict[str, float]:
    """Return the shares if everything that can be cut were cut by the same part, down to what is committed."""

    def shares(part: float) -> dict[str, float]:
        return {
            name: min(start.get(name, 1.0), max(start.get(name, 1.0) * (1 - part), scene.floor[name]))
            for name in scene.money
        }

    def freed(part: float) -> float:
        return sum((start.get(name, 1.0) - share) * scene.money[name] for name, share in shares(part).items())

    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if freed(middle) < money else (low, middle)
    return shares(high)


def _beats(scene: Scene, end: Mapping[str, float], alike: Mapping[str, float]) -> float | None:
    """Return the share of draws in which this order loses less than cutting all alike; None where nothing tells them apart."""
    difference = np.atleast_1d(scene.value_lost(alike) - scene.value_lost(end))
    apart = np.abs(difference) > NO_MONEY
    return float(np.mean(difference > NO_MONEY)) if bool(apart.any()) else None


def _cuts(scene: Scene, end: Mapping[str, float]) -> Iterator[Cut]:
    """Yield the cuts in their order, each with what it loses beyond the cuts before it."""
    kept = dict.fromkeys(scene.case.tactics, 1.0)
    for name, share in end.items():
        if share < 1:
            yield _cut(scene, name, share=share, kept=kept)
            for carried in scene.carries[name]:
                kept[carried] *= share


def _cut(scene: Scene, name: str, *, share: float, kept: Mapping[str, float]) -> Cut:
    """Describe one cut, with its loss on the objective it matters most to; kept: of each contribution, before it."""
    case, tactic = scene.case, scene.case.tactics[name]
    losses: dict[str, Draw] = {}
    for objective, by_tactic in scene.drawn.items():
        lost = [by_tactic[one] * (kept[one] * (1 - share)) for one in scene.carries[name] if one in by_tactic]
        if lost:
            losses[objective] = sum(lost[1:], start=lost[0])
    worst = max(losses, key=lambda one: abs(scene.weights[one] * float(np.mean(losses[one]))), default=None)
    loss = None
    if worst is not None and float(np.mean(np.abs(losses[worst]))) > 0:
        loss = _described(scene, case.graph.objectives[worst], losses[worst])
    return Cut(
        tactic=name,
        name=tactic.name or name,
        part=part_of(case, name),
        before=scene.money[name],
        after=share * scene.money[name],
        committed=scene.floor[name] * scene.money[name],
        hours=(1 - share) * case.amounts.hours_of(tactic),
        loss=loss,
        enables=tuple(other for other in scene.carries[name] if other != name),
    )


def _kept(scene: Scene, end: Mapping[str, float]) -> tuple[Kept, ...]:
    """Return the money that was not open to cutting, with the reason."""
    found = []
    for name, amount in scene.money.items():
        if name not in scene.case.growth:
            found.append(Kept(name, amount, "running cost: it serves no objective and keeps the house going"))
        elif scene.is_unread(scene.case.tactics[name].committed):
            found.append(Kept(name, amount, "how much of it is committed cannot be read (PLN004), so none is cut"))
        elif scene.floor[name] > 0 and end.get(name, 1.0) <= scene.floor[name] + NO_MONEY:
            found.append(Kept(name, amount * scene.floor[name], "committed"))
    return tuple(found)


def _loss(scene: Scene, objective: Objective, end: Mapping[str, float]) -> Loss:
    return _described(scene, objective, scene.lost(objective.id, end), whole=True)


def _described(scene: Scene, objective: Objective, lost: Draw, *, whole: bool = False) -> Loss:
    case = scene.case
    seen = case.coverage[objective.id]
    metric = case.metric(objective.metric)
    values = np.atleast_1d(lost)
    low, high = (float(end) for end in np.quantile(values, (LOW, HIGH)))
    after = None
    if whole and seen.p is not None:
        left = sum(scene.drawn[objective.id].values(), start=np.zeros(1)) - lost
        wanted = case.coverages.wanted(objective)
        after = float(np.mean(left >= wanted - NO_MONEY * abs(seen.needed or 1.0)))
    return Loss(
        objective=objective.id,
        name=objective.name or objective.id,
        metric=(metric.name if metric else None) or objective.metric or "",
        unit=case.in_unit_of(objective.metric, 0.0, change=True).unit,
        mean=float(np.mean(values)),
        low=low,
        high=high,
        needed=seen.needed or 0.0,
        p_before=seen.p,
        p_after=after,
        reason=seen.reason,
        falls=metric is not None and metric.better == "down",
    )


def _notes(scene: Scene) -> tuple[str, ...]:
    told = [BELIEF]
    for objective in scene.case.plan.objectives:
        seen = scene.case.coverage[objective.id]
        if objective not in scene.objectives:
            told.append(f"{objective.id} is left out: {seen.reason or 'nothing is needed'}.")
    unread = [name for name, tactic in scene.case.tactics.items() if scene.is_unread(tactic.budget)]
    if unread:
        told.append(f"With a budget that is no money of the plan (PLN004), so left out: {', '.join(unread)}.")
    unpriced = [name for name in scene.case.growth if name not in scene.money and name not in unread]
    if unpriced:
        told.append(f"Without a budget, so not cut: {', '.join(unpriced)}.")
    return tuple(told)
