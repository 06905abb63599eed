"""`leadline drift`: plan against reality so far, and the money by month."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

from leadline.cli.options import (
    AsOfOption,
    DebugOption,
    JsonOption,
    QuietOption,
    SeedOption,
    WorkspaceOption,
    finish,
    say,
)
from leadline.cli.review import refused, run
from leadline.workspace import Workspace

if TYPE_CHECKING:
    from leadline.review.drift import Drift, Standing
    from leadline.review.money import MoneyByMonth

WIDTH = 80  # interfaces: a terminal has 80 columns
NOTHING = 4  # interfaces: an empty run never looks green


def drift(
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
    as_of: AsOfOption = None,
    seed: SeedOption = None,
    debug: DebugOption = False,
) -> None:
    """Hold the plan against reality so far: objectives, deliveries, bets, and planned, committed, spent by month.

    Example: leadline drift
    """
    from leadline.review.drift import drift_of
    from leadline.review.material import material

    found = Workspace.find(Path.cwd(), named=workspace)
    seen = run(found, as_of=as_of, seed=seed, quiet=quiet)
    told = drift_of(material(seen, found))
    if as_json:
        from leadline.review.drift_document import drift_document

        say(drift_document(told, seen).model_dump_json(indent=1))
    else:
        say("\n".join(_lines(told)))
    finish(refused(seen) or (0 if told.is_known else NOTHING))


def _lines(told: Drift) -> list[str]:
    lines = [f"As of {told.as_of}:", *textwrap.wrap(told.sentence(), WIDTH)]
    for title, rows in (("Objectives", told.objectives), ("Delivered", told.deliveries)):
        if rows:
            ordered = sorted(rows, key=lambda one: (one.difference is None, not one.is_behind))
            lines += ["", f"{title}, planned by now against reality:", *(_standing(one) for one in ordered)]
    behind = [bet for bet in told.bets if bet.word == "behind"]
    if behind:
        lines += ["", "Bets behind:", *(_cut(f"  {bet.bet} [{bet.grade}] {bet.reason}") for bet in behind)]
    lines += ["", *_money(told.money)]
    notes = [line for note in told.notes for line in textwrap.wrap(f"note: {note}", WIDTH, subsequent_indent="      ")]
    return [*lines, *(["", *notes] if notes else [])]


def _standing(one: Standing) -> str:
    from leadline.evidence.small_cells import HIDDEN
    from leadline.review.drift import said

    actual = HIDDEN if one.is_hidden else said(one, one.actual)
    word = "behind" if one.is_behind else "–" if one.is_hidden else "not read" if one.difference is None else "level"
    return _cut(f"  {word:<9} {said(one, one.planned):>12} {actual:>12}  {one.name}")


def _money(money: MoneyByMonth) -> list[str]:
    """Return the months as a table, in units of the currency without decimals."""
    from leadline.align.phasing import CENTS

    if not money.months:
        return ["The plan has no window, so its money can't be laid on months."]

    def cell(cents: int | None) -> str:
        return "–" if cents is None else f"{cents / CENTS:,.0f}".replace(",", " ")

    planned, bound, spent = (money.total(kind).months for kind in ("planned", "committed", "spent"))
    so_far, gone = money.running("planned"), money.running("spent")
    rows = [["month", "planned", "committed", "spent", "no tactic", "plan so far", "spent so far"]]
    for index, month in enumerate(money.months):
        is_known = money.is_spent_known and month <= money.as_of
        known = [spent.get(month, 0), money.nobodys.months.get(month, 0), so_far[index], gone[index]]
        shown = [
            known[0] if is_known else None,
            known[1] if is_known else None,
            known[2],
            known[3] if is_known else None,
        ]
        rows.append([f"{month:%Y-%m}", cell(planned.get(month, 0)), cell(bound.get(month, 0)), *map(cell, shown)])
    return [
        f"Money by month, {money.currency or 'in the plan without a currency'}:",
        *("  " + row[0].ljust(8) + "".join(part.rjust(width) for part, width in zip(row[1:], (10, 11, 10, 11, 13, 14), strict=True)) for row in rows),
    ]  # fmt: skip


def _cut(text: str) -> str:
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 1]}…"
