"""Labels and boxes along one line, each as near as possible to where it wants to be, none on top of another."""

from __future__ import annotations

from collections.abc import Sequence


def spread(
    wanted: Sequence[float], sizes: Sequence[float], *, low: float, high: float, gap: float = 4.0
) -> list[float]:
    """Return the starts of intervals of the given sizes, in the given order, at least `gap` apart.

    Minimises the summed squared distance to the wanted starts (isotonic regression by pooling adjacent violators;
    Barlow, Bartholomew, Bremner, Brunk 1972), held between low and high where all of them fit there.

    >>> spread([0, 2, 50], [10, 10, 10], low=0, high=100)
    [0.0, 14.0, 50.0]
    """
    offsets: list[float] = []
    used = 0.0
    for size in sizes:
        offsets.append(used)
        used += size + gap
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            below, many = pools.pop()
            mean, count = (below * many + mean * count) / (many + count), many + count
        pools.append((mean, count))
    last = max(low, high - used + gap)
    placed = [min(max(mean, low), last) for mean, count in pools for _ in range(count)]
    return [place + offset for place, offset in zip(placed, offsets, strict=True)]
