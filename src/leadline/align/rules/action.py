"""ACT: does every task have one name and one day, in an order that works."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from leadline.align.case import Case, days
from leadline.align.finding import Found, Mention, Skip, Value
from leadline.align.rule import rule
from leadline.plan.action import Task


@rule("ACT001", "loose-task", level="error", scope="local", reads=("action.tasks.accountable", "action.tasks.due"))
def loose_task(case: Case) -> Iterator[Found | Skip]:
    """A task has not exactly one person who is accountable, or no day on which it is due.

    Why: what two people answer for nobody does, and what is due some day is not due.
    Source: RACI (one accountable per task).
    Fix: add the one name and the day.
    """
    for task in case.plan.action.tasks:
        named = (task.accountable,) if isinstance(task.accountable, str) else task.accountable or ()
        missing = (*(("accountable",) if len(named) != 1 else ()), *(("due",) if task.due is None else ()))
        if missing:
            yield Found(
                path=(*case.path_of(task.id), *(("accountable",) if len(named) > 1 else ())),
                text="task {task} lacks {missing}"
                + (f" (exactly one; {len(named)} are named)" if len(named) > 1 else ""),
                values={"task": task.id, "missing": missing},
                tactics=_tactic(case, task),
            )


@rule(
    "ACT002",
    "out-of-order",
    level="error",
    scope="sums",
    reads=("action.tasks.start", "action.tasks.due", "action.tasks.after", "action.tasks.tactic", "tactics.list.dates"),
)
def out_of_order(case: Case) -> Iterator[Found | Skip]:
    """A task is due after its tactic ends, or starts before one that it follows is due.

    Why: work that comes after its use is wasted, and work that cannot start yet is late.
    Source: schedule arithmetic.
    Fix: shift the task, or what it waits for.
    """
    tasks = {task.id: task for task in case.plan.action.tasks}
    for task in case.plan.action.tasks:
        path = case.path_of(task.id)
        tactic = case.tactics.get(task.tactic or "")
        dates = tactic.dates if tactic else None
        if tactic and dates and task.due and task.due > dates.end:
            text = "the task is due on {due}, {days} after its tactic ends" + (
                " (it starts on {start})" if task.start else ""
            )
            yield Found(
                path=(*path, "due"),
                text=text,
                values=_values(task.start, task.due, (task.due - dates.end).days),
                tactics=_tactic(case, task),
                related=(Mention((*case.path_of(tactic.id), "dates"), "the tactic"),),
            )
        for other in (tasks[name] for name in task.after if name in tasks):
            if task.start and other.due and task.start < other.due:
                yield Found(
                    path=(*path, "start"),
                    text="the task starts on {start}, {days} before the one it follows is due ({due})",
                    values=_values(task.start, other.due, (other.due - task.start).days),
                    tactics=_tactic(case, task),
                    related=(Mention((*case.path_of(other.id), "due"), "what it follows"),),
                )


def _values(start: dt.date | None, due: dt.date, gap: int) -> dict[str, Value]:
    return {"start": start, "due": due, "days": days(gap)}


def _tactic(case: Case, task: Task) -> tuple[str, ...]:
    return (task.tactic,) if task.tactic is not None and task.tactic in case.tactics else ()
