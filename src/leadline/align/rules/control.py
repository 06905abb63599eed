"""CTL: is it seen in time when something goes wrong, and is it known what happens then."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from leadline.align.case import EXEMPT, Case, count, days, hours, share
from leadline.align.course import believed, halfway, straight
from leadline.align.finding import ElementRef, Found, Skip
from leadline.align.routes import written_steps
from leadline.align.rule import rule
from leadline.align.vocabulary import verbatim
from leadline.plan.control import Watch
from leadline.plan.quantities import cadence_days

PART = 0.25  # house: four looks in the life of a tactic, the first of which may still change it (checks.md, CTL003)
STEERED = 28  # house: a tactic of under four weeks is over before a second weekly look can change it
MOST = 12  # house: a dozen numbers, three for each of four objectives (checks.md, CTL006)
BIG = 0.10  # house: a tenth of the growth budget is worth a day on which it ends (checks.md, CTL009)


@rule(
    "CTL001", "control-missing", level="error", scope="links", reads=("control.watches.objective", "objectives.metric")
)
def control_missing(case: Case) -> Iterator[Found | Skip]:
    """Nobody watches an objective.

    A watch belongs to the objective it names; one that names none belongs to those with its metric.

    Why: Control is the sixth section; an objective nobody looks at is a wish.
    Source: point B.
    Fix: add a watch: how often, by whom, with a red line and what happens then.
    """
    watched = {watch.objective for watch in case.plan.control.watches}
    metrics = {watch.metric for watch in case.plan.control.watches if not watch.objective and watch.metric}
    for objective in case.plan.objectives:
        if objective.id in watched or objective.metric in metrics:
            continue
        serving = tuple(name for name in case.graph.tactics_of(objective) if name in case.growth)
        work = sum(case.amounts.hours_of(case.tactics[name]) for name in serving)
        yield Found(
            path=case.path_of(objective.id),
            text="nobody watches {objective} ({money} and {hours} serve it)",
            values={"objective": objective.id, "money": case.money_of(serving), "hours": hours(work)},
        )


@rule("CTL002", "no-action-on-red", level="error", scope="local", reads=("control.watches.red", "control.watches.then"))
def no_action_on_red(case: Case) -> Iterator[Found | Skip]:
    """A watch has no red line, or does not say who does what within which time when it is crossed.

    Why: a number that changes nothing need not be read.
    Source: point B (Control).
    Fix: write `red`, and `then: {who, what, within}`.
    """
    for watch in case.plan.control.watches:
        missing = ["red"] if watch.red is None else []
        if watch.then is None:
            missing.append("then")
        else:
            missing += [f"then.{key}" for key in ("who", "what", "within") if getattr(watch.then, key) is None]
        if missing:
            path = case.path_of(watch.id)
            yield Found(
                path=(*path, "then") if watch.then is not None and watch.red is not None else path,
                text="watch {watch} lacks {missing}",
                values={"watch": watch.id, "missing": tuple(missing)},
                objectives=(watch.objective,) if watch.objective in case.graph.objectives else (),
            )


@rule(
    "CTL003",
    "too-slow",
    level="warning",
    scope="sums",
    reads=(
        "control.watches.every", "control.watches.objective", "control.watches.metric", "metrics.every",
        "tactics.list.dates", "tactics.list.serves",
    ),
)  # fmt: skip
def too_slow(case: Case, *, part: float = PART, steered: float = STEERED) -> Iterator[Found | Skip]:
    """Whoever reads the numbers reads them too seldom to change the course of a tactic while it runs.

    Looked at is the fastest watch over all objectives that a tactic serves. A watch that does not say how often it is
    read takes the cadence of its metric. Tactics of less than four weeks are judged afterwards, not steered.

    Why: Control is there to act on; who looks once in the life of a tactic learns its outcome, and changes nothing.
    Source: point B (Control).
    Thresholds: part 0.25 of the tactic's length, so that four looks fit in it (house); steered 28 days (house).
    Fix: read it more often, or add a faster sign on the way, such as a state earlier on the bridge.
    """
    watches = case.once(watches_over)
    slow: dict[str, dict[str, float]] = {}
    paces: dict[str, float] = {}
    for name, tactic in case.growth.items():
        dates = case.graph.dates_of(tactic)
        if dates is None or dates.days < steered or not case.serves_top(name):
            continue
        over = [watch for objective in case.graph.objectives_served(name) for watch in watches.get(objective, ())]
        known = [(every, watch.id) for watch in over if (every := cadence(case, watch)) is not None]
        if not known:
            continue
        every, watch_id = min(known)
        if every > part * dates.days:
            slow.setdefault(watch_id, {})[name] = dates.days
            paces[watch_id] = every
    for watch_id, lengths in slow.items():
        shortest = min(lengths.values())
        yield Found(
            path=(*case.path_of(watch_id), "every"),
            text=(
                "{watch}, read every {every}, is the fastest look at {tactics}, the shortest of which runs {length}"
                if len(lengths) > 1
                else "{watch}, read every {every}, is the fastest look at {tactics}, which runs {length}"
            ),
            values={
                "watch": watch_id,
                "every": days(round(paces[watch_id])),
                "tactics": tuple(lengths),
                "length": days(shortest),
                "enough": days(max(1, math.floor(part * shortest))),
            },
            tactics=tuple(lengths),
            fix="read it every {enough} or more often, or watch an earlier state of the bridge that often",
        )


@rule("CTL004", "nobody-reads", level="warning", scope="local", reads=("control.watches.by",))
def nobody_reads(case: Case) -> Iterator[Found | Skip]:
    """A watch does not say who reads it.

    Why: a number that is nobody's to read is read by nobody.
    Source: point B (Control); point C (who drives it).
    Fix: write who reads it (`by`).
    """
    for watch in case.plan.control.watches:
        if not watch.by:
            yield Found(
                path=case.path_of(watch.id),
                text="nobody is named who reads {watch}",
                values={"watch": watch.id},
                objectives=(watch.objective,) if watch.objective in case.graph.objectives else (),
                fix=f"write `by`: {verbatim(watch.owner)}, who owns it, or somebody else" if watch.owner else "",
            )


@rule(
    "CTL005",
    "no-path",
    level="warning",
    scope="local",
    reads=("control.watches.path", "objectives.baseline", "objectives.target"),
)
def no_path(case: Case) -> Iterator[Found | Skip]:
    """A watch does not say where its metric should stand on the way.

    Without a path the straight line from baseline to target holds. Sales that start late and come after long lags lie
    far under it for months, so the watch is red although all goes as planned. Beside the line stands what the plan's
    own bets bring by the middle of the time, at base.

    Why: red and amber are distances from a path; from the wrong one they cry wolf, or sleep.
    Source: point B (Control); checks.md section 1 (amber, red).
    Fix: write `path`: where it should be at the end of each quarter.
    """
    for watch in case.plan.control.watches:
        if watch.path:
            continue
        objective = case.graph.objectives.get(watch.objective or "")
        own = objective if objective is not None and objective.metric == watch.metric else None
        day = halfway(case, own) if own else None
        line = straight(case, own, day=day) if own and day else None
        planned = believed(case, own, day=day) if own and day and line is not None else None
        text = "watch {watch} has no path, so nothing says where its metric should stand on a day"
        if line is not None:
            text = "watch {watch} has no path; a straight line asks for {line} by {day}"
            text += "" if planned is None else ", the plan's own bets bring {planned}"
        yield Found(
            path=case.path_of(watch.id),
            text=text,
            values={
                "watch": watch.id,
                "day": day if line is not None else None,
                "line": None if line is None else case.in_unit_of(watch.metric, line),
                "planned": None if planned is None else case.in_unit_of(watch.metric, planned),
            },
            objectives=(own.id,) if own else (),
            fix="" if planned is None else "write `path`: what you believe for {day}, and for the end of each quarter",
        )


@rule("CTL006", "kpi-flood", level="note", scope="sums", reads=("control.watches",))
def kpi_flood(case: Case, *, most: float = MOST) -> Iterator[Found | Skip]:
    """More numbers are watched than anybody acts on.

    Why: who watches everything sees nothing; each watch asks somebody to look, and to act when it is red.
    Source: point B (Control); the number is a house limit, three for each of four objectives.
    Thresholds: most 12 watches (house).
    Fix: keep those that would change a decision; let the others stand in a report.
    """
    watches = case.plan.control.watches
    if len(watches) <= most:
        return
    idle = case.once(idle_watches)
    yield Found(
        path=("control", "watches"),
        text="{watches} numbers are watched",
        values={"watches": count(len(watches)), "idle": tuple(watch.id for watch in idle) or None},
        fix="drop {idle} first, which nothing in the plan hangs on" if idle else "",
    )


@rule(
    "CTL007",
    "idle-watch",
    level="warning",
    scope="links",
    reads=(
        "control.watches.metric", "objectives.metric", "objectives.guardrails", "tactics.bridge", "tactics.list.bridge",
        "tactics.list.delivers", "tactics.list.expects",
    ),
)  # fmt: skip
def idle_watch(case: Case) -> Iterator[Found | Skip]:
    """A watch reads a metric that no objective, no guardrail and no chain of bets uses.

    Why: whatever it says, nothing in the plan depends on it; anything that serves no goal is a distraction.
    Source: point C; point B (Control).
    Fix: drop the watch, or write down what hangs on its metric: an objective, a guardrail, a step of the bridge.
    """
    for watch in case.once(idle_watches):
        yield Found(
            path=(*case.path_of(watch.id), "metric"),
            text="{watch} reads {metric}, which no objective, guardrail or bet uses",
            values={"watch": watch.id, "metric": watch.metric},
        )


@rule("CTL008", "no-source", level="warning", scope="local", reads=("control.watches.metric", "metrics.source"))
def no_source(case: Case) -> Iterator[Found | Skip]:
    """A metric is watched, and nothing says where its values come from.

    Why: a watch without a source is read from memory.
    Source: point B (Control); evidence.md (what a metric's source may be).
    Fix: write the metric's `source`, such as "stage:won", "orders.count" or "metric:awareness".
    """
    for metric in case.plan.metrics:
        watches = tuple(watch.id for watch in case.plan.control.watches if watch.metric == metric.id)
        if watches and not metric.source:
            yield Found(
                path=case.path_of(metric.id),
                text="{watches} should be read, and {metric} has no source",
                values={"metric": metric.id, "watches": watches},
            )


@rule(
    "CTL009",
    "no-stop-rule",
    level="warning",
    scope="local",
    reads=("tactics.list.stop_when", "tactics.list.budget", "tactics.list.intent"),
)
def no_stop_rule(case: Case, *, big: float = BIG) -> Iterator[Found | Skip]:
    """A tactic with much of the money says nothing about when it would be stopped.

    Left out are tactics that serve, enable, research, exit or run.

    Why: what has no end is stopped too late; volumes must warrant the expense.
    Source: point E.
    Thresholds: big 0.10 of the growth budget (house).
    Fix: state the result and the day at which you stop (`stop_when`).
    """
    for name, tactic in case.growth.items():
        part = case.spend_share(name)
        if tactic.intent not in EXEMPT and part is not None and part > big and not tactic.stop_when:
            yield Found(
                path=case.path_of(name),
                text="tactic {tactic} takes {share} of the growth budget and never stops",
                values={"tactic": name, "share": share(part)},
            )


@rule(
    "CTL010",
    "guardrail-unwatched",
    level="warning",
    scope="links",
    reads=("objectives.guardrails", "control.watches.metric"),
)
def guardrail_unwatched(case: Case) -> Iterator[Found | Skip]:
    """A guardrail says what must not suffer, and nobody watches it.

    Why: an objective reached at the cost of margin, quality or trust shows it first in its guardrail.
    Source: point D (good product, poor delivery); point B (Control).
    Fix: add a watch of that metric with its bound as the red line.
    """
    watched = {watch.metric for watch in case.plan.control.watches}
    seen: dict[str, list[tuple[str, int, str]]] = {}
    for objective in case.plan.objectives:
        for index, guardrail in enumerate(objective.guardrails):
            if guardrail.metric and guardrail.metric not in watched:
                seen.setdefault(guardrail.metric, []).append((objective.id, index, guardrail.bound))
    for metric, uses in seen.items():
        first, index, _ = uses[0]
        yield Found(
            path=(*case.path_of(first), "guardrails", index, "metric"),
            text="{metric} must stay {bound} for {objectives}, and nobody watches it",
            values={
                "metric": metric,
                "bound": tuple(dict.fromkeys(bound for _, _, bound in uses)),
                "objectives": tuple(dict.fromkeys(objective for objective, _, _ in uses)),
            },
            element=ElementRef("metric", metric),
            objectives=tuple(dict.fromkeys(objective for objective, _, _ in uses)),
            fix="add a watch of {metric} that turns red when it is no longer {bound}",
        )


def watches_over(case: Case) -> Mapping[str, tuple[Watch, ...]]:
    """Return the watches of each objective: those that name it, and those that name none and read its metric."""
    by_objective: dict[str, list[Watch]] = {}
    by_metric: dict[str, list[Watch]] = {}
    for watch in case.plan.control.watches:
        if watch.objective:
            by_objective.setdefault(watch.objective, []).append(watch)
        elif watch.metric:
            by_metric.setdefault(watch.metric, []).append(watch)
    return {
        objective.id: (*by_objective.get(objective.id, ()), *by_metric.get(objective.metric or "", ()))
        for objective in case.plan.objectives
    }


def cadence(case: Case, watch: Watch) -> float | None:
    """Return how many days lie between two looks: as the watch says, else its metric; None where neither does."""
    metric = case.metric(watch.metric)
    every = watch.every or (metric.every if metric else None)
    return None if every is None else cadence_days(every)


def idle_watches(case: Case) -> tuple[Watch, ...]:
    """Return the watches of metrics that no objective, guardrail or bet uses."""
    used = {objective.metric for objective in case.plan.objectives}
    used |= {rail.metric for objective in case.plan.objectives for rail in objective.guardrails}
    used |= {metric for step in written_steps(case) for metric in step.pair}
    used |= {start.metric for name in case.tactics for start in case.graph.starts(name)}
    return tuple(
        watch
        for watch in case.plan.control.watches
        if watch.metric in case.amounts.metrics and watch.metric not in used
    )
