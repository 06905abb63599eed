"""The tables of a page as typed cells: what a spreadsheet and a CSV file hold where a page shows finished texts.

A column whose figures carry intervals becomes three: base, low, high. The numbers behind a chart are a table as well,
where no table of the page holds them.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from leadline.report import blocks
from leadline.report.figure import Figure
from leadline.report.native import CATEGORY, NativeChart
from leadline.report.printable import printable

Plain = str | float | dt.date
# Digits shown of the largest number of a column; a spreadsheet still holds every one (house).
MOST_DIGITS = 4
_DECIMALS = re.compile(r"\.(\d+)")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its text, number or day. unit, decimals: how a number is shown; shares stay 0..1, points are 0..100."""

    value: Plain
    unit: str = ""
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of typed cells. heads: name and unit, the unit where one holds for the whole column.

    section: the question it helps to answer · known: how we know · has_total: whether the last row sums the others
    """

    heads: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str
    note: str = ""
    section: str = ""
    known: tuple[str, ...] = ()
    has_total: bool = False


def grids(page: blocks.Page) -> tuple[Grid, ...]:
    """Return every table of a page in the order of reading, each with the section it stands in."""
    return tuple(
        Grid(one.heads, one.rows, one.caption, one.note, section.question, section.known_from, one.has_total)
        for section in page.sections
        for block in section.blocks
        for one in _of(block)
    )


def tables(page: blocks.Page) -> tuple[blocks.TableBlock, ...]:
    """Return every table a page shows, those behind its pictures included, in the order of reading."""
    found: list[blocks.TableBlock] = []
    for section in page.sections:
        for block in section.blocks:
            if isinstance(block, blocks.TableBlock):
                found.append(block)
            elif isinstance(block, blocks.Picture) and block.table is not None:
                found.append(block.table)
    return tuple(found)


def _of(block: blocks.Block) -> Iterator[Grid]:
    if isinstance(block, blocks.TableBlock):
        yield grid(block)
    elif isinstance(block, blocks.Picture):
        if block.table is not None:
            yield grid(block.table)
        rows = len(block.table.rows) if block.table is not None else 0
        drawn = [chart for chart in block.native if len(chart.categories) > rows]  # what the table does not hold
        for first in drawn:
            if first is next(chart for chart in drawn if chart.categories == first.categories):
                yield _numbers(block, [chart for chart in drawn if chart.categories == first.categories])


def grid(table: blocks.TableBlock) -> Grid:
    """Return a table with its figures as numbers and days, and signs before a row as a column of their words."""
    heads: list[tuple[str, str]] = []
    lines: list[list[Cell]] = [[] for _ in table.rows]
    for index, column in enumerate(table.columns):
        for head, cells in _column(column, [row[index] for row in table.rows]):
            heads.append(head)
            for line, cell in zip(lines, cells, strict=True):
                line.append(cell)
    if any(table.marks) and not _repeated(table):
        heads.insert(0, ("stands", ""))
        for line, mark in zip(lines, table.marks, strict=True):
            line.insert(0, Cell(printable(mark)))
    return Grid(
        tuple(heads),
        tuple(map(tuple, lines)),
        printable(table.caption),
        printable(table.note),
        has_total=bool(table.total),
    )


def _repeated(table: blocks.TableBlock) -> bool:
    """Say whether a column of the table says the same words as the signs before its rows."""
    return any(tuple(row[index] for row in table.rows) == table.marks for index in range(len(table.columns)))


def _column(column: blocks.Column, cells: Sequence[str]) -> Iterator[tuple[tuple[str, str], list[Cell]]]:
    """Return what a column becomes: itself, its numbers, or base, low and high of its numbers."""
    figures = [cell for cell in cells if isinstance(cell, Figure)]
    name = printable(column.name)
    if not figures:
        yield (name, printable(column.unit)), [Cell(printable(cell)) for cell in cells]
        return
    units = {figure.unit for figure in figures}
    unit = (_said(figures[0].unit) or printable(column.unit)) if len(units) == 1 else ""
    parts = ["value", *(part for part in ("low", "high") if any(getattr(one, part) is not None for one in figures))]
    if all(one.value is None and one.day is None for one in figures):
        parts.remove("value")
    for part in parts:
        head = name if part == "value" else f"{name}, {part}"
        yield (head, unit), _alike([_cell(cell, part) for cell in cells])
    if len(units) > 1:
        named = [printable(cell.unit) if isinstance(cell, Figure) else "" for cell in cells]
        yield (f"{name}, unit", ""), [Cell(unit) for unit in named]


def _alike(cells: list[Cell]) -> list[Cell]:
    """Return a column's numbers with one rule of decimals for each of its units: four digits of its largest number."""
    numbers = [(cell, cell.value) for cell in cells if isinstance(cell.value, float)]
    rule: dict[str, int] = {}
    for unit in {cell.unit for cell, _ in numbers}:
        largest = max(abs(value) for cell, value in numbers if cell.unit == unit) * (100 if unit == "%" else 1)
        room = MOST_DIGITS - 1 - (math.floor(math.log10(largest)) if largest else 0)
        rule[unit] = max(0, min(room, max(cell.decimals for cell, _ in numbers if cell.unit == unit)))
    return [Cell(one.value, one.unit, rule[one.unit]) if isinstance(one.value, float) else one for one in cells]


