"""What less money would cost, laid out: what to stop first, from and to, the chance of each objective, what can't be cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadline import words
from leadline.decide.what_if_result import SAID
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
KICKER = {"belief": "Belief", "measured": "Measured", "both": "Measured and belief"}


def what_if_page(result: WhatIf, seen: Stamped) -> Page:
    """Return the answer as a page; every sentence of it names its grade."""
    return Page(
        title="What if there is more?" if result.freed < 0 else "What if there is less?",
        kicker=KICKER[result.basis],
        under=f"As of {day(result.as_of)} · {_source(result, seen)}",
        answer=result.sentence(),
        beside=_beside(result),
        sections=(_first(result, seen), _objectives(result), *_kept(result)) if result.cuts else (),
        foot=f"What if · {_source(result, seen)}",
    )


def _source(result: WhatIf, seen: Stamped) -> str:
    """Return where the numbers come from; curves come of a kept mix, also where no review kept its snapshot."""
    if not result.source:
        return source_line(seen)
    snapshot = f" · snapshot {seen.snapshot[:8]}" if seen.snapshot else ""
    return f"as of {day(result.as_of)} · mix {result.source[:8]}{snapshot} · plan {seen.plan_hash[:8]}"


def _beside(result: WhatIf) -> tuple[str, ...]:
    told = [result.unused] if result.unused else []
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
    rows = (_row(cut, result.currency, is_graded=_is_graded(result)) for cut in result.cuts[:MOST_BARS])
    bars = MoveBars(tuple(rows), result.currency)
    shown = len(bars.rows)
    moved = f"{words.money(abs(result.freed), result.currency)} {'more' if result.freed < 0 else 'freed'}"
    title = f"{moved} in {shown} {'step' if shown == 1 else 'steps'}"
    if len(result.cuts) > shown:
        title = f"The first {shown} of {len(result.cuts)} steps to {moved}"
    picture = Picture(
        title, bars.sentence(), bars.chart(WIDE), bars.chart(NARROW),
        under=f"{result.currency}, in the order of cutting; outline: now · filled: {'then' if result.freed < 0 else 'kept'}", source=_source(result, seen),
        table=_table(result), native=bars.native(),
    )  # fmt: skip
    first = Notes(result.sentences())
    question = "What should get more?" if result.freed < 0 else "What should stop first?"
    return Section("first", question, _answer(result), (first, picture), result.notes)


def _answer(result: WhatIf) -> str:
    free = sum(cut.freed for cut in result.cuts if _is_free(cut))
    if result.freed < 0:
        return "More money is read off the response curves: a belief can't tell from one point what it brings."
    slices = ""
    if result.measured is not None and result.beats_all_alike is not None:
        slices = " What was measured goes slice by slice, as far as its curve loses less than the rest."
    if free <= 0:
        return f"Nothing can go that costs nothing: the least contribution for the money comes first.{slices}"
    return (
        f"First what costs nothing that the plan counts ({words.money(free, result.currency)}), then the least contribution for "
        f"the money.{slices}"
    )


def _is_free(cut: Cut) -> bool:
    return cut.loss is None and cut.measured is None


def _row(cut: Cut, currency: str, *, is_graded: bool) -> MoveRow:
    grade = f"{cut.grade}: " if is_graded else ""
    said = f"{grade}nothing counted is lost"
    told = cut.loss if cut.measured is None or (cut.loss is not None and cut.loss.grade != "belief") else cut.measured
    if told is not None:
        said = f"{grade}{'gains' if told.is_gain else 'loses'} {told.amount(currency)}"
    return MoveRow(cut.name, cut.before, cut.after, said)


def _table(result: WhatIf) -> TableBlock:
    rows = tuple(
        (
            cut.name, money(cut.before, result.currency), money(cut.after, result.currency), money(cut.freed, result.currency),
            f"{number(cut.hours)} h" if cut.hours else MISSING, _costs(cut, result.currency), *_grade(cut, result),
        )
        for cut in result.cuts
    )  # fmt: skip
    total: tuple[str, ...] = (
        "all",
        "",
        "",
        money(result.freed, result.currency),
        f"{number(result.hours)} h",
        "see the objectives",
    )
    heads = ["tactic", ">from", ">to", ">freed", ">work freed", "probably lost, beyond the cuts before it"]
    if _is_graded(result):
        heads, total = [*heads, "grade, and why no curve tells it"], (*total, "")
    links = (*(cut.tactic for cut in result.cuts), "")
    return TableBlock(
        columns(*heads), (*rows, total), "Cuts in their order", total="sum of the rows above", links=links
    )


def _is_graded(result: WhatIf) -> bool:
    """Say whether single cuts have grades of their own: else there are no curves, and all is belief."""
    return any(cut.grade != "belief" or cut.reason for cut in result.cuts)


def _grade(cut: Cut, result: WhatIf) -> tuple[str, ...]:
    if not _is_graded(result):
        return ()
    return (f"{cut.grade}: {cut.reason}" if cut.reason else cut.grade,)


def _costs(cut: Cut, currency: str) -> str:
    if _is_free(cut):
        return "nothing counted"
    return cut.costs(currency) if cut.measured is not None else _lost(cut.loss, currency) if cut.loss else ""


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
            loss.name, _graded(loss, result) if loss.mean else "nothing", f"{words.share(loss.mean / loss.needed, 0)}",
            _chance(loss.p_before), _chance(loss.p_after), loss.reason or MISSING,
        )
        for loss in ordered
    )  # fmt: skip
    worst = ordered[0]
    answer = "No objective loses anything that the plan counts."
    if worst.mean > 0:
        answer = f"{worst.name} loses most: {_graded(worst, result)}, {words.share(worst.mean / worst.needed, 0)} of what it needs."
    heads = columns(
        "objective", "probably lost (90 %)", ">of what it needs", ">P by the plan alone", ">P after the cut", "why a P is missing"
    )  # fmt: skip
    table = TableBlock(
        heads, rows, "Objectives, the largest loss first", links=tuple(loss.objective for loss in ordered)
    )
    return Section("objectives", question, answer, (table,), (ALONE,))


def _graded(loss: Loss, result: WhatIf) -> str:
    """Return a loss with its grade, where not all are of one grade."""
    return f"{_lost(loss, result.currency)}{f', {SAID[loss.grade]}' if result.measured is not None else ''}"


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
