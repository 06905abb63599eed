"""The page of the mix in a workspace: the one that was measured of its evidence, or that none was and what would measure it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.report.blocks import Empty, Page, Section
from leadline.report.pages.mix import NOT_CREDIT, beside, sections, span
from leadline.report.pages.sheet import sheet

if TYPE_CHECKING:
    from leadline.review.material import Material

KIND = "Mix model"
QUESTION = "What did each channel bring?"


def mix_sheet(material: Material) -> Page:
    """Return the page of the mix that was measured and kept; without one, why there is none."""
    review, mixed = material.review, material.review.mix
    if mixed.result is None:
        nothing = Empty(
            "What each channel brought, with its interval, and what more or less of it would bring.",
            "Credit shares out what happened; only times and places with more and with less of a channel tell what it caused.",
            "" if mixed.why else "Run leadline measure mix to measure it.",
        )
        answer = mixed.why or "Nobody has measured it yet."
        shown = Section("returns", "What will stand here?", "A mix model of this workspace's evidence.", (nothing,))
        return sheet(review, question=QUESTION, kind=KIND, answer=answer, sections=(shown,))
    result = mixed.result
    return sheet(
        review, question=f"What brought {result.kpi}?", kind=KIND, answer=result.sentence(),
        beside=(span(result), *beside(result), NOT_CREDIT, *mixed.notes), sections=sections(result),
    )  # fmt: skip
