"""The ladder of a plan, from tactics up to the corporate strategy: who stands under what, with how much money."""

from __future__ import annotations

from collections.abc import Mapping

from leadline.align.case import Case
from leadline.plan.links import reach
from leadline.plan.strategy import Level

SIBLINGS = ("product", "sales", "customer_service", "hr")
# Which kinds of level stand one step above each kind (checks.md, STR002).
ONE_UP: Mapping[str, tuple[str, ...]] = {
    "business_unit": ("corporate",),
    "market": ("business_unit",),
    "communications": ("market",),
    "social": ("communications",),
    **dict.fromkeys(SIBLINGS, ("business_unit", "market")),
}


def standing_under(case: Case) -> Mapping[str, frozenset[str]]:
    """Return for each tactic every objective and level it serves, directly or through others."""
    above: dict[str, tuple[str, ...]] = {
        level.id: () if level.parent is None else (level.parent.ref,) for level in case.plan.strategy.levels
    }
    above |= {objective.id: tuple(link.ref for link in objective.serves) for objective in case.plan.objectives}
    climbed: dict[tuple[str, ...], frozenset[str]] = {}
    found = {}
    for name, tactic in case.tactics.items():
        direct = tuple(dict.fromkeys(link.ref for link in tactic.serves if link.ref in above))
        if direct not in climbed:
            climbed[direct] = frozenset(direct).union(*(reach(one, above) for one in direct))
        found[name] = climbed[direct]
    return found


def tactics_under(case: Case, level: str) -> tuple[str, ...]:
    """Return the growth tactics that serve a level of strategy, directly or through others."""
    under = case.once(standing_under)
    return tuple(name for name in case.growth if level in under[name])


def levels_of(case: Case, *kinds: str) -> tuple[Level, ...]:
    """Return the levels of some kinds, in the order of the file."""
    return tuple(level for level in case.plan.strategy.levels if level.level in kinds)


def owning_teams(case: Case) -> tuple[str, ...]:
    """Return the teams whose people own a step of the bridge or a touch point, in the order of the file."""
    owners = [step.owner for step in case.plan.tactics.bridge]
    owners += [step.owner for tactic in case.plan.tactics.list for step in tactic.bridge]
    owners += [point.owner for point in case.plan.situation.touchpoints]
    return tuple(dict.fromkeys(team for owner in owners if owner and (team := case.team_of.get(owner))))


def has_teams(case: Case) -> bool:
    """Say whether the plan lists teams, so that it can be told who works with whom."""
    return bool(case.plan.action.teams) or any(person.team for person in case.plan.action.people)


def one_or_all(names: tuple[str, ...]) -> str | tuple[str, ...]:
    """Return the one name where there is one, else all of them."""
    return names[0] if len(names) == 1 else names
