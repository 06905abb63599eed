"""What a reader must know of an answer to less money: what each grade means, what was left out, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from leadline import words
from leadline.decide.what_if_measured import LIKE, Laid
from leadline.decide.what_if_scene import Scene

BELIEF = (
    "Belief: from the plan's bets alone, each tactic's contribution taken as proportional to its money. "
    "Where returns fall, a cut loses less than this."
)
CHANCES = "Both chances of an objective are by the plan's bets alone, also where its loss was measured."


def notes_of(scene: Scene, end: Mapping[str, float]) -> tuple[str, ...]:
    """Return the notes; end: share of its money that each changed tactic keeps."""
    laid = scene.laid
    measured = [name for name in laid.moves if end.get(name, 1.0) != 1]
    told = [*_measured(scene, measured)] if measured else []
    if not measured or len(measured) < sum(share != 1 for share in end.values()):
        told.append(BELIEF)
    told += [
        f"Belief for {_name(scene, name)}: {laid.reasons[name]}."
        for name in end
        if end[name] != 1 and name in laid.reasons
    ]
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


def _name(scene: Scene, tactic: str) -> str:
    return scene.case.tactics[tactic].name or tactic


def _measured(scene: Scene, names: list[str]) -> Iterator[str]:
    laid = scene.laid
    curves = laid.curves
    yield (
        f"Measured: {curves.outcome} by channel from {curves.first} to {curves.last}. A loss is read off response curves where the "
        "plan's money a day stands, carry-over counted, over as many days as the plan has."
    )
    yield from _elsewhere(laid, names)
    if not scene.reach:
        yield f"{_not_the_same(scene)} The loss of {curves.outcome} and those of the objectives are not added up."
    else:
        yield CHANCES


def _not_the_same(scene: Scene) -> str:
    curves = scene.laid.curves
    if not curves.metrics:
        return f"No metric of the plan counts {curves.outcome}: what its bets expect of a measured tactic falls as the curve does."
    return f"No objective counts {curves.outcome} itself: what follows from it by the plan's bets is belief, and falls as the curve does."


def _elsewhere(laid: Laid, names: list[str]) -> Iterator[str]:
    """Yield where the plan's money a day is not what was measured."""
    for channel, multiple in laid.planned.items():
        if abs(multiple - 1) > LIKE and any(channel in laid.moves[name] for name in names):
            yield f"{channel}: the plan spends {words.number(multiple, 2)} times a day what was measured."


def capital(text: str) -> str:
    """Return a clause as a sentence.

    >>> capital("none of it ran")
    'None of it ran.'
    """
    ended = text if text[-1:] in {".", "!", "?"} else f"{text}."
    return ended[:1].upper() + ended[1:]
