"""The strategy map: what serves what, what is bet on what, how well each bet is known, and where something is wrong.

Lanes run from the corporate strategy to the sale. The width of a tactic's bet is its money, the letter and the line
say the grade of evidence, a dashed line with "?" is a suspect link, an outline is a finding.
"""

from __future__ import annotations

import itertools
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.errors import UsageError
from leadline.report import charts, lettering, theme
from leadline.report.ink import letter, linked, px, quoted
from leadline.report.layers import LINE, PAD, Box, Layout, Link, lane_of, lay_out
from leadline.report.linking import Href, nowhere
from leadline.report.theme import SMALLEST_TEXT, colour

if TYPE_CHECKING:
    from leadline.review.result import MapData, MapEdge, MapNode

_KEY_HEIGHT = 44.0  # px; house: one line of 13 px letters with air above and below
# Wider links are drawn as a pale band with a line inside: dashes as wide as a band read as a pattern, not as a line.
_WIDEST_LINE = 3.0
_LEVELS = {"error": "error", "warning": "warn", "note": "note"}
_BAND = str(round(theme.BAND_OPACITY + 0.08, 2))
FORMATS = ("svg", "png", "pdf", "mmd")


def draw_map(
    nodes: Sequence[MapNode], edges: Sequence[MapEdge], *, currency: str, title: str = "Strategy map", live: bool = True,
    href: Href = nowhere,
) -> str:  # fmt: skip
    """Return the strategy map as one SVG element; live: colours as `var(--token)`, else light values for a file.

    href: the address of a node's element, "" for no link
    """
    layout = lay_out(nodes, edges, currency=currency)
    width = max(layout.width, 640.0)
    root = ET.Element("svg", {
        "xmlns": charts.SVG, "width": px(width), "height": px(layout.height + _KEY_HEIGHT),
        "viewBox": f"0 0 {px(width)} {px(layout.height + _KEY_HEIGHT)}",
        "font-family": theme.FONT_MEASURED, "font-size": str(SMALLEST_TEXT),
    })  # fmt: skip
    _headings(root, layout)
    for link in sorted(layout.links, key=lambda item: (item.kind == "bet", -item.width)):
        _draw_link(root, link)
    for link in layout.links:
        _draw_mark(root, link)
    for box in layout.boxes:
        _draw_box(linked(root, href(box.id)), box)
    _key(root, layout.height + _KEY_HEIGHT / 2)
    return charts.finish(
        ET.tostring(root, encoding="unicode"), title=title, description=sentence(nodes, edges), live=live
    )


def sentence(nodes: Sequence[MapNode], edges: Sequence[MapEdge]) -> str:
    """Return the map in words, for whoever does not see it."""
    tactics = sum(lane_of(node.lane) == "tactic" for node in nodes)
    bets = [edge for edge in edges if edge.kind == "bet"]
    known = sum(edge.grade in {"A", "B", "C"} for edge in bets)
    suspect = sum(edge.suspect for edge in edges)
    wrong = sum(bool(node.findings) for node in nodes)
    return (
        f"{tactics} tactics, {len(bets)} bets of which {known} are known by grade A to C, "
        f"{suspect} suspect links, {wrong} elements with findings."
    )


def table(edges: Sequence[MapEdge]) -> list[dict[str, object]]:
    """Return one row a link: from, to, kind, grade, suspect."""
    return [{"from": e.source, "to": e.target, "kind": e.kind, "grade": e.grade, "suspect": e.suspect} for e in edges]


