"""Lines that say where a number comes from, and tables made of rows; shared by the sections of a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from leadline.report.blocks import Align, Column
from leadline.report.saying import day

if TYPE_CHECKING:
    from leadline.review.result import Review


def source_line(review: Review, grade: str = "") -> str:
    """Return the foot of a picture: grade of evidence, as-of day, snapshot, plan hash with 8 digits."""
    parts = [f"evidence grade {grade}" if grade else "", f"as of {day(review.as_of)}"]
    parts.append(f"snapshot {review.snapshot[:8]}" if review.snapshot else "no evidence imported")
    parts.append(f"plan {review.plan_hash[:8]}")
    return " · ".join(part for part in parts if part)


def columns(*heads: str) -> tuple[Column, ...]:
    """Return columns from short forms: `name`, `name|unit`; a leading `>` sets numbers to the right.

    >>> columns("step", ">rate|%")[1]
    Column(name='rate', unit='%', align='right')
    """
    made = []
    for head in heads:
        align: Align = "right" if head.startswith(">") else "left"
        name, _, unit = head.removeprefix(">").partition("|")
        made.append(Column(name, unit, align))
    return tuple(made)


def listed(names: Sequence[str], most: int = 3) -> str:
    """Return names as a list in words, the first few of them.

    >>> listed(["a", "b"]), listed(["a", "b", "c", "d", "e"])
    ('a and b', 'a, b, c and 2 more')
    """
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)
