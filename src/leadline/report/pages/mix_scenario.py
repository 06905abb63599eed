"""The section of a mix on what more or less would bring: curves, amounts to turn, and a table for who cannot turn them."""

from __future__ import annotations

import base64
import datetime as dt
from functools import partial
from typing import TYPE_CHECKING

from leadline.measure.mix import curve_charts
from leadline.measure.mix.scenario import Lever, can_be_turned, change, levers, spent
from leadline.measure.mix.wording import amount, doubt, ordered
from leadline.report.blocks import Block, Empty, Picture, Play, Section, Slider, TableBlock
from leadline.report.figure import Figure
from leadline.report.pages.mix_said import Draw, changed, money_of, named_unit, next_step, picture, said, unit_of
from leadline.report.pages.source import columns
from leadline.report.pictures.response import PLOT, heights, response
from leadline.report.saying import day, is_money, money, number, value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadline.measure.mix.result import MixResult
    from leadline.measure.mix.validate import Validity

TRIED = (0.5, 0.8, 1.2, 1.5)  # own: a small and a large change either way, of the amount as it was
QUESTION = "What would more or less bring?"
ALONE = "Every curve keeps the course over time that it had, and all else; what one channel does to another is in no number."
BENT = (
    "What a channel brought is told better than how its curve bends: far from today's amount a change leans on what was assumed of "
    "saturation. Its interval counts that in."
)
NO_DRAWS = "This result kept no draws of its curves, so nothing can be turned here; measured anew, it does."


def curves(result: MixResult, *, validity: Validity | None) -> Section:
    """Return the section: response curves, sliders where a browser can move them, and the same changes as a table."""
    found = levers(result)
    if not found:
        empty = Empty(
            "No curve can be told.", "A curve shows what the next money brings, and where it stops.", next_step(result)
        )
        return Section("curves", QUESTION, "No channel has a curve of its own.", (empty,), _unturned(result, found))
    turned = can_be_turned(found)
    blocks: list[Block] = [_picture(result, found, validity, play=_play(result, found) if turned else None)]
    notes = [ALONE, BENT]
    if turned:
        blocks.append(changes(result, found))
        notes.append(
            f"Changes are told from {len(found[0].folded.weights)} draws, the same ones for all curves: what moves together is counted "
            "together. Middles of several need not add up."
        )
    else:
        notes.append(NO_DRAWS)
    return Section(
        "curves", QUESTION, _answer(result, validity, found), tuple(blocks), (*notes, *_unturned(result, found))
    )


def _answer(result: MixResult, validity: Validity | None, beside: Sequence[Lever]) -> str:
    drawn = curve_charts.bent(result)
    known = curve_charts.hardest
    found = known(drawn, beside=beside) if validity is None else known(drawn, validity.may_recommend, beside=beside)
    best, is_ahead = found
    if best is None:
        return "The same amount less or more, at the course over time that it had."
    rest = (
        ", more than in any other." if is_ahead else "; whether another channel's next 1 brings more can't be told yet."
    )
    return f"Of the next 1 spent in {best.name}, {said(best.marginal_roi)} comes back{rest}"


def _picture(result: MixResult, found: Sequence[Lever], validity: Validity | None, *, play: Play | None) -> Picture:
    draw: Draw = curve_charts.curves
    if validity is not None:
        draw = partial(curve_charts.curves, may_recommend=validity.may_recommend)
    return picture(result, draw, table=_numbers(result, found), play=play)


def _numbers(result: MixResult, found: Sequence[Lever]) -> TableBlock:
    rows = []
    for lever in found:
        own = result.channel(lever.name) if len(lever.members) == 1 else None
        rows.append((
            lever.name, *(_at(lever, unit_of(result), multiple) for multiple in (0.5, 1.0, 2.0)),
            said(None if own is None else own.marginal_roi), said(None if own is None else own.saturation, "%"),
            said(None if own is None else own.half_life, f"{result.grain}s"), f"{number(lever.curve.seen_to, 2)} times",
        ))  # fmt: skip
    heads = columns(
        "channel", ">at half", ">as it was", ">at twice", ">of the next 1", ">of the most it could do", ">half of it within", ">seen up to",
    )  # fmt: skip
    caption = f"What each brings at other amounts, {named_unit(result.contribution_unit)}"
    return TableBlock(heads, tuple(rows), caption, "Middle of the draws; the band of the picture is 90 %.")


