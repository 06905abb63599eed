"""Native charts on slides: numbers an office program can edit, intervals as error bars, series told apart in grey too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadline.report import theme
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.slides import axes, deck, fitting, intervals, labels
from leadline.report.slides.deck import Box

if TYPE_CHECKING:
    from pptx.slide import Slide

_LETTERS = 12.0  # size on axes and labels, points (house: read from the back of a room at 24 inches)
_SMALL = 10.0  # the same where several charts share a slide
_PALE = 0.3  # share of a colour in what is believed or planned; its edge keeps the full colour (pictures.hundred)


def add(slide: Slide, chart: NativeChart, *, box: Box, words: str, small: bool = False) -> None:
    """Put a chart on a slide. words: for who cannot see it · small: whether it shares the slide with others."""
    from pptx.util import Pt

    size = _SMALL if small else _LETTERS
    frame: Any = slide.shapes.add_chart(
        _type(chart), Pt(box.left), Pt(box.top), Pt(box.width), Pt(box.height), _data(chart)
    )  # fmt: skip
    deck.name(frame._element.nvGraphicFramePr.cNvPr, chart.title or "Chart", words=words)  # noqa: SLF001 (no public way to alt texts)
    made = frame.chart
    made.part.chart_workbook.update_from_xlsx_blob(intervals.workbook(chart))
    made.font.size, made.font.name = Pt(size), theme.FONT_OFFICE
    made.font.color.rgb = deck.rgb("ink-2")
    labels.head(made, chart, size=size)
    labels.legend(made, chart)
    axes.lay(made, chart, box=box)
    for index, (shape, series) in enumerate(zip(made.plots[0].series, chart.series, strict=True)):
        _paint(shape, series, chart)
        intervals.errors(shape._element, chart, index=index)  # noqa: SLF001 (python-pptx knows no error bars)
    if chart.kind in {"bar", "column", "stacked"}:
        made.plots[0].gap_width = 60 if chart.kind != "stacked" else 20
        made.plots[0].overlap = 100 if chart.kind == "stacked" else -10
    if chart.kind == "line":
        _span(made)
        labels.ends(made, chart, size=size)
        labels.leave_room(made, box, size=size)
    else:
        labels.values(made, chart, size=size)


def _span(made: Any) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Draw a line on over days of which only another line knows a value."""
    from pptx.oxml.ns import qn

    made._chartSpace.chart.find(qn("c:dispBlanksAs")).set("val", "span")  # noqa: SLF001 (not public)


def _type(chart: NativeChart) -> Any:  # noqa: ANN401 (a member of python-pptx's enumeration)
    from pptx.enum.chart import XL_CHART_TYPE

    return {
        "bar": XL_CHART_TYPE.BAR_CLUSTERED, "stacked": XL_CHART_TYPE.BAR_STACKED,
        "column": XL_CHART_TYPE.COLUMN_CLUSTERED, "line": XL_CHART_TYPE.LINE_MARKERS,
    }[chart.kind]  # fmt: skip


def _data(chart: NativeChart) -> Any:  # noqa: ANN401 (python-pptx's chart data)
    from pptx.chart.data import CategoryChartData

    make: Any = CategoryChartData
    data = make(number_format=axes.number_format(chart))
    data.categories = [intervals.category(chart, one) for one in chart.categories]
    for series in chart.series:
        data.add_series(fitting.shown(series.name), series.values)
    return data


def _paint(shape: Any, series: NativeSeries, chart: NativeChart) -> None:  # noqa: ANN401 (a series of python-pptx)
    """Colour a series: pale with an edge where it is believed or planned, so that grey tells it from what is known."""
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    line = shape.format.line
    line.color.rgb = deck.rgb(series.colour)
    if chart.kind != "line":
        shape.format.fill.solid()
        opacity = 0.0 if series.dash else _PALE if series.pale else 1.0
        shape.format.fill.fore_color.rgb = deck.rgb(series.colour, opacity)
        if series.dash:
            line.dash_style = MSO_LINE.DASH
        line.width = Pt(1)
        shape.invert_if_negative = False
        return
    line.width = Pt(1.5 if series.pale else 2.5)
    if series.dash:
        line.dash_style = MSO_LINE.DASH
    shape.smooth = False
    known = [value for value in series.values if value is not None]
    shape.marker.style = XL_MARKER_STYLE.CIRCLE if series.has_interval() or len(known) <= 2 else XL_MARKER_STYLE.NONE
    shape.marker.size = 5 if len(known) > 2 else 8
    shape.marker.format.fill.solid()
    shape.marker.format.fill.fore_color.rgb = deck.rgb("panel" if series.pale else series.colour)
    shape.marker.format.line.color.rgb = deck.rgb(series.colour)
