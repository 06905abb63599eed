"""The touch point map: the journey from left to right, one row per owner, each place with its score and its promise.

A bar from 0 to 100 is the score; below it hours promised (outline) against hours staffed (filled). An outline in colour,
with its code, is a finding. A stage that nobody meets anybody in stays empty and says so.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from leadline import words
from leadline.errors import UsageError
from leadline.report import charts, lettering, theme
from leadline.report.ink import letter, linked, px, quoted
from leadline.report.linking import Href, nowhere
from leadline.report.maps import FORMATS
from leadline.report.theme import SMALLEST_TEXT, colour

if TYPE_CHECKING:
    from leadline.review.result import TouchpointMap, TouchpointView

Row = dict[str, object]
NOBODY = "nobody yet"
NO_STAGE = "no stage"
STAFFED = "h staffed"
SHOWN_STEPS = 2  # house: a third line says how many more there are
_LEVELS = {"error": "error", "warning": "warn", "note": "note"}
# px; house: a name in two lines, a bar long enough to compare, and air that parts one place from the next
BOX, OWNERS, GAP, TOP, MARGIN, LINE, PAD, BAR = 178.0, 108.0, 12.0, 44.0, 12.0, 17.0, 8.0, 7.0
FULL_SCORE = 100.0  # plan.md: scores are 0..100
_KEY_HEIGHT = 40.0


@dataclass
class Place:
    """One touch point placed: upper left corner, height, and its lines of text (words, token, bold)."""

    point: TouchpointView
    lines: tuple[tuple[str, str, bool], ...]
    x: float = 0.0
    y: float = 0.0
    bars: int = 0

    @property
    def height(self) -> float:
        """Return the height: lines of text, and the bars between them."""
        return 2 * PAD + LINE * len(self.lines) + (BAR + 6) * self.bars


@dataclass
class Grid:
    """The map laid out: places, columns (left edge, stage, is it empty), rows (top, bottom, owner), size in px."""

    places: list[Place] = field(default_factory=list)
    columns: list[tuple[float, str, bool]] = field(default_factory=list)
    rows: list[tuple[float, float, str]] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0

    def rectangles(self) -> list[tuple[float, float, float, float]]:
        """Return every place as (left, top, right, bottom), for whoever wants to see that none overlap."""
        return [(place.x, place.y, place.x + BOX, place.y + place.height) for place in self.places]


def lay_out(shown: TouchpointMap) -> Grid:
    """Place every touch point: a column per stage, a row per owner in the order in which the journey meets them."""
    stages = [*shown.stages, *([NO_STAGE] if any(not point.stage for point in shown.points) else [])]
    order = {stage: number for number, stage in enumerate(stages)}
    owners = list(
        dict.fromkeys(
            point.owner or NOBODY
            for point in sorted(
                shown.points, key=lambda point: (not point.owner, order.get(point.stage or NO_STAGE, 0))
            )
        )
    )
    grid = Grid()
    for number, stage in enumerate(stages):
        empty = not any((point.stage or NO_STAGE) == stage for point in shown.points)
        grid.columns.append((MARGIN + OWNERS + number * (BOX + GAP), stage, empty))
    y = TOP
    for owner in owners:
        top, bottoms = y, [y + LINE * 2]
        for left, stage, _ in grid.columns:
            below = top
            for point in shown.points:
                if (point.owner or NOBODY) == owner and (point.stage or NO_STAGE) == stage:
                    place = _place(point, left, below)
                    grid.places.append(place)
                    below += place.height + GAP
            bottoms.append(below - GAP)
        y = max(bottoms) + GAP
        grid.rows.append((top, y - GAP, owner))
        y += GAP
    grid.width = max(MARGIN + OWNERS + len(stages) * (BOX + GAP) - GAP + MARGIN, 640.0)
    grid.height = y
    return grid


def _place(point: TouchpointView, x: float, y: float) -> Place:
    room = BOX - 2 * PAD
    lines = [(text, "ink", True) for text in lettering.wrap(point.name, room / lettering.BOLD, lines=2)]
    lines.append((_score_words(point), "ink-2" if point.score is not None else "ink-3", False))
    if point.promised is not None:
        lines.append((_promise_words(point), "ink-2", False))
    elif point.first_response:
        lines.append((f"first reply promised in {point.first_response}", "ink-2", False))
    lines += [(step, "ink-3", False) for step in point.steps[:SHOWN_STEPS]]
    if len(point.steps) > SHOWN_STEPS:
        lines.append((f"and {_more(len(point.steps) - SHOWN_STEPS, 'step')}", "ink-3", False))
    if point.needs:
        lines += [(text, "ink-3", False) for text in lettering.wrap(f"needs {', '.join(point.needs)}", room, lines=2)]
    if point.findings:
        more = f" +{len(point.findings) - 1}" if len(point.findings) > 1 else ""
        token = _LEVELS.get(point.level_word, "ink")
        lines.append((f"{theme.sign(point.level_word).glyph} {point.findings[0]}{more}", token, True))
    bars = int(point.score is not None) + int(point.promised is not None)
    cut = [
        (lettering.shorten(text, room / (lettering.BOLD if bold else 1)), token, bold) for text, token, bold in lines
    ]
    return Place(point, tuple(cut), x, y, bars)


def _score_words(point: TouchpointView) -> str:
    if point.score is None:
        return "no score yet"
    answers = "" if point.answers is None else f" · {words.number(point.answers)} answers"
    return f"score {words.number(point.score)}{answers}"


def _promise_words(point: TouchpointView) -> str:
    staffed = "?" if point.staffed is None else words.number(point.staffed)
    return f"{staffed} of {words.number(point.promised or 0.0)} {STAFFED}"


def _more(count: int, what: str) -> str:
    return f"{count} more {what}{'' if count == 1 else 's'}"


def draw_touchpoints(
    shown: TouchpointMap, *, title: str = "Touch point map", live: bool = True, href: Href = nowhere
) -> str:
    """Return the map as one SVG element; live: colours as `var(--token)`, else light values for a file.

    href: the address of a touch point, "" for no link
    """
    grid = lay_out(shown)
    height = grid.height + _KEY_HEIGHT
    root = ET.Element("svg", {
        "xmlns": charts.SVG, "width": px(grid.width), "height": px(height), "viewBox": f"0 0 {px(grid.width)} {px(height)}",
        "font-family": theme.FONT_MEASURED, "font-size": str(SMALLEST_TEXT),
    })  # fmt: skip
    _frame(root, grid)
    most = max(
        (hours for point in shown.points for hours in (point.promised or 0.0, point.staffed or 0.0)), default=0.0
    )
    for place in grid.places:
        _draw_place(linked(root, href(place.point.id)), place, most=most)
    _key(root, grid.height + _KEY_HEIGHT / 2)
    return charts.finish(ET.tostring(root, encoding="unicode"), title=title, description=sentence(shown), live=live)


def sentence(shown: TouchpointMap) -> str:
    """Return the map in words, bad news first."""
    points = shown.points
    if not points:
        return "No touch point is written down yet."
    holes = [stage for stage in shown.stages if not any(point.stage == stage for point in points)]
    short = [point.name for point in points if point.promised and (point.staffed or 0.0) < point.promised]
    scored = [point for point in points if point.score is not None]
    told = []
    if short:
        told.append(f"{_some(short)} {'promises' if len(short) == 1 else 'promise'} more hours than are staffed")
    if holes:
        told.append(f"nobody is met in {_some(holes)}")
    if scored:
        worst = min(scored, key=lambda point: (point.score or 0.0, point.name))
        told.append(f"the lowest score is {words.number(worst.score or 0.0)}, at {worst.name}")
    told.append(f"{len(scored)} of {len(points)} touch points have a score")
    text = "; ".join(told)
    return f"{text[0].upper()}{text[1:]}."


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def table(shown: TouchpointMap) -> list[Row]:
    """Return one row a touch point, in the order of the journey."""
    order = {stage: number for number, stage in enumerate(shown.stages)}
    return [
        {
            "touch point": point.name, "stage": point.stage, "owner": point.owner, "control": point.control,
            "importance": point.importance, "score": point.score, "answers": point.answers,
            "first reply promised": point.first_response, "promised": point.promised, "staffed": point.staffed,
            "workload": point.workload, "needs": list(point.needs), "steps": list(point.steps), "findings": list(point.findings),
        }
        for point in sorted(shown.points, key=lambda point: order.get(point.stage, len(order)))
    ]  # fmt: skip


def write_touchpoints(path: Path, shown: TouchpointMap, *, title: str = "Touch point map") -> None:
    """Write the map as svg, png, pdf or mmd, by the file's ending; raises UsageError for any other."""
    ending = path.suffix.lower().removeprefix(".")
    if ending not in FORMATS:
        raise UsageError.unknown("map format", ending or path.name, known=FORMATS)
    if ending == "mmd":
        path.write_text(mermaid(shown), encoding="utf-8")
        return
    svg = draw_touchpoints(shown, title=title, live=False)
    if ending == "svg":
        path.write_text(charts.standing_alone(svg), encoding="utf-8")
    else:
        path.write_bytes(charts.png(svg) if ending == "png" else charts.pdf(svg))


