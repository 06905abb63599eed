"""The page of the bridge: every step believed and seen, its curve, its groups, and what became of each month's entries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadline.report.blocks import Block, Empty, Page, Picture, Section, TableBlock
from leadline.report.pages import measured
from leadline.report.pages.objectives import anchor
from leadline.report.pages.sheet import findings_beside, month_name, sheet
from leadline.report.pages.source import columns, source_line
from leadline.report.pictures.bets import belief
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.cohorts import CohortColumns
from leadline.report.saying import MISSING, counted, estimate, number, share
from leadline.review.cohorts import Cohort, cohorts, young_since
from leadline.review.measuring import without

if TYPE_CHECKING:
    import datetime as dt

    from leadline.inputs import Stages
    from leadline.review.material import Material
    from leadline.review.result import Review, StepView


def bridge_page(material: Material) -> Page:
    """Return the page of the bridge: all steps side by side, then each of them."""
    review = material.review
    whole = measured.bridge(review, details=False)
    graph = material.case.graph
    steps = []
    for pair, step in zip(graph.shared, review.steps, strict=True):
        entries = review.entries.get(pair)
        steps.append(_step(review, step, None if entries is None else without(entries, step.apart)))
    return sheet(
        review, question="Does the bridge to the sale hold?", kind="Bridge", answer=whole.answer,
        sections=[_beside(review, whole), *steps, _checks(review)],
    )  # fmt: skip


def _beside(review: Review, whole: Section) -> Section:
    """Return the section of all steps under a question of its own: the page's first lines ask and answer the other."""
    seen = sum(step.result is not None for step in review.steps)
    told = f"{seen} of {counted(len(review.steps), 'step')} measured." if review.steps else "Nothing can be compared."
    return replace(whole, question="What does the plan believe of each step, and what do the cases say?", answer=told)


def _step(review: Review, step: StepView, entries: Stages | None) -> Section:
    name = f"{step.from_name} → {step.to_name}"
    anchored = f"step-{anchor(name)}"
    question = f"{name}: {'how many go on' if step.unit == '%' else 'how much comes of each'}, and when?"
    if step.result is None:
        believed = f"The plan believes {belief(step.believed_rate, step.unit)}"
        after = f" after {belief(step.believed_lag, 'days')}" if step.believed_lag else ""
        is_share = step.unit == "%"
        why = (
            "With the entries of both stages, rate and lag are fitted together, open cases counted as open."
            if is_share
            else "What each one brings is settled by the amounts of those that arrived."
        )
        what = "stages" if is_share else "amounts"
        empty = Empty("Not measured yet.", why, step.note or f"Import the {what} of your deals: leadline import.")
        return Section(anchored, question, f"{believed}{after}; nothing was measured.", (empty,))
    blocks: list[Block] = measured.step_details(review, step)
    if entries is not None and (months := cohorts(entries)):
        blocks.append(_months(review, name, months, young_since(step.result, months, as_of=review.as_of)))
    return Section(anchored, question, _answer(step), tuple(blocks), (step.note,) if step.note else ())


def _answer(step: StepView) -> str:
    """Say rate and lag beside what the plan believes."""
    rate = f"{estimate(step.measured_rate, step.unit)} go on, the plan believes {belief(step.believed_rate, step.unit)}"
    if step.measured_lag is None:
        return f"{rate}."
    lag = f"half of those who do have done so after {estimate(step.measured_lag, 'days')}"
    believed = f", the plan believes {belief(step.believed_lag, 'days')}" if step.believed_lag else ""
    return f"{rate}; {lag}{believed}."


def _months(review: Review, name: str, months: tuple[Cohort, ...], young: dt.date | None) -> Picture:
    drawn = CohortColumns(name, months, young)
    rows = tuple(
        (
            month_name(one.month), number(one.entered, 12), number(one.moved, 12), number(one.ended, 12), number(one.open, 12),
            share(one.moved / one.entered, 0) if one.entered else MISSING,
        )
        for one in months
    )  # fmt: skip
    heads = columns("came in", ">entered", ">gone on", ">ended", ">open", ">gone on so far")
    note = "So far: open cases are among those entered, so a young month is low; counted, no interval."
    title = f"Months from {month_name(young)} on are too young to judge" if young else "No month is too young to judge"
    return Picture(
        title, drawn.sentence(), drawn.chart(WIDE), drawn.chart(NARROW),
        under="cases by the month they came in, counted; outline: still open", source=source_line(review, "C"),
        table=TableBlock(heads, rows, f"{name} by month of entry", note), native=drawn.native(),
    )  # fmt: skip


def _checks(review: Review) -> Section:
    beside = findings_beside(review, ("BRG", "DAT004"), caption="What the check says of the bridge")
    answer = "These findings are about steps of the bridge." if beside else "No finding is about the bridge."
    return Section("checks", "What is wrong with it?", answer, tuple(beside))
