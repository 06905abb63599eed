"""A page as slides: one idea a slide, its title the finding in a sentence, charts that can be edited, notes for who speaks.

A picture whose numbers make a chart of the office programs is one; every other picture is a drawing with its words.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from leadline.errors import MissingExtra
from leadline.report import blocks, charts, theme
from leadline.report.native import NativeChart
from leadline.report.slides import charting, deck, fitting, tabling
from leadline.report.slides.deck import BODY_BOTTOM, MARGIN, ROOM, Box, Deck, Paragraph, Run
from leadline.report.stills import still

if TYPE_CHECKING:
    from pptx.slide import Slide

_GAP = 18.0  # points between charts of one slide (house)
_PANELS = 6  # small charts a slide holds (house, looked at on the weeks of the demo)
_HEAD_BARS = 2  # bars that title, legend and axis of a chart are as tall as (house)
_LONG_NAME = 24  # letters; bars with longer names get the whole width (house)
_PARAGRAPH = 12  # lines of one paragraph at most; what is longer belongs in a report (house)
_WORDS_TOP = 130.0  # where words begin under a title of two lines
_LEADS = ((16.0, 2), (14.0, 3), (13.0, 4))  # sizes and most lines of the answer under a title
_SHARPNESS = 2.5  # pixels of a drawing for each of its px: 96 px an inch become 240 (house: print needs 200)
_BAR_HEIGHT = 150.0  # one stacked bar with its names; the table behind it stands below


def render_pptx(page: blocks.Page) -> bytes:
    """Return the page as a PowerPoint file; raises MissingExtra where python-pptx is not installed."""
    try:
        import pptx  # noqa: F401 (asked for once, where the answer can be given)
    except ImportError:
        raise MissingExtra.needed(
            "PowerPoint", "office", alternative="write HTML: leadline report -o review.html"
        ) from None
    made = Deck(fitting.shown(page.title), fitting.shown(page.under))
    _front(made, page)
    for bare, group in itertools.groupby(page.sections, key=lambda section: not section.blocks):
        sections = list(group)
        if bare and len(sections) > 1:
            _briefly(made, page, sections)
            continue
        for section in sections:
            _Section(made, page, section).slides()
    return made.bytes()


def _briefly(made: Deck, page: blocks.Page, sections: Sequence[blocks.Section]) -> None:
    """Answer several questions that have nothing but an answer on one slide, or as many as they need."""
    said = [
        line
        for section in sections
        for line in (
            Paragraph((Run(_held(section.question), 14.0, "ink-3"),), 2.0, heads=True),
            Paragraph((Run(_held(section.answer, 18.0, most=_PARAGRAPH), 18.0, "ink"),), 14.0),
        )
    ]
    notes = tuple(f"How we know: {text}" for section in sections for text in section.known_from)
    units = [(unit, sum(one.height(ROOM) for one in unit)) for unit in _together(said)]
    groups = fitting.balanced(units, BODY_BOTTOM - _WORDS_TOP)
    for number, group in enumerate(groups, start=1):
        title = _counted(f"{len(sections)} questions, each answered in a line", number, len(groups))
        slide, top = made.add(title, kicker=page.kicker, foot=page.foot, notes=notes)
        deck.text(slide, Box(MARGIN, top + 6, ROOM, BODY_BOTTOM - top), said=[one for unit in group for one in unit])


def _front(made: Deck, page: blocks.Page) -> None:
    """Open with the title, what it is made from, and the answer."""
    notes = (page.answer, *page.beside, page.foot)
    slide, top = made.add(page.title, kicker=page.kicker, foot=page.foot, notes=notes)
    size, answer = fitting.size_for(fitting.shown(page.answer), ROOM, sizes=((24.0, 5), (20.0, 7), (16.0, 10)))
    said = [
        Paragraph((Run(_held(page.under), 14.0, "ink-3"),), 28.0),
        Paragraph((Run(answer, size, "ink"),), 24.0),
        *(Paragraph((Run(_held(text), 15.0, "ink-2"),), 8.0) for text in page.beside),
    ]
    shown = next(fitting.filled(((one, one.height(ROOM)) for one in said), BODY_BOTTOM - top))
    deck.text(slide, Box(MARGIN, top, ROOM, BODY_BOTTOM - top), said=shown)


class _Section:
    """The slides of one section: the question above each, the answer on the first."""

    def __init__(self, made: Deck, page: blocks.Page, section: blocks.Section) -> None:
        self._made, self._page, self._section = made, page, section
        self._is_first = True
        self._heading = ""
        self._last: Slide | None = None

    def slides(self) -> None:
        """Add the slides of the section's blocks; short texts that follow each other share one."""
        waiting: list[Paragraph] = []
        for block in self._section.blocks:
            if isinstance(block, blocks.Heading):
                self._flush(waiting)
                self._heading = block.text
                continue
            if isinstance(block, blocks.Sentence) and block.kind == "aside" and not self._is_first and not waiting:
                self._aside(block.text)
                continue
            said = _paragraphs(block)
            if said is not None:
                waiting += said
                continue
            self._flush(waiting)
            if isinstance(block, blocks.Picture):
                self._picture(block)
            elif isinstance(block, blocks.TableBlock):
                self._table(block)
        if waiting or self._is_first:
            self._flush(waiting, even_empty=True)

    def _answer(self) -> tuple[str, str]:
        """Return the answer as a title and the rest; where the fixes follow that it lists, what hangs on them."""
        title, rest = _first_sentence(self._section.answer or self._section.question)
        if rest and any(isinstance(block, blocks.Fixes) for block in self._section.blocks):
            return rest.removesuffix("."), ""
        return title, rest

    def _flush(self, waiting: list[Paragraph], *, even_empty: bool = False) -> None:
        if waiting or even_empty:
            self._words(waiting.copy())
            waiting.clear()

    def _add(self, title: str, *, source: str = "", notes: Sequence[str] = ()) -> tuple[Slide, float]:
        known = [f"How we know: {text}" for text in self._section.known_from]
        kicker = " · ".join(part for part in (self._section.question, self._heading) if part)
        told = (self._section.question, self._section.answer, *notes, *known, source)
        foot = source or self._page.foot
        self._is_first = False
        return self._made.add(
            title, kicker=kicker, foot=foot, notes=tuple(dict.fromkeys(part for part in told if part))
        )

    def _aside(self, text: str) -> None:
        """Write a remark on what was shown into the notes of its slide."""
        frame = self._last.notes_slide.notes_text_frame if self._last is not None else None
        if frame is not None:
            frame.text = f"{frame.text}\n{fitting.shown(text)}"

    def _lead(self, slide: Slide, top: float, text: str) -> float:
        """Write a line under the title; return where the rest of the body begins."""
        if not text:
            return top
        size, said = fitting.size_for(fitting.shown(text), ROOM, sizes=_LEADS)
        tall = fitting.height(said, ROOM, size=size)
        deck.text(slide, Box(MARGIN, top, ROOM, tall), said=[Paragraph((Run(said, size, "ink-2"),), 0.0)])
        return top + tall + 8.0

    def _words(self, said: list[Paragraph]) -> None:
        """Add as many slides of words as they need; the section's answer is the title of the first."""
        title, rest = self._section.question, ""
        if self._is_first:
            title, rest = self._answer()
        elif said and said[0].heads:
            title = said.pop(0).runs[0].text
        if rest:
            said.insert(0, Paragraph((Run(_held(rest, 18.0, most=_PARAGRAPH), 18.0, "ink"),), 12.0))
        if not said:
            self._add(title)
            return
        units = [(unit, sum(one.height(ROOM) for one in unit)) for unit in _together(said)]
        groups = fitting.balanced(units, BODY_BOTTOM - _WORDS_TOP)
        for number, group in enumerate(groups, start=1):
            slide, top = self._add(_counted(title, number, len(groups)))
            deck.text(
                slide, Box(MARGIN, top + 6, ROOM, BODY_BOTTOM - top), said=[one for unit in group for one in unit]
            )

    def _picture(self, picture: blocks.Picture) -> None:
        """Add the slides of a picture: its native charts, or the drawing; the section's answer stands on the first."""
        lead = self._section.answer if self._is_first and self._section.answer != picture.sentence else ""
        pages = [picture.native[start : start + _PANELS] for start in range(0, len(picture.native), _PANELS)]
        for number, charted in enumerate(pages or [()], start=1):
            slide, top = self._add(
                _counted(picture.title, number, len(pages)),
                source=picture.source,
                notes=(picture.sentence, picture.under),
            )
            top = self._lead(slide, top, lead if number == 1 else "")
            said = charted[0].under if charted and charted[0].under else picture.under
            under = fitting.size_for(fitting.shown(said), ROOM, sizes=((12.0, 2),))[1] if said else ""
            tall = fitting.height(under, ROOM, size=12.0) if under else 0.0
            if under:
                deck.text(slide, Box(MARGIN, top, ROOM, tall), said=[Paragraph((Run(under, 12.0, "ink-3"),), 0.0)])
            body = Box(MARGIN, top + tall + 6, ROOM, BODY_BOTTOM - top - tall - 6)
            if charted:
                _charts(slide, picture, charted, body)
            else:
                _drawing(slide, picture, body)

    def _table(self, table: blocks.TableBlock) -> None:
        """Add the slides of a table, its head on each."""
        is_first = self._is_first
        title, rest = _first_sentence(self._section.answer) if is_first else (table.caption, "")
        lead = " ".join(part for part in (rest, table.caption if is_first else "") if part)
        laid = tabling.Laid.of(table, ROOM)
        room = BODY_BOTTOM - 130.0 - (40.0 if lead else 0.0)
        groups = list(laid.pages(room))
        for number, rows in enumerate(groups, start=1):
            notes = (table.caption, table.note)
            slide, top = self._add(_counted(title or table.caption, number, len(groups)), notes=notes)
            top = self._lead(slide, top, lead if number == 1 else "")
            laid.put(slide, Box(MARGIN, top + 4, ROOM, BODY_BOTTOM - top - 4), rows=rows)


