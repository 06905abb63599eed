"""The page of touch points, a poster: where people meet us, how good it is, what is promised there and by whom it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline.report import touchpoints
from leadline.report.blocks import Block, Empty, Page, Picture, Section, TableBlock
from leadline.report.linking import Href, nowhere
from leadline.report.pages.sheet import findings_beside, sheet
from leadline.report.pages.source import columns, source_line
from leadline.report.saying import MISSING, day, number
from leadline.review.touchpoint_map import touchpoint_map

if TYPE_CHECKING:
    from leadline.report.pages.source import Checked
    from leadline.review.material import Material
    from leadline.review.result import TouchpointMap, TouchpointView


def touchpoints_page(material: Material, *, href: Href = nowhere) -> Page:
    """Return the page of touch points. href: links of the places on the map."""
    review = material.review
    shown = touchpoint_map(review.check)
    return sheet(
        review,
        question="Where do people meet us, and do we keep our word there?",
        kind="Touch points",
        answer=touchpoints.sentence(shown),
        sections=(journey(review, shown, href=href), delivery(review, shown)),
    )


def journey(review: Checked, shown: TouchpointMap, *, href: Href) -> Section:
    """Draw the journey: who answers for which place. href: links of the places."""
    question = "Who answers for which place on the way?"
    if not shown.points:
        empty = Empty(
            "No touch point yet.",
            "With the places where people meet you, promises can be staffed and poor delivery fixed before it is promoted.",
            "Walk the journey once: leadline init --flow walk.",
        )
        return Section("journey", question, touchpoints.sentence(shown), (empty,))
    picture = Picture(
        touchpoints.sentence(shown).split(";")[0].rstrip("."),
        touchpoints.sentence(shown),
        drawing=touchpoints.draw_touchpoints(shown, title="Touch point map", href=href),
        under="column: stage · row: owner · bar: score, 0 to 100 · second bar: hours staffed of hours promised a week",
        source=source_line(review),
    )
    return Section("journey", question, _owners(shown), (picture,))


def _owners(shown: TouchpointMap) -> str:
    nobody = [point.name for point in shown.points if not point.owner]
    if nobody:
        return f"Nobody answers for {', '.join(nobody)}."
    owners = len({point.owner for point in shown.points})
    return f"{owners} {'owner answers' if owners == 1 else 'owners answer'} for {len(shown.points)} touch points."


def delivery(review: Checked, shown: TouchpointMap) -> Section:
    """List how good it is at each place, the lowest score first."""
    ordered = sorted(shown.points, key=lambda point: (point.score is None, point.score or 0.0, point.name))
    table = TableBlock(
        columns("touch point", "stage", ">score", ">answers", "asked on", "first reply promised", ">promised h/week", ">staffed h/week", ">work h/week", "findings"),
        tuple(_row(point) for point in ordered),
        "Touch points, the lowest score first",
        note="“–”: nobody asked, nothing is promised, or the volume is not written. Work: contacts times handling time, at 80 % occupancy.",
        links=tuple(point.id for point in ordered),
    )  # fmt: skip
    blocks: list[Block] = [table] if ordered else []
    blocks += findings_beside(review, ("TPM", "ENB"), caption="What the check says of touch points and handovers")
    known = (
        "Scores as the plan has them, with the number of answers behind each; an opinion is no score.",
        "Hours staffed: as written, else the capacity of the people who cover the place, split over what they cover.",
    )
    answer = (
        "No touch point is scored yet." if not any(point.score is not None for point in ordered) else _lowest(ordered)
    )
    return Section("delivery", "How good is it there, and is the promise staffed?", answer, tuple(blocks), known)


def _lowest(ordered: list[TouchpointView]) -> str:
    low = [f"{point.name} {number(point.score)}" for point in ordered if point.score is not None][:3]
    return f"Lowest scores of 100: {', '.join(low)}."


def _row(point: TouchpointView) -> tuple[str, ...]:
    def said(value: float | None) -> str:
        return MISSING if value is None else number(value)

    return (
        point.name, point.stage or MISSING, said(point.score), said(point.answers),
        day(point.scored_on) if point.scored_on else MISSING, point.first_response or MISSING, said(point.promised),
        said(point.staffed), said(point.workload), ", ".join(point.findings) or MISSING,
    )  # fmt: skip
