"""Blocks become a Word file: real headings, real tables with repeated heads, pictures with their words, no field but page numbers.

The same words in the same order as the PDF; wide maps stand on a sheet of their own, long numbers in the annex.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from leadline.errors import MissingExtra
from leadline.report import blocks, charts, paper, theme, wordml
from leadline.report.printable import language, printable, together
from leadline.report.stills import Still, still

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph

# Pixels of the picture per px of the drawing: 680 px in a column of 160 mm are then 270 dots an inch.
SHARPNESS = 2.5
# Width of the names beside their values, mm (house: the longest of the demo on one line).
_NAMES = 42.0


def render_docx(page: blocks.Page) -> bytes:
    """Return the page as a Word file, the same bytes for the same page; raises MissingExtra without python-docx."""
    try:
        import docx
    except ImportError:
        raise MissingExtra.needed("Word", "office", alternative="write HTML: leadline report -o review.html") from None
    document = docx.Document()
    wordml.styled(document, language(page.language), tight=page.one_sheet)
    core = document.core_properties
    core.title, core.author, core.comments = printable(page.title)[:255], "Leadline", ""
    _Writer(document, page).write()
    return wordml.finished(document)


class _Writer:
    """Writes the page from top to bottom; knows on which sheet it stands."""

    def __init__(self, document: Document, page: blocks.Page) -> None:
        self.document, self.page = document, page
        self.report_sheet = paper.ONE_SHEET if page.one_sheet else paper.OF_REPORT
        self.annex = paper.annex(page)
        self.numbers = {id(picture): number for number, (picture, _) in enumerate(self.annex, start=1)}
        self.stills: dict[int, Still | None] = {}
        self.used = False
        self.on: paper.Sheet | None = None

    def write(self) -> None:
        """Write everything."""
        page = self.page
        self.turn(self._opening_sheet() or self.report_sheet)
        self._masthead()
        for index, section in enumerate(page.sections):
            self._section(section, below=0.0 if index else paper.MASTHEAD)
        if self.annex and not page.one_sheet:
            self.turn(self.report_sheet)
            self.say("Annex: the numbers behind the pictures", "Heading 2").paragraph_format.page_break_before = True
            for number, (picture, table) in enumerate(self.annex, start=1):
                self.say(f"Table {number}: {printable(picture.title)}", "Heading 3")
                self._table(table)

    def turn(self, sheet: paper.Sheet) -> None:
        """Go on on a sheet of this kind: nothing happens if it is the one we are on."""
        from docx.enum.section import WD_SECTION

        if sheet == self.on:
            return
        section = self.document.add_section(WD_SECTION.NEW_PAGE) if self.used else self.document.sections[0]
        wordml.sheet_set(section, sheet)
        wordml.running_foot(section, self.page.foot)
        self.used, self.on = True, sheet

    def say(self, text: str, style: str = "Normal") -> Paragraph:
        """Add a paragraph."""
        return self.document.add_paragraph(together(printable(text)), style)

    def code(self, text: str, style: str = "Normal", *, lead: str = "") -> Paragraph:
        """Add a paragraph with code between backticks."""
        paragraph = self.document.add_paragraph(lead, style)
        wordml.coded(paragraph, text)
        return paragraph

    def _still(self, picture: blocks.Picture) -> Still | None:
        """Return the drawing of a picture, drawn once."""
        if id(picture) not in self.stills:
            self.stills[id(picture)] = still(picture)
        return self.stills[id(picture)]

    def _opening_sheet(self) -> paper.Sheet | None:
        """Return the sheet the whole page opens on, where its first section begins with a picture that needs one."""
        first = self.page.sections[0].blocks[:1] if self.page.sections else ()
        if not first or not isinstance(first[0], blocks.Picture):
            return None
        return self._sheet(self._still(first[0]), below=paper.MASTHEAD)

    def _sheet(self, drawn: Still | None, *, below: float) -> paper.Sheet | None:
        if drawn is None or self.page.one_sheet:
            return None
        return paper.sheet_for(drawn.width, drawn.height, opens=True, below=below)

    def _masthead(self) -> None:
        page = self.page
        self.say(page.title, "Heading 1")
        for text in (page.kicker, page.under):
            if text:
                self.say(text, "Report origin")
        self.say(page.answer, "Report answer")
        for text in page.beside:
            self.say(text, "Report beside")

    def _section(self, section: blocks.Section, *, below: float) -> None:
        first = section.blocks[0] if section.blocks else None
        drawn = self._still(first) if isinstance(first, blocks.Picture) else None
        if not below:
            self.turn(self._sheet(drawn, below=0.0) or self.report_sheet)
        self.say(section.question, "Heading 2")
        if section.answer:
            self.say(section.answer, "Report first").paragraph_format.keep_with_next = bool(section.blocks)
        for index, block in enumerate(section.blocks):
            if isinstance(block, blocks.Picture):
                self._picture(block, below=None if index else below)
            else:
                self.turn(self.report_sheet)
                self._block(block)
        if section.known_from:
            self.turn(self.report_sheet)
            self.say("How we know", "Report known")
            for text in section.known_from:
                self.say(text, "Report known list")

    def _block(self, block: blocks.Block) -> None:
        match block:
            case blocks.Heading(text):
                self.say(text, "Heading 3")
            case blocks.Sentence(text, kind):
                self.say(text, {"lead": "Report lead", "aside": "Report aside"}.get(kind, "Normal"))
            case blocks.TableBlock():
                self._table(block)
            case blocks.Fixes(items):
                self._fixes(items)
            case blocks.FindingList(items, caption):
                self._findings(items, caption)
            case blocks.Notes(items, title):
                if title:
                    self.say(title, "Heading 3")
                for text in items:
                    self.say(text, "List Bullet")
            case blocks.Pairs(items):
                self._pairs(items)
            case blocks.Empty(what, why, step):
                for text in (what, why, step and f"→ {step}"):
                    if text:
                        wordml.edge(self.say(text, "Report beside"), "line-strong")

    def _picture(self, picture: blocks.Picture, *, below: float | None) -> None:
        """Write a picture with its words; below: what stands above it, where it opens its section."""
        from docx.shared import Mm

        drawn = self._still(picture)
        sheet = None
        if drawn is not None and not self.page.one_sheet:
            sheet = paper.sheet_for(drawn.width, drawn.height, opens=below is not None, below=below or 0.0)
        self.turn(sheet or self.report_sheet)
        for text, style in ((picture.title, "Picture title"), (picture.under, "Picture measure")):
            if text:
                self.say(text, style)
        if drawn is None:
            self.say(picture.sentence)
        else:
            room = paper.ONE_SHEET_ROOM if self.page.one_sheet else paper.room(sheet, below=below or 0.0)
            above = 0.0 if below is None or self.page.one_sheet else paper.QUESTION
            width, height = paper.fitted(drawn.width, drawn.height, room=(room[0], room[1] - above))
            run = self.document.add_paragraph(style="Picture").add_run()
            shape = run.add_picture(io.BytesIO(charts.png(drawn.svg, scale=SHARPNESS)), Mm(width), Mm(height))
            wordml.described(shape, drawn.words)
        number = 0 if self.page.one_sheet else self.numbers.get(id(picture), 0)
        for text in (picture.source, f"Numbers: annex, table {number}." if number else ""):
            if text:
                self.say(text, "Report source")
        behind = paper.beside(picture)
        if behind and not self.page.one_sheet:
            self.turn(self.report_sheet)
            self._table(behind)

    def _table(self, table: blocks.TableBlock) -> None:
        room = self.report_sheet.width - 2 * self.report_sheet.side
        largest = paper.SMALLEST_SIZE if self.page.one_sheet else paper.TABLE_SIZE
        laid = paper.widths(table, room, face=wordml.WORD_FACE, largest=largest)
        if laid.lying:
            self.turn(paper.SHEETS[0])
        if table.caption:
            self.say(table.caption, "Caption")
        wordml.table(self.document, table, laid=laid, tight=self.page.one_sheet)
        told = f"Last row: {table.total}." if table.total else ""
        note = " ".join(part for part in (table.note, told) if part)
        if note or not self.page.one_sheet:  # two tables without a paragraph between them would become one
            self.say(note, "Report source")
        self.turn(self.report_sheet)

    def _fixes(self, items: tuple[blocks.Fix, ...]) -> None:
        for number, fix in enumerate(items, start=1):
            heading = self.say(f"{number}. {printable(fix.title)}", "Heading 3")
            if fix.money:
                heading.add_run(f"  {printable(fix.money)}").bold = False
            self.code(fix.text).paragraph_format.keep_with_next = True
            step = self.code(fix.fix, "Report step", lead="→ ")
            step.add_run(" ")
            wordml.coded(step, f"`{fix.code.replace('`', '')}`")

    def _findings(self, items: tuple[blocks.FindingView, ...], caption: str) -> None:
        if caption:
            self.say(caption, "Heading 3")
        for one in items:
            sign = theme.sign(one.level)
            head = self.document.add_paragraph(style="Report step")
            marked = head.add_run(f"{sign.glyph} {printable(one.level)} ")
            marked.bold = True
            wordml.painted(marked, sign.token)
            wordml.coded(head, f"`{one.code.replace('`', '')}`")
            head.add_run(" ")
            wordml.coded(head, one.text)
            if one.money:
                head.add_run(f" ({printable(one.money)})").bold = True
            lines = [head]
            if one.fix:
                lines.append(self.code(one.fix, "Report step", lead="→ "))
            beside = " · ".join(part for part in (one.waiver, one.why, one.place) if part)
            if beside:
                lines.append(self.code(beside, "Report source"))
            for index, line in enumerate(lines):
                wordml.edge(line, sign.token)
                line.paragraph_format.keep_with_next = index < len(lines) - 1

    def _pairs(self, items: tuple[tuple[str, str], ...]) -> None:
        shown = blocks.TableBlock((blocks.Column(""), blocks.Column("")), items, "")
        room = self.report_sheet.width - 2 * self.report_sheet.side
        laid = paper.Widths((_NAMES, room - _NAMES), paper.TABLE_SIZE)
        wordml.table(self.document, shown, laid=laid, tight=self.page.one_sheet)
        if not self.page.one_sheet:
            self.say("", "Report source")
