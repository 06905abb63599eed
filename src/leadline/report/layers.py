"""The layout of the strategy map: lanes from strategy (left) over tactics to the sale (right), nothing on top of anything.

A layered drawing after Sugiyama, Tagawa, Toda 1981: links that skip lanes get a place in every lane they cross, the
order inside a lane follows barycentres, and heights are the nearest ones that keep the order and the gaps.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leadline.report import lettering, theme
from leadline.report.spread import spread
from leadline.words import money

if TYPE_CHECKING:
    from leadline.review.result import MapEdge, MapNode


# Lanes from left to right: key, heading, width of its boxes in px, most lines of a name.
LANES: tuple[tuple[str, str, int, int], ...] = (
    ("corporate", "Corporate", 108, 6),
    ("business_unit", "Business unit", 108, 6),
    ("market", "Market", 108, 6),
    ("aligned", "Aligned", 112, 5),
    ("objective", "Objectives", 132, 4),
    ("tactic", "Tactics", 160, 3),
    ("metric", "What it brings", 132, 3),
    ("value_event", "Sale", 132, 3),
    ("after", "What follows", 132, 3),
)
_KNOWN = {key for key, _, _, _ in LANES}
LINE, PAD, PORT = 17.0, 7.0, 16.0
GAP_DOWN = 12.0  # px between boxes of a lane; house: less and lines touch them
# Between lanes of logic there is room for one mark, between tactics and what they bring for a letter and a bend.
GAP_OF_LOGIC, GAP_OF_BETS = 32.0, 42.0
TOP, MARGIN = 44.0, 12.0
_EDGE = 4.0  # px; house: a line this near to the edge of the sheet is still seen whole
# From here on tactics stand in one line each, so that a large plan is a sheet and not a ribbon; house, looked at with 60.
MANY_TACTICS, ONE_LINE_WIDTH, ONE_LINE_GAP = 24, 430, 6.0
# Sum of the widths of all tactic links, px, and the thinnest of them: wide enough to compare, thin enough to part.
ALL_MONEY_WIDTH, THINNEST = 90.0, 1.5


@dataclass
class Box:
    """A node placed: upper left corner, size, its lines of text. `parts` are (text, token, bold).

    tail: what stands at the right end of a one-line box, from left to right
    """

    id: str
    lane: int
    width: float
    height: float
    name: str = ""
    parts: tuple[tuple[str, str, bool], ...] = ()
    level: str = ""
    kind: str = ""
    x: float = 0.0
    y: float = 0.0
    tail: tuple[tuple[str, str, bool], ...] = ()

    @property
    def middle(self) -> float:
        """Return the height of its centre."""
        return self.y + self.height / 2


@dataclass
class Link:
    """A link with its width in px, the points it runs through, and the mark (grade letter, "?") near its source."""

    source: str
    target: str
    kind: str
    grade: str
    suspect: bool
    width: float
    points: list[tuple[float, float]] = field(default_factory=list)
    mark: str = ""
    mark_at: tuple[float, float] = (0.0, 0.0)
    around: bool = False


@dataclass(frozen=True)
class Layout:
    """A map laid out: boxes, links, lane headings at their left edges, and the size of the sheet in px."""

    boxes: tuple[Box, ...]
    links: tuple[Link, ...]
    headings: tuple[tuple[float, str], ...]
    width: float
    height: float

    def rectangles(self) -> list[tuple[float, float, float, float]]:
        """Return every box and every mark as (left, top, right, bottom), for whoever wants to see that none overlap."""
        boxes = [(box.x, box.y, box.x + box.width, box.y + box.height) for box in self.boxes]
        marks = [
            (x - 6, y - PORT / 2 + 0.5, x + 6, y + PORT / 2 - 0.5) for x, y in (k.mark_at for k in self.links if k.mark)
        ]
        return boxes + marks


def lay_out(nodes: Sequence[MapNode], edges: Sequence[MapEdge], *, currency: str) -> Layout:
    """Return the map laid out; links to unknown ids are left out. The same input gives the same layout."""
    known = {node.id: node for node in nodes}
    kept = [edge for edge in edges if edge.source in known and edge.target in known]
    columns, headings, sizes, first_bet = _columns(nodes, kept)
    dense = sum(lane_of(node.lane) == "tactic" for node in nodes) > MANY_TACTICS
    if dense:
        lane = next(columns[node.id] for node in nodes if lane_of(node.lane) == "tactic")
        sizes[lane] = (ONE_LINE_WIDTH, 1)
    links = [_link(edge, kept, known) for edge in kept]
    boxes = {
        node.id: (_one_line if dense and lane_of(node.lane) == "tactic" else _box)(
            node, columns[node.id], sizes, currency
        )
        for node in nodes
    }
    for box in boxes.values():
        box.height = max(box.height, _port_height(box, links))
    straight = [link for link in links if _is_forward(link, columns)]
    lanes, chains = _with_waypoints(boxes, straight, columns, len(headings))
    _order(lanes, chains)
    height = _heights(lanes, chains)
    lefts = _across(lanes, sizes, first_bet)
    _connect(boxes, straight, chains)
    floor = _around(boxes, [link for link in links if not _is_forward(link, columns)], straight, floor=height)
    width = lefts[-1] + sizes[-1][0] + MARGIN if lefts else 0.0
    # A link that leaves the last lane to come back needs room beside it.
    width = max([width, *(x + _EDGE for link in links if link.around for x, _ in link.points)])
    shown = tuple(boxes.values())
    return Layout(shown, tuple(links), tuple(zip(lefts, headings, strict=True)), width, floor)


def lane_of(lane: str) -> str:
    """Return the lane of the map a strategy level or element kind stands in; siblings of marketing share one."""
    return lane if lane in _KNOWN and lane != "after" else "aligned"


def _columns(
    nodes: Sequence[MapNode], edges: Sequence[MapEdge]
) -> tuple[dict[str, int], list[str], list[tuple[int, int]], int]:
    """Return the column of each node, heading and (width, lines) of each column, and the tactics' column.

    Empty lanes are left out.
    """
    ranks, behind = _metric_ranks(nodes, edges), _following(nodes, edges)
    keys: dict[str, tuple[int, int]] = {}
    order = {key: index for index, (key, _, _, _) in enumerate(LANES)}
    for node in nodes:
        lane = "after" if node.id in behind else lane_of(node.lane)
        keys[node.id] = (order[lane], ranks.get(node.id, 0))
    used = sorted(set(keys.values()))
    place = {key: index for index, key in enumerate(used)}
    headings = ["" if rank and lane == order["metric"] else LANES[lane][1] for lane, rank in used]
    first_bet = sum(lane < order["tactic"] for lane, _ in used)
    return {name: place[key] for name, key in keys.items()}, headings, [LANES[lane][2:] for lane, _ in used], first_bet


def _metric_ranks(nodes: Sequence[MapNode], edges: Sequence[MapEdge]) -> dict[str, int]:
    """Return how many bets lie between the tactics and each metric: the longest way, links that close a loop left out."""
    metrics = [node.id for node in nodes if lane_of(node.lane) == "metric"]
    inside = set(metrics)
    delivered = {edge.target for edge in edges if edge.kind == "bet" and edge.source not in inside}
    onward: dict[str, list[str]] = {name: [] for name in sorted(metrics, key=lambda name: name not in delivered)}
    for edge in edges:
        if edge.kind == "bet" and edge.source in inside and edge.target in inside:
            onward[edge.source].append(edge.target)
    pairs = _without_returns(onward)
    ranks = dict.fromkeys(metrics, 0)
    for _ in metrics:
        for source, target in pairs:
            ranks[target] = max(ranks[target], ranks[source] + 1)
    return ranks


def _without_returns(onward: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """Return the links of a graph without those that close a loop, found by going through it depth first."""
    kept: list[tuple[str, str]] = []
    done: set[str] = set()
    for start in onward:
        way: list[tuple[str, int]] = [] if start in done else [(start, 0)]
        while way:
            name, position = way.pop()
            if position == len(onward[name]):
                done.add(name)
                continue
            way.append((name, position + 1))
            following = onward[name][position]
            if following in {passed for passed, _ in way}:
                continue
            kept.append((name, following))
            if following not in done:
                way.append((following, 0))
    return kept


def _following(nodes: Sequence[MapNode], edges: Sequence[MapEdge]) -> set[str]:
    """Return the metrics that only a sale brings, such as revenue or recommendations: they stand behind it."""
    sales = {node.id for node in nodes if lane_of(node.lane) == "value_event"}
    found: set[str] = set()
    while True:
        more = {
            node.id
            for node in nodes
            if lane_of(node.lane) == "metric"
            and (causes := {edge.source for edge in edges if edge.kind == "bet" and edge.target == node.id})
            and causes <= sales | found
        }
        if more <= found:
            return found
        found |= more


def _link(edge: MapEdge, edges: Sequence[MapEdge], known: Mapping[str, MapNode]) -> Link:
    total = sum(node.money or 0.0 for node in known.values()) or 1.0
    source = known[edge.source]
    shared = sum(other.source == edge.source and other.kind == "bet" for other in edges) or 1
    amount = edge.money if edge.money is not None else (source.money or 0.0)
    is_tactic_bet = edge.kind == "bet" and lane_of(source.lane) == "tactic"
    width = max(THINNEST, ALL_MONEY_WIDTH * amount / shared / total) if is_tactic_bet else THINNEST
    mark = (edge.grade or "–") if edge.kind == "bet" else ""
    if edge.suspect:
        mark = f"{mark}?" if mark else "?"
    return Link(edge.source, edge.target, edge.kind, edge.grade, edge.suspect, round(min(width, 16.0), 2), mark=mark)


def _box(node: MapNode, lane: int, sizes: Sequence[tuple[int, int]], currency: str) -> Box:
    width, lines = sizes[lane]
    room = width - 2 * PAD
    parts = [(line, "ink", False) for line in lettering.wrap(node.name, room, lines=lines)]
    if node.money:
        parts.append((lettering.shorten(money(node.money, currency), room), "ink-3", False))
    if node.findings:
        more = f" +{len(node.findings) - 1}" if len(node.findings) > 1 else ""
        parts.append((lettering.shorten(f"{node.findings[0]}{more}", room), node.level_word, True))
    height = LINE * len(parts) + 2 * PAD - 3
    level = node.level_word if node.findings else ""
    return Box(node.id, lane, width, height, node.name, tuple(parts), level, lane_of(node.lane))


def _one_line(node: MapNode, lane: int, sizes: Sequence[tuple[int, int]], currency: str) -> Box:
    """Return a tactic as one line: its name, and at the right end its money and its first finding."""
    width, _ = sizes[lane]
    tail = [(money(node.money, currency), "ink-3", False)] if node.money else []
    if node.findings:
        more = f" +{len(node.findings) - 1}" if len(node.findings) > 1 else ""
        tail.append((f"{node.findings[0]}{more}", node.level_word, True))
    taken = sum(PAD + lettering.width(f"✕ {words}", theme.SMALLEST_TEXT, bold=bold) for words, _, bold in tail)
    name = lettering.shorten(node.name, max(width - 2 * PAD - taken, 0))
    level = node.level_word if node.findings else ""
    height = LINE + 2 * PAD - 3
    return Box(node.id, lane, width, height, node.name, ((name, "ink", False),), level, "tactic", tail=tuple(tail))


def _is_forward(link: Link, columns: Mapping[str, int]) -> bool:
    """Say whether a link runs its natural way: serves to the left, bets to the right."""
    start, end = columns[link.source], columns[link.target]
    return end < start if link.kind == "serves" else end > start


def _port_height(box: Box, links: Iterable[Link]) -> float:
    """Return the least height at which a box's marks stand apart and its arriving links fit side by side."""
    leaving = {"serves": 0, "bet": 0, "enables": 0}
    arriving = {"serves": 0.0, "bet": 0.0, "enables": 0.0}
    for link in links:
        if link.source == box.id:
            leaving["bet" if link.kind == "bet" else "serves"] += 1
        if link.target == box.id:
            arriving[link.kind] += link.width + 1
    return max(PORT * leaving["serves"] + 6, PORT * leaving["bet"] + 6, arriving["serves"] + 8, arriving["bet"] + 8)


