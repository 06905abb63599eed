"""The end of an audit: the organisation and its competitors side by side, as a table of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from leadline.align.side_by_side import HEAD, places, rows
from leadline.plan.source import Document

__all__ = ["comparison_lines"]

WIDTH = 80  # columns of the narrowest terminal that is looked after (style.md 2.8)
_LONGEST_NAME = 20  # house: leaves room for where somebody is seen


def comparison_lines(document: Document) -> Iterator[str]:
    """Yield the table, and where everybody is seen; nothing where no competitor is known."""
    found = [
        HEAD,
        *((textwrap.shorten(name, _LONGEST_NAME, placeholder="…"), *rest) for name, *rest in rows(document.plan)),
    ]
    if len(found) == 1:
        return
    widths = [max(len(row[column]) for row in found) for column in range(len(HEAD))]
    yield "Side by side (price: yours = 100; voice: share of what is said)"
    yield ""
    for row in found:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()
    yield ""
    for name, listed in places(document.plan):
        yield from textwrap.wrap(f"{name}: {listed}", WIDTH, subsequent_indent="  ")
    yield ""
