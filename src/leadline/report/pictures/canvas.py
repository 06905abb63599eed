"""A sheet in pixels on which strips, rows and labels are placed exactly, written as a plain Vega-Lite dict.

Strips place every label themselves, because automatic labels collide at 320 px; what is measured along an axis comes
from an `Axis`, which maps values to pixels, chooses at most seven ticks and cuts nothing silently.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from leadline.report import lettering, theme

Align = Literal["left", "center", "right"]
# At most seven ticks on an axis (style guide 2.4, rule 6).
MOST_TICKS = 7
TEXT = theme.SMALLEST_TEXT
WIDE, NARROW = 680, 300


@dataclass(frozen=True, slots=True)
class Axis:
    """Values low..high laid on pixels start..end; `log` for ratios."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, value: float) -> float:
        """Return the pixel of a value, held inside the axis; ask `outside` whether it was."""
        held = min(max(value, self.low), self.high)
        part = (self._turn(held) - self._turn(self.low)) / (self._turn(self.high) - self._turn(self.low))
        return round(self.start + part * (self.end - self.start), 2)

    def outside(self, value: float) -> int:
        """Return -1 for a value left of the axis, 1 for one right of it, 0 inside."""
        return -1 if value < self.low else 1 if value > self.high else 0

    def ticks(self, most: int = MOST_TICKS) -> tuple[float, ...]:
        """Return round values inside the axis, at most `most` of them."""
        return _ratio_ticks(self.low, self.high) if self.log else round_steps(self.low, self.high, most=most)

    def _turn(self, value: float) -> float:
        return math.log(value) if self.log else value


def round_steps(low: float, high: float, *, most: int) -> tuple[float, ...]:
    """Return at most `most` multiples of 1, 2, 2.5 or 5 times a power of ten between low and high.

    >>> round_steps(0, 103, most=6)
    (0.0, 20.0, 40.0, 60.0, 80.0, 100.0)
    """
    if not high > low:
        return (low,)
    power = 10.0 ** math.floor(math.log10((high - low) / most))
    for factor in (1, 2, 2.5, 5, 10, 20, 25, 50):
        step = factor * power
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last - first < most:
            return tuple(round(number * step, 12) for number in range(first, last + 1))
    return (low, high)


def _ratio_ticks(low: float, high: float) -> tuple[float, ...]:
    known = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 10.0)
    return tuple(value for value in known if low <= value <= high)


@dataclass
class Canvas:
    """Marks in the order they are put down; `spec()` writes them as layers. Lengths in px, y downwards."""

    width: float
    height: float
    _layers: list[tuple[str, list[dict[str, Any]]]] = field(default_factory=list)

    def rect(self, x: float, y: float, *, width: float, height: float, paint: Paint) -> None:
        """Put down a rectangle with its upper left corner at x, y."""
        self._put("rect", {"x": x, "y": y, "x2": x + width, "y2": y + height, **paint.row()})

    def line(self, start: tuple[float, float], end: tuple[float, float], *, paint: Paint) -> None:
        """Put down a straight line."""
        self._put("rule", {"x": start[0], "y": start[1], "x2": end[0], "y2": end[1], **paint.row()})

    def dot(self, x: float, y: float, *, size: float, paint: Paint, shape: str = "circle") -> None:
        """Put down a point mark; size is its area in square px."""
        self._put("point", {"x": x, "y": y, "size": size, "shape": shape, **paint.row()})

    def text(self, at: tuple[float, float], words: str, *, style: Lettering | None = None) -> None:
        """Put down one line of text; at: where it is anchored across, and its middle height."""
        chosen = style or Lettering()
        self._put(f"text-{chosen.align}-{chosen.weight}", {"x": at[0], "y": at[1], "words": words, **chosen.row()})

    def spec(self) -> dict[str, Any]:
        """Return the sheet as a Vega-Lite dict without theme."""
        layers = [_layer(kind, rows, self.width, self.height) for kind, rows in self._layers]
        return {
            "width": self.width,
            "height": self.height,
            "padding": 0,
            "autosize": {"type": "none"},
            "layer": layers,
        }

    def _put(self, kind: str, row: dict[str, Any]) -> None:
        if not self._layers or self._layers[-1][0] != kind:
            self._layers.append((kind, []))
        self._layers[-1][1].append(row)


@dataclass(frozen=True, slots=True)
class Paint:
    """How a mark is coloured: token names for fill and stroke, or None for neither."""

    fill: str | None = None
    stroke: str | None = None
    stroke_width: float = 1.0
    dash: tuple[int, ...] = ()
    opacity: float = 1.0

    def row(self) -> dict[str, Any]:
        """Return the mark's properties as Vega-Lite fields."""
        return {
            "fill": theme.colour(self.fill) if self.fill else None,
            "stroke": theme.colour(self.stroke) if self.stroke else None,
            "thickness": self.stroke_width,
            "dash": list(self.dash) or None,
            "opacity": self.opacity,
        }