def _with_waypoints(
    boxes: Mapping[str, Box], links: Sequence[Link], columns: Mapping[str, int], count: int
) -> tuple[list[list[Box]], list[list[Box]]]:
    """Return the lanes, waypoints included, and for each link the boxes it runs through from left to right."""
    lanes: list[list[Box]] = [[] for _ in range(count)]
    for box in boxes.values():
        lanes[box.lane].append(box)
    chains: list[list[Box]] = []
    for number, link in enumerate(links):
        ends = sorted((columns[link.source], columns[link.target]))
        first, last = sorted((boxes[link.source], boxes[link.target]), key=lambda box: box.lane)
        chain = [first]
        for lane in range(ends[0] + 1, ends[1]):
            waypoint = Box(f"\0{number}", lane, 0, max(link.width, 4))
            lanes[lane].append(waypoint)
            chain.append(waypoint)
        chains.append([*chain, last])
    return lanes, chains


def _neighbours(chains: Iterable[Sequence[Box]]) -> tuple[dict[int, list[Box]], dict[int, list[Box]]]:
    left: dict[int, list[Box]] = {}
    right: dict[int, list[Box]] = {}
    for chain in chains:
        for before, after in itertools.pairwise(chain):
            left.setdefault(id(after), []).append(before)
            right.setdefault(id(before), []).append(after)
    return left, right


