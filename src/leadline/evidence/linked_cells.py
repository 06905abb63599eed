"""Counts of the same people in two tables: what one hides, the other must not tell.

Each table may hide its own few well and yet be undone by the other: of two channels that stand hidden as 15 together, an
origin that is one of them tells the rest. So every number that is shown is taken as an equation over the groups that both
tables are made of, and as long as the equations hold a small count down, one more number goes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cached_property

from leadline.evidence.small_cells import LEAST, few

SLACK = 1e-6  # own: below what one person is, above what the solver leaves open

Group = frozenset[Hashable]


@dataclass(frozen=True)
class Linked:
    """Tables over the same people. atoms: the finest groups and how many are in each, none empty.

    cells: what the tables show, by name → the atoms that it counts · told: sums that are known in any case
    """

    atoms: Mapping[Hashable, int]
    cells: Mapping[Hashable, Group]
    told: Sequence[Group] = ()

    def count(self, group: Group) -> int:
        """Return how many people are in a group."""
        return sum(self.atoms[one] for one in group)

    def hidden(self, hidden: AbstractSet[Hashable], *, kept: Sequence[Group], least: int = LEAST) -> Group:
        """Return the cells that are not shown: those given, and as many more as it takes.

        kept: groups of which, where few are in them, nobody may learn so: by all that is shown each may hold `least`
        """
        gone = set(hidden)
        guarded = [one for one in kept if few(self.count(one), least=least)]
        while held := self._held(guarded, gone, least):
            shown = sorted(self.cells.keys() - gone, key=lambda name: (self.count(self.cells[name]), str(name)))
            if not shown:
                break
            gone.add(next((name for name in shown if not self._held(held[:1], gone | {name}, least)), shown[0]))
        return frozenset(gone)

    def _held(self, groups: Sequence[Group], hidden: AbstractSet[Hashable], least: int) -> list[Group]:
        """Return the groups that what is shown holds below `least`."""
        known = Equations(self, [*self.told, *(atoms for name, atoms in self.cells.items() if name not in hidden)])
        return [one for one in groups if known.most(one) < least - SLACK]


@dataclass(frozen=True)
class Equations:
    """What follows from some sums of groups, to somebody who knows which groups are empty. sums: those that are known."""

    tables: Linked
    sums: Sequence[Group]
    _most: dict[frozenset[int], float] = field(default_factory=dict, repr=False)

    @cached_property
    def _kinds(self) -> tuple[dict[Hashable, int], list[tuple[int, ...]]]:
        """Return the kind of each atom, and for each kind which sums it is in: atoms of one kind cannot be told apart."""
        places: dict[Hashable, list[int]] = {one: [] for one in self.tables.atoms}
        for place, atoms in enumerate(self.sums):
            for one in atoms:
                places[one].append(place)
        kinds = list(dict.fromkeys(tuple(some) for some in places.values()))
        number = {some: at for at, some in enumerate(kinds)}
        return {one: number[tuple(some)] for one, some in places.items()}, kinds

    @cached_property
    def _sizes(self) -> Counter[int]:
        return Counter(self._kinds[0].values())

    def most(self, group: Group) -> float:
        """Return how many people may be in a group; without end where nothing holds it."""
        kind_of, _ = self._kinds
        touched = frozenset(kind_of[one] for one in group)
        if touched not in self._most:
            self._most[touched] = self._solved(touched)
        return self._most[touched] - (sum(self._sizes[kind] for kind in touched) - len(group))

    def _solved(self, touched: frozenset[int]) -> float:
        """Return the largest sum of some kinds. Every atom holds one person at least."""
        import numpy as np
        from scipy.optimize import linprog

        _, kinds = self._kinds
        equations = np.zeros((len(self.sums), len(kinds)))
        for kind, places in enumerate(kinds):
            equations[list(places), kind] = 1.0
        wanted = np.array([float(kind in touched) for kind in range(len(kinds))])
        found = linprog(
            -wanted, A_eq=equations, b_eq=[self.tables.count(one) for one in self.sums],
            bounds=[(self._sizes[kind], None) for kind in range(len(kinds))], method="highs",
        )  # fmt: skip
        return float("inf") if found.fun is None else -float(found.fun)
