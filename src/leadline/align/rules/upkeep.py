"""PLN: does each part have somebody who answers for it, and is the plan still used, reviewed and the one agreed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace

from leadline.align.case import KIND_WORDS, Case, count, days
from leadline.align.changes import narrowed
from leadline.align.finding import ElementRef, Found, Mention, Repair, Skip
from leadline.align.routes import walkers
from leadline.align.rule import rule
from leadline.plan.diff import renames
from leadline.plan.elements import located
from leadline.plan.faults import nearest
from leadline.plan.parts import Element, Part
from leadline.plan.places import Path
from leadline.plan.quantities import cadence_days
from leadline.plan.references import Reference
from leadline.plan.stamp import fingerprint, first_change

LATE = 1.15  # house: the first Mondays of two months lie up to 35 days apart, which is a month kept
ANSWERED_FOR = ("objective", "tactic", "touchpoint", "watch")  # checks.md, PLN005
POINTED_TO = ("segment", "message", "venue", "metric", "offering")  # checks.md, PLN009
AGREED = frozenset({"approved", "active"})  # checks.md, PLN010: what somebody has signed
MEANS_NOTHING = fingerprint(Element(id="any"))  # tasks, people, decisions: no field of theirs bears meaning
OTHERS_SHOWN = 3  # house: a reader who has seen four places searches for the rest


@rule(
    "PLN005",
    "missing-owner",
    level="warning",
    scope="local",
    reads=("objectives.owner", "tactics.list.owner", "situation.touchpoints.owner", "control.watches"),
)
def missing_owner(case: Case) -> Iterator[Found | Skip]:
    """An objective, a tactic, a touch point or a watch has nobody who answers for it.

    Who reads a watch (`by`) answers for it.

    Why: who drives it? What belongs to all is done by nobody.
    Source: point C.
    Fix: name one person, or the team whose head is asked.
    """
    for name, element in case.elements.items():
        kind = case.graph.kind(name)
        if kind not in ANSWERED_FOR or element.owner or getattr(element, "by", None):
            continue
        yield Found(
            path=case.path_of(name),
            text="nobody answers for {kind} {element}",
            values={"kind": KIND_WORDS.get(kind, kind), "element": name},
        )


@rule(
    "PLN008",
    "stale-plan",
    level="warning",
    scope="time",
    reads=("plan.review_every", "control.decisions.date"),
)
def stale_plan(case: Case, *, late: float = LATE) -> Iterator[Found | Skip]:
    """Nobody has decided or reviewed anything for longer than the plan says.

    Counted are the days since the last decision, review of links (`reviewed`) or approval, and before the first of them
    since the window began. A meeting on the same weekday of two months may lie 35 days apart, so a month and a seventh
    is still a month.

    Why: a plan that nobody reopens is a document, and Control is the sixth of six.
    Source: point B.
    Thresholds: late 1.15 times `review_every` (house).
    Fix: review the plan, and write what was decided under `decisions`, even where that is to go on.
    """
    every = case.plan.plan.review_every
    if every is None:
        yield Skip("the plan does not say how often it is reviewed (`review_every`)")
        return
    window = case.plan.plan.window
    last = max((day for day in _looked_at(case) if day <= case.as_of), default=None)
    since = last or (window.start if window else None)
    if since is None:
        yield Skip("no decision, no review and no window says since when")
        return
    past = (case.as_of - since).days
    if past > late * cadence_days(every):
        yield Found(
            path=("plan", "review_every"),
            text="{days} without a decision or review, since " + ("{last}" if last else f"the window began on {since}")
            + "; the plan is reviewed every {every}",
            values={"days": days(past), "last": last, "every": every},
        )  # fmt: skip


def _looked_at(case: Case) -> Iterator[dt.date]:
    yield from (one.date for one in case.plan.control.decisions if one.date is not None)
    yield from (one.reviewed.date for one in case.elements.values() if one.reviewed and one.reviewed.date)
    if case.approved_on is not None:
        yield case.approved_on


@rule(
    "PLN009",
    "unused-element",
    level="note",
    scope="links",
    reads=("situation.segments", "strategy.messages", "situation.venues", "metrics", "strategy.offerings"),
)
def unused_element(case: Case) -> Iterator[Found | Skip]:
    """A segment, message, venue, metric or offering stands in the plan and nothing points to it.

    Why: what nothing uses is a leftover, or the thread that was forgotten; either way the reader takes it for the plan.
    Source: point C (whatever serves no goal is a distraction).
    Fix: link it where it is used, or take it out.
    """
    used = {reference.ref for reference in case.graph.references}
    for name in case.elements:
        kind = case.graph.kind(name)
        if kind in POINTED_TO and name not in used:
            yield Found(
                path=case.path_of(name),
                text="nothing points to {kind} {element}",
                values={"kind": kind, "element": name},
                fix=_LINK_FROM[kind],
            )


_LINK_FROM: Mapping[str, str] = {
    "segment": "link {element} from the {kind} list of a tactic or an objective, or take it out",
    "message": "link {element} from a tactic that says this {kind}, or take it out",
    "venue": "link {element} from the segment that is at this {kind} or the channel that goes there, or take it out",
    "metric": "say which objective, bet, step or guardrail {element} is the {kind} of, or take it out",
    "offering": "say which tactic sells the {kind} {element}, or take it out",
}


@rule("PLN010", "changed-after-approval", level="warning", scope="links", reads=("plan.status",))
def changed_after_approval(case: Case) -> Iterator[Found | Skip]:
    """The plan was approved, and what it means is no longer what was approved.

    Compared are the fingerprints that the last approval stamped: what bears meaning (targets, dates, money, claims,
    rates), never names, notes or owners. An element that was added or taken out since is a change as well.

    Why: who signs a plan answers for what it said that day; a change after it needs the same signature.
    Source: point B (Control); checks.md section 8.
    Fix: take the change back, or have the plan approved again so that the stamp is renewed.
    """
    if case.status not in AGREED:
        return
    if not case.approved:
        yield Skip("no approval has stamped the plan")
        return
    before = _renamed(case)
    since = f"since the plan was approved on {case.approved_on}" if case.approved_on else "since the plan was approved"
    meant = dict(_meant(case))
    for name, (path, element) in meant.items():
        seen, now = before.get(name), fingerprint(element)
        if seen is None and now != MEANS_NOTHING:
            yield _change(case, name, path, f"{{element}} was added {since}")
        elif seen is not None and seen != now:
            field, was, is_now = first_change(case.known_contents.get(seen), element)
            old, new = narrowed(was, is_now)
            what = "{field} was {old} and is {new}" if field else "what changed is not on record"
            found = _change(case, name, (*path, field) if field else path, f"{{element}} changed {since}: {what}")
            yield replace(found, values={"element": name, "field": field, "old": old, "new": new})
    for name, seen in before.items():
        if name not in meant and seen != MEANS_NOTHING:
            yield _change(case, name, (), f"{{element}} was taken out {since}")


def _change(case: Case, name: str, path: Path, text: str) -> Found:
    is_step = path[:2] == ("tactics", "bridge")
    return Found(
        path=path,
        text=text,
        values={"element": name, "field": None, "old": None, "new": None},
        element=ElementRef("step", name) if is_step else None,
        tactics=case.once(walkers).get(path[:3], ()) if is_step else (),
    )


def _meant(case: Case) -> Iterator[tuple[str, tuple[Path, Part]]]:
    """Yield what has a fingerprint by the name it is stamped under: elements, and shared steps as `from>to`."""
    for item in located(case.plan):
        yield item.element.id, (item.path, item.element)
    for index, step in enumerate(case.plan.tactics.bridge):
        yield f"{step.from_}>{step.to}", (("tactics", "bridge", index), step)


def _renamed(case: Case) -> Mapping[str, str]:
    """Return what was approved under the names of today (`moved`)."""
    moved = renames(case.plan)
    return {">".join(moved.get(part, part) for part in name.split(">")): seen for name, seen in case.approved.items()}


@rule(
    "PLN013",
    "unknown-person",
    level="warning",
    scope="links",
    reads=("action.people", "action.teams", "plan.driver"),
)
def unknown_person(case: Case) -> Iterator[Found | Skip]:
    """A name stands for somebody whom the plan does not know.

    Once people or teams are listed, every owner, driver, reader, approver and side of a handover is one of them; while
    none is listed, names are free text.

    Why: who drives it has to be somebody who can be asked, and whose hours are counted.
    Source: point C; plan.md, Conventions (names must resolve once people or teams are listed).
    Fix: write the id of a person or a team, or list this one under `action`.
    """
    people = [one.id for one in (*case.plan.action.people, *case.plan.action.teams)]
    if not people:
        return
    known, moved = frozenset(people), renames(case.plan)
    unknown: dict[str, list[Reference]] = {}
    for reference in case.graph.people_references:
        if reference.ref not in known:
            unknown.setdefault(reference.ref, []).append(reference)
    for name, places in unknown.items():
        first, *others = sorted(places, key=lambda one: _where(case, one) or ("", ""))
        close = moved[name] if moved.get(name) in known else nearest(name, sorted(known))
        renamed = tuple((one.path, close) for one in places if close is not None)
        yield Found(
            path=first.path,
            text="{person} is neither a person nor a team of this plan"
            + (" (named in {places} places)" if others else ""),
            values={
                "person": name,
                "nearest": close,
                "places": count(len(places)) if others else None,
            },
            fix="write {nearest}, the nearest id, or list {person} under `action`"
            if close
            else "list {person} under `action.people` or `action.teams`, or write somebody who is",
            element=_where(case, first),
            related=tuple(Mention(one.path, "and here") for one in others[:OTHERS_SHOWN]),
            repairs=(Repair("safe", renamed),) if moved.get(name) in known else (),
        )


def _where(case: Case, reference: Reference) -> ElementRef | None:
    """Return the element a name stands in: a shared step of the bridge has no id of its own."""
    if reference.element is not None:
        return ElementRef(*reference.element)
    if reference.path[:2] != ("tactics", "bridge"):
        return None
    step = case.plan.tactics.bridge[int(reference.path[2])]
    return ElementRef("step", f"{step.from_}>{step.to}")
