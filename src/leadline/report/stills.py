"""Pictures for paper: the same drawings as on the page, with fixed light colours and a face of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass

from leadline.report import blocks, charts, theme
from leadline.report.printable import printable

_TOKEN = re.compile(r"var\(--([a-z0-9-]+)\)")
_LINK = re.compile(r'\shref="[^"]*"')  # a place of the web app leads nowhere on paper
_OPENED = re.compile(r"<svg\b[^>]*>")
_LENGTH = re.compile(r'\s(width|height)="([0-9.]+)"')


@dataclass(frozen=True, slots=True)
class Still:
    """A finished drawing: its SVG, its size in px, and the words for who cannot see it."""

    svg: str
    width: float
    height: float
    words: str


def still(picture: blocks.Picture, *, face: str = theme.FONT_MEASURED) -> Still | None:
    """Return the wide drawing of a picture with light colours, or None where a picture has none.

    face: the type face of its letters, as an SVG `font-family`
    """
    svg = picture.drawn[0] or picture.drawing
    if not svg and picture.wide:
        svg = charts.draw(picture.wide, title=picture.title, description=picture.sentence)
    opened = _OPENED.search(svg)
    if opened is None:
        return None
    sizes = {name: float(length) for name, length in _LENGTH.findall(opened[0])}
    plain = _LINK.sub("", _TOKEN.sub(lambda found: theme.colour(found[1]), svg))
    if "font-family" not in opened[0]:
        plain = plain.replace("<svg ", f'<svg font-family="{face.replace(chr(34), "")}" ', 1)
    words = printable(picture.sentence) or printable(picture.title) or "Picture"
    return Still(plain, sizes.get("width", 1.0), sizes.get("height", 1.0), words)
