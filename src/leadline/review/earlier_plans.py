"""What earlier plans of the same organisation tried, and what people found of it: read from their files.

    plan-2026.yaml      any other plan file beside the plan whose window ended before this one's begins, and
    earlier/…           everything in this folder: a file, or a folder with one file per section

A tactic was judged where a decision of its own plan is about it and its choice begins with a verdict, as the review
after an activity writes it (`tactic failed (agree)`). The last such decision counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from leadline.align.facts import EarlierTactic, Verdict
from leadline.errors import LeadlineError
from leadline.plan.model import Plan
from leadline.plan.source import read_plan
from leadline.plan.stamp import canonical
from leadline.plan.tactics import Tactic

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True)
class Earlier:
    """Tactics of earlier plans that were judged. notes: files that could not be read, a sentence each."""

    tactics: tuple[EarlierTactic, ...] = ()
    notes: tuple[str, ...] = ()


def earlier_tactics(folder: Path, plan: Plan, *, own: Path | None = None) -> Earlier:
    """Return what the plans of a folder that ended before this plan begins tried and were told of it.

    own: the file or folder of the plan itself. A plan without a window has nothing before it.
    """
    window, found, notes = plan.plan.window, [], []
    if window is None:
        return Earlier()
    for file in _files(folder, own):
        try:
            other = read_plan(file).plan
        except LeadlineError as problem:
            notes.append(f"What {file.name} tried is not compared, for it cannot be read: {problem}")
            continue
        ended = other.plan.window.end if other.plan.window else None
        if ended is not None and ended < window.start and _is_of_one(plan, other):
            found += list(_judged(other, ended))
    return Earlier(tuple(found), tuple(notes))


def _files(folder: Path, own: Path | None) -> Iterator[Path]:
    """Yield what may be another plan, in the order of its name."""
    beside = sorted((*folder.glob("plan.yaml"), *folder.glob("plan-*.yaml")))
    kept = folder / "earlier"
    within = sorted(kept.iterdir()) if kept.is_dir() else []
    mine = None if own is None else own.resolve()
    for file in (*beside, *within):
        is_plan = file.is_dir() or file.suffix in (".yaml", ".yml")
        if is_plan and not file.name.startswith(".") and file.resolve() != mine:
            yield file


def _is_of_one(plan: Plan, other: Plan) -> bool:
    """Say whether two plans are of one organisation, as far as both name theirs."""
    mine, theirs = plan.plan.organisation, other.plan.organisation
    return not mine or not theirs or mine.casefold() == theirs.casefold()


def _judged(plan: Plan, ended: dt.date) -> Iterator[EarlierTactic]:
    for tactic in plan.tactics.list:
        verdict = _verdict(plan, tactic)
        if verdict is not None:
            yield EarlierTactic(plan.plan.id, tactic.id, ended, verdict, canonical(tactic))


def _verdict(plan: Plan, tactic: Tactic) -> Verdict | None:
    """Return what was found of a tactic, by the last decision that says so; of one day the one that was written last."""
    last: tuple[dt.date, Verdict] | None = None
    for decision in plan.control.decisions:
        said = (decision.choice or "").strip().casefold().replace("’", "'")
        verdict = next((one for one in VERDICTS if said.startswith(one)), None)
        day = decision.date or dt.date.min
        if verdict is not None and tactic.id in decision.about and (last is None or day >= last[0]):
            last = (day, verdict)
    return None if last is None else last[1]
