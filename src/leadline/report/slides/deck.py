"""A deck of slides, 16:9, with one layout: where title, words, tables and pictures stand. Lengths are points.

Colours and faces are those of the theme, written into the deck's own theme, so that what is added later looks alike.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leadline.report import theme
from leadline.report.slides import fitting

if TYPE_CHECKING:
    from pptx.slide import Slide

WIDTH, HEIGHT = 960.0, 540.0  # 16:9 in points
MARGIN = 44.0
ROOM = WIDTH - 2 * MARGIN
BODY_BOTTOM = HEIGHT - 40.0
MADE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)  # in every file: no clock is read, and equal pages give equal bytes
_ZIPPED = (1980, 1, 1, 0, 0, 0)
# Sizes of a title and most lines at each, largest first (house, looked at with the longest findings of the demo).
TITLE_SIZES = ((26.0, 2), (22.0, 2), (20.0, 3), (17.0, 4))
_TITLE_ONLY = 5  # place of the layout "Title Only" in the plain deck
_THEME_COLOURS = {
    "dk1": "ink", "lt1": "panel", "dk2": "ink-2", "lt2": "sunken", "accent1": "series-1", "accent2": "series-2",
    "accent3": "series-3", "accent4": "series-4", "accent5": "series-5", "accent6": "series-6", "hlink": "link",
    "folHlink": "grade-d",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Box:
    """Where something stands on a slide, points."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a paragraph: its words, size, token and weight."""

    text: str
    size: float = 16.0
    token: str = "ink"  # noqa: S105 (a colour of the theme)
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of runs; after: the space below it · heads: whether it must not stand apart from the next."""

    runs: tuple[Run, ...]
    after: float = 6.0
    heads: bool = False

    def height(self, room: float) -> float:
        """Return how tall it is in a box of this width, its space included."""
        size = max((run.size for run in self.runs), default=16.0)
        is_bold = all(run.bold for run in self.runs)
        return fitting.height(" ".join(run.text for run in self.runs), room, size=size, bold=is_bold) + self.after


class Deck:
    """Slides in the order they are added."""

    def __init__(self, title: str, subject: str) -> None:
        """Open an empty deck; title, subject: its properties."""
        import pptx
        from pptx.util import Pt

        self._file = pptx.Presentation()
        self._file.slide_width, self._file.slide_height = Pt(WIDTH), Pt(HEIGHT)
        self._layout = self._file.slide_layouts[_TITLE_ONLY]
        for layout in list(self._file.slide_layouts):
            if layout is not self._layout and layout.name != self._layout.name:
                self._file.slide_layouts.remove(layout)
        _style(self._file, self._layout)
        _without_thumbnail(self._file.part.package)
        known = self._file.core_properties
        known.title, known.subject, known.author, known.last_modified_by = title[:255], subject[:255], "Leadline", ""
        known.created = known.modified = MADE.replace(tzinfo=None)
        known.revision = 1

    def add(self, title: str, *, kicker: str = "", foot: str = "", notes: Sequence[str] = ()) -> tuple[Slide, float]:
        """Add a slide with its title, the line above it, the foot and the notes; return it and where its body begins."""
        slide = self._file.slides.add_slide(self._layout)
        size, words = fitting.size_for(fitting.shown(title), ROOM, sizes=TITLE_SIZES, bold=True)
        tall = fitting.height(words, ROOM, size=size, bold=True) + 4
        top = 46.0
        place(slide.shapes.title, Box(MARGIN, top, ROOM, tall))
        write(slide.shapes.title.text_frame, [Paragraph((Run(words, size, "ink", bold=True),), 0.0)])
        if kicker:
            said = fitting.size_for(fitting.shown(kicker), ROOM, sizes=((12.0, 1),))[1]
            text(slide, Box(MARGIN, 24.0, ROOM, 18.0), said=[Paragraph((Run(said, 12.0, "ink-3"),), 0.0)])
        self._foot(slide, foot)
        if notes:
            slide.notes_slide.notes_text_frame.text = "\n".join(fitting.shown(line) for line in notes if line)
        return slide, top + tall + 8.0

    def _foot(self, slide: Slide, foot: str) -> None:
        said = fitting.size_for(fitting.shown(foot), ROOM - 60, sizes=((10.0, 1),))[1] if foot else ""
        if said:
            text(slide, Box(MARGIN, HEIGHT - 30.0, ROOM - 60, 16.0), said=[Paragraph((Run(said, 10.0, "ink-3"),), 0.0)])
        _number(slide, len(self._file.slides))

    def bytes(self) -> bytes:
        """Return the deck as a file; the same slides give the same bytes."""
        out = io.BytesIO()
        self._file.save(out)
        return _still(out.getvalue())


def place(shape: Any, box: Box) -> None:  # noqa: ANN401 (any shape of python-pptx)
    """Put a shape where a box is."""
    from pptx.util import Pt

    shape.left, shape.top, shape.width, shape.height = (Pt(x) for x in (box.left, box.top, box.width, box.height))


def text(slide: Slide, box: Box, *, said: Sequence[Paragraph]) -> None:
    """Write paragraphs in a box without frame."""
    from pptx.util import Pt

    shape = slide.shapes.add_textbox(Pt(box.left), Pt(box.top), Pt(box.width), Pt(box.height))
    write(shape.text_frame, said)


def write(frame: Any, paragraphs: Sequence[Paragraph]) -> None:  # noqa: ANN401 (a text frame of python-pptx)
    """Write paragraphs into a text frame, without margins, wrapped, from its top."""
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Pt

    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    frame.vertical_anchor = MSO_ANCHOR.TOP
    for index, paragraph in enumerate(paragraphs):
        made = frame.paragraphs[0] if index == 0 else frame.add_paragraph()
        made.space_after, made.space_before = Pt(paragraph.after), Pt(0)
        for run in paragraph.runs:
            added = made.add_run()
            added.text = run.text
            paint(added.font, run)


def paint(font: Any, run: Run) -> None:  # noqa: ANN401 (a font of python-pptx)
    """Set a font to how a run looks."""
    from pptx.util import Pt

    font.size, font.bold, font.name = Pt(run.size), run.bold, theme.FONT_OFFICE
    font.color.rgb = rgb(run.token)


def rgb(token: str, opacity: float = 1.0) -> Any:  # noqa: ANN401 (an RGBColor of python-pptx)
    """Return a token's light value as the file holds it, over the panel where it is not opaque."""
    from pptx.dml.color import RGBColor

    make: Any = RGBColor
    over, under = (_channels(theme.colour(name)) for name in (token, "panel"))
    return make(*(round(opacity * a + (1 - opacity) * b) for a, b in zip(over, under, strict=True)))