def _order(lanes: list[list[Box]], chains: Sequence[Sequence[Box]]) -> None:
    """Sort every lane by the mean place of its neighbours, to and fro, and keep the order with the fewest crossings."""
    left, right = _neighbours(chains)
    best, fewest = [list(lane) for lane in lanes], _crossings(lanes, right)
    for sweep in range(10):
        forward = sweep % 2 == 0
        for lane in range(len(lanes)) if forward else reversed(range(len(lanes))):
            _sort_lane(lanes, lane, left if forward else right)
        crossings = _crossings(lanes, right)
        if crossings < fewest:
            best, fewest = [list(lane) for lane in lanes], crossings
    lanes[:] = best


def _sort_lane(lanes: list[list[Box]], lane: int, neighbours: Mapping[int, list[Box]]) -> None:
    place = {id(box): index for other in lanes for index, box in enumerate(other)}

    def centre(box: Box) -> float:
        near = neighbours.get(id(box), [])
        return sum(place[id(other)] / max(len(lanes[other.lane]), 1) for other in near) / len(near) if near else (place[id(box)] / len(lanes[lane]))  # fmt: skip

    lanes[lane] = sorted(lanes[lane], key=centre)


def _crossings(lanes: Sequence[Sequence[Box]], right: Mapping[int, list[Box]]) -> int:
    place = {id(box): index for lane in lanes for index, box in enumerate(lane)}
    total = 0
    for lane in lanes:
        ends = [
            place[id(other)] for box in lane for other in sorted(right.get(id(box), []), key=lambda o: place[id(o)])
        ]
        total += sum(before > after for index, before in enumerate(ends) for after in ends[index + 1 :])
    return total


