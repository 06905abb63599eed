"""The intervals of a native chart: its workbook holds how far each reaches, and its error bars read them from there."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from typing import Any

from leadline.report import theme
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.saying import MISSING, day
from leadline.report.slides import deck, fitting

_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def workbook(chart: NativeChart) -> bytes:
    """Return the workbook a chart is edited in: categories, values, and how far each interval reaches to either side."""
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": deck.MADE.replace(tzinfo=None)})
    sheet = book.add_worksheet("Sheet1")
    days = book.add_format({"num_format": "yyyy-mm-dd"})
    for row, named in enumerate((category(chart, one) for one in chart.categories), start=1):
        if isinstance(named, dt.date):
            sheet.write_datetime(row, 0, dt.datetime.combine(named, dt.time()), days)
        else:
            sheet.write_string(row, 0, named)
    for index, series in enumerate(chart.series):
        _write(sheet, index + 1, fitting.shown(series.name), series.values)
        places = columns(chart, index)
        if places is not None:
            for column, name, reach in zip(places, ("down to low", "up to high"), _reaches(series), strict=True):
                _write(sheet, column, f"{fitting.shown(series.name)}, {name}", reach)
    sheet.set_column(0, 0, 40)
    book.close()
    return out.getvalue()


def category(chart: NativeChart, category: str | dt.date) -> str | dt.date:
    """Return a category as the chart holds it: columns stand over the names of months, lines over their days."""
    if isinstance(category, dt.date):
        return day(category).partition(" ")[2] if chart.kind == "column" else category
    return fitting.shown(category) or MISSING


def _write(sheet: Any, column: int, name: str, values: Sequence[float | None]) -> None:  # noqa: ANN401 (xlsxwriter has no types)
    sheet.write_string(0, column, name)
    for row, value in enumerate(values, start=1):
        if value is not None:
            sheet.write_number(row, column, value)


def columns(chart: NativeChart, index: int) -> tuple[int, int] | None:
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


def errors(element: Any, chart: NativeChart, *, index: int) -> None:  # noqa: ANN401 (lxml)
    """Insert the error bars of a series, which python-pptx does not know, where the schema wants them."""
    from lxml import etree
    from pptx.oxml.ns import qn

    places = columns(chart, index)
    if places is None:
        return
    series, count = chart.series[index], len(chart.categories)
    bars = etree.Element(qn("c:errBars"))
    if element.getparent().tag == qn("c:lineChart"):
        etree.SubElement(bars, qn("c:errDir"), val="y")
    for tag, setting in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "0")):
        etree.SubElement(bars, qn(f"c:{tag}"), val=setting)
    down, up = _reaches(series)
    for tag, column, reach in (("plus", places[1], up), ("minus", places[0], down)):
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
