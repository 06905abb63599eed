"""The page of a mix: what each channel brought, what cannot be told and what would tell it, and how sure all of it is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from leadline.decide.standing import Range
from leadline.measure.mix import charts
from leadline.measure.mix.wording import note, ordered, prior_weight, share_words, unseen, untold
from leadline.report.blocks import Block, Empty, Notes, Page, Pairs, Section, TableBlock
from leadline.report.native import NativeChart, NativeSeries
from leadline.report.pages.mix_said import money_of, next_step, or_none, picture, said, unit_of
from leadline.report.pages.mix_scenario import curves
from leadline.report.pages.source import columns, listed
from leadline.report.saying import MISSING, counted, day, estimate, number, sentence_case, value
from leadline.words import probability, probability_word, share

if TYPE_CHECKING:
    from leadline.measure.mix.result import MixResult
    from leadline.measure.mix.validate import Validity

NEGATIVE_MOST = 0.05  # design, measurement section 2.6: above, it is said
MOSTLY = 0.5  # own: where more than half of a number was assumed, it is said beside it
Z95 = 1.645  # 95 % quantile of the normal distribution
NOT_CREDIT = (
    "Lift, estimated by a model from times with more and with less of a channel; credit shares out what happened, whatever "
    "caused it."
)

STANDING = (
    (
        "A mix model compares times and places with more and with less of a channel. If money was spent because sales were "
        "expected, it cannot know, and the channel gets what the season brought: only a test settles that."
    ),
    "What is said holds for amounts like those seen. Beyond them a curve is a guess, and is marked.",
    "Returns are money in the outcome per money spent; what that earned is not in them unless the outcome is a margin.",
)


def mix_page(result: MixResult, *, name: str, validity: Validity | None = None) -> Page:
    """Return the page. name: of the panel's file · validity: what was tried on what it had not seen."""
    return Page(
        title=f"What brought {result.kpi}?", kicker="Mix model", under=f"{name} · {span(result)}", answer=result.sentence(),
        sections=sections(result, validity), foot=f"Mix model · {name} · {result.manifest.input_hash[:8]}", beside=beside(result),
    )  # fmt: skip


def sections(result: MixResult, validity: Validity | None = None) -> tuple[Section, ...]:
    """Return all that a page tells of a mix; without convergence it holds no number: why, and what to do."""
    sure, bent = partial(_sure, validity=validity), partial(curves, validity=validity)
    told: Sequence[Callable[[MixResult], Section]] = (
        (_returns, _untold, bent, _parts, sure) if result.convergence.converged else (_unsettled,)
    )
    notes = () if validity is None else validity.notes
    return (*(make(result) for make in told), _caveats(result, notes), _appendix(result))


def lift(result: MixResult) -> Section:
    """Return the mix as one section of a page about more than it: what each channel brought, and what cannot be told.

    It is lift that a model estimated, beside the credit of journeys, and says so. Without convergence it holds no number.
    """
    question = "What did each channel bring?"
    if not result.convergence.converged:
        return replace(_unsettled(result), id="lift", question=question)
    open_ones = tuple(note(result, one) for one in ordered(result) if not one.is_identified)
    notes = (NOT_CREDIT, *open_ones, *(sentence_case(one) for one in dict.fromkeys(result.notes)))
    return Section("lift", question, result.sentence(), _returns(result).blocks, notes)


def span(result: MixResult) -> str:
    """Return of how much data and of which time the totals speak."""
    first, last = (day(dt.date.fromisoformat(one)) for one in result.window)
    places = "" if result.places == 1 else f" in {counted(result.places, 'place')}"
    quick = " · quick estimate" if result.method == "instant" else ""
    steps = counted(len(result.series.time), result.grain)
    return f"{steps}{places} · totals from {first} to {last}{quick}"


def beside(result: MixResult) -> tuple[str, ...]:
    """Return what stands beside the answer: the share of all channels, and a baseline that cannot be; nothing unsettled."""
    if not result.convergence.converged:
        return ()
    told = []
    if result.all_told:
        weight = prior_weight(result)
        assumed = f", {weight:.0%} of that assumed beforehand" if weight > MOSTLY else ""
        told.append(f"All channels together made {share_words(result.media_share)} of {result.kpi}{assumed}.")
    if result.all_told and result.baseline_negative > NEGATIVE_MOST:
        p = result.baseline_negative
        told.append(f"That {result.kpi} without marketing is below zero is {probability_word(p)} ({probability(p)}).")
    return tuple(told)


