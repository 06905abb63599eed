"""What less money would cost, laid out: what to stop first, from and to, the chance of each objective, what can't be cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline import words
from leadline.report.blocks import Block, Notes, Page, Picture, Section, TableBlock
from leadline.report.pages.source import columns, source_line
from leadline.report.pictures.canvas import NARROW, WIDE
from leadline.report.pictures.moves import MoveBars, MoveRow
from leadline.report.saying import MISSING, day, money, number, probability
from leadline.words import probability_word

if TYPE_CHECKING:
    from leadline.decide.what_if_result import Cut, Loss, WhatIf
    from leadline.report.pages.source import Stamped

MOST_BARS = 12  # style.md 2.5: as many rows as a table shows at once

ALONE = (
    "Both chances are by the plan alone, as if its whole period still lay ahead: what was counted, reached or missed since, "
    "and money already spent, are not in them. The forecast on the page Objectives has what was counted."
)


def what_if_page(result: WhatIf, seen: Stamped) -> Page:
    """Return the answer as a page; every sentence of it says that it is belief."""
    return Page(
        title="What if there is less?",
        kicker="Belief",
        under=f"As of {day(result.as_of)} · {source_line(seen)}",
        answer=result.sentence(),
        beside=_beside(result),
        sections=(_first(result, seen), _objectives(result), *_kept(result)) if result.cuts else (),
        foot=f"What if · {source_line(seen)}",
    )


def _beside(result: WhatIf) -> tuple[str, ...]:
    told = []
    if result.beats_all_alike is not None:
        told.append(
            f"This order loses less than cutting all alike in {words.probability(result.beats_all_alike)} of draws."
        )
    if result.reserve > 0:
        told.append(
            f"{words.money(result.reserve, result.currency)} of the budget is in no tactic; it can go before any of this."
        )
    return tuple(told)


def _first(result: WhatIf, seen: Stamped) -> Section:
    """Show the cuts in their order: the first in sentences, all of them drawn and listed."""
    bars = MoveBars(tuple(_row(cut, result.currency) for cut in result.cuts[:MOST_BARS]), result.currency)
    shown = len(bars.rows)
    title = f"{words.money(result.freed, result.currency)} freed in {shown} {'step' if shown == 1 else 'steps'}"
    if len(result.cuts) > shown:
        title = f"The first {shown} of {len(result.cuts)} steps to {words.money(result.freed, result.currency)} freed"
    picture = Picture(
        title, bars.sentence(), bars.chart(WIDE), bars.chart(NARROW),
        under=f"{result.currency}, in the order of cutting; outline: now · filled: kept", source=source_line(seen),
        table=_table(result), native=bars.native(),
    )  # fmt: skip
    first = Notes(result.sentences())
    return Section("first", "What should stop first?", _answer(result), (first, picture), result.notes)


def _answer(result: WhatIf) -> str:
    free = sum(cut.freed for cut in result.cuts if cut.loss is None)
    if free <= 0:
        return "Nothing can go that costs nothing: the least contribution for the money comes first."
    return f"First what costs nothing that the plan counts ({words.money(free, result.currency)}), then the least contribution for the money."


def _row(cut: Cut, currency: str) -> MoveRow:
    said = "nothing counted is lost"
    if cut.loss is not None:
        said = f"{'gains' if cut.loss.is_gain else 'loses'} {cut.loss.amount(currency)}"
    return MoveRow(cut.name, cut.before, cut.after, said)


def _table(result: WhatIf) -> TableBlock:
    rows = tuple(
        (
            cut.name, money(cut.before, result.currency), money(cut.after, result.currency), money(cut.freed, result.currency),
            f"{number(cut.hours)} h" if cut.hours else MISSING, "nothing counted" if cut.loss is None else _lost(cut.loss, result.currency),
        )
        for cut in result.cuts
    )  # fmt: skip
    total = ("all", "", "", money(result.freed, result.currency), f"{number(result.hours)} h", "see the objectives")
    heads = columns("tactic", ">from", ">to", ">freed", ">work freed", "probably lost, beyond the cuts before it")
    links = (*(cut.tactic for cut in result.cuts), "")
    return TableBlock(heads, (*rows, total), "Cuts in their order", total="sum of the rows above", links=links)


def _lost(loss: Loss, currency: str) -> str:
    return f"{'gained: ' if loss.is_gain else ''}{loss.said(currency)}"


def _objectives(result: WhatIf) -> Section:
    """Say for each objective what it loses and what becomes of its chance."""
    question = "What becomes of the objectives?"
    if not result.losses:
        return Section("objectives", question, "No objective counts on money that is cut.")
    ordered = sorted(result.losses, key=lambda loss: -loss.mean / loss.needed)
    rows = tuple(
        (
            loss.name, _lost(loss, result.currency) if loss.mean else "nothing", f"{words.share(loss.mean / loss.needed, 0)}",
            _chance(loss.p_before), _chance(loss.p_after), loss.reason or MISSING,
        )
        for loss in ordered
    )  # fmt: skip
    worst = ordered[0]
    answer = "No objective loses anything that the plan counts."
    if worst.mean > 0:
        answer = f"{worst.name} loses most: {_lost(worst, result.currency)}, {words.share(worst.mean / worst.needed, 0)} of what it needs."
    heads = columns(
        "objective", "probably lost (90 %)", ">of what it needs", ">P by the plan alone", ">P after the cut", "why a P is missing"
    )  # fmt: skip
    table = TableBlock(
        heads, rows, "Objectives, the largest loss first", links=tuple(loss.objective for loss in ordered)
    )
    return Section("objectives", question, answer, (table,), (ALONE,))


def _chance(p: float | None) -> str:
    return MISSING if p is None else f"{probability(p)}, {probability_word(p)}"


def _kept(result: WhatIf) -> tuple[Section, ...]:
    if not result.kept:
        return ()
    rows = tuple((one.tactic, money(one.money, result.currency), one.reason) for one in result.kept)
    table = TableBlock(
        columns("tactic", ">money", "why"), rows, "Not open to cutting", links=tuple(one.tactic for one in result.kept)
    )
    total = words.money(sum(one.money for one in result.kept), result.currency)
    blocks: tuple[Block, ...] = (table,)
    return (Section("kept", "What can't be cut?", f"{total} is committed, or keeps the house going.", blocks),)
