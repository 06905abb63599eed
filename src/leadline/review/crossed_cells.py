"""Channels and origins of the same people, shown so that the two tables together tell of no few."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace

from leadline.evidence.linked_cells import Linked

# Channel ("" where none is known) and origin → people who came by both, and how many of them bought.
Crossed = Mapping[tuple[str, str], tuple[int, int]]
CHANNEL, ORIGIN = 0, 1
Atom = tuple[str, str, bool]  # channel, origin, whether they bought


@dataclass(frozen=True)
class Hidden:
    """What is not shown. channels, origins: of which not how many people · buyers: of which not how many bought.

    Origins that are not shown stand together as one, so what is known of all is known of them.
    """

    channels: frozenset[str] = frozenset()
    channel_buyers: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    origin_buyers: frozenset[str] = frozenset()


def linked(crossed: Crossed, hidden: Hidden, *, least: int) -> Hidden:
    """Return what is hidden, and what more must be: no count of few follows from both tables and their totals."""
    atoms: dict[Atom, int] = {}
    for pair, (people, buyers) in crossed.items():
        atoms |= {(*pair, bought): count for bought, count in ((True, buyers), (False, people - buyers)) if count}
    cells: dict[Hashable, frozenset[Hashable]] = {}
    kept: list[frozenset[Hashable]] = []
    for side in (CHANNEL, ORIGIN):
        for name in dict.fromkeys(pair[side] for pair in crossed):
            mine = frozenset(one for one in atoms if one[side] == name)
            bought = frozenset(one for one in mine if one[2])
            kept += [mine, bought, mine - bought] if bought else [mine]
            if name or side == ORIGIN:  # people of no known channel have no row
                cells |= {(side, name, False): mine, (side, name, True): bought}
    buyers_in_all = frozenset(one for one in atoms if one[2])
    tables = Linked(dict[Hashable, int](atoms.items()), cells, (frozenset(atoms), buyers_in_all))
    gone = {(CHANNEL, name, True) for name in hidden.channels | hidden.channel_buyers}
    gone |= {(ORIGIN, name, True) for name in hidden.origins | hidden.origin_buyers}
    gone |= {(CHANNEL, name, False) for name in hidden.channels} | {(ORIGIN, name, False) for name in hidden.origins}
    found = tables.hidden(gone, kept=kept, least=least)
    named = {
        (side, buyers): frozenset(name for name in dict.fromkeys(pair[side] for pair in crossed) if (side, name, buyers) in found)
        for side in (CHANNEL, ORIGIN)
        for buyers in (False, True)
    }  # fmt: skip
    return replace(
        hidden,
        channels=hidden.channels | named[CHANNEL, False],
        channel_buyers=hidden.channel_buyers | named[CHANNEL, True] | named[CHANNEL, False],
        origins=hidden.origins | named[ORIGIN, False],
        origin_buyers=hidden.origin_buyers | (named[ORIGIN, True] - hidden.origins - named[ORIGIN, False]),
    )
