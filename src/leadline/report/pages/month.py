"""The monthly page: five lines, one decision; what else is open is listed with its money, and waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.report.blocks import Block, Notes, Page, Section, TableBlock
from leadline.report.pages.sheet import sheet
from leadline.report.pages.source import columns
from leadline.report.saying import MISSING, money, sentence_case
from leadline.review.monthly import Monthly, monthly

if TYPE_CHECKING:
    from leadline.plan.interview.record import Item
    from leadline.review.material import Material

LINES = (
    ("ahead", "Will the objectives be reached?"),
    ("hundred", "Where does each 100 go?"),
    ("turned", "What turned amber or red?"),
    ("promises", "Which promises were kept, which broken?"),
    ("due", "What falls due before the next one?"),
)
"""The five lines in their order (interview.md section 10): the id of each section and its question."""


def month_page(material: Material) -> Page:
    """Return the monthly page of a review."""
    review = material.review
    month = monthly(review)
    lines = (Section(name, question, answer) for (name, question), answer in zip(LINES, month.lines, strict=True))
    return sheet(
        review,
        question="What has to be decided this month?",
        kind="The month",
        answer=month.sentence(),
        sections=(*lines, decision(month)),
    )


def decision(month: Monthly) -> Section:
    """Show the one decision with the numbers beside it, and what waits, the most money first."""
    question = "What is the one decision?"
    if month.decision is None:
        return Section("decision", question, "There is none this month.")
    blocks: list[Block] = [Notes(month.decision.lines, _with_money(month.decision, month.currency))]
    if month.waiting:
        rows = tuple((one.name, _money(one, month.currency), " ".join(one.lines) or MISSING) for one in month.waiting)
        blocks.append(TableBlock(columns("open", ">money at stake", "what is known"), rows, "What can wait"))
    return Section("decision", question, sentence_case(month.decision.name), tuple(blocks))


def _with_money(item: Item, currency: str) -> str:
    stake = "no money hangs on it" if item.money is None else f"{money(item.money, currency)} at stake"
    return f"{item.name} ({stake})"


def _money(item: Item, currency: str) -> str:
    return MISSING if item.money is None else money(item.money, currency)