# Sections


def _returns(result: MixResult) -> Section:
    lines = charts.lines(result)
    blocks: list[Block] = []
    if lines:
        blocks.append(picture(result, charts.returns, table=_returns_table(result), native=_native(result)))
    else:
        blocks.append(
            Empty(
                "No channel can be told from these data.",
                "What each brought would be what was assumed.",
                next_step(result),
            )
        )
    sure = [one.name for one in ordered(result) if one.is_identified]
    leaning = [one.name for one in ordered(result) if one.verdict == "weak"]
    answer = f"The data decide the numbers of {listed(sure, 8)}." if sure else "The data decide no number on their own."
    answer += f" Those of {listed(leaning, 8)} are no measurements yet." if leaning else ""
    return Section(
        "returns",
        "What did each channel bring?",
        answer,
        tuple(blocks),
        tuple(note(result, one) for one in ordered(result) if one.is_identified),
    )


def _returns_table(result: MixResult) -> TableBlock:
    unit = unit_of(result)
    rows = []
    for line in charts.lines(result):
        own = result.channel(line.name) if len(line.members) == 1 else None
        rows.append((
            line.name, value(line.spend, money_of(result)), said(line.contribution, unit), said(line.roi),
            said(None if own is None else own.roi_cohort), said(None if own is None else own.marginal_roi),
            said(None if own is None else own.share, "%"), line.said or "by the data",
        ))  # fmt: skip
    heads = columns(
        "channel", ">spent", ">brought", ">back per 1 spent", ">once all has worked off", ">of the next 1", f">of {result.kpi}", "how it is known",
    )  # fmt: skip
    under = "“–”: not paid for, no money value, or not told for a set. Brought and returns inside the window, with 90 % intervals."
    return TableBlock(heads, tuple(rows), "What each channel brought, most first", under)


def _native(result: MixResult) -> tuple[NativeChart, ...]:
    lines = [one for one in charts.lines(result) if one.roi is not None]
    if not lines:
        return ()
    quantities = [one.roi for one in lines if one.roi is not None]
    series = NativeSeries(
        "back per 1 spent, 90 %", tuple(one.p50 for one in quantities), tuple(one.p05 for one in quantities),
        tuple(one.p95 for one in quantities),
    )  # fmt: skip
    return (
        NativeChart(
            "bar", tuple(one.name for one in lines), (series,), under="money back per money spent · line: 90 %"
        ),
    )


def _untold(result: MixResult) -> Section:
    question = "What can't be told, and what would tell?"
    open_ones = [one for one in ordered(result) if not one.is_identified]
    if not open_ones:
        return Section("untold", question, "Nothing: the data decide the number of every channel.")
    hidden = untold(result)
    answer = f"The numbers of {listed([one.name for one in hidden], 8)} can't be told on their own." if hidden else (
        "Every channel has a number; some still lean on what was assumed beforehand."
    )  # fmt: skip
    return Section("untold", question, answer, (Notes(tuple(note(result, one) for one in open_ones)),))


def _parts(result: MixResult) -> Section:
    question, answer = f"What made up {result.kpi}?", charts.decomposition_words(result)
    if not result.all_told:
        empty = Empty("The parts can't be told.", "Each would be what was assumed beforehand.", next_step(result))
        return Section("parts", question, answer, (empty,))
    rows = [("without marketing", said(result.baseline, unit_of(result)))]
    rows += [(line.name, said(line.contribution, unit_of(result))) for line in charts.additive(result)]
    table = TableBlock(
        columns("part", ">over the window"), tuple(rows), f"What made up {result.kpi}",
        "With 90 % intervals. Parts are told each on its own: their middles need not add up to the whole.",
    )  # fmt: skip
    return Section("parts", question, answer, (picture(result, charts.decomposition, table=table),))


def _sure(result: MixResult, *, validity: Validity | None) -> Section:
    held = result.holdout
    inside, of = charts.in_interval(result)
    answer = unseen(result)
    blocks: list[Block] = [picture(result, charts.fit, table=_steps(result))]
    if held is not None and held.mase is not None:
        better = "better" if held.mase < 1 else "no better"
        answer += f" That is {better} than taking the same {result.grain} of last year (error {number(held.mase, 2)} times as large)."
    if validity is not None:
        blocks.append(_trials(validity))
    if result.tests:
        blocks.append(_tests(result))
    said = f"{inside} of {of} {result.grain}s used to fit it lie inside the interval of a single {result.grain}."
    return Section("sure", "How sure is this?", answer, tuple(blocks), (said,))


