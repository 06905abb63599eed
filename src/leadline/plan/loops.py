"""Cycles in a directed graph: the illegal ones of `serves`, `parent` …, and the loops of the bridge.

Plain walks with explicit stacks: a plan made by a script may be deeper than Python recurses.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

# Most loops reported for one bridge; a plan has a handful, a tangle has millions (house).
MAX_LOOPS = 100
# Most steps a search for loops walks; keeps a tangle of hundreds of states under a tenth of a second (house).
MAX_TRIED = 20_000

N = TypeVar("N", bound=Hashable)


def components(graph: Mapping[N, Sequence[N]]) -> list[list[N]]:
    """Return the strongly connected components that hold a cycle (Tarjan's algorithm), in order of discovery."""
    index: dict[N, int] = {}
    low: dict[N, int] = {}
    on_stack: set[N] = set()
    stack: list[N] = []
    found: list[list[N]] = []
    for root in graph:
        if root in index:
            continue
        work: list[tuple[N, int]] = [(root, 0)]
        while work:
            node, position = work.pop()
            if position == 0:
                index[node] = low[node] = len(index)
                stack.append(node)
                on_stack.add(node)
            following = graph.get(node, ())
            for next_position in range(position, len(following)):
                target = following[next_position]
                if target not in index:
                    work += [(node, next_position + 1), (target, 0)]
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                _close(node, graph, (index, low), (stack, on_stack), found)
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
    return found


def _close(
    node: N,
    graph: Mapping[N, Sequence[N]],
    numbers: tuple[dict[N, int], dict[N, int]],
    stacks: tuple[list[N], set[N]],
    found: list[list[N]],
) -> None:
    index, low = numbers
    stack, on_stack = stacks
    if low[node] != index[node]:
        return
    component: list[N] = []
    while True:
        member = stack.pop()
        on_stack.discard(member)
        component.append(member)
        if member == node:
            break
    if len(component) > 1 or node in graph.get(node, ()):
        found.append(component[::-1])


def one_cycle_each(graph: Mapping[N, Sequence[N]]) -> list[tuple[N, ...]]:
    """Return one shortest cycle for each tangle of the graph, starting at its first node."""
    cycles = []
    for component in components(graph):
        members = set(component)
        start = next(node for node in graph if node in members)
        cycle = shortest_back(graph, start, within=members)
        if cycle:
            cycles.append(cycle)
    return cycles


def shortest_back(graph: Mapping[N, Sequence[N]], start: N, *, within: set[N]) -> tuple[N, ...]:
    """Return the shortest way from a node back to itself (without repeating it), inside a set of nodes."""
    came: dict[N, N] = {}
    frontier = [start]
    while frontier:
        following: list[N] = []
        for node in frontier:
            for target in graph.get(node, ()):
                if target == start:
                    way = [node]
                    while way[-1] != start:
                        way.append(came[way[-1]])
                    return tuple(reversed(way))
                if target in within and target not in came:
                    came[target] = node
                    following.append(target)
        frontier = following
    return ()


def elementary(graph: Mapping[N, Sequence[N]], through: Iterable[tuple[N, N]] | None = None) -> list[tuple[N, ...]]:
    """Return the elementary cycles of a graph, each once, at most MAX_LOOPS; `through`: only those over these links."""
    cycles: list[tuple[N, ...]] = []
    tried = 0
    wanted = None if through is None else set(through)
    for component in components(graph):
        rank = {node: number for number, node in enumerate(component)}
        for start in component:
            work: list[tuple[N, ...]] = [(start,)]
            while work and len(cycles) < MAX_LOOPS and tried < MAX_TRIED:
                way = work.pop()
                tried += 1
                for target in graph.get(way[-1], ()):
                    if target == start:
                        if wanted is None or any(link in wanted for link in zip(way, (*way[1:], start), strict=True)):
                            cycles.append(way)
                    elif rank.get(target, -1) > rank[start] and target not in way:
                        work.append((*way, target))
    return cycles[:MAX_LOOPS]
