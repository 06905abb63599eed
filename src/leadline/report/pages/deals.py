"""The page of deals: which are worth reading, the largest losses and the latest wins; each row leads to its story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.report.blocks import Cell, Empty, Page, Section, TableBlock
from leadline.report.pages.sheet import sheet
from leadline.report.pages.source import columns
from leadline.report.saying import MISSING, counted, day, money, number
from leadline.review.deals import MOST_DEALS, Deal, DealList, all_deals

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from leadline.review.material import Material

# (fate, question, order of its rows)
_FATES = (
    ("lost", "Which were lost?", "the largest first"),
    ("open", "Which are open?", "the largest first"),
    ("won", "Which were won?", "the latest first"),
)


def deals_page(material: Material) -> Page:
    """Return the page of deals."""
    review, question = material.review, "Which deals are worth reading?"
    found = material.ask(all_deals)
    if found is None or not found.deals:
        empty = Empty(
            "No deal yet.",
            "With the deals of your CRM, what happened before each can be read in order: touches, stages, handovers.",
            "Import an export of your deals: leadline import FILE.",
        )
        answer = "No deal was imported."
        return sheet(review, question=question, kind="Deals", answer=answer, sections=[Section("deals", "Which deals are there?", answer, (empty,))])  # fmt: skip
    names = {metric.id: metric.name or metric.id for metric in material.case.plan.metrics}
    sections = [_fate(found, (fate, asked, order), names, review.as_of) for fate, asked, order in _FATES]
    answer = f"{', '.join(_sum(found.of(fate), fate) for fate, _, _ in _FATES)}."
    if len({one.currency for one in found.deals if one.amount is not None}) > 1:
        answer += " Amounts stand in the currency they were booked in; each is summed by itself, nothing is converted."
    return sheet(review, question=question, kind="Deals", answer=answer, sections=sections)


def _sum(found: Sequence[Deal], fate: str) -> str:
    """Say how many there are of a fate, and their money in each currency."""
    sums: dict[str, float] = {}
    for one in found:
        if one.amount is not None:
            sums[one.currency] = sums.get(one.currency, 0.0) + one.amount
    worth = " and ".join(money(amount, currency) for currency, amount in sorted(sums.items()))
    return f"{number(len(found), 12)} {fate}{f' with {worth}' if worth else ''}"


def _fate(found: DealList, asked: tuple[str, str, str], names: dict[str, str], as_of: dt.date) -> Section:
    fate, question, order = asked
    mine = found.of(fate)
    if not mine:
        return Section(f"deals-{fate}", question, "None.")
    shown = mine[:MOST_DEALS]
    rows = tuple(_row(one, names, as_of) for one in shown)
    last = {"won": "won on", "lost": "lost on", "open": "expected"}[fate]
    heads = columns(
        "deal",
        ">amount",
        "stands in",
        "began",
        last,
        ">days",
        ">people known",
        ">touches seen",
        "came from, as the source says",
    )
    note = "“–”: not written in the source. Touches: of the people known, up to the end of the deal."
    several = len({one.currency for one in found.deals if one.amount is not None}) > 1
    caption = f"Deals {fate}, {'by currency, ' if several and fate != 'won' else ''}{order}"
    if len(mine) > len(shown):
        caption += f", {len(shown)} of {len(mine)}"
    table = TableBlock(heads, rows, caption, note, links=tuple(f"deal:{one.id}" for one in shown))
    blind = sum(not one.touches for one in mine)
    answer = f"{_sum(mine, fate)}; of {counted(blind, 'deal')} no touch was seen."
    return Section(f"deals-{fate}", question, answer[:1].upper() + answer[1:], (table,))


def _row(one: Deal, names: dict[str, str], as_of: dt.date) -> tuple[Cell, ...]:
    end = one.ended if one.status != "open" else one.expected
    days = ((one.ended or as_of) - one.began).days if one.began and (one.ended or one.status == "open") else None
    return (
        f"Deal {one.number}", MISSING if one.amount is None else money(one.amount, one.currency), names.get(one.state, one.state) or MISSING,
        day(one.began), day(end), MISSING if days is None else number(days), number(one.people), number(one.touches), one.origin or MISSING,
    )  # fmt: skip
