"""Native charts on slides: numbers an office program can edit, intervals as error bars, series told apart in grey too.

The workbook inside a chart holds the ends of the intervals as well, and the error bars read them from there.
"""

from __future__ import annotations

import datetime as dt
import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leadline.report import theme
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pictures.canvas import round_steps
from leadline.report.saying import is_money
from leadline.report.slides import deck, fitting
from leadline.report.slides.deck import Box

if TYPE_CHECKING:
    from pptx.slide import Slide

_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_LETTERS = 12.0  # size on axes and labels, points (house: read from the back of a room at 24 inches)
_SMALL = 10.0  # the same where several charts share a slide
_PALE = 0.3  # share of a colour in what is believed or planned; its edge keeps the full colour (pictures.hundred)
_TICKS = 6
_FEW = 5  # more names than these make every second one of a time axis enough (house)
_NEAR = 0.07  # ends of lines nearer than this share of the axis push their names apart (house: a line of text)


def add(slide: Slide, chart: NativeChart, box: Box, *, words: str, small: bool = False) -> None:
    """Put a chart on a slide. words: for who cannot see it · small: whether it shares the slide with others."""
    from pptx.util import Pt

    size = _SMALL if small else _LETTERS
    frame: Any = slide.shapes.add_chart(
        _type(chart), Pt(box.left), Pt(box.top), Pt(box.width), Pt(box.height), _data(chart)
    )  # fmt: skip
    deck.name(frame._element.nvGraphicFramePr.cNvPr, chart.title or "Chart", words)  # noqa: SLF001 (no public way to alt texts)
    made = frame.chart
    made.part.chart_workbook.update_from_xlsx_blob(workbook(chart))
    made.font.size, made.font.name = Pt(size), theme.FONT_OFFICE
    made.font.color.rgb = deck.rgb("ink-2")
    _head(made, chart, size)
    _legend(made, chart)
    _axes(made, chart, box)
    for index, (shape, series) in enumerate(zip(made.plots[0].series, chart.series, strict=True)):
        _paint(shape, series, chart)
        _errors(shape._element, series, _columns(chart, index), len(chart.categories))  # noqa: SLF001 (python-pptx knows no error bars)
    if chart.kind in {"bar", "column", "stacked"}:
        made.plots[0].gap_width = 60 if chart.kind != "stacked" else 20
        made.plots[0].overlap = 100 if chart.kind == "stacked" else -10
    _labels(made, chart, size)


def _type(chart: NativeChart) -> Any:  # noqa: ANN401 (a member of python-pptx's enumeration)
    from pptx.enum.chart import XL_CHART_TYPE

    return {
        "bar": XL_CHART_TYPE.BAR_CLUSTERED, "stacked": XL_CHART_TYPE.BAR_STACKED,
        "column": XL_CHART_TYPE.COLUMN_CLUSTERED, "line": XL_CHART_TYPE.LINE_MARKERS,
    }[chart.kind]  # fmt: skip


def _data(chart: NativeChart) -> Any:  # noqa: ANN401 (python-pptx's chart data)
    from pptx.chart.data import CategoryChartData

    make: Any = CategoryChartData
    data = make(number_format=_format(chart))
    data.categories = [one if isinstance(one, dt.date) else fitting.shown(one) or "–" for one in chart.categories]
    for series in chart.series:
        data.add_series(fitting.shown(series.name), series.values)
    return data


def _format(chart: NativeChart) -> str:
    """Return the number format of the axis and labels."""
    if chart.unit == "%":
        return "0 %" if _largest(chart) >= 0.1 else "0.0 %"
    return "#,##0" if _largest(chart) >= _TICKS else "0.0#"


def _largest(chart: NativeChart) -> float:
    ends = [abs(end) for one in chart.series for end in (*one.values, *one.high, *one.low) if end is not None]
    return max(ends, default=0.0)