def _trials(validity: Validity) -> TableBlock:
    told = {True: "yes", False: "no", None: "could not be told"}
    rows = tuple(
        (one.trial, one.measure, or_none(one.value, 2), _bounds(one.least, one.most), told[one.passed])
        for one in validity.checks()
    )
    return TableBlock(
        columns("trial", "measure", ">found", ">has to be", "holds"), rows, "What was tried on these data"
    )


def _bounds(least: float | None, most: float | None) -> str:
    low, high = ("" if one is None else number(one, 2) for one in (least, most))
    return f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"


def _steps(result: MixResult) -> TableBlock:
    series = result.series
    rows = tuple(
        (day(when.astype(object)), number(float(seen), 4), number(float(middle), 4), f"{number(float(low), 4)} to {number(float(high), 4)}",
         number(float(base), 4) if result.all_told else MISSING)
        for when, seen, middle, low, high, base in zip(
            series.time.astype("datetime64[D]"), series.observed, series.fitted[1], series.predicted[0], series.predicted[2], series.baseline[1],
            strict=True,
        )
    )  # fmt: skip
    heads = columns(result.grain, ">observed", ">expected", ">90 % of single steps", ">without marketing")
    return TableBlock(heads, rows, f"{result.kpi} by {result.grain}, observed and expected")


def _tests(result: MixResult) -> TableBlock:
    rows = tuple(
        (
            one.name, listed(one.channels), _said_range(one.estimate, one.standard_error), said(one.modelled),
            MISSING if one.conflict is None else f"{number(abs(one.conflict), 2)} standard errors", one.note or MISSING,
        )
        for one in result.tests
    )  # fmt: skip
    heads = columns("test", "channels", ">measured", ">modelled", ">apart", "note")
    return TableBlock(heads, rows, "Tests that the model was held to", "Beyond 2 standard errors the two disagree.")


def _said_range(estimated: float, error: float) -> str:
    half = Z95 * error
    return estimate(Range(estimated - half, estimated, estimated + half, "amount"), "count")


def _unsettled(result: MixResult) -> Section:
    found = result.convergence
    tried = (
        Notes(tuple(sentence_case(one) for one in found.reasons))
        if found.reasons
        else Empty("Nothing more is known of it.")
    )
    answer = "Chains that start apart have to end alike. They did not, so any number would be an accident."
    return Section("unsettled", "Why is there no number?", answer, (tried,))


def _caveats(result: MixResult, notes: Sequence[str]) -> Section:
    told = dict.fromkeys((*notes, *result.notes))
    found = Notes((*(sentence_case(one) for one in told), *STANDING))
    answer = (
        f"{counted(len(told), 'thing')} about these data, and what no mix model can know."
        if told
        else "What no mix model can know."
    )
    return Section("caveats", "What must be kept in mind?", answer, (found,))


def _appendix(result: MixResult) -> Section:
    found, made = result.convergence, result.manifest
    settled = found.converged
    rows = tuple(
        (one.name, one.kind, one.spoken, said(one.prior), said(one.posterior) if settled else MISSING,
         share(max(one.contraction, 0.0), 0) if settled else MISSING, one.verdict if settled else MISSING)
        for one in result.channels
    )  # fmt: skip
    heads = columns(
        "channel", "kind", "spoken of", ">assumed before", ">after the data", ">variance taken away", "verdict"
    )
    priors = TableBlock(heads, rows, "What was assumed, and what the data made of it", "Medians with 90 % intervals.")
    pairs = Pairs((
        ("settled", "yes" if settled else "no"), ("largest R-hat (at most 1.01)", or_none(found.max_rhat, 4)),
        ("least effective draws, bulk (at least 400)", or_none(found.min_ess_bulk, 4)),
        ("least effective draws, tail (at least 400)", or_none(found.min_ess_tail, 4)),
        ("divergences", MISSING if found.divergences is None else str(found.divergences)),
        *((("Pareto k (at most 0.7)", number(found.k, 2)),) if found.k is not None else ()),
        ("channels' share assumed before", share_words(result.prior_media_share)),
        ("seed", str(made.seed)), ("panel", made.input_hash), *sorted(made.versions.items()),
    ))  # fmt: skip
    answer = f"Least settled: {found.worst}." if found.worst else "How the numbers were made."
    return Section("appendix", "How was it computed?", answer, (pairs, priors))
