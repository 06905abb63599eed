"""Lines that say where a number comes from, and tables made of rows; shared by the sections of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from leadline.report.blocks import Align, Column
from leadline.report.saying import day

if TYPE_CHECKING:
    import datetime as dt

    from leadline.align.result import CheckResult
    from leadline.review.result import Fix, MapData


class Stamped(Protocol):
    """What says where numbers come from: a review, or a plan that was judged with the evidence of one."""

    @property
    def as_of(self) -> dt.date:
        """The day on which everything was judged."""

    @property
    def snapshot(self) -> str | None:
        """The snapshot of the evidence, None without any."""

    @property
    def plan_hash(self) -> str:
        """The hash of the plan."""


class Checked(Stamped, Protocol):
    """A plan with its check: what the sections of judgement are laid out from."""

    @property
    def check(self) -> CheckResult:
        """Findings and scores."""

    @property
    def fixes(self) -> tuple[Fix, ...]:
        """What to mend first."""

    @property
    def currency(self) -> str:
        """The plan's currency."""


class Mapped(Stamped, Protocol):
    """What the strategy map is laid out from."""

    @property
    def currency(self) -> str:
        """The plan's currency."""

    @property
    def map(self) -> MapData:
        """Nodes and edges."""


def tactic_titles(review: Checked) -> Mapping[str, str]:
    """Return what people call each tactic, its id where it has no name."""
    return {one.id: one.name or one.id for one in review.check.document.plan.tactics.list}


def source_line(review: Stamped, grade: str = "") -> str:
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