def workbook(chart: NativeChart) -> bytes:
    """Return the workbook a chart is edited in: categories, values, and how far each interval reaches to either side."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": deck.MADE.replace(tzinfo=None)})
    sheet = book.add_worksheet("Sheet1")
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    categories: tuple[str | dt.date, ...] = chart.categories
    for row, category in enumerate(categories, start=1):
        if isinstance(category, dt.date):
            sheet.write_datetime(row, 0, dt.datetime.combine(category, dt.time()), days)
        else:
            sheet.write_string(row, 0, fitting.shown(category) or "–")
    for index, series in enumerate(chart.series):
        _write(sheet, index + 1, fitting.shown(series.name), series.values)
        columns = _columns(chart, index)
        if columns is not None:
            for column, name, reach in zip(columns, ("down to low", "up to high"), _reaches(series), strict=True):
                _write(sheet, column, f"{fitting.shown(series.name)}, {name}", reach)
    sheet.set_column(0, 0, 40)
    book.close()
    return out.getvalue()


def _write(sheet: Any, column: int, name: str, values: Sequence[float | None]) -> None:  # noqa: ANN401 (xlsxwriter has no types)
    sheet.write_string(0, column, name)
    for row, value in enumerate(values, start=1):
        if value is not None:
            sheet.write_number(row, column, value)


def _columns(chart: NativeChart, index: int) -> tuple[int, int] | None:
    """Return the columns, counted from 0, that hold how far the intervals of a series reach; None without intervals."""
    if not chart.series[index].has_interval():
        return None
    before = sum(one.has_interval() for one in chart.series[:index])
    first = 1 + len(chart.series) + 2 * before
    return first, first + 1


def _reaches(series: NativeSeries) -> tuple[list[float | None], list[float | None]]:
    """Return how far each interval reaches below and above its value."""
    down = [
        max(v - end, 0.0) if v is not None and end is not None else None
        for v, end in zip(series.values, series.low, strict=True)
    ]
    up = [
        max(end - v, 0.0) if v is not None and end is not None else None
        for v, end in zip(series.values, series.high, strict=True)
    ]
    return down, up


def _errors(element: Any, series: NativeSeries, columns: tuple[int, int] | None, count: int) -> None:  # noqa: ANN401 (lxml)
    """Insert the error bars of a series, which python-pptx does not know, where the schema wants them."""
    from lxml import etree
    from pptx.oxml.ns import qn

    if columns is None:
        return
    bars = etree.Element(qn("c:errBars"))
    if element.getparent().tag == qn("c:lineChart"):
        etree.SubElement(bars, qn("c:errDir"), val="y")
    for tag, setting in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "0")):
        etree.SubElement(bars, qn(f"c:{tag}"), val=setting)
    down, up = _reaches(series)
    for tag, column, reach in (("plus", columns[1], up), ("minus", columns[0], down)):
        numbers = etree.SubElement(etree.SubElement(bars, qn(f"c:{tag}")), qn("c:numRef"))
        letter = _letter(column)
        etree.SubElement(numbers, qn("c:f")).text = f"Sheet1!${letter}$2:${letter}${count + 1}"
        cache = etree.SubElement(numbers, qn("c:numCache"))
        etree.SubElement(cache, qn("c:formatCode")).text = "General"
        etree.SubElement(cache, qn("c:ptCount"), val=str(count))
        for place, value in enumerate(reach):
            if value is not None:
                point = etree.SubElement(cache, qn("c:pt"), idx=str(place))
                etree.SubElement(point, qn("c:v")).text = repr(value)
    bars.append(_line("ink-3" if series.pale else "ink", 1.25))
    element.find(qn("c:cat")).addprevious(bars)


def _letter(column: int) -> str:
    """Return the letters of a column counted from 0.

    >>> _letter(0), _letter(27)
    ('A', 'AB')
    """
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _line(token: str, width: float) -> Any:  # noqa: ANN401 (lxml)
    from lxml import etree

    value = theme.colour(token).removeprefix("#")
    return etree.fromstring(
        f'<c:spPr xmlns:c="{_C}" xmlns:a="{_A}"><a:ln w="{int(width * 12700)}"><a:solidFill><a:srgbClr val="{value}"/>'
        "</a:solidFill></a:ln></c:spPr>"
    )


def _paint(shape: Any, series: NativeSeries, chart: NativeChart) -> None:  # noqa: ANN401 (a series of python-pptx)
    """Colour a series: pale with an edge where it is believed or planned, so that grey tells it from what is known."""
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    line = shape.format.line
    line.color.rgb = deck.rgb(series.colour)
    if chart.kind != "line":
        shape.format.fill.solid()
        shape.format.fill.fore_color.rgb = deck.rgb(series.colour, _PALE if series.pale else 1.0)
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


def _head(made: Any, chart: NativeChart, size: float) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Write what a chart of several shows above it, with its unit; a chart alone has the slide's title."""
    said = ", ".join(part for part in (chart.title, _unit(chart)) if part)
    made.has_title = bool(said)
    if said:
        frame = made.chart_title.text_frame
        frame.text = fitting.shown(said)
        deck.paint(frame.paragraphs[0].runs[0].font, deck.Run("", size, "ink", bold=bool(chart.title)))
        made.chart_title.include_in_layout = False


