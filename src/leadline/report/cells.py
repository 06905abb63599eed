"""The tables of a page as typed cells: what a spreadsheet and a CSV file hold where a page shows finished texts.

A column whose figures carry intervals becomes three: base, low, high. The numbers behind a chart are a table as well,
where no table of the page holds them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from leadline.report import blocks
from leadline.report.figure import Figure
from leadline.report.native import NativeChart
from leadline.report.printable import printable

Plain = str | float | dt.date
# Beyond these a share, an amount or a count is not read any closer (house; a spreadsheet still holds every digit).
MOST_DECIMALS = 4
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
        else:
            yield from (_numbers(block, chart) for chart in block.native)


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
    unit = _said(figures[0].unit) if len(units) == 1 else ""
    parts = ["value", *(part for part in ("low", "high") if any(getattr(one, part) is not None for one in figures))]
    if all(one.value is None and one.day is None for one in figures):
        parts.remove("value")
    for part in parts:
        head = name if part == "value" else f"{name}, {part}"
        yield (head, unit), [_cell(cell, part) for cell in cells]
    if len(units) > 1:
        named = [printable(cell.unit) if isinstance(cell, Figure) else "" for cell in cells]
        yield (f"{name}, unit", ""), [Cell(unit) for unit in named]


def _said(unit: str) -> str:
    """Return a unit as a head says it: a count and a day need none."""
    return "" if unit in {"count", "month"} else printable(unit)


def _cell(text: str, part: str) -> Cell:
    if not isinstance(text, Figure):
        return Cell(printable(text) if part == "value" else blocks.MISSING)
    if part == "value" and text.day is not None:
        return Cell(text.day, text.unit)
    number = getattr(text, part)
    if number is None:
        return Cell(printable(text) if part == "value" else blocks.MISSING)
    number = 100 * number if text.unit == "pp" else number
    return Cell(number, printable(text.unit), _decimals(text, number))


def _decimals(text: str, number: float) -> int:
    """Return how many decimals a number is shown with: those of the text, unless it was said in thousands."""
    shown = max((len(found) for found in _DECIMALS.findall(text)), default=0)
    if number and abs(number) >= 1e3:  # said in k or M, or too large for its decimals to be read
        return 0
    return min(shown, MOST_DECIMALS)


def _numbers(picture: blocks.Picture, chart: NativeChart) -> Grid:
    """Return the numbers of a chart as a table."""
    rows = chart.table()
    names = list(dict.fromkeys(name for row in rows for name in row))
    values = [number for row in rows for number in row.values() if isinstance(number, (int, float))]
    digits = 1 if chart.unit in {"%", "pp"} else 0 if all(number == round(number) for number in values) else 2
    caption = f"{picture.title}: {chart.title}" if chart.title else picture.title
    return Grid(
        tuple((printable(name), "" if index == 0 else _said(chart.unit)) for index, name in enumerate(names)),
        tuple(tuple(_plain(row.get(name), chart.unit, digits) for name in names) for row in rows),
        printable(caption),
        "The numbers of the chart.",
    )  # fmt: skip


def _plain(number: object, unit: str, digits: int) -> Cell:
    if isinstance(number, dt.date):
        return Cell(number)
    if isinstance(number, (int, float)):
        return Cell(100.0 * number if unit == "pp" else float(number), unit, digits)
    return Cell(blocks.MISSING if number is None else printable(str(number)))


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