def _heights(lanes: Sequence[Sequence[Box]], chains: Sequence[Sequence[Box]]) -> float:
    """Set every y near its neighbours, order and gaps kept; return the bottom of the fullest lane."""
    gaps = [ONE_LINE_GAP if sum(bool(box.parts) for box in lane) > MANY_TACTICS else GAP_DOWN for lane in lanes]
    height = max((sum(box.height + gap for box in lane) for lane, gap in zip(lanes, gaps, strict=True)), default=0.0)
    left, right = _neighbours(chains)
    for lane, gap in zip(lanes, gaps, strict=True):
        first = spread([0.0] * len(lane), [box.height for box in lane], low=0, high=height, gap=gap)
        for box, y in zip(lane, first, strict=True):
            box.y = y
    for sweep in range(8):
        sides = (left, right) if sweep % 2 == 0 else (right, left)
        both = list(zip(lanes, gaps, strict=True))
        for lane, gap in both if sweep % 2 == 0 else reversed(both):
            wanted = [_wanted(box, sides[0], sides[1]) for box in lane]
            placed = spread(wanted, [box.height for box in lane], low=0, high=height, gap=gap)
            for box, y in zip(lane, placed, strict=True):
                box.y = y
    for lane in lanes:
        for box in lane:
            box.y = round(box.y + TOP, 2)
    return height + TOP


