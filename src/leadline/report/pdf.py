"""Blocks become PDF through Typst: tagged, with real headings and tables, vector drawings, nothing loaded from outside.

The page goes to the template as one JSON text and stays data there: `#`, `$`, `]` in a name are letters like others.
Without dates and with ids from the content, the same page gives the same bytes.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

from leadline.errors import MissingExtra
from leadline.report import blocks, paper, theme
from leadline.report.printable import breakable, language, printable
from leadline.report.stills import still

if TYPE_CHECKING:
    from types import ModuleType

Values = dict[str, Any]

# The serif that Typst carries: a report looks the same on every machine. Faces that are installed fill what it lacks.
READING_FACE, CODE_FACE = "Libertinus Serif", "DejaVu Sans Mono"
# Of all signs the one that neither carried face can draw; the one it is drawn with looks the same.
_DRAWN_AS = {"✕": "×"}
# Letters in pt; the one-sheet page is set tighter (style guide 2.2, 16 px = 10.5 pt as the page prints).
SIZES = {"note": 8.5, "body": 10.5, "first": 11.5, "lead": 12.0, "answer": 14.0, "h3": 12.5, "h2": 16.0, "h1": 22.0}
TIGHT = {"note": 7.5, "body": 9.0, "first": 9.5, "lead": 9.5, "answer": 11.5, "h3": 10.0, "h2": 12.0, "h1": 17.0}
# By how much the one-sheet page may be set smaller, in steps: 9 pt at 0.8 is 7.2 pt, still read without effort (house).
FACTORS = (1.0, 0.96, 0.92, 0.88, 0.84, 0.8)
# A picture on a sheet of its own may be drawn this much larger than on the screen (house: to fill A3 from A4).
LARGEST = 1.42
# A cell or a finding longer than this may break over two sheets; else a single row could be higher than the paper.
_LONG = 900
# Room of a line of text, pt: the column of the report less what a finding or a fix is set in by.
_LINE = 420.0
_NAMES = 115.0  # room of a name beside its value, pt
# The highest row that is kept whole, mm: half a sheet.
_HIGH_ROW = 110.0


def render_pdf(page: blocks.Page) -> bytes:
    """Return the page as a tagged PDF, PDF/UA-1 where it can be; raises MissingExtra where Typst is not installed."""
    typst = _typst()
    with as_file(files("leadline.report") / "templates") as folder:
        source = (folder / "page.typ").read_bytes()
        asked = {"root": str(folder), "sys_inputs": {"page": json.dumps(document(page))}}
        try:
            return bytes(typst.compile(source, **asked, pdf_standards="ua-1"))
        except typst.TypstError:
            # The standard refuses a page with a letter that no face here can draw; the page is still worth having.
            return bytes(typst.compile(source, **asked))


def _typst() -> ModuleType:
    try:
        import typst
    except ImportError:
        raise MissingExtra.needed("PDF", "pdf", alternative="write HTML: leadline report -o review.html") from None
    return typst


@cache
def faces() -> tuple[tuple[str, ...], str]:
    """Return the faces of text, the sure one first, and the face of drawings; only faces that are there are named."""
    there = set(_typst().Fonts().families())
    named = [name.strip(' "') for name in f"{theme.FONT_READ},{theme.FONT_TEXT}".split(",")]
    drawn = [name.strip() for name in theme.FONT_MEASURED.split(",")]
    return (
        tuple(dict.fromkeys([READING_FACE, *(name for name in named if name in there)])),
        next((name for name in drawn if name in there), READING_FACE),
    )


def document(page: blocks.Page) -> Values:
    """Return the page as plain values for the template: finished texts, lengths in mm, letters in pt."""
    behind = paper.annex(page)
    numbers = {id(picture): number for number, (picture, _) in enumerate(behind, start=1)}
    tight = page.one_sheet
    return {
        "title": _text(page.title, size=SIZES["h1"]) or "Report", "language": language(page.language), "tight": tight,
        "kicker": _text(page.kicker), "under": _text(page.under), "answer": _text(page.answer, size=SIZES["answer"]),
        "beside": [_text(words) for words in page.beside], "foot": _text(page.foot),
        "colours": {token.name: token.light for token in theme.TOKENS},
        "faces": list(faces()[0]), "mono": CODE_FACE, "sizes": TIGHT if tight else SIZES, "gutter": paper.GUTTER,
        "factors": list(FACTORS), "paper": [paper.A4_WIDTH, paper.A4_HEIGHT],
        "margins": [13.0, 18.0, 17.0] if tight else [paper.ABOVE, paper.SIDE, paper.BELOW],
        "sections": [
            _section(section, numbers, tight=tight, below=0.0 if index else paper.MASTHEAD)
            for index, section in enumerate(page.sections)
        ],
        "annex": [] if tight else [{"title": _text(picture.title), "table": _table(table)} for picture, table in behind],
    }  # fmt: skip


def _section(section: blocks.Section, numbers: dict[int, int], *, tight: bool, below: float) -> Values:
    laid = [
        {"kind": "picture", **_picture(block, numbers.get(id(block), 0), below=None if index else below, tight=tight)}
        if isinstance(block, blocks.Picture)
        else _block(block, tight=tight)
        for index, block in enumerate(section.blocks)
    ]
    first = laid[0] if laid and laid[0].get("sheet") else None
    return {
        "question": _text(section.question, size=SIZES["h2"]), "answer": _text(section.answer), "first": first,
        "blocks": laid[1:] if first else laid, "known": [_text(words) for words in section.known_from],
        "known-breaks": sum(map(len, section.known_from)) > _LONG,
    }  # fmt: skip


def _block(block: blocks.Block, *, tight: bool) -> Values:
    match block:
        case blocks.Heading(text):
            return {"kind": "heading", "text": _text(text)}
        case blocks.Sentence(text, style):
            return {"kind": "sentence", "text": _text(text), "style": style}
        case blocks.Picture():
            return {"kind": "picture", **_picture(block, 0, tight=tight)}
        case blocks.TableBlock():
            return {"kind": "table", **_table(block, tight=tight)}
        case blocks.Fixes(items):
            return {"kind": "fixes", "items": [_fix(fix) for fix in items]}
        case blocks.FindingList(items, caption):
            return {"kind": "findings", "caption": _text(caption), "items": [_finding(one) for one in items]}
        case blocks.Notes(items, title):
            return {"kind": "notes", "title": _text(title), "items": [_text(words) for words in items]}
        case blocks.Pairs(items):
            return {
                "kind": "pairs",
                "items": [
                    [breakable(printable(name), _NAMES, size=9.0), _text(value, size=17.0)] for name, value in items
                ],
            }
        case blocks.Empty(what, why, step):
            return {"kind": "empty", "what": _text(what), "why": _text(why), "step": _text(step)}


def _picture(picture: blocks.Picture, number: int, *, below: float | None = None, tight: bool = False) -> Values:
    """Return a picture with its size.

    number: of its table in the annex · below: what stands above it if it opens a section, mm · tight: on the one sheet
    """
    drawn = still(picture, face=faces()[1])
    beside = paper.beside(picture)
    told: Values = {
        "title": _text(picture.title), "under": _text(picture.under), "source": _text(picture.source), "annex": number,
        "table": _table(beside) if beside and not tight else None, "sheet": None, "svg": "",
        "words": _text(picture.sentence), "breaks": len(picture.title) + len(picture.under) > _LONG,
    }  # fmt: skip
    if drawn is None:
        return told
    sheet = None if tight else paper.sheet_for(drawn.width, drawn.height, opens=below is not None, below=below or 0.0)
    size = paper.fitted(drawn.width, drawn.height, room=paper.ONE_SHEET_ROOM if tight else paper.room(sheet))
    told |= {"svg": drawn.svg, "words": drawn.words, "width": size[0], "height": size[1]}
    if sheet:
        told["sheet"] = [sheet.width, sheet.height, sheet.side, sheet.above]
        told["full"] = [length * paper.MM_OF_PX * LARGEST for length in (drawn.width, drawn.height)]
    return told


def _table(table: blocks.TableBlock, *, tight: bool = False) -> Values:
    laid = paper.widths(table, paper.ONE_SHEET_ROOM[0], largest=8.0) if tight else paper.widths(table)
    signs = [theme.sign(mark) if mark else None for mark in table.marks]
    rows = paper.broken(table.rows, laid)
    heads = paper.broken([[column.name for column in table.columns], [column.unit for column in table.columns]], laid)
    note = " ".join(part for part in (table.note, f"Last row: {table.total}." if table.total else "") if part)
    return {
        "caption": _text(table.caption), "note": _text(note), "total": bool(table.total and rows), "rows": rows,
        "columns": [
            {"name": name, "unit": unit, "right": column.align == "right"}
            for column, name, unit in zip(table.columns, *heads, strict=True)
        ],
        "widths": laid.columns, "size": laid.size, "lying": laid.lying,
        "marks": [[_glyph(sign), sign.token] if sign else ["", "ink"] for sign in signs],
        "breaks": paper.highest(table.rows, laid) > _HIGH_ROW,
    }  # fmt: skip


def _fix(fix: blocks.Fix) -> Values:
    return {
        "title": _text(fix.title), "money": _text(fix.money), "text": _runs(fix.text), "fix": _runs(fix.fix),
        "code": _text(fix.code), "breaks": len(fix.title) + len(fix.text) + len(fix.fix) > _LONG,
    }  # fmt: skip


def _finding(finding: blocks.FindingView) -> Values:
    sign = theme.sign(finding.level)
    beside = " · ".join(part for part in (finding.waiver, finding.why, finding.place) if part)
    return {
        "glyph": _glyph(sign), "token": sign.token, "level": _text(finding.level), "code": _text(finding.code),
        "text": _runs(finding.text), "money": _text(finding.money), "fix": _runs(finding.fix), "beside": _runs(beside),
        "breaks": len(finding.text) + len(finding.fix) + len(beside) > _LONG,
    }  # fmt: skip


def _glyph(sign: theme.Sign) -> str:
    return _DRAWN_AS.get(sign.glyph, sign.glyph)


def _text(text: str, *, size: float = 12.5) -> str:
    """Return a text that breaks where it must in a line of the column; size: of its letters at most, pt."""
    return breakable(printable(text), _LINE, size=size)


def _runs(text: str) -> list[list[str | bool]]:
    return [[breakable(words, _LINE, size=SIZES["body"]), code] for words, code in paper.coded(text)]