@dataclass(frozen=True, slots=True)
class Lettering:
    """How a line of text looks: token, size in px, weight, and which of its ends stands at x."""

    colour: str = "ink"
    size: float = TEXT
    align: Align = "left"
    weight: int = 400

    def row(self) -> dict[str, Any]:
        """Return the text's properties as Vega-Lite fields."""
        return {"fill": theme.colour(self.colour), "size": self.size}


def _layer(kind: str, rows: list[dict[str, Any]], width: float, height: float) -> dict[str, Any]:
    x = {
        "field": "x",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [0, width], "nice": False, "zero": False},
    }
    y = {
        "field": "y",
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [height, 0], "nice": False, "zero": False},
    }
    encoding: dict[str, Any] = {"x": x, "y": y, "fill": _plain("fill")}
    mark: dict[str, Any] = {"type": kind}
    if kind.startswith("text"):
        _, align, weight = kind.split("-")
        mark = {"type": "text", "align": align, "baseline": "middle", "fontWeight": int(weight)}
        encoding |= {"text": {"field": "words"}, "size": _plain("size", "quantitative")}
        return {"data": {"values": rows}, "mark": mark, "encoding": encoding}
    encoding |= {
        "stroke": _plain("stroke"),
        "strokeWidth": _plain("thickness", "quantitative"),
        "strokeDash": _plain("dash"),
    }
    if kind == "point":
        encoding |= {"size": _plain("size", "quantitative"), "shape": _plain("shape")}
        mark["fillOpacity"] = 1
    else:
        encoding |= {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
    encoding["fillOpacity" if kind == "rect" else "opacity"] = _plain("opacity", "quantitative")
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _plain(name: str, kind: str = "nominal") -> dict[str, Any]:
    return {"field": name, "type": kind, "scale": None, "legend": None}


def axis_ticks(canvas: Canvas, axis: Axis, *, top: float, bottom: float, label: Callable[[float], str]) -> None:
    """Draw light vertical grid lines with their labels above; labels that would touch are left out."""
    taken = -math.inf
    for value in axis.ticks():
        x = axis.at(value)
        canvas.line((x, top), (x, bottom), paint=Paint(stroke="line"))
        words = label(value)
        half = lettering.width(words, TEXT) / 2
        if x - half > taken:
            place = min(max(x, half), canvas.width - half)
            canvas.text((place, top - 10), words, style=Lettering("ink-3", align="center"))
            taken = x + half + 6


def interval(canvas: Canvas, axis: Axis, *, y: float, values: Sequence[float], paint: Paint) -> None:
    """Draw low..base..high as a line with the base as a dot; an end beyond the axis gets an arrow head there.

    values: low, base, high · paint: `stroke` colours line and dot, `dash` marks weak evidence
    """
    low, base, high = values
    arrow = Paint(fill=paint.stroke)
    if axis.outside(low) > 0 or axis.outside(high) < 0:
        edge, shape = (axis.end, "triangle-right") if axis.outside(low) > 0 else (axis.start, "triangle-left")
        canvas.dot(edge, y, size=80, paint=arrow, shape=shape)
        return
    canvas.line((axis.at(low), y), (axis.at(high), y), paint=paint)
    for end in (low, high):
        if not axis.outside(end):
            canvas.line(
                (axis.at(end), y - 4), (axis.at(end), y + 4), paint=Paint(stroke=paint.stroke, stroke_width=1.5)
            )
    if axis.outside(low):
        canvas.dot(axis.start, y, size=60, paint=arrow, shape="triangle-left")
    if axis.outside(high):
        canvas.dot(axis.end, y, size=60, paint=arrow, shape="triangle-right")
    if not axis.outside(base):
        canvas.dot(axis.at(base), y, size=70, paint=Paint(fill=paint.stroke, stroke="panel", stroke_width=1.5))


def ghost(canvas: Canvas, axis: Axis, *, y: float, values: Sequence[float], height: float = 16) -> None:
    """Draw a belief behind the evidence: a pale band low..high with 1 px edges and a tick at its base."""
    low, base, high = (axis.at(value) for value in values)
    band = Paint(fill="series-1", stroke="series-1", opacity=theme.BAND_OPACITY)
    canvas.rect(low, y - height / 2, width=max(high - low, 1), height=height, paint=band)
    canvas.line((base, y - height / 2), (base, y + height / 2), paint=Paint(stroke="series-1", stroke_width=1.5))