def _together(said: Sequence[Paragraph]) -> list[list[Paragraph]]:
    """Return paragraphs in units that stay on one slide: a heading with what it heads."""
    units: list[list[Paragraph]] = []
    for one in said:
        if units and units[-1][-1].heads:
            units[-1].append(one)
        else:
            units.append([one])
    return units


def _counted(title: str, number: int, of: int) -> str:
    return f"{title} ({number} of {of})" if of > 1 else title


def _first_sentence(text: str) -> tuple[str, str]:
    """Return the first sentence of an answer, without its stop, and the rest.

    >>> _first_sentence("No: fewer go on. 3 steps are not measured.")
    ('No: fewer go on', '3 steps are not measured.')
    """
    first, stop, rest = text.partition(". ")
    return (first, rest) if stop else (text.removesuffix("."), "")


def _charts(slide: Slide, picture: blocks.Picture, charted: Sequence[NativeChart], body: Box) -> None:
    """Put charts side by side, lines of one picture below each other; under one stacked bar its numbers."""
    if len(charted) == 1 and charted[0].kind == "stacked":
        charting.add(slide, charted[0], box=Box(body.left, body.top, body.width, _BAR_HEIGHT), words=picture.sentence)
        if picture.table is not None:
            laid = tabling.Laid.of(picture.table, body.width)
            top = body.top + _BAR_HEIGHT + _GAP
            shown = next(laid.pages(body.top + body.height - top))
            laid.put(slide, Box(body.left, top, body.width, body.top + body.height - top), rows=shown)
        return
    for chart, box in zip(charted, _places(charted, body), strict=True):
        words = picture.sentence if len(charted) == 1 else f"{chart.title}: {picture.sentence}"
        charting.add(slide, chart, box=box, words=words, small=len(charted) > 1)