def mermaid(shown: TouchpointMap) -> str:
    """Return the map as Mermaid text: a box per stage, what a place needs as dotted arrows."""
    numbers = {point.name: f"p{number}" for number, point in enumerate(shown.points)}
    stages = [*shown.stages, *([""] if any(not point.stage for point in shown.points) else [])]
    lines = ["flowchart LR"]
    for number, stage in enumerate(stages):
        lines.append(f'  subgraph s{number}["{quoted(stage or NO_STAGE)}"]')
        inside = [point for point in shown.points if point.stage == stage]
        for point in inside:
            said = " · ".join(part for part in (point.name, point.owner or NOBODY, _score_words(point)) if part)
            lines.append(f'    {numbers[point.name]}["{quoted(said)}"]')
        if not inside:
            lines.append(f'    e{number}["nobody is met here"]')
        lines.append("  end")
    for point in shown.points:
        lines += [f"  {numbers[need]} -.-> {numbers[point.name]}" for need in point.needs if need in numbers]
    return "\n".join(lines) + "\n"


def _frame(root: ET.Element, grid: Grid) -> None:
    """Draw stages, the line under them, and the rows of owners."""
    for left, stage, empty in grid.columns:
        letter(root, (left, 16.0), words=stage, fill="ink-3")
        for number, said in enumerate(("nobody is met", "at this stage") if empty else ()):
            letter(root, (left, TOP + LINE * (number + 0.5)), words=said, fill="ink-3")
    rule = {"x1": "0", "x2": px(grid.width), "stroke": colour("line")}
    ET.SubElement(root, "line", {**rule, "y1": "28", "y2": "28"})
    for number, (top, bottom, owner) in enumerate(grid.rows):
        for index, part in enumerate(lettering.wrap(owner, OWNERS - PAD, lines=2)):
            token = "warn" if owner == NOBODY else "ink-2"
            letter(root, (MARGIN, top + LINE * (index + 0.5)), words=part, fill=token)
        if number < len(grid.rows) - 1:
            at = px(bottom + GAP / 2 + GAP / 2)
            ET.SubElement(root, "line", {**rule, "y1": at, "y2": at})


