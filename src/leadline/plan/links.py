"""Links of a plan: what refers to what, what serves what, what enables what, and where they run in circles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from leadline.plan.amounts import Amounts
from leadline.plan.elements import Located, located
from leadline.plan.loops import one_cycle_each
from leadline.plan.model import Objective, Plan
from leadline.plan.parts import Element
from leadline.plan.places import Path
from leadline.plan.references import Reference, people_references, references
from leadline.plan.tactics import Tactic
from leadline.units import Period


@dataclass(frozen=True, slots=True)
class Cycle:
    """A cycle that makes no sense (PLN007).

    kind: serves, parent, enables, depends_on, after, or bridge (a turn takes no time); loop: ids, the first not repeated
    path: the link to remove
    """

    kind: str
    loop: tuple[str, ...]
    path: Path


class Links:
    """The elements of one plan and the links between them, walked once and kept."""

    def __init__(self, plan: Plan, amounts: Amounts | None = None) -> None:
        """Index the plan; `amounts` carries the widening of bare numbers."""
        self.plan = plan
        self.amounts = amounts or Amounts(plan)
        self.located: dict[str, Located] = {}
        for item in located(plan):
            self.located.setdefault(item.element.id, item)
        self.tactics: dict[str, Tactic] = {tactic.id: tactic for tactic in reversed(plan.tactics.list)}
        self.tactics = {tactic.id: self.tactics[tactic.id] for tactic in plan.tactics.list}
        self.objectives: dict[str, Objective] = {objective.id: objective for objective in plan.objectives}
        self._objectives_above: dict[str, tuple[str, ...]] = {}
        self.levels = {level.id: level for level in plan.strategy.levels}

    @property
    def elements(self) -> Mapping[str, Element]:
        """Every element by its id; of two with one id the first."""
        return {identity: item.element for identity, item in self.located.items()}

    def kind(self, element_id: str) -> str | None:
        """Return the kind of an element ("tactic", "objective", …), None for an unknown id."""
        item = self.located.get(element_id)
        return None if item is None else item.kind

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every reference between elements."""
        return tuple(references(self.plan))

    @cached_property
    def people_references(self) -> tuple[Reference, ...]:
        """Every name of a person or team; free text while the plan lists neither."""
        return tuple(people_references(self.plan))

    def dates_of(self, tactic: Tactic) -> Period | None:
        """Return a tactic's dates; without any, the plan's window."""
        return tactic.dates or self.plan.plan.window

    # serves: up to the business

    @cached_property
    def _above(self) -> Mapping[str, tuple[str, ...]]:
        """What each tactic, objective and level stands under."""
        above = {tactic.id: tuple(link.ref for link in tactic.serves) for tactic in self.plan.tactics.list}
        above |= {objective.id: tuple(link.ref for link in objective.serves) for objective in self.plan.objectives}
        return above | {
            level.id: () if level.parent is None else (level.parent.ref,) for level in self.plan.strategy.levels
        }

    def serves_path(self, element: Tactic | Objective | str) -> tuple[str, ...] | None:
        """Return the shortest way from an element up to a corporate strategy (ids, both ends), None where none leads."""
        start = element if isinstance(element, str) else element.id
        came: dict[str, str | None] = {start: None}
        frontier = [start]
        while frontier:
            following = []
            for node in frontier:
                level = self.levels.get(node)
                if level is not None and level.level == "corporate":
                    return _back_to(node, came)
                for target in self._above.get(node, ()):
                    if target not in came and (target in self.objectives or target in self.levels):
                        came[target] = node
                        following.append(target)
            frontier = following
        return None

    def objectives_served(self, tactic: Tactic | str) -> tuple[str, ...]:
        """Return the objectives a tactic serves, directly and through objectives."""
        start = tactic if isinstance(tactic, str) else tactic.id
        if start not in self._objectives_above:
            found = tuple(node for node in reach(start, self._above) if node in self.objectives)
            self._objectives_above[start] = found
        return self._objectives_above[start]

    @cached_property
    def _served_by(self) -> Mapping[str, tuple[str, ...]]:
        served: dict[str, list[str]] = defaultdict(list)
        for tactic in self.tactics:
            for objective in self.objectives_served(tactic):
                served[objective].append(tactic)
        return {objective: tuple(found) for objective, found in served.items()}

    def tactics_of(self, objective: Objective | str) -> tuple[str, ...]:
        """Return the tactics that serve an objective, directly or through objectives that serve it."""
        return self._served_by.get(objective if isinstance(objective, str) else objective.id, ())

    # enables: through other tactics

    @cached_property
    def _enables(self) -> Mapping[str, tuple[str, ...]]:
        return {
            tactic.id: tuple(link.ref for link in tactic.enables if link.ref in self.tactics)
            for tactic in self.plan.tactics.list
        }

    def enabled_by(self, tactic: Tactic | str) -> tuple[str, ...]:
        """Return the tactics that a tactic enables, directly and through others; itself left out."""
        return reach(tactic if isinstance(tactic, str) else tactic.id, self._enables)

    # what runs in a circle

    @cached_property
    def link_cycles(self) -> tuple[Cycle, ...]:
        """Cycles in serves, parent, enables, depends_on and after."""
        found = []
        plan = self.plan
        linked: tuple[tuple[str, Iterable[tuple[str, tuple[str, ...]]]], ...] = (
            ("serves", ((o.id, tuple(link.ref for link in o.serves)) for o in plan.objectives)),
            ("parent", ((v.id, () if v.parent is None else (v.parent.ref,)) for v in plan.strategy.levels)),
            ("enables", ((t.id, tuple(link.ref for link in t.enables)) for t in plan.tactics.list)),
            ("depends_on", ((t.id, tuple(link.ref for link in t.depends_on)) for t in plan.situation.touchpoints)),
            ("after", ((t.id, t.after) for t in plan.action.tasks)),
        )
        for field, pairs in linked:
            graph = dict(pairs)
            for loop in one_cycle_each(graph):
                last, first = loop[-1], loop[0]
                path = (*self.located[last].path, field)
                if field != "parent":
                    path = (*path, graph[last].index(first))
                found.append(Cycle(field, loop, path))
        return tuple(found)


def reach(start: str, graph: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return every node reached from one, nearest first, itself left out."""
    found: dict[str, None] = {}
    frontier = [start]
    while frontier:
        following = []
        for node in frontier:
            for target in graph.get(node, ()):
                if target not in found and target != start:
                    found[target] = None
                    following.append(target)
        frontier = following
    return tuple(found)


def _back_to(node: str, came: Mapping[str, str | None]) -> tuple[str, ...]:
    way = [node]
    while (before := came[way[-1]]) is not None:
        way.append(before)
    return tuple(reversed(way))
