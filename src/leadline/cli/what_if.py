"""`leadline what-if`: less money. What to stop first, what it probably costs, how sure that is."""

from __future__ import annotations

import datetime as dt
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadline import words
from leadline.cli.options import (
    AsOfOption,
    DebugOption,
    JsonOption,
    QuietOption,
    SeedOption,
    WorkspaceOption,
    day,
    say,
    today,
)
from leadline.cli.plans import open_plan
from leadline.errors import UsageError, WarehouseError

if TYPE_CHECKING:
    from leadline.align.case import Case
    from leadline.cli.plans import Opened
    from leadline.decide.what_if import Request
    from leadline.decide.what_if_measured import Curves
    from leadline.decide.what_if_result import Cut, WhatIf

_UNIT = re.compile(r"%|[kM]?[A-Z]{3}")  # of a change: a share, or money (plan.md, Conventions)
_BARE = re.compile(r"(^|=)\s*[-+−]?[\d.,]+$")  # a change without a unit
_WIDTH = 80  # style.md 2.8: the terminal's 80 columns
_MIX = "mix"  # where `measure mix` keeps its results; half a second of imports is spared where it never did
_BASIS = {
    "belief": "belief from the plan's bets", "measured": "measured on response curves",
    "both": "measured where a response curve tells it, else belief from the plan's bets",
}  # fmt: skip


