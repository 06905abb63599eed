"""The end of an audit: the organisation and its competitors side by side, as a table of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from leadline.plan.model import Plan
from leadline.plan.source import Document

__all__ = ["comparison_lines"]

WIDTH = 80  # columns of the narrowest terminal that is looked after (style.md 2.8)
_LONGEST_NAME = 20  # house: leaves room for where somebody is seen
_HEAD = ("", "price", "share", "voice", "seen")
_NOT_KNOWN = "?"


def comparison_lines(document: Document) -> Iterator[str]:
    """Yield the table, and where everybody is seen; nothing where no competitor is known."""
    plan = document.plan
    if not plan.situation.competitors:
        return
    rows = [_HEAD, *_rows(plan)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    yield "Side by side (price: yours = 100; voice: share of what is said)"
    yield ""
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()
    yield ""
    yield from _places("You", [one.name or one.id for one in plan.situation.channels])
    for rival in plan.situation.competitors:
        yield from _places(rival.name or rival.id, rival.channels)
    yield ""


def _rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    market = plan.situation.market
    yield ("You", "100", _said(market and market.share), _said(market and market.share_of_voice), "")
    for one in plan.situation.competitors:
        name = textwrap.shorten(one.name or one.id, _LONGEST_NAME, placeholder="…")
        yield (name, _said(one.price_index), _said(one.share), _said(one.share_of_voice), _said(one.seen))


def _said(value: object) -> str:
    if value is None:
        return _NOT_KNOWN
    return f"{value:g}" if isinstance(value, float) else str(value)


def _places(name: str, places: Sequence[str]) -> Iterator[str]:
    listed = ", ".join(places) or "not known"
    yield from textwrap.wrap(f"{name}: {listed}", WIDTH, subsequent_indent="  ")
