"""Who is where: a grid of places and of us, the others or our segments; solid is there, open is not, a dot is not sure.

Told apart in grey: a filled square, an open square with a word, an empty cell. Names are wrapped, never cut in the page's
table behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from leadline.report import lettering
from leadline.report.pictures.canvas import NARROW, TEXT, WIDE, Canvas, Lettering, Paint

Mark = Literal["there", "missing", "listed", "none"]
_SIDE = 18.0  # px (house: a square as tall as a line of text)
_PAINT: dict[Mark, Paint] = {
    "there": Paint(fill="grade-b", stroke="grade-b"),
    "missing": Paint(stroke="error", stroke_width=2),
    "listed": Paint(stroke="line-strong", dash=(2, 2)),
}


_SAID: dict[Mark, str] = {"there": "there", "missing": "missing", "listed": "listed, unused", "none": ""}


@dataclass(frozen=True, slots=True)
class Cell:
    """One crossing: how somebody stands there, and few words beside the mark."""

    mark: Mark = "none"
    words: str = ""


@dataclass(frozen=True, slots=True)
class Presence:
    """Places down, those who may be there across. columns: at most six · rows: name, words under it, one cell a column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[Cell, ...]], ...]

    def sentence(self) -> str:
        """Return each place with those who are there and those who are missed."""
        told = []
        for name, _, cells in self.rows:
            there = [column for column, cell in zip(self.columns, cells, strict=True) if cell.mark == "there"]
            missing = [column for column, cell in zip(self.columns, cells, strict=True) if cell.mark == "missing"]
            said = f"{name}: {', '.join(there) or 'nobody'}"
            told.append(f"{said}; missing: {', '.join(missing)}." if missing else f"{said}.")
        return " ".join(told)

    def table(self) -> list[dict[str, object]]:
        """Return one row a place: its name, what stands under it, and each column's mark with its words."""
        return [
            {
                "place": name,
                "under": under,
                **{
                    f"{place + 1}: {column}": " ".join(part for part in (_SAID[cell.mark], cell.words) if part)
                    for place, (column, cell) in enumerate(zip(self.columns, cells, strict=True))
                },
            }
            for name, under, cells in self.rows
        ]

    def chart(self, width: float = WIDE) -> dict[str, Any]:
        """Return the grid; below 480 px the name of a place stands above its cells."""
        narrow = width < (WIDE + NARROW) / 2
        left = 0.0 if narrow else 240.0
        slot = (width - left) / max(len(self.columns), 1)
        heads = [lettering.wrap(column, slot - 8, lines=4) for column in self.columns]
        top = 18.0 * max((len(lines) for lines in heads), default=1) + 10
        tall = any(under and len(lettering.wrap(name, 226, lines=2)) > 1 for name, under, _ in self.rows)
        row = 64.0 if narrow else 62.0 if tall else 46.0
        canvas = Canvas(width, top + row * len(self.rows) + 4)
        for index, lines in enumerate(heads):
            for place, line in enumerate(lines):
                canvas.text((left + slot * index, 10 + 17 * place), line, style=Lettering("ink-2"))
        for index in range(len(self.rows)):
            canvas.line((0, top + row * index), (width, top + row * index), paint=Paint(stroke="line"))
        for index, (name, under, cells) in enumerate(self.rows):
            middle = top + row * index + (44 if narrow else row / 2)
            self._name(canvas, (name, under), top + row * index, row=0.0 if narrow else row)
            for place, cell in enumerate(cells):
                _put(canvas, cell, left + slot * place, middle, slot)
        return canvas.spec()

    def _name(self, canvas: Canvas, said: tuple[str, str], top: float, *, row: float) -> None:
        """Write a place and what stands under it beside its cells; row 0 stands for a line of its own above them."""
        name, under = said
        if not row:
            canvas.text((0, top + 16), lettering.shorten(f"{name} · {under}" if under else name, canvas.width))
            return
        lines = lettering.wrap(name, 226, lines=2)
        first = top + row / 2 - 8.5 * (len(lines) - 1 + bool(under))
        for index, line in enumerate(lines):
            canvas.text((0, first + 17 * index), line)
        if under:
            canvas.text((0, first + 17 * len(lines)), lettering.shorten(under, 226), style=Lettering("ink-3"))


def _put(canvas: Canvas, cell: Cell, x: float, y: float, slot: float) -> None:
    if cell.mark != "none":
        canvas.rect(x + 1, y - _SIDE / 2, width=_SIDE, height=_SIDE, paint=_PAINT[cell.mark])
    if cell.words:
        style = Lettering("error", weight=600) if cell.mark == "missing" else Lettering("ink-2")
        canvas.text((x + _SIDE + 8, y), lettering.shorten(cell.words, slot - _SIDE - 10, size=TEXT), style=style)