def what_if(
    rest: Annotated[
        list[str] | None, typer.Argument(metavar="PLAN", help="A plan; default the workspace's.", show_default=False)
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option("--budget", metavar="CHANGE", help="Over all tactics: -20 %, or -80 kEUR.", show_default=False),
    ] = None,
    tactic: Annotated[
        list[str] | None,
        typer.Option(
            "--tactic", metavar="ID=CHANGE", help="Of one tactic first: fair=-30 %. Repeatable.", show_default=False
        ),
    ] = None,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Say what to stop first with less money, and what that probably costs: measured where curves tell it, else belief.

    Curves are those that leadline measure mix keeps in the workspace; a plan that is named is judged by its bets alone.

    Example: leadline what-if --budget -20 %
    """
    from leadline.align.run import CheckOptions, case_of
    from leadline.decide.what_if import what_if as run

    named, units = _units_apart(rest or [])
    if budget is None and not tactic:
        raise UsageError("Nothing is taken away. Write --budget -20 %, or --tactic ID=-30 % (leadline what-if --help).")
    if len(named) > 1:
        raise UsageError(f'"{" ".join(named)}" are several plans. Name one.')
    opened = open_plan(Path(named[0]) if named else None, workspace)
    options = CheckOptions(
        as_of=day(as_of) or opened.settings.as_of or today(),
        seed=opened.settings.seed if seed is None else seed,
        settings=opened.settings.check,
    )
    case = case_of(opened.document, options)
    budget, tactic = _whole(budget, tactic or [], units)
    result = run(case, _request(case, budget, tactic), curves=_curves(opened, as_of, options.seed))
    say(_json(result) if as_json else "\n".join(_text(result)))


def _curves(opened: Opened, as_of: str | None, seed: int) -> Curves | None:
    """Return the response curves of the plan's workspace; a plan that was named is judged alone."""
    if opened.workspace is None or opened.is_named or not (opened.workspace.results / _MIX).exists():
        return None
    from leadline.review.run import Request, day_of
    from leadline.review.what_if_curves import kept_curves

    request = Request(now=lambda: dt.datetime.now(tz=dt.UTC), as_of=day(as_of))
    settings, document = opened.settings, opened.document
    try:
        return kept_curves(
            opened.workspace, document, settings=settings, seed=seed,
            day_of=lambda store: day_of(store, document.plan, settings=settings, request=request),
        )  # fmt: skip
    except WarehouseError as closed:
        raise WarehouseError(f"{closed} Or ask the plan's bets alone: leadline what-if {opened.path}.") from closed


def _units_apart(rest: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part plans from units: a shell hands over `-20 %` as two words when nobody quoted it, and the sign is no plan."""
    units = [word for word in rest if _UNIT.fullmatch(word) and not Path(word).exists()]
    return [word for word in rest if word not in units], units


def _whole(budget: str | None, tactics: Sequence[str], units: Sequence[str]) -> tuple[str | None, list[str]]:
    """Return the changes with the units that stood apart from them. Raises UsageError where it is open whose they are."""
    changes = [*([] if budget is None else [budget]), *tactics]
    bare = [text for text in changes if _BARE.search(text)]
    if not units:
        return budget, list(tactics)
    if len(units) != len(bare) or len(set(units)) > 1:
        apart = f"{' and '.join(units)} {'stands' if len(units) == 1 else 'stand'} apart from"
        raise UsageError(
            f"{apart} {', '.join(bare) or 'every change'}, so it is open what belongs together. "
            'Write each change in quotes: --budget "-20 %".'
        )
    whole = [f"{text} {units[0]}" if text in bare else text for text in changes]
    return (None, whole) if budget is None else (whole[0], whole[1:])


def _request(case: Case, budget: str | None, tactics: Sequence[str]) -> Request:
    from leadline.decide.what_if_asked import asked

    changes: dict[str, str] = {}
    for text in tactics:
        name, found, change = text.partition("=")
        if not found:
            raise UsageError(f'--tactic "{text}" is not ID=CHANGE. Write --tactic {text or "fair"}=-30 %.')
        if name in changes:
            raise UsageError(f'--tactic names "{name}" twice. Write one change of it.')
        changes[name] = change
    return asked(case, budget, tactics=changes, named=lambda name: f"--tactic {name}" if name else "--budget")


def _text(result: WhatIf) -> list[str]:
    from leadline.decide.what_if_result import SAID

    lines = [
        f"As of {result.as_of}, {_BASIS[result.basis]}:",
        "",
        *textwrap.wrap(f"{result.sentence()} {result.unused}", _WIDTH),
    ]
    if not result.cuts:
        return lines
    lines += ["", "What more money brings" if result.freed < 0 else "What to stop first"]
    for number, text in enumerate(result.sentences(), 1):
        lines += textwrap.wrap(text, _WIDTH, initial_indent=f"  {number}. ", subsequent_indent="     ")
    lines += ["", *_table(result)]
    if result.beats_all_alike is not None:
        told = f"This order loses less than cutting all alike in {words.probability(result.beats_all_alike)} of draws."
        lines += ["", *textwrap.wrap(told, _WIDTH)]
    lines += ["", "Chance of each objective, before and after"]
    for loss in result.losses:
        chance = loss.reason or "not told"
        if loss.p_before is not None and loss.p_after is not None:
            chance = f"{words.probability(loss.p_before)} -> {words.probability(loss.p_after)}"
        lost = "loses nothing"
        if loss.mean:
            lost = f"{'gained' if loss.is_gain else 'lost'}: {loss.said(result.currency)}, {SAID[loss.grade]}"
        lines += textwrap.wrap(
            f"{loss.objective}: {chance}, {lost}",
            _WIDTH,
            initial_indent="  ",
            subsequent_indent="    ",
        )
    if result.kept:
        lines += ["", "Not open to cutting"]
        for kept in result.kept:
            said = f"{kept.tactic}: {words.money(kept.money, result.currency)}, {kept.reason}"
            lines += textwrap.wrap(said, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    if result.reserve > 0:
        said = f"{words.money(result.reserve, result.currency)} of the budget is in no tactic; it can go before any of this."
        lines += ["", *textwrap.wrap(said, _WIDTH)]
    return [*lines, "", *(line for note in result.notes for line in textwrap.wrap(f"note: {note}", _WIDTH))]


def _table(result: WhatIf) -> list[str]:
    rows = [_row(cut, result.currency) for cut in result.cuts]
    total = ("all", "", "", words.money(result.freed, result.currency), f"{words.number(result.hours)} h", "")
    grid = [("tactic", "from", "to", "freed", "hours", "grade"), *rows, total]
    if result.measured is None:  # one grade is said once, above
        grid = [row[:-1] for row in grid]
    widths = [max(len(row[column]) for row in grid) for column in range(len(grid[0]))]
    return [
        "  " + "  ".join(
            cell.ljust(width) if column in {0, 5} else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in grid
    ]  # fmt: skip


def _row(cut: Cut, currency: str) -> tuple[str, ...]:
    money = (words.money(one, currency) for one in (cut.before, cut.after, cut.freed))
    return (cut.tactic, *money, f"{words.number(cut.hours)} h" if cut.hours else "-", cut.grade)


def _json(result: WhatIf) -> str:
    from leadline.review.what_if_document import what_if_document

    return what_if_document(result).model_dump_json(indent=1)
