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
from leadline.report.saying import MISSING, day, is_money
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
_MONTH = 30.44  # days, Gregorian mean
_PLOT = 0.76  # share of a chart's width for its lines, the rest for their names (house)
_MIDDLE = 0.6  # where along a line that another continues its name stands (house: before the fan opens)
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
    if chart.kind == "line":
        _end_names(made, chart, size)
        _leave_room(made, box, size)
    else:
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
    data.categories = [_category(chart, one) for one in chart.categories]
    for series in chart.series:
        data.add_series(fitting.shown(series.name), series.values)
    return data


def _category(chart: NativeChart, category: str | dt.date) -> str | dt.date:
    """Return a category as the chart holds it: columns stand over the names of months, lines over their days."""
    if isinstance(category, dt.date):
        return day(category).partition(" ")[2] if chart.kind == "column" else category
    return fitting.shown(category) or MISSING


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
    for row, category in enumerate((_category(chart, one) for one in chart.categories), start=1):
        if isinstance(category, dt.date):
            sheet.write_datetime(row, 0, dt.datetime.combine(category, dt.time()), days)
        else:
            sheet.write_string(row, 0, category)
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


def _legend(made: Any, chart: NativeChart) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Name the series of bars beside them; lines are named at their ends."""
    from pptx.enum.chart import XL_LEGEND_POSITION

    made.has_legend = chart.kind != "line" and len(chart.series) > 1
    if made.has_legend:
        made.legend.position = XL_LEGEND_POSITION.BOTTOM if chart.kind == "stacked" else XL_LEGEND_POSITION.TOP
        made.legend.include_in_layout = False


def _axes(made: Any, chart: NativeChart, box: Box) -> None:  # noqa: ANN401 (python-pptx's chart)
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
    values.tick_labels.number_format, values.tick_labels.number_format_is_linked = _format(chart), False
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
    if isinstance(chart.categories[0], dt.date) and chart.kind == "line":
        names.tick_labels.number_format, names.tick_labels.number_format_is_linked = "mmm yyyy", False
        _upright(names)
        months = (_last(chart) - chart.categories[0]).days / _MONTH
        labels = max(2, min(_TICKS, int(_PLOT * box.width / 70.0)))
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
    room = max(2, int(_PLOT * box.width / (44.0 if box.width > deck.ROOM / 2 else 62.0)))
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


def _labels(made: Any, chart: NativeChart, size: float) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Write counted numbers into or behind bars, which have no interval to carry them."""
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


def _leave_room(made: Any, box: Box, size: float) -> None:  # noqa: ANN401 (python-pptx's chart)
    """Keep room at the right of the lines for their names, above them for the title, below for the days."""
    from lxml import etree
    from pptx.oxml.ns import qn

    area = made._chartSpace.chart.plotArea  # noqa: SLF001 (the place of the plot is not public)
    old = area.find(qn("c:layout"))
    top = (3.0 * size if made.has_title else 0.8 * size) / box.height
    left, foot = 4.6 * size / box.width, 3.2 * size / box.height
    layout = etree.fromstring(
        f'<c:layout xmlns:c="{_C}"><c:manualLayout><c:layoutTarget val="inner"/><c:xMode val="edge"/><c:yMode val="edge"/>'
        f'<c:x val="{left:.4f}"/><c:y val="{top:.4f}"/><c:w val="{_PLOT:.4f}"/><c:h val="{1 - top - foot:.4f}"/>'
        "</c:manualLayout></c:layout>"
    )
    if old is not None:
        area.replace(old, layout)
    else:
        area.insert(0, layout)
