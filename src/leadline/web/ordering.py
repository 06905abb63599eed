"""The order in which a form asks: what people know first comes first, under headings where there is much.

Any key that stands in no group comes last, in the model's order, so that a new key of the model needs nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

MANY = 8  # own: so many fields are still seen as one; beyond them headings say where what stands
One = TypeVar("One")

# heading (`plan.group_…`) → keys of elements, in their order
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "what",
        (
            "name", "title", "organisation", "statement", "claim", "question", "choice", "code", "level", "direction",
            "kind", "type", "metric", "better", "unit", "stage", "role", "value_event", "status", "intent", "reason",
        ),
    ),
    (
        "serves",
        (
            "serves", "parent", "aligned_with", "objective", "tactic", "target", "baseline", "segment", "segments", "messages", "position",
            "offering", "channels", "venues", "venue",
        ),
    ),
    ("money", ("budget", "committed", "hours", "cost", "worth", "price", "margin", "currency", "rates", "worth_horizon")),
    ("when", ("window", "timing", "dates", "date", "start", "due", "after", "every", "review_every", "milestones", "as_of", "expires")),
    ("brings", ("mechanism", "delivers", "bridge", "expects", "enables", "without_plan", "improves")),
    ("who", ("owner", "driver", "accountable", "by", "approved_by", "team", "from", "to")),
)  # fmt: skip
_PLACE = {key: (at, within) for at, (_, keys) in enumerate(GROUPS) for within, key in enumerate(keys)}
_LAST = (len(GROUPS), 0)


def in_groups(found: Sequence[One], *, key: Callable[[One], str]) -> tuple[tuple[str, tuple[One, ...]], ...]:
    """Return fields by heading, in the order in which people fill them; one group without a heading where they are few.

    key: of a field as it stands in the plan
    """
    ordered = sorted(found, key=lambda one: _PLACE.get(key(one), _LAST))
    if len(ordered) <= MANY:
        return (("", tuple(ordered)),) if ordered else ()
    names = (*(name for name, _ in GROUPS), "more")
    by_name: dict[str, list[One]] = {name: [] for name in names}
    for one in ordered:
        by_name[names[_PLACE.get(key(one), _LAST)[0]]].append(one)
    return tuple((name, tuple(inside)) for name, inside in by_name.items() if inside)
