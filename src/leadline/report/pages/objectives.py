"""The page of objectives: where each will end, how likely its target is, what it needs, and what is to bring it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from leadline.report.blocks import Block, Empty, FindingList, Page, Pairs, Section, TableBlock
from leadline.report.pages.outlook import (
    chances,
    depth_line,
    forecast_known,
    forecast_picture,
    forecast_table,
    no_forecast,
)
from leadline.report.pages.sheet import finding_view, sheet
from leadline.report.pages.source import columns, listed
from leadline.report.saying import MISSING, counted, day, probability, sentence_case, share, value
from leadline.words import probability_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from leadline.align.coverage import Coverage
    from leadline.decide.forecast import ObjectiveForecast
    from leadline.plan.model import Objective
    from leadline.report.pages.source import Stamped
    from leadline.review.material import Material

# Parts of what is still to come under this share of it stand together in one row (house: a digit nobody reads).
SMALL_PART = 0.01


def objectives_page(material: Material) -> Page:
    """Return the page of objectives, those least likely to be reached first."""
    review = material.review
    ordered = sorted(review.forecasts, key=lambda one: (one.p is None, one.p or 0.0))
    told = {one.objective for one in ordered}
    others = [one for one in material.case.plan.objectives if one.id not in told]
    sections = [_overview(review, ordered), *(_objective(material, one) for one in ordered)]
    if others:
        sections.append(_untold(others))
    answer = chances(ordered) if ordered else "Nothing can be forecast yet."
    return sheet(
        review, question="Will the objectives be reached?", kind="Objectives", answer=answer, sections=sections,
    )  # fmt: skip


def anchor(identity: str) -> str:
    """Return the id of an element as an anchor in a page.

    >>> anchor("Grow sales/2027")
    'grow-sales-2027'
    """
    return re.sub(r"[^a-z0-9]+", "-", identity.lower()).strip("-") or "unnamed"


def _weakest(one: ObjectiveForecast) -> str:
    """Name the objective that is least likely to be reached; those of unknown chance come last in the order."""
    chance = "of unknown chance" if one.p is None else f"{probability_word(one.p)} ({probability(one.p)})"
    return f"Least likely: {one.name}, {chance}."


def _overview(review: Stamped, ordered: list[ObjectiveForecast]) -> Section:
    question = "Which of them are at risk?"
    if not ordered:
        return Section("all", question, "Of none can it be told yet.", (no_forecast(review),))
    return Section("all", question, _weakest(ordered[0]), (forecast_table(ordered),), forecast_known(ordered))


def _objective(material: Material, forecast: ObjectiveForecast) -> Section:
    """Draw one objective, and say what it needs and who is to bring it."""
    cover = material.case.coverage.get(forecast.objective)
    blocks: list[Block] = [forecast_picture(material.review, forecast), Pairs(_stand(forecast, cover))]
    blocks += _bringers(material, forecast, cover)
    blocks += _to_come(material, forecast)
    mine = [one for one in material.review.check.shown if forecast.objective in one.objectives]
    if mine:
        views = tuple(finding_view(material.review, one) for one in mine)
        blocks.append(FindingList(views, "What the check says of it"))
    name = f"objective-{anchor(forecast.objective)}"
    line = depth_line(forecast)
    if line.is_over():
        return Section(name, f"Where did “{forecast.name}” end?", sentence_case(line.sentence()), tuple(blocks))
    return Section(name, f"Where will “{forecast.name}” end?", sentence_case(forecast.sentence), tuple(blocks))


def _stand(forecast: ObjectiveForecast, cover: Coverage | None) -> tuple[tuple[str, str], ...]:
    unit = forecast.unit
    since = f" on {day(forecast.baseline_on)}" if forecast.baseline_on else ""
    chance = (
        f"{probability(forecast.p)}, {probability_word(forecast.p)}"
        if forecast.p is not None
        else f"unknown: {forecast.reason}"
    )
    believed = MISSING if forecast.believed_p is None else probability(forecast.believed_p)
    rows = [
        ("Started at", f"{value(forecast.baseline, unit)}{since}"),
        ("Stood at on its day" if depth_line(forecast).is_over() else "Stands at", value(forecast.to_date, unit)),
        ("Target", f"{value(forecast.target, unit)} by {day(forecast.by)}"),
        ("Chance of the target", chance),
        ("Chance by the plan alone", believed),
    ]
    if cover is not None and cover.needed is not None:
        rows.append(("Needed from the start on", value(cover.needed, unit)))
        rows.append(("The plan's bets bring in time, at base", _covered(cover, unit)))
    return tuple(rows)


def _covered(cover: Coverage, unit: str) -> str:
    if cover.due is None:
        return MISSING
    part = "" if cover.due_share is None else f", {share(cover.due_share, 0)} of what is needed"
    return f"{value(cover.due, unit)}{part}"


def _bringers(material: Material, forecast: ObjectiveForecast, cover: Coverage | None) -> list[Block]:
    """List the tactics that are to bring it, the largest first."""
    if cover is None or not cover.contributions:
        return []
    case = material.case
    ordered = sorted(cover.contributions, key=lambda one: -one.due)
    rows = tuple(
        (
            case.tactics[one.tactic].name or one.tactic, value(one.naive, forecast.unit), value(one.due, forecast.unit),
            share(one.due / cover.needed, 0) if cover.needed else MISSING,
        )
        for one in ordered
    )  # fmt: skip
    heads = columns("tactic", ">adds in all", ">adds in time", ">of what is needed")
    note = "By the plan's own belief at base, before any evidence; in time: arrived by the date of the target."
    links = tuple(f"tactic:{one.tactic}" for one in ordered)
    return [TableBlock(heads, rows, "Which tactics are to bring it", note, links=links)]


def _to_come(material: Material, forecast: ObjectiveForecast) -> list[Block]:
    """List what the change still to come is made of, and which of it nobody has measured; small parts together."""
    whole = sum(abs(amount) for _, amount, _ in forecast.parts)
    if not whole or forecast.as_of >= forecast.by:
        return []
    names = {name: getattr(one, "name", None) or name for name, one in material.case.elements.items()}
    ordered = sorted(forecast.parts, key=lambda one: -abs(one[1]))
    large = [one for one in ordered if abs(one[1]) >= SMALL_PART * whole]
    rows = [
        (_in_words(name, names), value(amount, forecast.unit), "yes" if guess else "no")
        for name, amount, guess in large
    ]
    small = ordered[len(large) :]
    if small:
        rest = value(sum(amount for _, amount, _ in small), forecast.unit)
        rows.append(
            (
                f"{counted(len(small), 'smaller part')} together",
                rest,
                "yes" if any(guess for _, _, guess in small) else "no",
            )
        )
    heads = columns("what", ">expected", "rests on a guess")
    note = "With what is known of each bet by now; the interval of the sum is the fan above."
    return [TableBlock(heads, tuple(rows), "What is still to come", note)]


def _in_words(name: str, names: Mapping[str, str]) -> str:
    """Return the name of a part with its ids spelled out: `open sqo of search`, `search>lead`."""
    parts = [" ".join(names.get(word, word) for word in part.split(" ")) for part in name.split(">")]
    return sentence_case(" → ".join(parts)).removesuffix(".")


def _untold(others: list[Objective]) -> Section:
    names = [one.name or one.id for one in others]
    empty = Empty(
        f"{listed(names, 8)}: no forecast.",
        "A forecast needs a metric, a baseline and a target with its date, and a metric that is to change.",
        "Write what is missing under objectives.",
    )
    verb = "has" if len(others) == 1 else "have"
    return Section(
        "untold", "Which can't be forecast?", f"{counted(len(others), 'objective')} {verb} no forecast.", (empty,)
    )
