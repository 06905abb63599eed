"""Which id points to what: every reference of a plan, as data (PLN002, PLN013, unused elements)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from leadline.plan.elements import located
from leadline.plan.model import Plan
from leadline.plan.parts import Link
from leadline.plan.places import Path
from leadline.units import Estimate

# Kind of element -> field ("*" for each item) -> kinds of element it may name.
WANTED: dict[str, dict[tuple[str, ...], tuple[str, ...]]] = {
    "metric": {("worth", "source"): ("evidence",)},
    "segment": {("venues", "*"): ("venue",)},
    "channel": {("venues", "*"): ("venue",)},
    "conversation": {("segment",): ("segment",), ("venue",): ("venue",)},
    "finding": {("addressed_by", "*"): ("level", "tactic", "touchpoint")},
    "touchpoint": {("depends_on", "*"): ("touchpoint",)},
    "objective": {
        ("metric",): ("metric",),
        ("baseline", "source"): ("evidence",),
        ("without_plan", "source"): ("evidence",),
        ("segment",): ("segment",),
        ("guardrails", "*", "metric"): ("metric",),
        ("serves", "*"): ("level", "objective"),
    },
    "level": {("parent",): ("level",), ("aligned_with", "*"): ("level",)},
    "position": {("segment",): ("segment",), ("offering",): ("offering",), ("proof", "*"): ("evidence",)},
    "message": {("segment",): ("segment",), ("position",): ("position",), ("proof", "*"): ("evidence",)},
    "tactic": {
        ("serves", "*"): ("objective", "level"),
        ("segments", "*"): ("segment",),
        ("messages", "*"): ("message",),
        ("channels", "*"): ("channel",),
        ("offering",): ("offering",),
        ("improves", "*"): ("touchpoint",),
        ("enables", "*"): ("tactic",),
        ("test",): ("test",),
        ("delivers", "*", "metric"): ("metric",),
        ("delivers", "*", "source"): ("evidence",),
        ("delivers", "*", "count", "source"): ("evidence",),
        ("expects", "*", "metric"): ("metric",),
        ("expects", "*", "source"): ("evidence",),
        ("expects", "*", "change", "source"): ("evidence",),
    },
    "person": {("team",): ("team",), ("covers", "*"): ("touchpoint",)},
    "handover": {("metric",): ("metric",), ("assets", "*"): ("message", "tactic")},
    "task": {("tactic",): ("tactic",), ("after", "*"): ("task",)},
    "watch": {("metric",): ("metric",), ("objective",): ("objective",)},
    "test": {
        ("tactic",): ("tactic",),
        ("metric",): ("metric",),
        ("result", "channel"): ("channel",),
        ("result", "tactic"): ("tactic",),
    },
}
_STEP: dict[tuple[str, ...], tuple[str, ...]] = {
    ("from_",): ("metric",),
    ("to",): ("metric",),
    ("touchpoint",): ("touchpoint",),
    ("source",): ("evidence",),
    ("rate", "source"): ("evidence",),
    ("lag", "source"): ("evidence",),
}
_EVIDENCE: dict[tuple[str, ...], tuple[str, ...]] = {("evidence", "*"): ("evidence",)}
# Fields that name a person or a team: free text until people or teams are listed.
PEOPLE: dict[str, tuple[tuple[str, ...], ...]] = {
    "touchpoint": (("loop", "watched_by"), ("loop", "escalate_to")),
    "handover": (("from_",), ("to",)),
    "task": (("accountable",), ("accountable", "*")),
    "watch": (("by",), ("then", "who")),
    "decision": (("by",),),
    "waiver": (("approved_by",),),
}


@dataclass(frozen=True, slots=True)
class Reference:
    """One id that names another element.

    path: the value that holds the id; ref: the id; wanted_kinds: kinds it may name
    element: kind and id of the element that refers, None for the head and for shared steps
    """

    path: Path
    ref: str
    wanted_kinds: tuple[str, ...]
    element: tuple[str, str] | None


def references(plan: Plan, only: frozenset[str] | None = None) -> Iterator[Reference]:
    """Yield every reference between elements, in the order of the file; with `only`, those of the elements named.

    What stands in no element, the shared bridge, goes by the id of the plan.
    """
    if only is None or plan.plan.id in only:
        yield from _of_steps(plan.tactics.bridge, ("tactics", "bridge"), None)
    for item in located(plan):
        if only is not None and item.element.id not in only:
            continue
        about = (item.kind, item.element.id)
        fields = item.element.__dict__  # most fields are empty: they are passed over before anything is called
        for table in (WANTED.get(item.kind, {}), _EVIDENCE):
            for pattern, wanted in table.items():
                below = fields.get(pattern[0])
                if below is not None and below != ():
                    for path, ref in _ids(below, pattern[1:], (*item.path, pattern[0])):
                        yield Reference(path, ref, wanted, about)
        if item.kind == "tactic":
            yield from _of_steps(getattr(item.element, "bridge", ()), (*item.path, "bridge"), about)


def people_references(plan: Plan) -> Iterator[Reference]:
    """Yield every name of a person or team; free text as long as the plan lists neither."""
    people = ("person", "team")
    if plan.plan.driver is not None:
        yield Reference(("plan", "driver"), plan.plan.driver, people, None)
    for index, step in enumerate(plan.tactics.bridge):
        if step.owner is not None:
            yield Reference(("tactics", "bridge", index, "owner"), step.owner, people, None)
    for item in located(plan):
        about = (item.kind, item.element.id)
        for pattern in (("owner",), ("reviewed", "by"), *PEOPLE.get(item.kind, ())):
            for path, ref in _ids(item.element, pattern, item.path):
                yield Reference(path, ref, people, about)
        for index, step in enumerate(getattr(item.element, "bridge", ()) if item.kind == "tactic" else ()):
            if step.owner is not None:
                yield Reference((*item.path, "bridge", index, "owner"), step.owner, people, about)


def _of_steps(steps: tuple[object, ...], base: Path, about: tuple[str, str] | None) -> Iterator[Reference]:
    for index, step in enumerate(steps):
        for pattern, wanted in _STEP.items():
            for path, ref in _ids(step, pattern, (*base, index)):
                yield Reference(path, ref, wanted, about)


def _ids(value: object, pattern: tuple[str, ...], path: Path) -> Iterator[tuple[Path, str]]:
    if value is None:
        return
    if not pattern:
        if isinstance(value, Link):
            yield path, value.ref
        elif isinstance(value, str):
            yield path, value
        return
    step, rest = pattern[0], pattern[1:]
    if step != "*":
        below = getattr(value, step, None)
        if not (isinstance(value, Estimate) and below is None):
            yield from _ids(below, rest, (*path, step.rstrip("_")))
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _ids(item, rest, (*path, index))