def _unit(chart: NativeChart) -> str:
    return "" if chart.unit in {"", "count", "%"} else chart.unit


def _legend(made: Any, chart: NativeChart) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Name the series of bars beside them; lines are named at their ends."""
    from pptx.enum.chart import XL_LEGEND_POSITION

    made.has_legend = chart.kind != "line" and len(chart.series) > 1
    if made.has_legend:
        made.legend.position = XL_LEGEND_POSITION.BOTTOM if chart.kind == "stacked" else XL_LEGEND_POSITION.TOP
        made.legend.include_in_layout = False


def _axes(made: Any, chart: NativeChart, box: Box) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Lay light grid lines at few round numbers, names in the order given, and no frame."""
    from pptx.enum.chart import XL_AXIS_CROSSES, XL_TICK_LABEL_POSITION, XL_TICK_MARK

    values, names = made.value_axis, made.category_axis
    for axis in (values, names):
        axis.major_tick_mark = axis.minor_tick_mark = XL_TICK_MARK.NONE
        axis.format.line.color.rgb = deck.rgb("line-strong")
    names.has_major_gridlines = False
    names.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    if chart.kind in {"bar", "stacked"}:
        names.reverse_order = True
        names.crosses = XL_AXIS_CROSSES.MAXIMUM
    if chart.kind == "stacked":
        values.visible = names.visible = False
        values.has_major_gridlines = False
        values.minimum_scale, values.maximum_scale = 0, sum(one.values[0] or 0.0 for one in chart.series) or 1
        return
    values.has_major_gridlines = True
    values.major_gridlines.format.line.color.rgb = deck.rgb("line")
    values.format.line.fill.background()
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = _format(chart), False
    _scale(values, chart)
    if chart.kind in {"line", "column"}:
        _name_ticks(names, chart, box)


def _scale(values: Any, chart: NativeChart) -> None:  # noqa: ANN401 (python-pptx's value axis)
    """End the axis at round numbers around what is shown; bars start at zero, lines far above it need not."""
    ends = [end for one in chart.series for end in (*one.values, *one.low, *one.high) if end is not None]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    high = min(high, chart.most) if chart.most is not None else high
    floor = low if low < 0 or (chart.kind == "line" and low > 0.6 * high) else 0.0
    steps = round_steps(floor, high if high > floor else floor + 1.0, most=_TICKS)
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
    if isinstance(chart.categories[0], dt.date):
        names.tick_labels.number_format, names.tick_labels.number_format_is_linked = "mmm yyyy", False
        months = (_last(chart) - chart.categories[0]).days / 30.4
        for tag, value in (
            ("baseTimeUnit", "days"),
            ("majorUnit", str(max(1, math.ceil(months / _TICKS)))),
            ("majorTimeUnit", "months"),
        ):
            for old in element.findall(qn(f"c:{tag}")):
                element.remove(old)
            etree.SubElement(element, qn(f"c:{tag}"), val=value)
        return
    room = max(2, int(box.width / 58.0))
    step = math.ceil(len(chart.categories) / room)
    if step > 1:
        multiple = element.find(qn("c:noMultiLvlLbl"))
        for tag in ("tickLblSkip", "tickMarkSkip"):
            made = etree.Element(qn(f"c:{tag}"), val=str(step))
            multiple.addprevious(made) if multiple is not None else element.append(made)