def _said(unit: str) -> str:
    """Return a unit as a head says it: a count and a day need none."""
    return "" if unit in {"count", "month"} else printable(unit)


def _cell(text: str, part: str) -> Cell:
    if not isinstance(text, Figure):
        return Cell(printable(text) if part == "value" else blocks.MISSING)
    if part == "value" and text.day is not None:
        return Cell(text.day, text.unit)
    number = getattr(text, part)
    if number is None or not math.isfinite(number):
        return Cell(printable(text) if part == "value" else blocks.MISSING)
    number = 100.0 * number if text.unit == "pp" else float(number)
    return Cell(number, printable(text.unit), _decimals(text))


def _decimals(text: str) -> int:
    """Return how many decimals a text says its number with."""
    return max((len(found) for found in _DECIMALS.findall(text)), default=0)


def _numbers(picture: blocks.Picture, charts: Sequence[NativeChart]) -> Grid:
    """Return the numbers of charts over the same categories as one table."""
    days = [one for one in charts[0].categories if isinstance(one, dt.date)]
    unit = "month" if days and all(one.day == 1 for one in days) else ""
    heads: list[tuple[str, str]] = [(unit or ("day" if days else ""), "")]
    lines: list[list[Cell]] = [[_plain(category, unit)] for category in charts[0].categories]
    for chart in charts:
        rows = chart.table()
        for name in dict.fromkeys(name for row in rows for name in row if name != CATEGORY):
            told = f"{chart.title}: {name}" if chart.title and len(charts) > 1 else name
            heads.append((printable(told), _said(chart.unit)))
            for line, cell in zip(lines, _alike([_plain(row[name], chart.unit) for row in rows]), strict=True):
                line.append(cell)
    title = charts[0].title if len(charts) == 1 and charts[0].title else ""
    caption = printable(f"{picture.title}: {title}" if title else picture.title)
    return Grid(tuple(heads), tuple(map(tuple, lines)), caption, "The numbers of the chart.")


def _plain(told: object, unit: str) -> Cell:
    """Return a number, day or name of a chart as a cell; a number with as many decimals as its column has room for."""
    if isinstance(told, dt.date):
        return Cell(told, unit)
    if isinstance(told, (int, float)):
        number = 100.0 * told if unit == "pp" else float(told)
        return Cell(number, unit, 0 if number == round(number) and unit != "%" else MOST_DIGITS - 1)
    return Cell(blocks.MISSING if told is None else printable(str(told)))


def unique(names: Iterable[str]) -> list[str]:
    """Return names with a number behind each that came before, whatever its case.

    >>> unique(["rate", "Rate", "n"])
    ['rate', 'Rate (2)', 'n']
    """
    seen: dict[str, int] = {}
    made = []
    for name in names:
        seen[name.casefold()] = seen.get(name.casefold(), 0) + 1
        made.append(name if seen[name.casefold()] == 1 else f"{name} ({seen[name.casefold()]})")
    return made
