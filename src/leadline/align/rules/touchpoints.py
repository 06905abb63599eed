"""TPM: is every place where people meet the organisation on the map, good enough to promote, staffed and listened to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from leadline.align.case import Case, count, days, hours_a_week, share
from leadline.align.dates import shifted
from leadline.align.finding import ElementRef, Found, Mention, Repair, Skip
from leadline.align.routes import step_name, walking, written_steps
from leadline.align.rule import rule
from leadline.align.scores import staffed_hours, workload
from leadline.align.vocabulary import verbatim
from leadline.plan.links import reach
from leadline.plan.situation import Touchpoint
from leadline.units import Period

POOR_SCORE = 60  # house, of 100: under it more people leave than come back (checks.md, TPM003)
STAFFED = 0.90  # house: a tenth missing is illness and holidays (checks.md, TPM004)
IMPORTANT = 4  # house, of 5: a place that matters this much and is poor wants a plan (checks.md, TPM009)
OTHERS_CONTROL = frozenset({"shared", "earned"})  # checks.md, TPM010: places where others speak


@rule("TPM001", "no-map", level="error", scope="links", reads=("situation.touchpoints",))
def no_map(case: Case) -> Iterator[Found | Skip]:
    """The plan has no touch point: nobody has walked the way of a customer.

    Why: people judge the organisation where they meet it; what is not on the map is not looked after.
    Source: point D4.
    Fix: walk the stages from first hearing to use, and write each place where people meet you.
    """
    if not case.plan.situation.touchpoints:
        yield Found(
            path=("situation", "touchpoints"),
            text="the map has {touchpoints} touch points",
            values={"touchpoints": count(0)},
            at_key=True,
        )


@dataclass(frozen=True)
class _Poor:
    """Something poor that tactics depend on: a touch point, or an offering's delivery. fixes: when it is improved."""

    id: str
    score: float
    n: float | None
    fixes: tuple[tuple[dt.date, str], ...]


@rule(
    "TPM003",
    "poor-delivery-promoted",
    level="error",
    scope="links",
    reads=(
        "situation.touchpoints.experience", "situation.touchpoints.depends_on", "strategy.offerings.delivery_quality",
        "tactics.list.improves", "tactics.list.dates", "tactics.list.intent", "tactics.list.enables",
        "tactics.list.offering", "tactics.bridge.touchpoint", "tactics.list.bridge.touchpoint", "tactics.bridge.from",
        "tactics.bridge.to",
    ),
)  # fmt: skip
def poor_delivery_promoted(case: Case, *, poor_score: float = POOR_SCORE) -> Iterator[Found | Skip]:
    """A tactic promotes what is delivered poorly, before it is mended.

    A promoting tactic depends on the touch points of its chains, of the chains it enables, and on what those touch
    points depend on; and on the delivery of its offering. One of them scores under 60 of 100, and no tactic that
    `improves` it ends before the promoting tactic starts.

    Why: promotion brings more people to a bad experience; fix delivery first, then promote.
    Source: point D.
    Thresholds: poor_score 60 of 100 (house).
    Fix: mend it first, or start after it is mended.
    """
    for poor in _poor(case, poor_score):
        for name, way in _depending(case, poor.id).items():
            dates = case.graph.dates_of(case.tactics[name])
            if dates is None or any(end < dates.start for end, _ in poor.fixes):
                continue
            yield _promoted(case, poor, name, dates, way)


def _promoted(case: Case, poor: _Poor, name: str, dates: Period, way: tuple[str, ...]) -> Found:
    path = case.path_of(name)
    fix_end, fixer = min(poor.fixes, default=(None, ""))
    text = "{tactic} starts on {start} ({money}) and leads to {touchpoint}, which scores {score}".replace(
        "{tactic}", verbatim(name)
    )
    text += " by {n} answers" if poor.n is not None else ""
    later = None
    if fix_end is not None:
        text += f"; {verbatim(fixer)} mends it until {{fix_end}}, {{overlap_days}} too late"
        later = shifted(fix_end, 1)
    fits = later is not None and later <= dates.end
    return Found(
        path=(*path, "dates"),
        text=text,
        values={
            "touchpoint": poor.id,
            "score": poor.score,
            "n": None if poor.n is None else count(poor.n),
            "start": dates.start,
            "fix_end": fix_end,
            "overlap_days": None if fix_end is None else days((fix_end - dates.start).days + 1),
            "money": case.money_of((name,)),
        },
        fix=f"start on {later} or later, or mend it earlier" if fits else "",
        also=f"by way of {verbatim(', '.join(way))}" if way else "",
        related=(Mention(_score_path(case, poor.id), "the score"),),
        repairs=(Repair("unsafe", (((*path, "dates"), f"{later}..{dates.end}"),)),) if fits else (),
    )


