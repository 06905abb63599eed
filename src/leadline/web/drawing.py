"""Pictures of live pages: each distinct one is drawn once, also across edits, since most edits change no picture."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadline.report.blocks import Page
    from leadline.report.keeping import Pen

MOST_KEPT = 200  # own: a drawing has some ten kilobytes; what a day of editing shows fits, and memory stays bounded


def drawn(page: Page) -> Page:
    """Return the page with every picture drawn."""
    pen = _pen()
    if len(pen.known) > MOST_KEPT:
        pen.known.clear()
    return pen.draw(page)


@cache
def _pen() -> Pen:
    from leadline.report.keeping import Pen, drawn_with

    return Pen(drawn_with())
