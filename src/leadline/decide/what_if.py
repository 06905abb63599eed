"""What if there is less money: what to stop first, what it probably costs, and how sure that is.

Two grades of answer. *Measured*: where a tactic's money goes through channels whose response curves the data decide, its
loss is read off them, and so is the gain of a raise. *Belief*: any other tactic's contribution, from the plan's bets, is
taken as proportional to its spend between nothing and the plan. Where returns fall, that is the most a cut can lose; a raise
cannot be judged from one point and is refused. An enabler takes with it what it enables, in proportion to its cut.

Order: what serves nothing, what stops at attention, then the least expected contribution per unit of money; a measured
tactic goes slice by slice, for the first slices of a saturated channel cost less than the last. Where a curve begins as an S the
last slices cost less than those before them: then as many go at once as lose least for their money together, down along the
curve's concave hull. That order is the best one but for a last step that is taken in part (fractional knapsack; Dantzig 1957,
"Discrete-variable extremum problems"; Fox 1966, "Discrete optimization via marginal analysis"), enablers apart. Money that is
committed and running cost are never cut.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from leadline import words
from leadline.align.case import Case
from leadline.align.hundred import part_of
from leadline.decide.what_if_measured import Curves
from leadline.decide.what_if_result import Brought, Cut, Kept, Loss, Lost, WhatIf
from leadline.decide.what_if_scene import NO_MONEY, Scene
from leadline.decide.what_if_told import capital, notes_of
from leadline.errors import UsageError, did_you_mean
from leadline.plan.model import Objective

LOW, HIGH = 0.05, 0.95  # the 90 % interval that every estimate carries (style.md 2.7)
HALVINGS = 60  # of an interval that begins at 1: finer than the last digit of a float
NOTHING_LOST = ("nothing", "attention")
ALIKE = 1e-9  # of a loss per money: what rounding makes of a straight line
SLICES = 20  # own: a measured tactic goes by twentieths of its planned money, finer than any interval of a curve
MEND_MONEY = "Write it in the plan's currency, or give its currency a rate under plan.rates."


@dataclass(frozen=True)
class Request:
    """What is taken away: money over all tactics, and shares (0..1) of single ones before that; a share below 0 is a raise."""

    money: float = 0.0
    tactics: Mapping[str, float] = field(default_factory=dict)


def what_if(case: Case, request: Request, *, curves: Curves | None = None) -> WhatIf:
    """Say what a cut of the planned money costs: from measured curves where there are, else from the plan's bets.

    curves: None where nobody measured. Raises UsageError for a cut that cannot be
    """
    scene = Scene(case, curves)
    if scene.planned <= 0:
        raise UsageError("No tactic of the plan has a budget, so there is nothing to cut. Write budgets first.")
    start = _named_cuts(scene, request)
    freed_by_name = sum((1 - share) * scene.money[name] for name, share in start.items())
    _check_room(scene, request.money, start)
    end = start | _walk_down(scene, start, request.money)
    measured = _measured(scene, {}, end) if any(end.get(name, 1.0) != 1 for name in scene.laid.moves) else None
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
        notes=notes_of(scene, end),
        measured=measured,
        source=scene.laid.curves.source if measured is not None else "",
        unused=scene.laid.curves.why,
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
        _check_share(cut, f'of "{name}"', why=_no_raise(scene, name))
        if cut > 0 and scene.is_unread(scene.case.tactics[name].committed):
            raise UsageError(f'How much of "{name}" is committed cannot be read, so nothing is cut. {MEND_MONEY}')
        if 1 - cut < scene.floor[name] - NO_MONEY:
            free = scene.money[name] * (1 - scene.floor[name])
            raise UsageError(
                f'{scene.say((cut) * scene.money[name])} of "{name}" cannot be cut: '
                f"{scene.say(scene.floor[name] * scene.money[name])} are committed. At most {scene.say(free)} can go."
            )
        shares[name] = 1 - cut
    ended = scene.laid.beyond(shares)
    if ended:
        most = ", ".join(f"{words.number(scene.laid.curves.known[one].end, 2)} times on {one}" for one in ended)
        raise UsageError(
            f"So much was never tried: the curves end at {most} of what was spent a day. Raise it by less."
        )
    return shares


def _no_raise(scene: Scene, name: str) -> str:
    """Return why a tactic can't be raised, "" where its curve tells what that brings."""
    if name in scene.laid.moves:
        return ""
    why = scene.laid.reasons.get(name) or (scene.curves.why if scene.curves else "")
    return capital(why) if why else "Measure first, then ask again."