def _draw_place(root: ET.Element, place: Place, *, most: float) -> None:
    point = place.point
    group = ET.SubElement(root, "g")
    ET.SubElement(group, "title").text = point.name
    level = _LEVELS.get(point.level_word) if point.findings else None
    ET.SubElement(group, "rect", {
        "x": px(place.x), "y": px(place.y), "width": px(BOX), "height": px(place.height), "rx": "4",
        "fill": colour("panel"), "stroke": colour(level or "line-strong"), "stroke-width": "2.5" if level else "1",
    })  # fmt: skip
    y, room = place.y + PAD, BOX - 2 * PAD
    for text, token, bold in place.lines:
        letter(group, (place.x + PAD, y + LINE / 2), words=text, fill=token, weight=600 if bold else 400)
        y += LINE
        if text.startswith("score "):
            y = _bar(group, (place.x + PAD, y), whole=room, part=room * min((point.score or 0.0) / FULL_SCORE, 1.0))
        elif text.endswith(STAFFED) and point.promised is not None and most > 0:
            staffed = room * min(point.staffed or 0.0, most) / most
            y = _bar(group, (place.x + PAD, y), whole=room * point.promised / most, part=staffed)


def _bar(parent: ET.Element, at: tuple[float, float], *, whole: float, part: float) -> float:
    """Draw how much (filled) of how much (outline); return the height below it."""
    x, y = at
    place = {"x": px(x), "y": px(y), "height": px(BAR)}
    ET.SubElement(parent, "rect", {**place, "width": px(part), "fill": colour("series-1")})
    ET.SubElement(parent, "rect", {**place, "width": px(whole), "fill": "none", "stroke": colour("line-strong")})
    return y + BAR + 6


def _key(root: ET.Element, y: float) -> None:
    x = MARGIN + OWNERS
    for said in (
        "bar under a score: 0 to 100",
        "bar under hours: filled = staffed, outline = promised, hours a week",
        "a → b: a step of the bridge passes here",
    ):
        letter(root, (x, y), words=said, fill="ink-2")
        x += lettering.width(said, SMALLEST_TEXT) + 28
