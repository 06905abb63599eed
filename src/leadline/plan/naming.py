"""Ids of a plan as people and edits name them: known, nearest, new."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from leadline.errors import UsageError
from leadline.plan.elements import located
from leadline.plan.model import Plan

NEAREST = 3  # checks.md section 4: an unknown name gets the nearest three

__all__ = ["ids", "nearest_names", "new_id", "refuse_unknown_element", "refuse_unknown_person"]


def ids(plan: Plan) -> list[str]:
    """Return the id of every element, in the order of the file."""
    return [item.element.id for item in located(plan)]


def nearest_names(given: str, known: Iterable[str]) -> list[str]:
    """Return the three names most like the one given, the best first.

    >>> nearest_names("serch", ["fair", "search", "press", "thought"])
    ['search', 'press', 'thought']
    """
    given = given.lower()
    return sorted(known, key=lambda name: (-SequenceMatcher(None, given, name.lower()).ratio(), name))[:NEAREST]


def new_id(plan: Plan, wanted: str) -> str:
    """Return an id that no element has yet: the one wanted, or with a number behind it."""
    taken, name, number = {*ids(plan), plan.plan.id}, wanted, 2
    while name in taken:
        name, number = f"{wanted}-{number}", number + 1
    return name


def refuse_unknown_element(plan: Plan, given: str, *, also: Iterable[str] = ()) -> None:
    """Raise UsageError with the nearest three where nothing in the plan is called so; `also`: other names that will do."""
    known = [*ids(plan), *also]
    if given not in known:
        near = ", ".join(nearest_names(given, known)) or "none, the plan is empty"
        raise UsageError(f'Nothing in the plan is called "{given}". Nearest: {near}. Write an id of the plan.')


def refuse_unknown_person(plan: Plan, given: str, *, option: str) -> None:
    """Raise UsageError where people or teams are listed and this is none of them (plan.md, Conventions)."""
    known = [one.id for one in (*plan.action.people, *plan.action.teams)]
    if known and given not in known:
        near = ", ".join(nearest_names(given, known))
        raise UsageError(
            f'{option} "{given}" is no person or team of the plan. Nearest: {near}. '
            "Write one of them, or list the person under action.people."
        )