def _score_path(case: Case, poor: str) -> tuple[str | int, ...]:
    is_point = poor in case.touchpoints
    return (*case.path_of(poor), *(("experience", "score") if is_point else ("delivery_quality",)))


def _poor(case: Case, poor_score: float) -> Iterator[_Poor]:
    """Yield touch points and offerings that score too little, with the tactics that improve them."""
    fixes: dict[str, list[tuple[dt.date, str]]] = defaultdict(list)
    for name, tactic in case.tactics.items():
        dates = case.graph.dates_of(tactic)
        for improved in tactic.improves:
            if dates is not None:
                fixes[improved].append((dates.end, name))
    for point in case.plan.situation.touchpoints:
        score = _score(point)
        if score is not None and score < poor_score:
            n = case.amounts.count(point.experience.n) if point.experience else None
            yield _Poor(point.id, score, n, tuple(fixes[point.id]))
    for offering in case.plan.strategy.offerings:
        if offering.delivery_quality is not None and offering.delivery_quality < poor_score:
            yield _Poor(offering.id, offering.delivery_quality, None, ())


def _score(point: Touchpoint) -> float | None:
    return point.experience.score if point.experience else None


def _depending(case: Case, poor: str) -> Mapping[str, tuple[str, ...]]:
    """Return the promoting tactics that depend on something, each with the way there."""
    users: dict[str, tuple[str, ...]] = {}
    for name, points in case.once(points_of).items():
        for point in points:
            way = case.once(_behind).get(point, {}).get(poor)
            if way is not None:
                users.setdefault(name, way)
                break
    for name, tactic in case.tactics.items():
        if tactic.offering == poor:
            users.setdefault(name, ())
    for name in _backwards(case, users):
        users[name] = (_next(case, name, users), *users[_next(case, name, users)])
    return {name: users[name] for name in case.promoting if name in users}


def _next(case: Case, name: str, users: Mapping[str, tuple[str, ...]]) -> str:
    return next(link.ref for link in case.tactics[name].enables if link.ref in users)


def _backwards(case: Case, users: Iterable[str]) -> Iterator[str]:
    """Yield the tactics that enable some others, nearest first, not those themselves."""
    enabling = case.once(_enabling)
    seen = set(users)
    frontier = list(seen)
    while frontier:
        following = [name for one in frontier for name in enabling.get(one, ()) if name not in seen]
        frontier = list(dict.fromkeys(following))
        seen.update(frontier)
        yield from frontier


def _enabling(case: Case) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name, tactic in case.tactics.items():
        for link in tactic.enables:
            found[link.ref].append(name)
    return {name: tuple(others) for name, others in found.items()}


def points_of(case: Case) -> Mapping[str, tuple[str, ...]]:
    """Return the touch points on each tactic's own chains."""
    return {
        name: tuple(
            dict.fromkeys(s.touchpoint for chain in case.graph.chains(name) for s in chain.steps if s.touchpoint)
        )
        for name in case.tactics
    }


