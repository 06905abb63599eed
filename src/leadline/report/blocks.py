"""What a page is made of: frozen values that know nothing of HTML, Markdown or any other way to write them down.

A page is a head and sections; a section is a question, its answer in words, and blocks in the order of reading.
Every text in a block is plain text: the writers escape it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from leadline.report.figure import Figure
from leadline.report.native import NativeChart

Align = Literal["left", "right"]
Spec = Mapping[str, Any]
MISSING = "–"
Cell = str | Figure


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head, the unit that stands there once, and to which side it is set."""

    name: str
    unit: str = ""
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A table of finished texts, those made from one number or day as figures; the first column names the row. A missing cell is "–", and the note says why.

    marks: for each row the word of a sign (verdict, standing or level) shown before its first cell, or empty texts
    total: whether the last row is a total, and of what kind ("sum of the rows above")
    links: for each row what its first cell leads to where pages link to each other: the id of an element of the plan,
    the name of a page (`deal:1042`), or an empty text
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str
    note: str = ""
    marks: tuple[str, ...] = ()
    total: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A paragraph; kind `lead` is set larger, `aside` smaller."""

    text: str
    kind: Literal["text", "lead", "aside"] = "text"


@dataclass(frozen=True, slots=True)
class Slider:
    """An amount that a reader of a page may turn, from nothing to twice as it was.

    said: what must be known of it, "" for nothing · money: as it was, None where it is not paid for · seen_to: times as it
    was up to which the data reach · drawing: its response curve as a finished SVG · plot: left and right edge, top and
    bottom of the plot in it, px · heights: of the curve's middle at each point, px · weights, shapes: the outcome's changes
    against as it was, by draw and point, are the matrix product of both times `step`: (draws, shapes) and (shapes, points),
    16-bit whole numbers, little-endian, base64
    """

    name: str
    said: str
    money: float | None
    seen_to: float
    drawing: str
    plot: tuple[float, float, float, float]
    heights: tuple[float, ...]
    weights: str
    shapes: str
    step: float


@dataclass(frozen=True, slots=True)
class Play:
    """Amounts to be turned beside a picture; what the outcome changes is reckoned in the reader's browser, from draws.

    kpi: the outcome · unit: of it, a currency or "" · currency: of the amounts, or "" · over: the time it all speaks of ·
    adds_up: whether changes of several amounts are their sum in each draw
    """

    sliders: tuple[Slider, ...]
    kpi: str
    unit: str
    currency: str
    over: str
    adds_up: bool = True


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing with the finding as its title, the words for who cannot see it, and its numbers behind it.

    wide, narrow: specifications for a page and for 320 px · drawing: a finished SVG instead (the maps)
    under: measure, unit, period, n · source: grade, snapshot, plan hash, at the foot
    drawn: the specifications as finished SVGs (wide, narrow), where they were drawn before; empty texts: draw them
    native: its numbers for charts that slides can edit, side by side; none where it can only be drawn
    play: what a page with a script shows instead of the drawing; the same must stand beside it for all other readers
    """

    title: str
    sentence: str
    wide: Spec | None = None
    narrow: Spec | None = None
    drawing: str = ""
    under: str = ""
    source: str = ""
    table: TableBlock | None = None
    native: tuple[NativeChart, ...] = ()
    drawn: tuple[str, str] = ("", "")
    play: Play | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to mend: what, why it matters, the next step, and the money that hangs on it."""

    code: str
    title: str
    text: str
    fix: str
    money: str = ""
    element: str = ""


@dataclass(frozen=True, slots=True)
class Fixes:
    """The few things to mend first, in order."""

    items: tuple[Fix, ...]


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding as it is read: level, code, what is the case, why it matters, what to do, where, money at stake.

    element: id of the element of the plan it stands at, or an empty text
    """

    level: str
    code: str
    name: str
    text: str
    why: str = ""
    fix: str = ""
    place: str = ""
    money: str = ""
    waiver: str = ""
    element: str = ""


@dataclass(frozen=True, slots=True)
class FindingList:
    """Findings in the order of showing."""

    items: tuple[FindingView, ...]
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Notes:
    """Short statements a reader must know, one a line."""

    items: tuple[str, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Names and their values, such as versions and hashes."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """What will stand here, why it is worth having, and the one next step; or what there is and what is needed."""

    what: str
    why: str = ""
    step: str = ""


Block = Heading | Sentence | Picture | TableBlock | Fixes | FindingList | Notes | Pairs | Empty


@dataclass(frozen=True, slots=True)
class Section:
    """A question, its answer in words, the blocks, and how we know."""

    id: str
    question: str
    answer: str
    blocks: tuple[Block, ...] = ()
    known_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page: title, the line above and below it, the answer, and the sections. foot: printed on every sheet.

    one_sheet: it was cut to fit one sheet of paper, so writers of paper set it tighter and nothing goes to an annex
    """

    title: str
    kicker: str
    under: str
    answer: str
    sections: tuple[Section, ...]
    foot: str = ""
    beside: tuple[str, ...] = ()
    language: str = "en"
    one_sheet: bool = False

    @property
    def plays(self) -> bool:
        """Whether there is something on it that a script has to move."""
        shown = (block for section in self.sections for block in section.blocks)
        return any(isinstance(block, Picture) and block.play is not None for block in shown)

    def tables(self) -> Mapping[str, TableBlock]:
        """Return every table of the page, those behind pictures among them, by an address that stays.

        The first table of a section has the section's id, the next ones a number behind it: `bets`, `bets-2`.
        """
        found: dict[str, TableBlock] = {}
        for section in self.sections:
            shown = [block.table if isinstance(block, Picture) else block for block in section.blocks]
            tables = [block for block in shown if isinstance(block, TableBlock)]
            for number, table in enumerate(tables, start=1):
                found[section.id if number == 1 else f"{section.id}-{number}"] = table
        return found
