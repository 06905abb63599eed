"""The page of journeys: what each model credits to each channel, and the ways people took. Credit is not lift."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadline.evidence import small_cells
from leadline.evidence.small_cells import HIDDEN
from leadline.report.blocks import Block, Empty, Notes, Page, Section, TableBlock
from leadline.report.pages import measured
from leadline.report.pages.sheet import findings_beside, sheet
from leadline.report.pages.source import columns
from leadline.report.saying import MISSING, counted, number, share
from leadline.review.common_paths import LONGEST, MOST_WAYS, CommonPaths, common_paths
from leadline.review.people_cells import small_channels

if TYPE_CHECKING:
    from leadline.measure.paths import Comparison
    from leadline.review.material import Material

NOT_LIFT = (
    "Credit is not lift: it shares out sales that happened among the channels seen before them, and does not say whether "
    "they would have come without these channels. Only a test can."
)


def journeys_page(material: Material) -> Page:
    """Return the page of journeys."""
    review = material.review
    found = material.ask(
        lambda store, at: common_paths(store, at, graph=material.case.graph, settings=material.settings)
    )
    credit = measured.credit(review)
    return sheet(
        review, question="By which ways do sales come?", kind="Journeys", answer=_answer(found, credit.answer),
        sections=[_by_model(credit, review.credits), *_models(review.credits, review.small_cell), _ways(found), _limits(material)],
    )  # fmt: skip


def _answer(found: CommonPaths | None, credited: str) -> str:
    if found is None:
        return "No journey was seen yet."
    return credited


def _by_model(credit: Section, credits_: Comparison | None) -> Section:
    """Return the section of credit without the answer that is the page's own."""
    if credits_ is None:
        return credit
    return replace(
        credit,
        answer="Each model shares out the same conversions by a rule of its own; where they differ, the rule speaks, not the data.",
    )


def _models(credits_: Comparison | None, least: int) -> list[Section]:
    """Return the table of channels against models, where several ran."""
    if credits_ is None or len(credits_.credits) < 2:
        return []
    names = [one.name for one in credits_.credits]
    hidden = small_channels(credits_, least=least)
    rows = tuple(
        (
            str(row["channel"]),
            *(HIDDEN if row["channel"] in hidden else number(float(str(row[name]))) for name in names),
        )
        for row in credits_.table()
    )
    disputed = credits_.disputed()
    answer = (
        f"The models disagree most on {', '.join(disputed)}: the place of each in the list depends on the model."
        if disputed
        else "No channel changes its place in the list by more than half of it from model to model."
    )
    table = TableBlock(
        columns("channel", *(f">{name}" for name in names)), rows, "Conversions credited, by channel and model",
        "Models read from left to right as they were run; each adds up to the same conversions."
        + (f" {small_cells.note(least)}" if hidden else ""),
    )  # fmt: skip
    return [Section("models", "How much depends on the model?", answer, (table,))]


def _ways(found: CommonPaths | None) -> Section:
    question = "Which ways do people take?"
    if found is None:
        empty = Empty(
            "No journeys yet.",
            "With touches and conversions on one person or account, the most frequent ways stand here.",
            "Import web analytics with campaign parameters, or touches from the CRM: leadline import.",
        )
        return Section("ways", question, "Nothing was seen yet.", (empty,))
    rows = tuple(
        (
            " → ".join(one.steps), _count(one.conversions),
            MISSING if one.conversions is None or not found.whole else share(one.conversions / found.whole), _count(one.nulls),
            MISSING if one.conversions is None or one.nulls is None else share(one.conversions / (one.conversions + one.nulls)),
        )
        for one in found.ways
    )  # fmt: skip
    heads = columns("way", ">conversions", ">of all", ">led to nothing", ">of those who took it")
    note = (
        "Counted, no interval. A channel that repeats in a row stands once. "
        "“Led to nothing”: the same way, and no conversion within the window."
    )
    blocks: list[Block] = (
        [TableBlock(heads, rows, f"The most frequent ways, {MOST_WAYS} at most", note)] if rows else []
    )
    if found.hidden:
        blocks.append(Notes((small_cells.note(found.least),)))
    if found.lengths:
        told = tuple(
            (f"{count} or more" if count == LONGEST else str(count), HIDDEN if part is None else share(part))
            for count, part in enumerate(found.lengths, start=1)
        )
        blocks.append(TableBlock(columns("touches before it", ">of conversions"), told, "How long the ways are"))
    return Section("ways", question, _ways_answer(found), tuple(blocks), _known(found))


def _count(count: float | None) -> str:
    return HIDDEN if count is None else number(count)


def _ways_answer(found: CommonPaths) -> str:
    whole = found.whole + found.without
    told = f"{number(found.whole)} of {counted(whole, 'conversion')} had a touch in the {found.window_days} days before"
    if found.without:
        told += f"; {number(found.without)} came without any that we saw"
    if found.lengths and found.lengths[0] is not None:
        told += f"; {share(found.lengths[0], 0)} had a single one"
    return f"{told}."


def _known(found: CommonPaths) -> tuple[str, ...]:
    what = found.outcome.removeprefix("stage:")
    return (
        f"A conversion is an entry into “{what}”; a journey is one person's touches up to it.",
        f"{counted(found.nulls, 'journey')} led to nothing; {number(found.open)} {'is' if found.open == 1 else 'are'} too young to say and {'counts' if found.open == 1 else 'count'} as neither.",
    )


def _limits(material: Material) -> Section:
    beside = findings_beside(material.review, ("DAT",), caption="What the check says of the evidence")
    blocks: list[Block] = [*beside]
    return Section("limits", "What can't it tell?", NOT_LIFT, tuple(blocks))
