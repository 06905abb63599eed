"""ACT: does every task have one name and one day, in an order that works."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from leadline.align.case import Case, count, days
from leadline.align.finding import Found, Mention, Skip, Value
from leadline.align.rule import rule
from leadline.plan.action import Task

SOON = 30  # days; house: what starts within a month is being prepared now, or is not (checks.md, ACT005)


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


@rule(
    "ACT003",
    "many-accountable",
    level="warning",
    scope="local",
    reads=("action.tasks.accountable", "tactics.list.owner"),
)
def many_accountable(case: Case) -> Iterator[Found | Skip]:
    """Several people are accountable for one task. Who helps is no fault; who answers for it is one.

    ACT001 counts the same task as loose; this finding says who stands there and is folded under it.

    Why: each of several waits for the others.
    Source: RACI (one accountable per task).
    Fix: keep one name; the others do the work with them.
    """
    for task in case.plan.action.tasks:
        named = () if isinstance(task.accountable, str) else tuple(dict.fromkeys(task.accountable or ()))
        if len(named) < 2:
            continue
        tactic = case.tactics.get(task.tactic or "")
        owner = tactic.owner if tactic is not None and tactic.owner in named else None
        yield Found(
            path=(*case.path_of(task.id), "accountable"),
            text="{number} people answer for task {task}: {people}",
            values={"task": task.id, "number": count(len(named)), "people": named, "owner": owner},
            fix="keep {owner}, who owns the tactic; the others do the work with them" if owner else "",
            tactics=_tactic(case, task),
        )


@rule("ACT004", "overdue", level="warning", scope="time", reads=("action.tasks.due", "action.tasks.done"))
def overdue(case: Case) -> Iterator[Found | Skip]:
    """A task was due before the as-of date and is not done.

    Done is `done: true` or a day up to the as-of date. Where several tasks are overdue and no task of the plan was ever
    marked as done, that is one finding: nobody keeps the list.

    Why: a plan that is not looked at slips one task at a time, and what waits for it slips too.
    Source: Situation to Control (Action); schedule arithmetic.
    Fix: do it and write the day, or write a new day and look at what waits for it.
    """
    waiting: dict[str, list[str]] = {}
    for task in case.plan.action.tasks:
        for before in () if is_done(task, case.as_of) else dict.fromkeys(task.after):
            waiting.setdefault(before, []).append(task.id)
    tasks = case.plan.action.tasks
    late = [task for task in tasks if task.due and task.due < case.as_of and not is_done(task, case.as_of)]
    if len(late) > 1 and all(task.done is None for task in tasks):
        yield _unkept(case, late)
        return
    for task in late:
        held = tuple(waiting.get(task.id, ()))
        yield Found(
            path=(*case.path_of(task.id), "due"),
            text="task {task} was due on {due}, {days} ago, and is not done",
            values={**_delay(case, task), "waiting": held or None},
            also="{waiting} waits for it" if len(held) == 1 else "{waiting} wait for it" if held else "",
            tactics=_tactic(case, task),
        )


def _unkept(case: Case, late: Sequence[Task]) -> Found:
    oldest = min(late, key=lambda task: (task.due or case.as_of, task.id))
    return Found(
        path=(*case.path_of(oldest.id), "due"),
        text="{number} tasks were due, the oldest ({task}) on {due}, {days} ago, and no task of the plan is marked as done",
        values={
            **_delay(case, oldest),
            "number": count(len(late)),
            "tasks": tuple(task.id for task in late),
        },
        fix="write `done` with its day on those that are; then look at the others: {tasks}",
        tactics=tuple(dict.fromkeys(name for task in late for name in _tactic(case, task))),
    )


def _delay(case: Case, task: Task) -> dict[str, Value]:
    due = task.due or case.as_of
    return {"task": task.id, "due": due, "days": days((case.as_of - due).days)}


def is_done(task: Task, day: dt.date) -> bool:
    """Say whether a task is done on a day: marked so, or done on that day or earlier."""
    return task.done <= day if isinstance(task.done, dt.date) else bool(task.done)


@rule(
    "ACT005",
    "tactic-without-tasks",
    level="warning",
    scope="time",
    reads=("tactics.list.dates", "action.tasks.tactic", "tactics.list.intent"),
)
def tactic_without_tasks(case: Case, *, soon: float = SOON) -> Iterator[Found | Skip]:
    """A tactic starts soon, and nobody has a task for it.

    Looked at are growth tactics whose first day lies on the as-of date or up to 30 days after it.

    Why: what nobody has to do by a day is not begun on that day.
    Source: Situation to Control (Action follows Tactics); RACI.
    Thresholds: soon 30 days (house).
    Fix: write the first task: what, who answers for it, by when.
    """
    served = {task.tactic for task in case.plan.action.tasks}
    for name, tactic in case.growth.items():
        if tactic.dates is None or name in served:
            continue
        ahead = (tactic.dates.start - case.as_of).days
        if not 0 <= ahead <= soon:
            continue
        yield Found(
            path=(*case.path_of(name), "dates"),
            text="{tactic} starts "
            + ("in {days}" if ahead else "today ({days} ahead)")
            + ", on {start}, and has no task",
            values={"tactic": name, "start": tactic.dates.start, "days": days(ahead), "owner": tactic.owner},
            fix="write the first task: what {owner} answers for before {start}" if tactic.owner else "",
        )


def _values(start: dt.date | None, due: dt.date, gap: int) -> dict[str, Value]:
    return {"start": start, "due": due, "days": days(gap)}


def _tactic(case: Case, task: Task) -> tuple[str, ...]:
    return (task.tactic,) if task.tactic is not None and task.tactic in case.tactics else ()
