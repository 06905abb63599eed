"""Ids of a plan as people and edits name them: known, nearest, new."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from leadline.errors import UsageError
from leadline.plan.elements import located
from leadline.plan.model import Plan

NEAREST = 3  # checks.md section 4: an unknown name gets the nearest three

__all__ = ["ids", "nearest_names", "new_id", "person_id", "refuse_unknown_element"]


def ids(plan: Plan) -> list[str]:
    """Return the id of every element, in the order of the file."""
    return [item.element.id for item in located(plan)]


def nearest_names(given: str, known: Iterable[str]) -> list[str]:
    """Return the three names most like the one given, the best first.

    >>> nearest_names("serch", ["fair", "search", "press", "thought"])
    ['search', 'fair', 'press']
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


def person_id(plan: Plan, given: str, *, option: str) -> str:
    """Return the id of the person or team somebody named: by id, or by a name that only one of them has.

    Capitals and spaces do not count. While nobody is listed any name will do (plan.md, Conventions) and comes back as
    given. Raises UsageError for a name that nobody has (with the nearest three) or that several have.
    """
    listed = (*plan.action.people, *plan.action.teams)
    known = list(dict.fromkeys(one.id for one in listed))
    if not known or given in known:
        return given
    called = list(
        dict.fromkeys(one.id for one in listed if _folded(given) in {_folded(one.id), _folded(one.name or "")})
    )
    if len(called) == 1:
        return called[0]
    if called:
        raise UsageError(f'{option} "{given}" may be {" or ".join(called)}. Write the id of the one you mean.')
    near = ", ".join(nearest_names(given, known))
    raise UsageError(
        f'{option} "{given}" is no person or team of the plan. Nearest: {near}. '
        "Write one of them, or list the person under action.people."
    )


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