def _at(lever: Lever, unit: str, multiple: float) -> str:
    """Return the middle of a curve at a multiple of the amount."""
    found = float(lever.curve.middle[abs(lever.curve.multiple - multiple).argmin()])
    if unit == "count":
        return number(float(f"{found:.2g}"), 12)
    return money(found, unit, digits=2)


# What is turned


def changes(result: MixResult, found: Sequence[Lever]) -> TableBlock:
    """Return what the outcome changes at other amounts, one at a time and all at once; with a ? where nobody was yet."""
    rows = [(_paid(result, lever.name, lever.spend, lever.said), *_row(result, [lever])) for lever in found]
    together = len(found) > 1 and result.link != "log"
    if together:
        rows.append((_paid(result, "all of these at once", spent(found, {})[0] or None), *_row(result, found)))
    heads = columns("channel, and what was spent", *(f">{_percent(multiple)}" for multiple in TRIED))
    guessed = any(not lever.is_seen(multiple) for lever in found for multiple in TRIED)
    caption = (
        f"What {result.kpi} changes where an amount is less or more{'; ?: outside what was seen' if guessed else ''}"
    )
    under = "With 90 % intervals; what was spent is less or more by as much."
    if not together and len(found) > 1:
        under += " Effects multiply here: what several change together is not the sum, so it is not told."
    return TableBlock(
        heads, tuple(rows), caption, under,
        total="all of them turned at once" if together else "",
    )  # fmt: skip


def _paid(result: MixResult, name: str, money: float | None, said: str = "") -> str:
    """Return a name with what was spent, and how it is known where that is not by the data."""
    told = [one for one in ("" if money is None else str(value(money, money_of(result))), said) if one]
    return f"{name} ({'; '.join(told)})" if told else name


def _row(result: MixResult, turned: Sequence[Lever]) -> tuple[str, ...]:
    cells = []
    for multiple in TRIED:
        text = changed(change(turned, {one.name: multiple for one in turned}), unit_of(result))
        is_seen = all(one.is_seen(multiple) for one in turned)
        cells.append(text if is_seen else text.saying(f"{text} ?") if isinstance(text, Figure) else f"{text} ?")
    return tuple(cells)


def _percent(multiple: float) -> str:
    part = round(100 * (multiple - 1))
    return f"+{part} %" if part > 0 else f"−{-part} %"


def _play(result: MixResult, found: Sequence[Lever]) -> Play:
    unit, currency = unit_of(result), money_of(result)
    ends = (min(0.0, *(float(one.curve.low.min()) for one in found)), curve_charts.highest(found))
    first, last = (day(dt.date.fromisoformat(one)) for one in result.window)
    return Play(
        tuple(_slider(result, one, ends) for one in found), result.kpi, unit if is_money(unit) else "",
        currency if is_money(currency) else "", f"It speaks of {first} to {last}, all else as it was.", result.link != "log",
    )  # fmt: skip


def _slider(result: MixResult, lever: Lever, ends: tuple[float, float]) -> Slider:
    unit = unit_of(result)
    drawn = response(
        lever.curve, ends, unit=unit, title=f"What {lever.name} brings at other amounts",
        description=f"{amount(result, lever.brought)} as it was; the slider below turns the amount.",
    )  # fmt: skip
    weights, shapes = (
        base64.b64encode(one.astype("<i2").tobytes()).decode() for one in (lever.folded.weights, lever.folded.shapes)
    )
    return Slider(
        lever.name, _known(result, lever), lever.spend, lever.curve.seen_to, drawn, PLOT, heights(lever.curve, ends),
        weights, shapes, lever.folded.step,
    )  # fmt: skip


def _known(result: MixResult, lever: Lever) -> str:
    """Return what must be known of an amount before it is turned, "" where the data decide."""
    if len(lever.members) > 1:
        return "The data tell them only together, so they are turned alike."
    if not lever.said:
        return ""
    return f"What it brought {doubt(result, result.channel(lever.name))}"


def _unturned(result: MixResult, found: Sequence[Lever]) -> tuple[str, ...]:
    """Return of each channel without a curve why it has none."""
    turned = {name for lever in found for name in lever.members}
    return tuple(
        f"{one.name} has no curve: the data can't tell what it brought{f' ({one.reason})' if one.reason else ''}."
        for one in ordered(result)
        if one.kind != "driver" and one.name not in turned
    )
