"""The review page: the answer, where each 100 goes, what to mend, the map, the objectives, the bridge, what is known.

Every section is a question with its answer in the first line, the picture, its numbers, and how we know. A section
without material says what would stand there and what it takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.report.blocks import Page, Section
from leadline.report.linking import Href, nowhere
from leadline.report.pages import judged, measured, outlook
from leadline.report.pages.source import source_line
from leadline.report.saying import day

if TYPE_CHECKING:
    from leadline.review.material import Material
    from leadline.review.result import Review


def whole_review(material: Material, *, href: Href = nowhere) -> Page:
    """Return the review as a page from the material of all pages."""
    return review_page(material.review, href=href)


def review_page(review: Review, *, href: Href = nowhere) -> Page:
    """Return the review as a page; bad news stands first inside every section. href: links of the map's nodes."""
    stamp = source_line(review)
    return Page(
        title=review.title,
        kicker=" · ".join(part for part in ("Review", review.organisation) if part),
        under=f"As of {day(review.as_of)} · plan {review.plan_hash[:8]} · {review.plan_status}",
        answer=review.answer,
        beside=tuple(review.sentences),
        sections=_sections(review, href),
        foot=f"{review.title} · {stamp}",
    )


def _sections(review: Review, href: Href) -> tuple[Section, ...]:
    return (
        outlook.hundred(review),
        judged.fixes(review),
        outlook.strategy_map(review, href=href),
        outlook.objectives(review),
        measured.bridge(review),
        measured.credit(review),
        *_lift(review),
        measured.bets(review),
        judged.findings(review),
        judged.evidence(review),
        judged.method(review),
    )


def _lift(review: Review) -> tuple[Section, ...]:
    """Return what each channel brought, nothing where nobody asked for it to be measured."""
    if review.mix.result is None:
        return ()
    from leadline.report.pages.mix import lift

    return (lift(review.mix.result),)
