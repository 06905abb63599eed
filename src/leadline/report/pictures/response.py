"""A response curve over the slider that turns it: its plot runs as wide as the middle of a slider's knob does."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

from leadline.report import charts, theme
from leadline.report.ink import letter, px
from leadline.report.pictures.canvas import Axis
from leadline.report.saying import axis_values
from leadline.report.theme import SMALLEST_TEXT, colour

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadline.measure.mix.result import Curve

WIDTH, HEIGHT = 300.0, 148.0  # px; house: three beside each other on a page, one on a telephone
KNOB = 8.0  # px; half of the knob that browsers draw on a slider
PLOT = (KNOB, WIDTH - KNOB, 20.0, 122.0)  # left, right, top, bottom, px; a line of letters above and below
MOST_TICKS = 4  # house: the curve is small


def response(curve: Curve, ends: tuple[float, float], *, unit: str, title: str, description: str) -> str:
    """Return a response curve as a finished SVG: its 90 % band, grey where nothing was seen, a line at as it was.

    ends: of the scale, one for all curves of a page · unit: of the response, a currency or ""
    """
    across = Axis(float(curve.multiple[0]), float(curve.multiple[-1]), PLOT[0], PLOT[1])
    root = ET.Element("svg", {
        "xmlns": charts.SVG, "width": px(WIDTH), "height": px(HEIGHT), "viewBox": f"0 0 {px(WIDTH)} {px(HEIGHT)}",
        "font-family": theme.FONT_MEASURED, "font-size": str(SMALLEST_TEXT),
    })  # fmt: skip
    if curve.seen_to < across.high:
        left = across.at(curve.seen_to)
        ET.SubElement(root, "rect", {
            "x": px(left), "y": px(PLOT[2]), "width": px(PLOT[1] - left), "height": px(PLOT[3] - PLOT[2]),
            "fill": colour("line"), "fill-opacity": "0.5",
        })  # fmt: skip
    _scale(root, ends, unit)
    up = _up(ends)
    wide = [across.at(float(one)) for one in curve.multiple]
    high, middle, low = (
        list(zip(wide, (up.at(float(one)) for one in side), strict=True))
        for side in (curve.high, curve.middle, curve.low)
    )
    band = {"fill": colour("series-1"), "fill-opacity": str(theme.BAND_OPACITY)}
    ET.SubElement(root, "path", {"d": f"{_path([*high, *reversed(low)])}Z", **band})
    ET.SubElement(root, "path", {"d": _path(middle), "fill": "none", "stroke": colour("series-1"), "stroke-width": "2"})
    _rule(root, (across.at(1.0), PLOT[2]), (across.at(1.0), PLOT[3]), ink="ink-2", dash="1,3")
    foot = PLOT[3] + SMALLEST_TEXT
    for words, place, anchor in (("nothing", 0.0, "start"), ("as it was", 1.0, "middle"), ("twice", 2.0, "end")):
        letter(root, (across.at(place), foot), words=words, fill="ink-3", anchor=anchor)
    return charts.finish(ET.tostring(root, encoding="unicode"), title=title, description=description, live=True)


def heights(curve: Curve, ends: tuple[float, float]) -> tuple[float, ...]:
    """Return where the middle of a curve stands in its drawing, px from above."""
    up = _up(ends)
    return tuple(float(up.at(float(one))) for one in curve.middle)


def _up(ends: tuple[float, float]) -> Axis:
    return Axis(ends[0], ends[1], PLOT[3], PLOT[2])


def _scale(root: ET.Element, ends: tuple[float, float], unit: str) -> None:
    """Draw light lines at round amounts; their letters stand on them, the unit at the highest alone."""
    up = _up(ends)
    ticks = up.ticks(MOST_TICKS)
    texts, shown = axis_values(ticks, unit)
    for number, (value, text) in enumerate(zip(ticks, texts, strict=True), start=1):
        height = up.at(value)
        _rule(root, (PLOT[0], height), (PLOT[1], height), ink="line")
        if value:
            words = f"{text} {shown}".strip() if number == len(ticks) else text
            letter(root, (PLOT[0], height - SMALLEST_TEXT * 0.6), words=words, fill="ink-3")


def _rule(root: ET.Element, start: tuple[float, float], end: tuple[float, float], *, ink: str, dash: str = "") -> None:
    places = {"x1": px(start[0]), "y1": px(start[1]), "x2": px(end[0]), "y2": px(end[1])}
    dashed = {"stroke-dasharray": dash} if dash else {}
    ET.SubElement(root, "line", {**places, "stroke": colour(ink), "stroke-width": "1", **dashed})


def _path(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{px(x)},{px(y)}" for x, y in points)