def _check_share(cut: float, what: str, *, why: str) -> None:
    if cut < 0 and why:
        raise UsageError(f"A raise {what} can't be judged from one point: it needs a response curve. {why}")
    if cut > 1:
        raise UsageError(f"A cut {what} by more than 100 % is more than there is. Write at most -100 %.")


def _check_room(scene: Scene, money: float, start: Mapping[str, float]) -> None:
    named = ", ".join(scene.laid.moves)
    ask = f"Name the tactic to raise; a curve is known of {named}." if named else "Measure first, then ask again."
    _check_share(money / scene.planned, "of the budget", why=ask)
    shares = {name: start.get(name, 1.0) for name in scene.money}
    room = sum(max(share - scene.floor[name], 0.0) * scene.money[name] for name, share in shares.items() if share <= 1)
    if money > room * (1 + NO_MONEY):
        raise UsageError(
            f"{scene.say(money)} cannot be cut: only {scene.say(room)} of {scene.say(scene.planned)} are neither "
            "committed nor running cost. Ask for less, or release a commitment."
        )


def _walk_down(scene: Scene, start: Mapping[str, float], money: float) -> dict[str, float]:
    """Return the share that each tactic cut keeps, in the order of cutting, until the money is found.

    What was raised by name is not cut again.
    """
    kept, shares = scene.left(start), {name: start.get(name, 1.0) for name in scene.money}
    ranks = {
        name: _step(scene, name, kept=kept, shares=shares)
        for name, share in shares.items()
        if scene.floor[name] + NO_MONEY < share <= 1
    }
    carriers: dict[str, set[str]] = {}
    for name in ranks:
        for carried in scene.carries[name]:
            carriers.setdefault(carried, set()).add(name)
    heap = list(ranks.values())
    heapq.heapify(heap)
    cut: dict[str, float] = {}
    while money > NO_MONEY * scene.planned and heap:
        step = heapq.heappop(heap)
        name = step.tactic
        if ranks.get(name) != step:  # cut already, or judged anew since: a newer entry waits
            continue
        room = (shares[name] - step.after) * scene.money[name]
        after = step.after if money >= room else shares[name] - money / scene.money[name]
        money -= min(room, money)
        scene.take(kept, name, share=after / shares[name])
        cut[name] = shares[name] = after
        del ranks[name]
        if after > scene.floor[name] + NO_MONEY and name in scene.laid.moves:
            heapq.heappush(heap, ranks.setdefault(name, _step(scene, name, kept=kept, shares=shares)))
        touched = {other for carried in scene.carries[name] for other in carriers.get(carried, ())}
        for other in sorted((touched | {*scene.laid.beside.get(name, ())}) & ranks.keys() - {name}):
            ranks[other] = _step(scene, other, kept=kept, shares=shares)
            heapq.heappush(heap, ranks[other])
    return cut


class _Step(NamedTuple):
    """The next step down of a tactic, in the order of cutting.

    group: its part of the hundred · rate: what it loses per money · after: the share that the tactic keeps
    """

    group: int
    rate: float
    tactic: str
    after: float


def _step(scene: Scene, name: str, *, kept: Mapping[str, float], shares: Mapping[str, float]) -> _Step:
    """Return the next step of a tactic: slices less where it was measured, else all that may go.

    shares: of its own money that is left; what is left of its contribution rests on what is left of its money
    """
    share, floor = shares[name], scene.floor[name]
    is_measured = name in scene.laid.moves
    others = scene.carries[name][1:] if is_measured else scene.carries[name]
    value = sum(scene.value.get(carried, 0.0) * kept[carried] for carried in others)
    part = part_of(scene.case, name)
    group = NOTHING_LOST.index(part) if part in NOTHING_LOST else len(NOTHING_LOST)
    if is_measured or (part == "nothing" and value > 0):
        group = len(NOTHING_LOST)  # it was measured to bring something, or what it enables does
    if not is_measured:
        return _Step(group, value / (share * scene.money[name]), name, floor)
    now = scene.mean_value_lost(name, shares, kept=kept)
    steps = []
    for after in _shares_below(share, floor):
        then = scene.mean_value_lost(name, {**shares, name: after}, kept=kept)
        lost = then - now + value * (1 - after / share)
        steps.append(_Step(group, lost / ((share - after) * scene.money[name]), name, after))
    best = min(steps, key=lambda one: one.rate)
    # a straight line loses the same in one slice as in many; one leaves the others their turn
    return steps[0] if steps[0].rate <= best.rate + ALIKE * abs(best.rate) else best