def write_map(path: Path, shown: MapData, *, currency: str, title: str = "Strategy map") -> None:
    """Write the map as svg, png, pdf or mmd, by the file's ending; raises UsageError for any other."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise UsageError.unknown("map format", ending or path.name, known=FORMATS)
    if ending == "mmd":
        path.write_text(mermaid(shown.nodes, shown.edges), encoding="utf-8")
        return
    svg = draw_map(shown.nodes, shown.edges, currency=currency, title=title, live=False)
    content = {
        "svg": lambda: charts.standing_alone(svg).encode(),
        "png": lambda: charts.png(svg),
        "pdf": lambda: charts.pdf(svg),
    }
    path.write_bytes(content[ending]())


def mermaid(nodes: Sequence[MapNode], edges: Sequence[MapEdge]) -> str:
    """Return the map as Mermaid text; names are quoted and escaped, ids are numbers."""
    numbers = {node.id: f"n{number}" for number, node in enumerate(nodes)}
    lines = ["flowchart LR"]
    for node in nodes:
        opened, closed = ("([", "])") if lane_of(node.lane) == "value_event" else ("[", "]")
        lines.append(f'  {numbers[node.id]}{opened}"{quoted(node.name)}"{closed}')
    for edge in edges:
        if edge.source in numbers and edge.target in numbers:
            arrow = {"serves": "-.->", "enables": "-.-o"}.get(edge.kind, "-->")
            said = f"{edge.grade}{'?' if edge.suspect else ''}"
            label = f'|"{quoted(said)}"|' if said else ""
            lines.append(f"  {numbers[edge.source]} {arrow}{label} {numbers[edge.target]}")
    return "\n".join(lines) + "\n"


def _headings(root: ET.Element, layout: Layout) -> None:
    for left, words in layout.headings:
        if words:
            letter(root, (left, 16.0), words=words, fill="ink-3")
    line = {"x1": "0", "x2": px(layout.width), "y1": "28", "y2": "28", "stroke": colour("line")}
    ET.SubElement(root, "line", line)


def _draw_box(root: ET.Element, box: Box) -> None:
    group = ET.SubElement(root, "g")
    ET.SubElement(group, "title").text = box.name
    level = _LEVELS.get(box.level)
    edge = level or ("ink" if box.kind == "value_event" else "line-strong")
    ET.SubElement(group, "rect", {
        "x": px(box.x), "y": px(box.y), "width": px(box.width), "height": px(box.height), "rx": "4",
        "fill": colour("panel"), "stroke": colour(edge), "stroke-width": "2.5" if level else "1",
    })  # fmt: skip
    first = box.y + (box.height - LINE * len(box.parts)) / 2 + LINE / 2
    for index, (words, token, bold) in enumerate(box.parts):
        name = _LEVELS.get(token, token)
        shown = f"{theme.sign(token).glyph} {words}" if token in _LEVELS else words
        at = (box.x + PAD, first + LINE * index)
        letter(
            group,
            at,
            words=lettering.shorten(shown, box.width - PAD - 2),
            fill=name,
            weight=600 if bold else 400,
        )
    _draw_tail(group, box)


def _draw_tail(group: ET.Element, box: Box) -> None:
    """Write money and finding at the right end of a one-line box."""
    right = box.x + box.width - PAD
    for words, token, bold in reversed(box.tail):
        shown = f"{theme.sign(token).glyph} {words}" if token in _LEVELS else words
        at = (right, box.y + box.height / 2)
        letter(group, at, words=shown, fill=_LEVELS.get(token, token), weight=600 if bold else 400, anchor="end")
        right -= lettering.width(shown, SMALLEST_TEXT, bold=bold) + PAD


def _draw_link(root: ET.Element, link: Link) -> None:
    is_bet = link.kind == "bet"
    dash = (4, 4) if link.suspect else theme.GRADE_DASH.get(link.grade or "E", ()) if is_bet else (2, 4) if link.kind == "enables" else ()  # fmt: skip
    attributes = {
        "d": _path(link), "fill": "none", "stroke-width": px(link.width),
        "stroke": colour(theme.grade_token(link.grade) if is_bet else "line-strong"),
        "stroke-opacity": "0.75" if is_bet else "0.8",
    }  # fmt: skip
    if link.width > _WIDEST_LINE:
        band = {**attributes, "stroke-opacity": _BAND}
        ET.SubElement(root, "path", band)
        attributes |= {"stroke-width": "2", "stroke-opacity": "1"}
    if dash:
        attributes["stroke-dasharray"] = " ".join(str(part) for part in dash)
    ET.SubElement(root, "path", attributes)


def _draw_mark(root: ET.Element, link: Link) -> None:
    if not link.mark:
        return
    x, y = link.mark_at
    half = lettering.width(link.mark, SMALLEST_TEXT, bold=True) / 2 + 1.5
    patch = {"x": px(x - half), "y": px(y - 7.5), "width": px(2 * half), "height": "15", "fill": colour("panel")}
    ET.SubElement(root, "rect", patch)
    if link.width > _WIDEST_LINE and not link.around:
        tall = min(link.width, 15.0)
        band = {"fill": colour(theme.grade_token(link.grade)), "fill-opacity": _BAND}
        ET.SubElement(root, "rect", {**patch, "y": px(y - tall / 2), "height": px(tall), **band})
    letter(root, (x, y), words=link.mark, fill="ink", weight=600, anchor="middle")


def _path(link: Link) -> str:
    points = link.points
    if link.around:
        return "M" + "L".join(f"{px(x)},{px(y)}" for x, y in points)
    path = f"M{px(points[0][0])},{px(points[0][1])}"
    for (x1, y1), (x2, y2) in itertools.pairwise(points):
        bend = (x2 - x1) / 2
        path += f"C{px(x1 + bend)},{px(y1)} {px(x2 - bend)},{px(y2)} {px(x2)},{px(y2)}"
    return path


def _key(root: ET.Element, y: float) -> None:
    """Draw what lines and letters mean, at the foot."""
    x = 24.0
    for grade, words in (("A", "experiment"), ("B", "quasi-experiment"), ("C", "counted or modelled"), ("D", "attributed"), ("", "believed only")):  # fmt: skip
        link = Link("", "", "bet", grade, suspect=False, width=3.0, points=[(x, y), (x + 26, y)])
        _draw_link(root, link)
        said = f"{grade or '–'} {words}"
        letter(root, (x + 32, y), words=said, fill="ink-2")
        x += 32 + lettering.width(said, SMALLEST_TEXT) + 18
    for said in ("? suspect link", "heavy outline: a finding", "width: money"):
        letter(root, (x, y), words=said, fill="ink-2")
        x += lettering.width(said, SMALLEST_TEXT) + 18
