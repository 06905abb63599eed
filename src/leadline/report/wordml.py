"""The parts of a Word file that python-docx has no words for: styles, tables, fields, sheets, and bytes that stay equal.

Texts go into `w:t` and attributes alone, so nothing a person wrote can become a field, a link or a style.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from leadline.report import blocks, paper, theme
from leadline.report.printable import printable, together

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.text.font import CT_RPr
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.section import Section
    from docx.shape import InlineShape
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

# Faces that stand on the machines where Word stands; the serif is one of the report's (style guide 2.2).
SERIF, MONO = "Palatino Linotype", "Consolas"
# That serif beside the sans `lettering` measures; a wider one in its place still wraps.
WORD_FACE = 0.9
_TWIPS_OF_MM = 1440 / 25.4
# The earliest moment a zip can name: files of a document have no time of their own here, so that bytes stay equal.
_NO_TIME = (1980, 1, 1, 0, 0, 0)
# name of the style: based on, size in pt, colour token, bold, space before, space after (pt), kept with the next one
_STYLES: tuple[tuple[str, str, float, str, bool, float, float, bool], ...] = (
    ("Normal", "", 10.5, "ink", False, 0, 6, False),
    ("Heading 1", "", 22, "ink", True, 0, 4, True),
    ("Heading 2", "", 16, "ink", True, 22, 6, True),
    ("Heading 3", "", 12.5, "ink", True, 14, 4, True),
    ("List Bullet", "", 10.5, "ink", False, 0, 3, False),
    ("Caption", "", 8.5, "ink-2", False, 8, 3, True),
    ("Report origin", "Normal", 8.5, "ink-2", False, 0, 2, True),
    ("Report answer", "Normal", 14, "ink", False, 10, 6, False),
    ("Report beside", "Normal", 10.5, "ink-2", False, 0, 6, False),
    ("Report first", "Normal", 11.5, "ink", False, 0, 6, True),
    ("Report lead", "Normal", 12, "ink", False, 0, 6, False),
    ("Report aside", "Normal", 9.5, "ink-2", False, 0, 6, False),
    ("Picture title", "Normal", 12, "ink", True, 12, 2, True),
    ("Picture measure", "Normal", 8.5, "ink-2", False, 0, 5, True),
    ("Picture", "Normal", 10.5, "ink", False, 0, 2, True),
    ("Report source", "Normal", 8.5, "ink-3", False, 3, 6, False),
    ("Report step", "Normal", 10.5, "ink", False, 0, 3, False),
    ("Report known", "Normal", 8.5, "ink-2", True, 10, 2, True),
    ("Report known list", "List Bullet", 8.5, "ink-2", False, 0, 2, False),
    ("Table text", "Normal", 9, "ink", False, 0, 0, False),
)


# What the one-sheet page takes of each size and of each space; the same words fill 1.4 sheets as a report (looked at).
_TIGHT_SIZE, _TIGHT_SPACE = 0.77, 0.3


def styled(document: Document, language: str, *, tight: bool = False) -> None:
    """Give the document the report's styles and language. tight: for a page that is meant for one sheet."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Pt, RGBColor

    shrunk, closer = (_TIGHT_SIZE, _TIGHT_SPACE) if tight else (1.0, 1.0)
    for name, base, size, token, bold, before, after, kept in _STYLES:
        style: Any = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH) if base else document.styles[name]
        if base:
            style.base_style = document.styles[base]
            style.quick_style = True
        _faced(style.element.get_or_add_rPr(), SERIF)
        style.font.size, style.font.bold = Pt(round(2 * size * shrunk) / 2), bold
        style.font.color.rgb = RGBColor.from_string(theme.colour(token).removeprefix("#"))
        form = style.paragraph_format
        form.space_before, form.space_after, form.keep_with_next = Pt(before * closer), Pt(after * closer), kept
        form.line_spacing = 1.0 if tight else 1.1 if name.startswith("Heading") or name == "Table text" else 1.2
        form.widow_control = True
    _spoken(document, language)


def _spoken(document: Document, language: str) -> None:
    from docx.oxml.ns import qn

    for place in document.styles.element.iter(qn("w:lang")):
        place.set(qn("w:val"), language)
    document.core_properties.language = language


def _faced(properties: CT_RPr, face: str) -> None:
    """Set the face of every script; the theme's faces, which would win, are taken away."""
    from docx.oxml.ns import qn

    fonts = properties.get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), face)