def _last(chart: NativeChart) -> dt.date:
    last = chart.categories[-1]
    return last if isinstance(last, dt.date) else dt.date.min


def _labels(made: Any, chart: NativeChart, size: float) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Name lines at their ends; write counted numbers into or behind bars, which have no interval to carry them."""
    if chart.kind == "line":
        _end_names(made, chart, size)
        return
    if any(one.has_interval() for one in chart.series) or chart.kind == "column":
        return
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.util import Pt

    for shape, series in zip(made.plots[0].series, chart.series, strict=True):
        labels = shape.data_labels
        labels.show_value = True
        labels.number_format, labels.number_format_is_linked = f"{_format(chart)};;", False
        stacked = chart.kind == "stacked"
        labels.position = XL_LABEL_POSITION.CENTER if stacked else XL_LABEL_POSITION.OUTSIDE_END
        labels.font.size, labels.font.bold = Pt(20 if stacked else size), stacked
        labels.font.color.rgb = deck.rgb("panel" if stacked and not series.pale else "ink")


def _end_names(made: Any, chart: NativeChart, size: float) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Write each line's name beside its last value, above or below where two ends are near each other."""
    from pptx.enum.chart import XL_LABEL_POSITION
    from pptx.util import Pt

    ends = [max((i for i, value in enumerate(one.values) if value is not None), default=None) for one in chart.series]
    span = (made.value_axis.maximum_scale or 1.0) - (made.value_axis.minimum_scale or 0.0)
    for index, (shape, series) in enumerate(zip(made.plots[0].series, chart.series, strict=True)):
        end = ends[index]
        if end is None:
            continue
        mine = series.values[end] or 0.0
        others = [
            chart.series[k].values[e] or 0.0
            for k, e in enumerate(ends)
            if k != index and e is not None and abs(e - end) <= max(1, len(chart.categories) // 6)
        ]
        near = [other for other in others if abs(other - mine) < _NEAR * span]
        place = XL_LABEL_POSITION.RIGHT
        if near:
            place = (
                XL_LABEL_POSITION.ABOVE
                if mine > max(near) or (mine == max(near) and index == 0)
                else XL_LABEL_POSITION.BELOW
            )
        label = shape.points[end].data_label
        label.has_text_frame = True
        label.text_frame.text = fitting.shown(series.name)[:40]
        deck.paint(label.text_frame.paragraphs[0].runs[0].font, deck.Run("", size, "ink", bold=not series.pale))
        label.position = place
        label.font.size = Pt(size)
    _leave_room(made)


def _leave_room(made: Any) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Keep room at the right of the lines for their names."""
    from lxml import etree
    from pptx.oxml.ns import qn

    area = made._chartSpace.chart.plotArea  # noqa: SLF001 (the place of the plot is not public)
    old = area.find(qn("c:layout"))
    top = 0.12 if made.has_title else 0.04
    layout = etree.fromstring(
        f'<c:layout xmlns:c="{_C}"><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="0.09"/><c:y val="{top}"/><c:w val="0.74"/><c:h val="{0.86 - top}"/></c:manualLayout></c:layout>'
    )
    if old is not None:
        area.replace(old, layout)
    else:
        area.insert(0, layout)