def _behind(case: Case) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return for each touch point what it depends on, itself included, with the way there."""
    on = {name: tuple(link.ref for link in point.depends_on) for name, point in case.touchpoints.items()}
    found = {}
    for name in case.touchpoints:
        ways: dict[str, tuple[str, ...]] = {name: (name,)}
        for other in reach(name, on):
            before = next((ways[one] for one in ways if other in on.get(one, ())), (name,))
            ways[other] = (*before, other)
        found[name] = ways
    return found


@rule(
    "TPM004",
    "promise-not-resourced",
    level="error",
    scope="sums",
    reads=(
        "situation.touchpoints.promise", "situation.touchpoints.staffed", "situation.touchpoints.volume",
        "situation.touchpoints.handle_time", "action.people.capacity", "action.people.covers",
    ),
)  # fmt: skip
def promise_not_resourced(case: Case, *, staffed_part: float = STAFFED) -> Iterator[Found | Skip]:
    """More is promised at a touch point than is staffed, or more contacts come than the staff can answer.

    Staffed are the hours as written, else the capacity of the people who cover the point, split evenly over the points
    each covers. The contacts need volume times handling time over 0.8, for nobody answers in every minute.

    Why: people expect fast answers in public, and a broken promise is seen by all.
    Source: point D6; 0.8 is a usual planning figure for the occupancy of contact centres.
    Thresholds: staffed_part 0.90 (house).
    Fix: promise less, or staff the difference.
    """
    covered = {point for person in case.plan.action.people for point in person.covers}
    for point in case.plan.situation.touchpoints:
        if point.promise is None:
            continue
        promised = case.amounts.hours_per_week(point.promise.hours)
        staffed, needed = staffed_hours(case, point.id), workload(case, point.id)
        is_short = bool(promised) and staffed < staffed_part * (promised or 0.0)
        is_known = bool(promised) or point.staffed is not None or point.id in covered
        is_flooded = needed is not None and is_known and needed > staffed
        if not is_short and not is_flooded:
            continue
        path = case.path_of(point.id)
        sending = tuple(name for name in case.growth if point.id in case.once(points_of)[name])
        text = "{promised} are promised, {staffed} are staffed ({share})" if promised else "{staffed} are staffed"
        yield Found(
            path=(*path, "promise", "hours") if is_short else (*path, "volume"),
            text=text + ("; the contacts take {workload}" if needed is not None else ""),
            values={
                "promised": hours_a_week(promised) if promised else None,
                "staffed": hours_a_week(staffed),
                "share": share(staffed / promised) if promised else None,
                "workload": None if needed is None else hours_a_week(needed),
            },
            tactics=sending,
            also=f"{verbatim(', '.join(sending))} send people here" if sending else "",
            related=(Mention((*path, "staffed"), "staffed"),) if point.staffed is not None else (),
        )


@rule(
    "TPM006",
    "bridge-off-map",
    level="warning",
    scope="links",
    reads=("tactics.bridge.touchpoint", "tactics.list.bridge.touchpoint"),
)
def bridge_off_map(case: Case) -> Iterator[Found | Skip]:
    """A step of the bridge happens nowhere: it names no touch point.

    Why: a step that has no place has nobody who looks after it.
    Source: points D and E.
    Fix: name the touch point where it happens.
    """
    for step in written_steps(case):
        shared = case.graph.shared.get(step.pair)
        if step.touchpoint or (step.overridden and shared is not None and not shared.touchpoint):
            continue
        name, tactics = step_name(step), walking(case, step)
        yield Found(
            path=step.path,
            text="step {step} names no touch point; "
            + ("{tactics} ({money}) walk it" if tactics else "no tactic walks it ({money})"),
            values={"step": name, "tactics": tactics or None, "money": case.money_of(tactics)},
            element=ElementRef("step", name),
            tactics=tactics,
        )


@rule(
    "TPM009",
    "poor-unimproved",
    level="warning",
    scope="links",
    reads=("situation.touchpoints.experience", "situation.touchpoints.importance", "tactics.list.improves"),
)
def poor_unimproved(
    case: Case, *, poor_score: float = POOR_SCORE, important: float = IMPORTANT
) -> Iterator[Found | Skip]:
    """A touch point that matters is poor, and no tactic improves it.

    Why: fix delivery first; what is known to be poor and left so is a decision nobody took.
    Source: point D.
    Thresholds: poor_score 60 of 100, important 4 of 5: house.
    Fix: plan the fix as a tactic that `improves` it.
    """
    improved = {point for tactic in case.tactics.values() for point in tactic.improves}
    for point in case.plan.situation.touchpoints:
        score = _score(point)
        if score is None or score >= poor_score or (point.importance or 0) < important or point.id in improved:
            continue
        yield Found(
            path=(*case.path_of(point.id), "experience", "score"),
            text="{touchpoint} scores {score}, matters {importance} of 5, and nobody plans to improve it",
            values={"touchpoint": point.id, "score": score, "importance": point.importance},
        )


@rule(
    "TPM010",
    "no-loop",
    level="warning",
    scope="local",
    reads=("situation.touchpoints.control", "situation.touchpoints.loop"),
)
def no_loop(case: Case) -> Iterator[Found | Skip]:
    """Others speak at a touch point, and nobody listens.

    Why: listen, and acknowledge what people feel; silence in public is an answer too.
    Source: point D.
    Fix: write who watches it, who escalates to whom, and how fast people are acknowledged (`loop`).
    """
    for point in case.plan.situation.touchpoints:
        if point.control in OTHERS_CONTROL and point.loop is None:
            yield Found(
                path=case.path_of(point.id),
                text="{touchpoint} is {control}, and nobody watches it",
                values={"touchpoint": point.id, "control": point.control},
            )