def _wanted(box: Box, first: Mapping[int, list[Box]], second: Mapping[int, list[Box]]) -> float:
    near = first.get(id(box)) or second.get(id(box)) or [box]
    return sum(other.middle for other in near) / len(near) - box.height / 2


def _across(lanes: Sequence[Sequence[Box]], sizes: Sequence[tuple[int, int]], first_bet: int) -> list[float]:
    lefts: list[float] = []
    x = MARGIN
    for number, (lane, (width, _)) in enumerate(zip(lanes, sizes, strict=True)):
        lefts.append(x)
        for box in lane:
            box.x = x
            if not box.width:
                box.width = width
        x += width + (GAP_OF_BETS if number >= first_bet - 1 else GAP_OF_LOGIC)
    return lefts


def _connect(boxes: Mapping[str, Box], links: Sequence[Link], chains: Sequence[Sequence[Box]]) -> None:
    """Give every link its ports: side by side on the box, in the order of what they lead to, so that none cross there."""
    for box in boxes.values():
        for side in ("left", "right"):
            ends: list[tuple[float, int, Link]] = []
            for number, (link, chain) in enumerate(zip(links, chains, strict=True)):
                if side == "right" and chain[0] is box:
                    ends.append((chain[1].middle, number, link))
                if side == "left" and chain[-1] is box:
                    ends.append((chain[-2].middle, number, link))
            _ports(box, side, sorted(ends, key=lambda end: end[:2]))
    for link, chain in zip(links, chains, strict=True):
        (start, end) = sorted(link.points)
        inner = [(x, waypoint.middle) for waypoint in chain[1:-1] for x in (waypoint.x, waypoint.x + waypoint.width)]
        link.points = [start, *inner, end]


def _ports(box: Box, side: str, ends: Sequence[tuple[float, int, Link]]) -> None:
    sizes = [PORT if link.source == box.id else link.width for _, _, link in ends]
    used = sum(sizes) + len(sizes) - 1
    y = box.middle - used / 2
    x = box.x + box.width if side == "right" else box.x
    for size, (_, _, link) in zip(sizes, ends, strict=True):
        place = (round(x, 2), round(y + size / 2, 2))
        link.points.append(place)
        if link.source == box.id:
            link.mark_at = (place[0] + (11 if side == "right" else -11), place[1])
        y += size + 1


def _around(boxes: Mapping[str, Box], links: Sequence[Link], straight: Sequence[Link], *, floor: float) -> float:
    """Lead links that run against the lanes, or stay in one, through the gutters; return the bottom of the sheet."""
    taken = [link.mark_at for link in straight if link.mark]
    for number, link in enumerate(links):
        source, target = boxes[link.source], boxes[link.target]
        link.around = True
        inset = 8.0 + 4 * (number % 4)
        if source.lane == target.lane:
            x = max(source.x - inset, _EDGE)
            start, end = (source.x, source.y + source.height - 8), (target.x, target.y + 8)
            link.points = [start, (x, start[1]), (x, end[1]), end]
            link.mark_at = (x, _free_height(x, (start[1], end[1]), taken)) if link.mark else (0.0, 0.0)
            taken.append(link.mark_at)
            continue
        floor += PORT + 2
        right, left = source.x + source.width, target.x
        start, end = (right, source.y + source.height - 4), (left, target.y + target.height - 4)
        out, back = right + inset + 14, max(left - inset, _EDGE)
        link.points = [start, (out, start[1]), (out, floor), (back, floor), (back, end[1]), end]
        link.mark_at = ((right + left) / 2, floor)
    return floor + 16


def _free_height(x: float, span: tuple[float, float], taken: Sequence[tuple[float, float]]) -> float:
    """Return the height nearest to the middle of a vertical stretch at which a mark touches no other mark."""
    low, high = sorted(span)
    middle = (low + high) / 2
    near = [y for other, y in taken if abs(other - x) < 2 * PORT]
    steps = [middle + sign * offset for offset in range(0, int((high - low) / 2) + 1, 2) for sign in (1, -1)]
    return next((y for y in steps if all(abs(y - other) >= PORT for other in near)), middle)
