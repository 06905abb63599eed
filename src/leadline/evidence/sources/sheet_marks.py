"""What a workbook says beside its values: hidden rows, formulas never calculated, error cells, currencies of number formats.

The reader of values does not give these, so the parts of an .xlsx are looked at once more, as a stream. The archive was
checked before (`sheets.py`): it is whole and unpacks to a bounded size. A document type is never read.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from xml.parsers import expat

from leadline.errors import ImportRefused
from leadline.evidence.sources.currencies import is_currency
from leadline.evidence.sources.money_text import MARKS, OPEN_MARKS

if TYPE_CHECKING:
    from xml.parsers.expat import XMLParserType

PIECE = 1 << 20  # bytes handed to the parser at once; own
OOXML = ("xl/workbook.xml",)
# `[$$-409]` is the dollar of the United States: the locale of a format names the currency its sign leaves open.
LOCALES = {
    ("$", "409"): "USD", ("$", "1009"): "CAD", ("$", "c0c"): "CAD", ("$", "c09"): "AUD", ("$", "1409"): "NZD", ("$", "80a"): "MXN",
    ("kr", "41d"): "SEK", ("kr", "414"): "NOK", ("kr.", "406"): "DKK", ("kr", "406"): "DKK", ("¥", "411"): "JPY", ("¥", "804"): "CNY",
}  # fmt: skip

_BRACKET = re.compile(r"\[\$([^\]\-]*)(?:-([0-9A-Fa-f]+))?[^\]]*\]")
_LITERAL = re.compile(r'"([^"]*)"|\\(.)|([€£₹₺₽₩₪])')
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")


@dataclass(frozen=True)
class Marks:
    """What is known of one sheet's cells; places are (row, column), the row counted from 1, the column from 0.

    currencies: of cells with a number format that names one · open_marks: of those whose sign names several
    uncalculated: formulas without a stored result · errors: cells such as #REF! → the error
    merged: (first row, first column, last row, last column) · hidden: rows that are not shown
    """

    hidden: frozenset[int] = frozenset()
    currencies: Mapping[tuple[int, int], str] = field(default_factory=dict)
    open_marks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    uncalculated: frozenset[tuple[int, int]] = frozenset()
    errors: Mapping[tuple[int, int], str] = field(default_factory=dict)
    merged: tuple[tuple[int, int, int, int], ...] = ()


def sheet_marks(path: Path, sheet: str) -> Marks | None:
    """Return the marks of one sheet of an .xlsx, None for other kinds of workbooks.

    Raises ImportRefused `unsafe_xml` for a part with a document type, `truncated` for one that is not whole.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            if part is None:
                return None
            formats = _formats(archive)
            reader = _SheetReader(formats)
            _parse(archive, part, reader.begins, ends=reader.ends, text=reader.text)
    except (zipfile.BadZipFile, KeyError, OSError, expat.ExpatError) as error:
        raise ImportRefused(
            "truncated", f'{path.name}: the sheet "{sheet}" is not whole ({error}). Save the workbook again.'
        ) from error
    return reader.marks()


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    begins: Callable[[str, dict[str, str]], None],
    *,
    ends: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Run a streaming parser over one part; names come without their namespace."""
    parser: XMLParserType = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: begins(name.rpartition(":")[2], attributes)
    if ends is not None:
        parser.EndElementHandler = lambda name: ends(name.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
        parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise ImportRefused(
            "unsafe_xml", f"{part} declares a document type; a workbook has none. Save it again as .xlsx."
        )

    parser.StartDoctypeDeclHandler = refuse
    with archive.open(part) as stream:
        while piece := stream.read(PIECE):
            parser.Parse(piece, False)
        parser.Parse(b"", True)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the part that holds a sheet, None where the archive is no .xlsx."""
    names = set(archive.namelist())
    if not names.issuperset(OOXML) or "xl/_rels/workbook.xml.rels" not in names:
        return None
    found: dict[str, str] = {}
    targets: dict[str, str] = {}

    def sheets(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            link = next((value for key, value in attributes.items() if key.rpartition(":")[2] == "id"), "")
            found[attributes.get("name", "")] = link

    def links(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(archive, OOXML[0], sheets)
    _parse(archive, "xl/_rels/workbook.xml.rels", links)
    target = targets.get(found.get(sheet, ""), "")
    part = target.removeprefix("/") if target.startswith("/") else str(PurePosixPath("xl", target))
    return part if part in names else None


def _formats(archive: zipfile.ZipFile) -> list[str | None]:
    """Return, per style index, the currency its number format names: a code, an open mark, or None."""
    if "xl/styles.xml" not in archive.namelist():
        return []
    codes: dict[str, str] = {}
    styles: list[str] = []
    inside = [False]

    def begins(name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            codes[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside[0] = True
        elif name == "xf" and inside[0]:
            styles.append(attributes.get("numFmtId", ""))

    def ends(name: str) -> None:
        if name == "cellXfs":
            inside[0] = False

    _parse(archive, "xl/styles.xml", begins, ends=ends)
    return [currency_of_format(codes.get(style, "")) for style in styles]


def currency_of_format(code: str) -> str | None:
    """Return the currency a number format shows: a code, a sign of several currencies, or None.

    >>> currency_of_format('#,##0.00 [$CHF-807]'), currency_of_format('#,##0 "€"'), currency_of_format('[$$-409]#,##0')
    ('CHF', 'EUR', 'USD')
    """
    for sign, locale in _BRACKET.findall(code):
        mark = sign.strip()
        if not mark:
            continue
        known = MARKS.get(mark.casefold()) or (mark if is_currency(mark) else None)
        known = known or LOCALES.get((mark.casefold(), locale.casefold().lstrip("0")))
        if known or mark.casefold() in OPEN_MARKS:
            return known or mark.casefold()
    for literal in _LITERAL.finditer(_BRACKET.sub("", code)):
        mark = (literal[1] or literal[2] or literal[3] or "").strip()
        if mark.casefold() in MARKS or is_currency(mark):
            return MARKS.get(mark.casefold()) or mark
        if mark.casefold() in OPEN_MARKS:
            return mark.casefold()
    return None


class _SheetReader:
    """Collects the marks of a sheet while its XML streams by."""

    def __init__(self, formats: list[str | None]) -> None:
        self.formats = formats
        self.hidden: set[int] = set()
        self.currencies: dict[tuple[int, int], str] = {}
        self.open_marks: dict[tuple[int, int], str] = {}
        self.uncalculated: set[tuple[int, int]] = set()
        self.errors: dict[tuple[int, int], str] = {}
        self.merged: list[tuple[int, int, int, int]] = []
        self.row, self.column = 0, -1
        self.kind, self.formula, self.value, self.inside = "", False, False, False

    def begins(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        if name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self.column = _column(place[1]) if place else self.column + 1
            self.row = int(place[2]) if place else self.row
            self.kind, self.formula, self.value = attributes.get("t", "n"), False, False
            self._format(attributes.get("s", ""))
        elif name == "f":
            self.formula = True
        elif name == "v":
            self.inside = True
        elif name == "row":
            self.row = int(attributes["r"]) if attributes.get("r", "").isdecimal() else self.row + 1
            self.column = -1
            if attributes.get("hidden") in {"1", "true"}:
                self.hidden.add(self.row)
        elif name == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _format(self, style: str) -> None:
        """Keep the currency of a cell's number format."""
        index = int(style) if style.isdecimal() else -1
        known = self.formats[index] if 0 <= index < len(self.formats) else None
        if known is not None:
            (self.currencies if known.isupper() else self.open_marks)[self.row, self.column] = known

    def _merge(self, reference: str) -> None:
        """Keep a merged range."""
        corners = [_PLACE.fullmatch(corner) for corner in reference.split(":")]
        if len(corners) == 2 and (first := corners[0]) and (last := corners[1]):
            self.merged.append((int(first[2]), _column(first[1]), int(last[2]), _column(last[1])))

    def text(self, data: str) -> None:
        """Take the text of a value."""
        if self.inside and data.strip():
            self.value = True
            if self.kind == "e":
                self.errors[self.row, self.column] = data.strip()

    def ends(self, name: str) -> None:
        """Take the end of an element."""
        if name == "v":
            self.inside = False
        elif name == "c" and self.formula and not self.value:
            self.uncalculated.add((self.row, self.column))

    def marks(self) -> Marks:
        """Return what was collected."""
        return Marks(
            frozenset(self.hidden),
            self.currencies,
            self.open_marks,
            frozenset(self.uncalculated),
            self.errors,
            tuple(self.merged),
        )


def _column(letters: str) -> int:
    """Return a column's number from 0."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
