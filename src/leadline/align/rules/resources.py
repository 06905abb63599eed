"""RES: is there somebody who drives the plan, who can do what is planned, and time to do it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from leadline.align.case import Case, count, hours, hours_a_week, share
from leadline.align.crafts import ALONE, Craft, craft_of, level_in
from leadline.align.dates import shifted
from leadline.align.finding import ElementRef, Found, Mention, Repair, Skip
from leadline.align.load import PersonLoad, Run, Work, loads
from leadline.align.rule import rule
from leadline.align.rules.action import is_done
from leadline.align.vocabulary import verbatim

PLANNED = 0.80  # house: one day a week goes elsewhere (checks.md, RES001)
MIN_WEEKS = 2  # house: one heavy week is borne, two in a row are not (checks.md, RES001)
MOVABLE = 3  # house: how many of the heaviest tactics are tried for a shift that fits
MAX_PART = 0.50  # house: more than half of it waits when one person is ill (checks.md, RES003)
MIN_COUNT = 6  # house: of fewer steps and tasks somebody always has most (checks.md, RES003)
MAX_SHIFT = 26  # house: weeks a tactic is shifted at most in search of one; half a year is another plan


@rule(
    "RES001",
    "over-capacity",
    level="error",
    scope="sums",
    reads=(
        "action.people.capacity", "action.people.covers", "action.tasks", "tactics.list.hours", "tactics.list.dates",
        "tactics.list.owner", "situation.touchpoints.volume", "situation.touchpoints.handle_time",
    ),
)  # fmt: skip
def over_capacity(case: Case, *, planned: float = PLANNED, min_weeks: float = MIN_WEEKS) -> Iterator[Found | Skip]:
    """Somebody has more to do than there are hours, for two weeks in a row or longer.

    The load of a week is the hours of tasks, spread over start to due; the rest of the hours of tactics, spread over
    their dates, to the owner; and the contacts of touch points the person covers. Four fifths of the capacity may be
    planned.

    Why: social media needs fast response, and what nobody has time for is done late or not at all.
    Source: point D6.
    Thresholds: planned 0.80, min_weeks 2: house.
    Fix: shift a tactic, hand some of it to somebody else, or plan less.
    """
    if not case.plan.action.people:
        yield Skip("no people")
        return
    for name, load in loads(case, planned).items():
        if load.available is None:
            if load.works or load.base:
                yield Skip("the person has work and no capacity", name)
            continue
        runs = [run for run in load.runs() if run.weeks >= min_weeks]
        if not runs:
            continue
        worst = max(runs, key=lambda run: (run.peak, run.weeks))
        tactics = tuple(load.in_week(worst.week))
        fix, repairs = _shift(case, load, tactics, min_weeks)
        yield Found(
            path=(*case.path_of(name), "capacity"),
            text="{person} has {load} of work in the heaviest of {weeks} weeks in a row, {available} are there"
            + (" ({tactics})" if tactics else ""),
            values={
                "person": name,
                "weeks": worst.weeks,
                "load": hours_a_week(worst.peak),
                "available": hours_a_week(load.available),
                "tactics": tactics or None,
            },
            fix=fix,
            tactics=tactics,
            also=_when(worst, len(runs) - 1),
            repairs=repairs,
        )


def _when(run: Run, more: int) -> str:
    """Say when the stretch begins and how many others there are."""
    return f"from {run.first} on, heaviest in {run.week}" + (f"; {more} more such stretches" if more else "")


def _shift(case: Case, load: PersonLoad, tactics: Sequence[str], min_weeks: float) -> tuple[str, tuple[Repair, ...]]:
    """Return the smallest shift of one tactic inside the window after which the person is never over for long."""
    window = case.plan.plan.window
    movable = [
        (tactic, dates)
        for tactic in tactics[:MOVABLE]
        if (dates := case.tactics[tactic].dates) is not None and _fits(load, _without(load, tactic), min_weeks)
    ]
    for weeks in range(1, MAX_SHIFT + 1):
        for tactic, dates in movable:
            for days in (7 * weeks, -7 * weeks):
                start, end = shifted(dates.start, days), shifted(dates.end, days)
                if window is None or start not in window or end not in window:
                    continue
                moved = [work.shifted(days) for work in load.works if work.tactic == tactic and not work.is_task]
                if _fits(load, [*_without(load, tactic), *moved], min_weeks):
                    way = f"{weeks} {'week' if weeks == 1 else 'weeks'} {'later' if days > 0 else 'earlier'}"
                    text = f"run {verbatim(tactic)} {way}: {start}..{end}"
                    return text, (Repair("unsafe", (((*case.path_of(tactic), "dates"), f"{start}..{end}"),)),)
    return "no shift of one tactic helps: hand some of it to somebody else, or plan less", ()


def _without(load: PersonLoad, tactic: str) -> list[Work]:
    """Return the works of a person but the hours of one tactic; its tasks have their own dates and stay."""
    return [work for work in load.works if work.tactic != tactic or work.is_task]


def _fits(load: PersonLoad, works: Sequence[Work], min_weeks: float) -> bool:
    return all(run.weeks < min_weeks for run in load.runs(works))


@rule(
    "RES002",
    "skill-gap",
    level="warning",
    scope="links",
    reads=(
        "action.people.skills", "tactics.list.channels", "situation.channels.media", "situation.channels.venues",
        "situation.venues.kind",
    ),
)  # fmt: skip
def skill_gap(case: Case, *, alone: float = ALONE) -> Iterator[Found | Skip]:
    """A channel asks for a craft that nobody on the plan masters.

    Which craft a channel asks for follows from its media and the kinds of its venues, or from its name: search ads, paid
    social, organic search, social pages and groups, mail, press work; several spellings of a skill count. Other kinds,
    and people who speak for themselves, are not judged. The best person of the plan counts, whoever owns the tactic.

    Why: resources are people who can do it; money without the craft teaches at full price.
    Source: point D6 (resources); the table of crafts is house.
    Thresholds: alone 2 (works alone): house.
    Fix: train somebody, or list the agency or freelancer under action.people with their skills.
    """
    people = [person for person in case.plan.action.people if person.skills]
    if not people:
        yield Skip("nobody's skills are listed")
        return
    asked: dict[Craft, list[str]] = {}
    kinds = {venue.id: venue.kind or "" for venue in case.plan.situation.venues}
    used = {name for tactic in case.tactics.values() for name in tactic.channels}
    for name, channel in case.channels.items():
        if name not in used:
            continue
        if channel.media is None:
            yield Skip("its media is not known", name)
        craft = craft_of(channel, [kinds[venue] for venue in channel.venues if venue in kinds])
        if craft is not None:
            asked.setdefault(craft, []).append(name)
    for craft, channels in asked.items():
        nearest = max(people, key=lambda person: level_in(person.skills, craft))
        best = level_in(nearest.skills, craft)
        if best >= alone:
            continue
        tactics = tuple(name for name, tactic in case.tactics.items() if set(channels) & set(tactic.channels))
        money = sum(case.channel_money.get(name, 0.0) for name in channels)
        kind = craft.kind + (", {money}" if money else "")
        yield Found(
            path=case.path_of(channels[0]),
            text=f"{{channels}} ({kind}) asks for {{skill}} at level {{needed}}; the best here is level {{best}}"
            + (" ({person})" if best else ""),
            values={
                "channels": tuple(channels),
                "skill": craft.skills[0],
                "needed": count(alone),
                "best": count(best),
                "person": nearest.id if best else None,
                "tactics": tactics,
                "money": case.money(money) if money else None,
            },
            fix="train {person} before it starts, or list the agency under action.people with its skills"
            if best
            else "",
            also="used by {tactics}",
            tactics=tactics,
            related=tuple(Mention(case.path_of(name), "asks for it too") for name in channels[1:]),
        )


@rule(
    "RES003",
    "single-point",
    level="warning",
    scope="sums",
    reads=("tactics.bridge.owner", "tactics.list.bridge.owner", "action.tasks.accountable", "action.tasks.done"),
)
def single_point(case: Case, *, max_part: float = MAX_PART, min_count: float = MIN_COUNT) -> Iterator[Found | Skip]:
    """One person answers for more than half of the steps and tasks.

    Counted are the steps of the bridge with an owner written on them and the tasks with one accountable that are not
    done; a team is nobody in particular and counts among the rest. Fewer than six are not judged: of those somebody always has most.

    Why: who is ill for two weeks should not take the plan along.
    Source: point D6 (resources); point A (teams that are equipped).
    Thresholds: max_part 0.50, min_count 6 steps and tasks: house.
    Fix: name a deputy, or hand some of it over.
    """
    owned = _responsibilities(case)
    if len(owned) < min_count:
        return
    teams = {team.id for team in case.plan.action.teams}
    person, number = max(
        Counter(who for who, _ in owned if who not in teams).items(), key=lambda one: one[1], default=("", 0)
    )
    if number <= max_part * len(owned):
        return
    deputy = _deputy(case, person)
    what = tuple(name for who, name in owned if who == person)
    yield Found(
        path=case.path_of(person) or ("action", "people"),
        text="{person} answers for {number} of {of} steps and tasks ({share}): {what}",
        values={
            "person": person,
            "number": count(number),
            "of": count(len(owned)),
            "share": share(number / len(owned)),
            "what": what,
            "deputy": deputy,
        },
        fix="hand some of it to {deputy}, who has most hours left, or name a deputy" if deputy else "",
        element=None if person in case.elements else ElementRef("person", person),
    )


def _responsibilities(case: Case) -> list[tuple[str, str]]:
    """Return who answers for which step (where it says so) and which open task."""
    shared = [(step.owner, f"{step.from_}>{step.to}") for step in case.plan.tactics.bridge]
    own = [(step.owner, f"{name}/{step.from_}>{step.to}") for name, one in case.tactics.items() for step in one.bridge]
    tasks = [
        (task.accountable if isinstance(task.accountable, str) else (*(task.accountable or ()), None)[0], task.id)
        for task in case.plan.action.tasks
        if not is_done(task, case.as_of) and (isinstance(task.accountable, str) or len(task.accountable or ()) == 1)
    ]
    return [(who, what) for who, what in (*shared, *own, *tasks) if who]


def _deputy(case: Case, person: str) -> str | None:
    """Return whoever else has most hours a week left in their heaviest week; None where nobody has any."""
    left = {
        name: load.available - load.heaviest
        for name, load in loads(case, PLANNED).items()
        if name != person and load.available is not None and load.available > load.heaviest
    }
    return max(left, key=lambda name: (left[name], name)) if left else None


@rule(
    "RES004",
    "unagreed-help",
    level="warning",
    scope="links",
    reads=(
        "action.teams.agreed", "action.teams.function", "action.people.team", "tactics.list.owner",
        "action.tasks.accountable",
    ),
)  # fmt: skip
def unagreed_help(case: Case) -> Iterator[Found | Skip]:
    """A team outside marketing is to do work that its head has not agreed to.

    Looked at are tactics and tasks owned by the team or by somebody in it. Its hours are those of its tasks and the rest
    of the hours of its tactics, each counted once. A team without a function is not judged.

    Why: the plan borrows people who have other work; an unagreed hour is done last.
    Source: point A (customer-facing teams); point C (social must align with service, sales, HR).
    Fix: ask the head of the team for these hours, and write the day of the yes under `agreed`.
    """
    tactics: dict[str, list[str]] = {}
    tasks: dict[str, list[str]] = {}
    work: defaultdict[str, float] = defaultdict(float)
    planned: defaultdict[str, float] = defaultdict(float)
    for task in case.plan.action.tasks:
        who = (task.accountable,) if isinstance(task.accountable, str) else task.accountable or ()
        time = case.amounts.hours(task.hours) or 0.0
        planned[task.tactic or ""] += time
        for team in dict.fromkeys(case.team_of.get(one, "") for one in who):
            tasks.setdefault(team, []).append(task.id)
            work[team] += time / len(who) * sum(case.team_of.get(one, "") == team for one in who)
    for name, tactic in case.tactics.items():
        team = case.team_of.get(tactic.owner or "", "")
        tactics.setdefault(team, []).append(name)
        work[team] += max(case.amounts.hours_of(tactic) - planned[name], 0.0)
    for one in case.plan.action.teams:
        asked = (tuple(tactics.get(one.id, ())), tuple(tasks.get(one.id, ())))
        if one.agreed is not None or one.function == "marketing" or not any(asked):
            continue
        if one.function is None:
            yield Skip("its function is not known", one.id)
            continue
        yield Found(
            path=case.path_of(one.id),
            text=f"team {{team}} ({one.function}) is to give {{hours}}, and its head has not agreed: {{what}}",
            values={
                "team": one.id,
                "hours": hours(work[one.id]),
                "what": asked[0] + asked[1],
            },
            tactics=asked[0],
        )


@rule("RES005", "nobody-drives", level="error", scope="local", reads=("plan.driver",))
def nobody_drives(case: Case) -> Iterator[Found | Skip]:
    """Nobody drives the plan.

    Why: who will drive it? A plan that is everybody's is nobody's.
    Source: point C.
    Fix: name one person as `driver`.
    """
    if not case.plan.plan.driver:
        yield Found(path=("plan", "driver"), text="the plan names nobody who drives it", at_key=True)