def name(element: Any, title: str, *, words: str) -> None:  # noqa: ANN401 (the cNvPr element of a shape)
    """Name a shape for readers who do not see it."""
    element.set("name", fitting.shown(title)[:80] or "Picture")
    element.set("descr", fitting.shown(words))


def _channels(value: str) -> tuple[int, int, int]:
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def _without_thumbnail(package: Any) -> None:  # noqa: ANN401 (python-pptx's package)
    """Take away the small picture of the plain deck, which shows another deck than this one."""
    for key, relation in list(package._rels.items()):  # noqa: SLF001 (relations of the package are not public)
        if relation.reltype.endswith("/thumbnail"):
            package.drop_rel(key)


def _style(file: Any, layout: Any) -> None:  # noqa: ANN401 (python-pptx's presentation and layout)
    """Set the deck's own theme and where its title stands; date, foot and number of the plain deck go."""
    from pptx.enum.shapes import PP_PLACEHOLDER
    from pptx.opc.constants import RELATIONSHIP_TYPE

    master = file.slide_masters[0]
    part = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    part._blob = _themed(part.blob)  # noqa: SLF001 (the theme is a part without a public way to write it)
    layout.name = "Finding"
    for holder in (master, layout):
        for shape in list(holder.placeholders):
            if shape.placeholder_format.type == PP_PLACEHOLDER.TITLE:
                place(shape, Box(MARGIN, 46.0, ROOM, 60.0))
            else:
                shape._element.getparent().remove(shape._element)  # noqa: SLF001 (python-pptx removes no placeholder)
    for style in master._element.iter("{http://schemas.openxmlformats.org/presentationml/2006/main}titleStyle"):  # noqa: SLF001
        for level in style:
            level.set("algn", "l")


def _themed(blob: bytes) -> bytes:
    """Return the deck's theme with the tokens in place of its colours and the one face in place of its two."""
    plain = blob.decode("utf-8")
    for slot, token in _THEME_COLOURS.items():
        value = theme.colour(token).removeprefix("#")
        plain = re.sub(
            f"<a:{slot}>.*?</a:{slot}>", f'<a:{slot}><a:srgbClr val="{value}"/></a:{slot}>', plain, flags=re.DOTALL
        )
    for kind in ("majorFont", "minorFont"):
        plain = re.sub(rf'(<a:{kind}>\s*<a:latin typeface=")[^"]*', rf"\g<1>{theme.FONT_OFFICE}", plain)
    return plain.encode("utf-8")


def _number(slide: Slide, number: int) -> None:
    """Put the slide's number at its foot, as a field that follows when slides are moved."""
    from lxml import etree
    from pptx.oxml.ns import qn
    from pptx.util import Pt

    box = slide.shapes.add_textbox(Pt(WIDTH - MARGIN - 50), Pt(HEIGHT - 30), Pt(50), Pt(16))
    write(box.text_frame, [Paragraph((Run(str(number), 10.0, "ink-3"),), 0.0)])
    line = box.text_frame.paragraphs[0]._p  # noqa: SLF001 (python-pptx writes no fields)
    line.get_or_add_pPr().set("algn", "r")
    run = line.find(qn("a:r"))
    field = etree.SubElement(line, qn("a:fld"), {"id": "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}", "type": "slidenum"})
    for part in list(run):
        field.append(part)
    line.replace(run, field)


def _still(file: bytes) -> bytes:
    """Return a zipped file with one fixed time on each of its parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(file)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for part in given.infolist():
            made.writestr(zipfile.ZipInfo(part.filename, _ZIPPED), given.read(part), zipfile.ZIP_DEFLATED)
    return out.getvalue()
