"""The axes of a native chart: few round numbers, light grid lines, names level and in the order given."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from leadline.report.native import NativeChart
from leadline.report.pictures.canvas import round_steps
from leadline.report.saying import is_money
from leadline.report.slides import deck
from leadline.report.slides.deck import Box

TICKS = 6  # numbers on an axis at most (style guide 2.4: seven, one of them its end)
PLOT = 0.76  # share of a chart's width for its lines, the rest for their names (house)
_MONTH = 30.44  # days, Gregorian mean


def lay(made: Any, chart: NativeChart, *, box: Box) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Lay light grid lines at few round numbers, names in the order given, and no frame."""
    from pptx.enum.chart import XL_TICK_LABEL_POSITION, XL_TICK_MARK

    values, names = made.value_axis, made.category_axis
    for axis in (values, names):
        axis.major_tick_mark = axis.minor_tick_mark = XL_TICK_MARK.NONE
        axis.format.line.color.rgb = deck.rgb("line-strong")
    names.has_major_gridlines = False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if chart.kind in {"bar", "stacked"}:
        names.reverse_order = True  # first on top, as on the page; so the axis of values stands above the bars
    if chart.kind == "stacked":
        values.visible = names.visible = False
        values.has_major_gridlines = False
        values.minimum_scale, values.maximum_scale = 0, sum(one.values[0] or 0.0 for one in chart.series) or 1
        return
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = deck.rgb("line")
    values.format.line.fill.background()
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = number_format(chart), False
    _scale(values, chart)
    if chart.kind in {"line", "column"}:
        _name_ticks(names, chart, box)
    else:
        _steps(names._element, 1)  # noqa: SLF001 (every bar has its name)


def _scale(values: Any, chart: NativeChart) -> None:  # noqa: ANN401 (python-pptx's value axis)
    """End the axis at round numbers around what is shown; bars start at zero, lines far above it need not."""
    ends = [end for one in chart.series for end in (*one.values, *one.low, *one.high) if end is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    high = min(high, chart.most) if chart.most is not None else high
    floor = low if low < 0 or (chart.kind == "line" and low > 0.6 * high) else 0.0
    steps = round_steps(floor, high if high > floor else floor + 1.0, most=TICKS)
    step = steps[1] - steps[0] if len(steps) > 1 else 1.0
    values.minimum_scale = math.floor(floor / step + 1e-9) * step
    values.maximum_scale = math.ceil(high / step - 1e-9) * step if high > floor else floor + 1.0
    values.major_unit = step
    if is_money(chart.unit) and values.maximum_scale >= 1e4:
        values.tick_labels.number_format = '#,##0,"k"' if values.maximum_scale < 1e7 else '0.0,,"M"'


def _name_ticks(names: Any, chart: NativeChart, box: Box) -> None:  # noqa: ANN401 (python-pptx's category axis)
    """Write as many names under the columns as have room; days by the month."""
    from lxml import etree
    from pptx.oxml.ns import qn

    element = names._element  # noqa: SLF001 (steps of labels are not public)
    if isinstance(chart.categories[0], dt.date) and chart.kind == "line":
        names.tick_labels.number_format, names.tick_labels.number_format_is_linked = "mmm yyyy", False
        _upright(names)
        months = (_last(chart) - chart.categories[0]).days / _MONTH
        labels = max(2, min(TICKS, int(PLOT * box.width / 70.0)))
        for tag, value in (
            ("baseTimeUnit", "days"),
            ("majorUnit", str(max(1, math.ceil(months / labels)))),
            ("majorTimeUnit", "months"),
        ):
            for old in element.findall(qn(f"c:{tag}")):
                element.remove(old)
            etree.SubElement(element, qn(f"c:{tag}"), val=value)
        return
    _upright(names)
    room = max(2, int(PLOT * box.width / (44.0 if box.width > deck.ROOM / 2 else 62.0)))
    step = math.ceil(len(chart.categories) / room)
    _steps(element, step)


def _steps(axis: Any, step: int) -> None:  # noqa: ANN401 (lxml)
    """Write every so many names of an axis."""
    from lxml import etree
    from pptx.oxml.ns import qn

    last = axis.find(qn("c:noMultiLvlLbl"))
    for tag in ("tickLblSkip", "tickMarkSkip"):
        made = etree.Element(qn(f"c:{tag}"), val=str(step))
        last.addprevious(made) if last is not None else axis.append(made)


def _upright(axis: Any) -> None:  # noqa: ANN401 (an axis of python-pptx)
    """Keep the names under a chart level: what has no room is left out, never turned."""
    from pptx.oxml.ns import qn

    axis.tick_labels.font.bold = False  # makes the properties of the letters, which hold their turn
    axis._element.find(qn("c:txPr")).find(qn("a:bodyPr")).set("rot", "0")  # noqa: SLF001 (the turn is not public)


def _last(chart: NativeChart) -> dt.date:
    last = chart.categories[-1]
    return last if isinstance(last, dt.date) else dt.date.min


def number_format(chart: NativeChart) -> str:
    """Return the number format of the axis and labels."""
    if chart.unit == "%":
        return "0 %" if _largest(chart) >= 0.1 else "0.0 %"
    return "#,##0" if _largest(chart) >= TICKS else "0.0#"


def _largest(chart: NativeChart) -> float:
    ends = [abs(end) for one in chart.series for end in (*one.values, *one.high, *one.low) if end is not None]
    return max(ends, default=0.0)
