"""The words on a native chart: its title, the names of its series, numbers that are counted."""

from __future__ import annotations

from typing import Any

from leadline.report import theme
from leadline.report.native import NativeChart
from leadline.report.slides import axes, deck, fitting
from leadline.report.slides.deck import Box

_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_WIDE = 0.16  # share of a stacked bar in which its name has room (house: the longest is "reach a sale, believed")
_NEAR = 0.07  # ends of lines nearer than this share of the axis push their names apart (house: a line of text)
_MIDDLE = 0.6  # where along a line that another continues its name stands (house: before the fan opens)


def head(made: Any, chart: NativeChart, *, size: float) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Write what a chart of several shows above it, with its unit; a chart alone has the slide's title."""
    said = ", ".join(part for part in (chart.title, _unit(chart)) if part)
    made.has_title = bool(said)
    if said:
        frame = made.chart_title.text_frame
        frame.text = fitting.shown(said)
        deck.paint(frame.paragraphs[0].runs[0].font, deck.Run("", size, "ink", bold=bool(chart.title)))
        made.chart_title.include_in_layout = False
        if not chart.title:  # the unit alone stands over its axis
            _at_left(made.chart_title._element)  # noqa: SLF001 (the place of a title is not public)


def _at_left(title: Any) -> None:  # noqa: ANN401 (lxml)
    from lxml import etree
    from pptx.oxml.ns import qn

    for old in title.findall(qn("c:layout")):
        title.remove(old)
    title.find(qn("c:tx")).addnext(
        etree.fromstring(
            f'<c:layout xmlns:c="{_C}"><c:manualLayout><c:xMode val="edge"/><c:yMode val="edge"/><c:x val="0.005"/>'
            '<c:y val="0.0"/></c:manualLayout></c:layout>'
        )
    )


def _unit(chart: NativeChart) -> str:
    return "" if chart.unit in {"", "count", "%"} else chart.unit


def legend(made: Any, chart: NativeChart) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Name the series of bars beside them; lines are named at their ends."""
    from pptx.enum.chart import XL_LEGEND_POSITION

    made.has_legend = chart.kind != "line" and len(chart.series) > 1
    if made.has_legend:
        made.legend.position = XL_LEGEND_POSITION.BOTTOM if chart.kind == "stacked" else XL_LEGEND_POSITION.TOP
        made.legend.include_in_layout = False


def values(made: Any, chart: NativeChart, *, size: float) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Write counted numbers into or behind bars, which have no interval to carry them."""
    if any(one.has_interval() for one in chart.series) or chart.kind == "column":
        return
    from lxml import etree
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.oxml.ns import qn
    from pptx.util import Pt

    for shape, series in zip(made.plots[0].series, chart.series, strict=True):
        labels = shape.data_labels
        labels.show_value = True
        is_whole = all(value is None or value == round(value) for value in series.values)
        shown = axes.number_format(chart) if is_whole or chart.unit == "%" else "#,##0.0"
        labels.number_format, labels.number_format_is_linked = f"{shown};;", False
        stacked = chart.kind == "stacked"
        labels.position = XL_LABEL_POSITION.CENTER if stacked else XL_LABEL_POSITION.OUTSIDE_END
        labels.font.size, labels.font.bold = Pt(16 if stacked else size), stacked
        labels.font.color.rgb = deck.rgb("panel" if stacked and not series.pale else "ink")
        if stacked and (series.values[0] or 0.0) >= _WIDE * (made.value_axis.maximum_scale or 1.0):
            labels.font.size, labels.show_series_name = Pt(size), True
            labels._element.find(qn("c:txPr")).find(qn("a:bodyPr")).set("wrap", "none")  # noqa: SLF001 (not public)
            end = labels._element.find(qn("c:showBubbleSize"))  # noqa: SLF001 (what stands between is not public)
            end.addnext(etree.fromstring(f'<c:separator xmlns:c="{_C}">\n</c:separator>'))


def ends(made: Any, chart: NativeChart, *, size: float) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Write each line's name beside its last value; where another goes on from there, above or below its middle."""
    from pptx.enum.chart import XL_LABEL_POSITION

    span = (made.value_axis.maximum_scale or 1.0) - (made.value_axis.minimum_scale or 0.0)
    last = len(chart.categories) - 1
    for shape, series in zip(made.plots[0].series, chart.series, strict=True):
        known = [index for index, value in enumerate(series.values) if value is not None]
        if not known:
            continue
        is_whole = known[-1] == last or len(known) == 1
        at = known[-1] if is_whole else known[int(_MIDDLE * (len(known) - 1))]
        mine = series.values[at] or 0.0
        others = [value for one in chart.series if one is not series and (value := one.values[at]) is not None]
        near = [value for value in others if abs(value - mine) < _NEAR * span]
        place = XL_LABEL_POSITION.RIGHT
        if not is_whole or near:
            is_lower = any(value > mine for value in (near or others))
            place = XL_LABEL_POSITION.BELOW if is_lower else XL_LABEL_POSITION.ABOVE
        label = shape.points[at].data_label
        label.text_frame.text = fitting.shown(series.name)[:40]
        deck.paint(label.text_frame.paragraphs[0].runs[0].font, deck.Run("", size, "ink", bold=not series.pale))
        label.position = place
        _on_ground(label)


def _on_ground(label: Any) -> None:  # noqa: ANN401 (a data label of python-pptx)
    """Put a label on the slide's ground, so that no line crosses its letters."""
    from lxml import etree
    from pptx.oxml.ns import qn

    value = theme.colour("panel").removeprefix("#")
    words = label._dLbl.find(qn("c:tx"))  # noqa: SLF001 (the ground of a label is not public)
    words.addnext(
        etree.fromstring(
            f'<c:spPr xmlns:c="{_C}" xmlns:a="{_A}"><a:solidFill><a:srgbClr val="{value}"/></a:solidFill></c:spPr>'
        )
    )


def leave_room(made: Any, box: Box, *, size: float) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Keep room at the right of the lines for their names, above them for the title, below for the days."""
    from lxml import etree
    from pptx.oxml.ns import qn

    area = made._chartSpace.chart.plotArea  # noqa: SLF001 (the place of the plot is not public)
    old = area.find(qn("c:layout"))
    top = (3.0 * size if made.has_title else 0.8 * size) / box.height
    left, foot = 4.6 * size / box.width, 3.2 * size / box.height
    layout = etree.fromstring(
        f'<c:layout xmlns:c="{_C}"><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{left:.4f}"/><c:y val="{top:.4f}"/><c:w val="{axes.PLOT:.4f}"/><c:h val="{1 - top - foot:.4f}"/>'
        "</c:manualLayout></c:layout>"
    )
    if old is not None:
        area.replace(old, layout)
    else:
        area.insert(0, layout)