def element(name: str, parent: BaseOxmlElement | None = None, **attributes: object) -> BaseOxmlElement:
    """Return an element of WordprocessingML, put under a parent where one is given; attributes in its namespace."""
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    made = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), str(value))
    if parent is not None:
        parent.append(made)
    return made


def coded(paragraph: Paragraph, text: str) -> None:
    """Add a text to a paragraph; what stands between backticks is set as code."""
    from docx.shared import Pt

    for words, is_code in paper.coded(text):
        run = paragraph.add_run(words)
        if is_code:
            _faced(run._r.get_or_add_rPr(), MONO)  # noqa: SLF001 (python-docx has no other way to its faces)
            run.font.size = Pt(9)


def painted(run: Run, token: str) -> None:
    """Give a run the light value of a colour token."""
    from docx.shared import RGBColor

    run.font.color.rgb = RGBColor.from_string(theme.colour(token).removeprefix("#"))


def edge(paragraph: Paragraph, token: str) -> None:
    """Draw a coloured line left of a paragraph."""
    frame = element("pBdr")
    element("left", frame, val="single", sz=16, space=8, color=theme.colour(token).removeprefix("#"))
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001 (borders have no other way in)
        frame, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def described(shape: InlineShape, words: str) -> None:
    """Give a picture the words for who cannot see it, and no air around it: Word's own default is none, others' is not."""
    inline = shape._inline  # noqa: SLF001 (python-docx has neither)
    inline.docPr.set("descr", words)
    inline.docPr.set("name", f"Picture {inline.docPr.get('id')}")
    for side in ("distT", "distB", "distL", "distR"):
        inline.set(side, "0")


def running_foot(section: Section, foot: str) -> None:
    """Write the foot of a section: what it is, plan and day on the left, page x of y on the right."""
    from docx.enum.text import WD_TAB_ALIGNMENT
    from docx.shared import Emu, Pt

    section.footer.is_linked_to_previous = False
    paragraph = section.footer.paragraphs[0]
    paragraph.style = "Report source"
    for stop in list(paragraph.paragraph_format.tab_stops):
        stop.alignment = WD_TAB_ALIGNMENT.CLEAR
    width = int(section.page_width or 0) - int(section.left_margin or 0) - int(section.right_margin or 0)
    paragraph.paragraph_format.tab_stops.add_tab_stop(Emu(width), WD_TAB_ALIGNMENT.RIGHT)
    paragraph.paragraph_format.right_indent = Pt(0)
    paragraph.add_run(f"{printable(foot)}\tpage ")
    _field(paragraph, "PAGE")
    paragraph.add_run(" of ")
    _field(paragraph, "NUMPAGES")


def _field(paragraph: Paragraph, order: str) -> None:
    """Add one of our own two fields; its order never holds a text from outside."""
    run = paragraph.add_run()._r  # noqa: SLF001 (python-docx has no fields)
    element("fldChar", run, fldCharType="begin")
    element("instrText", run).text = order
    element("fldChar", run, fldCharType="separate")
    element("t", run).text = "1"
    element("fldChar", run, fldCharType="end")


def sheet_set(section: Section, sheet: paper.Sheet) -> None:
    """Give a section its paper and margins."""
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    section.orientation = WD_ORIENT.LANDSCAPE if sheet.width > sheet.height else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(sheet.width), Mm(sheet.height)
    section.left_margin = section.right_margin = Mm(sheet.side)
    section.top_margin, section.bottom_margin = Mm(sheet.above), Mm(sheet.above + 2)
    section.footer_distance = Mm(min(sheet.above / 2, 11.0))


def table(document: Document, shown: blocks.TableBlock, *, laid: paper.Widths, tight: bool = False) -> None:
    """Add a real table: a head that repeats, rows that stay whole, hairlines, widths as laid out.

    tight: with less air between the rows
    """
    made = element("tbl")
    _table_properties(made, shown, laid)
    grid = element("tblGrid", made)
    for width in laid.columns:
        element("gridCol", grid, w=_twips(width))
    heads = [printable(f"{column.name} {column.unit}") for column in shown.columns]
    if any(heads):
        _row(made, shown, heads, look=_Look(laid, head=True, tight=tight))
    marks = shown.marks or ("",) * len(shown.rows)
    last = len(shown.rows) - 1
    for index, (mark, row) in enumerate(zip(marks, shown.rows, strict=True)):
        look = _Look(laid, total=bool(shown.total) and index == last, mark=mark, tight=tight)
        _row(made, shown, row, look=look)
    body = document.element.body
    body.insert(len(body) - 1, made)