def _shares_below(share: float, floor: float) -> Iterator[float]:
    """Yield the shares that slices leave, down to the floor."""
    for slices in range(math.ceil(share * SLICES - NO_MONEY) - 1, -1, -1):
        yield max(slices / SLICES, floor)
        if slices / SLICES <= floor:
            return


def _alike(scene: Scene, start: Mapping[str, float], money: float) -> dict[str, float]:
    """Return the shares if everything that can be cut were cut by the same part, down to what is committed."""

    def shares(part: float) -> dict[str, float]:
        given = {name: start.get(name, 1.0) for name in scene.money}
        return {
            name: share if share > 1 else min(share, max(share * (1 - part), scene.floor[name]))
            for name, share in given.items()
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
    shares: dict[str, float] = {}
    for name, share in end.items():
        if share != 1:
            after = {**shares, name: share}
            yield _cut(scene, name, before=shares, after=after)
            shares = after


def _cut(scene: Scene, name: str, *, before: Mapping[str, float], after: Mapping[str, float]) -> Cut:
    """Describe one cut, with its loss on the objective it matters most to; before, after: shares that tactics keep."""
    case, tactic, share = scene.case, scene.case.tactics[name], after[name]
    losses = _losses(scene, name, before=before, after=after)
    worst = max(losses, key=lambda one: abs(scene.weights[one] * losses[one].mean), default=None)
    loss = None
    if worst is not None and losses[worst].is_any:
        loss = _described(scene, case.graph.objectives[worst], losses[worst])
    is_measured = name in scene.laid.moves
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
        grade="measured" if is_measured else "belief",
        reason=scene.laid.reasons.get(name, ""),
        measured=_measured(scene, before, after) if is_measured else None,
        unseen=scene.laid.unseen(name, after) if is_measured else (),
    )


def _losses(scene: Scene, name: str, *, before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, Lost]:
    """Return what one cut loses beyond those before it, by objective."""
    touched = tuple(dict.fromkeys((*scene.carries[name], *scene.laid.beside.get(name, ()))))
    kept = scene.left(before)
    left = dict(kept)
    scene.take(left, name, share=after[name])
    losses = {}
    for objective, by_tactic in scene.drawn.items():
        is_counted = scene.counts(objective) and name in scene.laid.moves
        if not is_counted and not any(one in by_tactic for one in touched):
            continue
        now = scene.believed_lost(objective, before, kept=kept, of=touched)
        then = scene.believed_lost(objective, after, kept=left, of=touched)
        measured = None
        if is_counted:
            measured = scene.measured_lost(objective, after) - scene.measured_lost(objective, before)
        losses[objective] = Lost(then - now, measured)
    return losses


def _measured(scene: Scene, before: Mapping[str, float], after: Mapping[str, float]) -> Brought:
    """Return what measured tactics bring less over the plan after a change than before it."""
    curves = scene.laid.curves
    lost = scene.laid.lost(after) - scene.laid.lost(before)
    low, high = (float(end) for end in np.quantile(lost, (LOW, HIGH)))
    return Brought(curves.outcome, curves.unit, float(lost.mean()), low, high)


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
    kept = scene.left(end)
    believed = scene.believed_lost(objective.id, end, kept=kept)
    is_counted = scene.counts(objective.id) and any(end.get(name, 1.0) != 1 for name in scene.laid.moves)
    measured = scene.measured_lost(objective.id, end) if is_counted else None
    told = _described(scene, objective, Lost(believed, measured))
    if told.p_before is None:
        return told
    by_bets = scene.believed_lost(objective.id, end, kept=kept, is_all=True)
    left = sum(scene.drawn[objective.id].values(), start=np.zeros(1)) - by_bets
    wanted = scene.case.coverages.wanted(objective)
    needed = scene.case.coverage[objective.id].needed or 1.0
    return replace(told, p_after=float(np.mean(left >= wanted - NO_MONEY * abs(needed))))


def _described(scene: Scene, objective: Objective, lost: Lost) -> Loss:
    case = scene.case
    seen = case.coverage[objective.id]
    metric = case.metric(objective.metric)
    values = np.atleast_1d(lost.all)
    low, high = (float(end) for end in np.quantile(values, (LOW, HIGH)))
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
        p_after=None,
        reason=seen.reason,
        falls=metric is not None and metric.better == "down",
        grade=lost.grade,
        measured=None if lost.measured is None else float(np.mean(lost.measured)),
    )
