"""Where the elements of a plan live: one table of kinds, one walk, one index by id."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from leadline.plan.model import Plan
from leadline.plan.parts import Element
from leadline.plan.places import Path

# Path of the list (or of the single element) -> kind of its elements, in the order of the file.
KINDS: dict[tuple[str, ...], str] = {
    ("metrics",): "metric",
    ("situation", "market"): "market",
    ("situation", "segments"): "segment",
    ("situation", "competitors"): "competitor",
    ("situation", "channels"): "channel",
    ("situation", "venues"): "venue",
    ("situation", "conversations"): "conversation",
    ("situation", "findings"): "finding",
    ("situation", "touchpoints"): "touchpoint",
    ("situation", "evidence"): "evidence",
    ("objectives",): "objective",
    ("strategy", "levels"): "level",
    ("strategy", "offerings"): "offering",
    ("strategy", "positions"): "position",
    ("strategy", "messages"): "message",
    ("tactics", "list"): "tactic",
    ("action", "people"): "person",
    ("action", "teams"): "team",
    ("action", "handovers"): "handover",
    ("action", "tasks"): "task",
    ("control", "watches"): "watch",
    ("control", "tests"): "test",
    ("control", "assumptions"): "assumption",
    ("control", "risks"): "risk",
    ("control", "decisions"): "decision",
    ("control", "waivers"): "waiver",
    ("control", "ideas"): "idea",
}


@dataclass(frozen=True, slots=True)
class Located:
    """An element with its kind and its path in the model."""

    kind: str
    path: Path
    element: Element


def located(plan: Plan, *, kinds: Container[str] | None = None) -> Iterator[Located]:
    """Yield every element of the plan in the order of the file, or those of some kinds alone."""
    for prefix, kind in KINDS.items():
        if kinds is not None and kind not in kinds:
            continue
        value: object = plan
        for key in prefix:
            value = getattr(value, key)
        if isinstance(value, tuple):
            for index, element in enumerate(value):
                yield Located(kind, (*prefix, index), element)
        elif isinstance(value, Element):
            yield Located(kind, prefix, value)


def kind_at(path: Path) -> tuple[str, int] | None:
    """Return the kind of the element a path leads into and how many steps of the path name it; None outside."""
    for length in (1, 2):
        kind = KINDS.get(path[:length])  # type: ignore[arg-type]  # a path that holds an index is simply not found
        if kind == "market":
            return kind, length
        if kind is not None and len(path) > length and isinstance(path[length], int):
            return kind, length + 1
    return None
