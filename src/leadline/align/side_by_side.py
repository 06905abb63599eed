"""The organisation and its competitors side by side: what an audit ends with, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from leadline.plan.model import Plan

__all__ = ["HEAD", "places", "rows"]

HEAD = ("", "price", "share", "voice", "seen")
_NOT_KNOWN = "?"


def rows(plan: Plan) -> Iterator[tuple[str, ...]]:
    """Yield one row for the organisation and one for each competitor, under `HEAD`; nothing where none is known."""
    if not plan.situation.competitors:
        return
    market = plan.situation.market
    yield ("You", "100", _said(market and market.share), _said(market and market.share_of_voice), "")
    for one in plan.situation.competitors:
        yield (
            one.name or one.id, _said(one.price_index), _said(one.share), _said(one.share_of_voice), _said(one.seen)
        )  # fmt: skip


def places(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield who is seen where: the organisation, then each competitor."""
    yield "You", _listed([one.name or one.id for one in plan.situation.channels])
    for rival in plan.situation.competitors:
        yield rival.name or rival.id, _listed(rival.channels)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "not known"


def _said(value: object) -> str:
    if value is None:
        return _NOT_KNOWN
    return f"{value:g}" if isinstance(value, float) else str(value)