class _Look:
    """How a row stands: its widths, and whether it is the head or the total; mark: the word of its sign."""

    def __init__(self, laid: paper.Widths, *, head: bool = False, total: bool = False, mark: str = "", tight: bool = False) -> None:  # fmt: skip
        self.widths = [_twips(width) for width in laid.columns]
        self.half_points = str(round(2 * (min(laid.size, 8.5) if head else laid.size)))
        self.head, self.total, self.tight = head, total, tight
        self.sign = theme.sign(mark) if mark else None


def _table_properties(made: BaseOxmlElement, shown: blocks.TableBlock, laid: paper.Widths) -> None:
    line = theme.colour("line").removeprefix("#")
    properties = element("tblPr", made)
    element("tblW", properties, w=sum(_twips(width) for width in laid.columns), type="dxa")
    borders = element("tblBorders", properties)
    for side in ("bottom", "insideH"):
        element(side, borders, val="single", sz=4, space=0, color=line)
    element("tblLayout", properties, type="fixed")
    margins = element("tblCellMar", properties)
    for side, width in (("left", 0), ("right", _twips(paper.GUTTER))):
        element(side, margins, w=width, type="dxa")
    element("tblLook", properties, val="0420", firstRow=1, lastRow=0, firstColumn=1, lastColumn=0, noHBand=1, noVBand=1)
    element("tblCaption", properties, val=printable(shown.caption)[:255])


def _row(made: BaseOxmlElement, shown: blocks.TableBlock, cells: Sequence[str], *, look: _Look) -> None:
    row = element("tr", made)
    properties = element("trPr", row)
    element("cantSplit", properties)
    if look.head:
        element("tblHeader", properties)
    for index, (column, text) in enumerate(zip(shown.columns, cells, strict=True)):
        cell = element("tc", row)
        _cell_properties(cell, look.widths[index], look=look)
        paragraph = element("p", cell)
        form = element("pPr", paragraph)
        element("pStyle", form, val="Tabletext")
        if look.head:
            element("keepNext", form)
        air = 8 if look.tight else 45
        element("spacing", form, before=air, after=air)
        if column.align == "right":
            element("jc", form, val="right")
        if index == 0 and look.sign:
            _run(paragraph, f"{look.sign.glyph} ", look, token=look.sign.token)
        _run(paragraph, together(printable(text)), look, token="ink-2" if look.head else "")


def _cell_properties(cell: BaseOxmlElement, width: int, *, look: _Look) -> None:
    properties = element("tcPr", cell)
    element("tcW", properties, w=width, type="dxa")
    if look.head or look.total:
        borders = element("tcBorders", properties)
        token = "line-strong" if look.head else "ink"
        side = "bottom" if look.head else "top"
        element(side, borders, val="single", sz=6, space=0, color=theme.colour(token).removeprefix("#"))
    if look.head:
        element("vAlign", properties, val="bottom")


def _run(paragraph: BaseOxmlElement, text: str, look: _Look, *, token: str) -> None:
    run = element("r", paragraph)
    form = element("rPr", run)
    if look.total:
        element("b", form)
    if token:
        element("color", form, val=theme.colour(token).removeprefix("#"))
    element("sz", form, val=look.half_points)
    words = element("t", run)
    words.text = text
    words.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _twips(millimetres: float) -> int:
    return round(millimetres * _TWIPS_OF_MM)


def finished(document: Document) -> bytes:
    """Return the document as bytes without a moment in them: no dates, files in one order and of one age."""
    from docx.oxml.ns import qn

    core = document.core_properties._element  # noqa: SLF001 (a date can be set there, not taken away)
    for name in ("dcterms:created", "dcterms:modified"):
        for dated in core.findall(qn(name)):
            core.remove(dated)
    package = document.part.package
    for key, link in list(package.rels.items() if package else ()):
        if link.reltype.endswith("/thumbnail"):  # of the empty template: it shows another document
            del package.rels[key]
    written = io.BytesIO()
    document.save(written)
    out = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _NO_TIME)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(info, source.read(name))
    return out.getvalue()