def _places(charted: Sequence[NativeChart], body: Box) -> Iterator[Box]:
    """Yield where each of several charts stands."""
    is_long = any(len(str(name)) > _LONG_NAME for chart in charted for name in chart.categories if chart.kind == "bar")
    across = 1 if len(charted) == 1 or (len(charted) == 2 and is_long) else 3 if len(charted) > 4 else 2
    if across == 1:
        yield from _stacked(charted, body)
        return
    down = -(-len(charted) // across)
    width, height = (body.width - _GAP * (across - 1)) / across, (body.height - _GAP * (down - 1)) / down
    for index in range(len(charted)):
        left = body.left + (width + _GAP) * (index % across)
        yield Box(left, body.top + (height + _GAP) * (index // across), width, height)


def _stacked(charted: Sequence[NativeChart], body: Box) -> Iterator[Box]:
    """Yield where charts below each other stand: those with more bars get more height."""
    weights = [len(chart.categories) + _HEAD_BARS for chart in charted]
    free, top = body.height - _GAP * (len(charted) - 1), body.top
    for weight in weights:
        tall = free * weight / sum(weights)
        yield Box(body.left, top, body.width, tall)
        top += tall + _GAP


def _drawing(slide: Slide, picture: blocks.Picture, body: Box) -> None:
    """Put the drawing on the slide as a picture, as large as it can be without growing beyond twice its size."""
    from pptx.util import Pt

    drawn = still(picture)
    if drawn is None:
        deck.text(slide, body, said=[_plain(picture.sentence, 16.0)])
        return
    factor = min(body.width / drawn.width, body.height / drawn.height)
    width, height = drawn.width * factor, drawn.height * factor
    shape: Any = slide.shapes.add_picture(
        io.BytesIO(charts.png(drawn.svg, scale=_SHARPNESS)),
        Pt(body.left + (body.width - width) / 2),
        Pt(body.top),
        Pt(width),
        Pt(height),
    )
    deck.name(shape._element.nvPicPr.cNvPr, picture.title, words=drawn.words)  # noqa: SLF001 (no public way to alt texts)


def _paragraphs(block: blocks.Block) -> list[Paragraph] | None:
    """Return a block of words as paragraphs, or None for one that has slides of its own."""
    match block:
        case blocks.Sentence(text, kind):
            return [_plain(text, 18.0 if kind == "lead" else 16.0)]
        case blocks.Notes(items, title):
            return [*([_bold(title)] if title else []), *(_plain(f"– {text}", 15.0) for text in items)]
        case blocks.Pairs(items):
            return [
                Paragraph((Run(f"{_held(name)}: ", 13.0, "ink-2"), Run(_held(value), 13.0)), 3.0)
                for name, value in items
            ]
        case blocks.Empty(what, why, step):
            return [_bold(what), *(_plain(text, 16.0) for text in (why, step) if text)]
        case blocks.Fixes(items):
            return [line for number, fix in enumerate(items, start=1) for line in _fix(number, fix)]
        case blocks.FindingList(items, caption):
            return [*([_bold(caption)] if caption else []), *(_finding(one) for one in items)]
        case _:
            return None


def _held(text: str, size: float = 16.0, *, most: int = 4) -> str:
    """Return a text of at most so many lines across the slide."""
    return fitting.size_for(fitting.shown(text), ROOM, sizes=((size, most),))[1]


def _plain(text: str, size: float) -> Paragraph:
    return Paragraph((Run(_held(text, size, most=_PARAGRAPH), size),), 8.0)


def _bold(text: str) -> Paragraph:
    return Paragraph((Run(_held(text), 18.0, "ink", bold=True),), 8.0, heads=True)


def _fix(number: int, fix: blocks.Fix) -> list[Paragraph]:
    money = f"  {fix.money}" if fix.money else ""
    return [
        Paragraph((Run(f"{number}  {_held(fix.title)}", 20.0, "ink", bold=True), Run(money, 16.0, "ink-2")), 2.0),
        Paragraph((Run(_held(fix.text), 15.0, "ink-2"),), 2.0),
        Paragraph((Run(f"→ {_held(fix.fix)} ", 16.0), Run(fix.code, 12.0, "ink-3")), 18.0),
    ]


def _finding(one: blocks.FindingView) -> Paragraph:
    sign = theme.sign(one.level)
    runs = [
        Run(f"{sign.glyph} {one.level} {one.code}  ", 14.0, sign.token, bold=True),
        Run(_held(one.text), 14.0),
    ]
    if one.fix:
        runs.append(Run(f" → {_held(one.fix)}", 13.0, "ink-2"))
    more = " · ".join(part for part in (one.money, one.waiver, one.place) if part)
    if more:
        runs.append(Run(f"  {_held(more)}", 11.0, "ink-3"))
    return Paragraph(tuple(runs), 9.0)
