"""What a quality fact is, and what every fact may look at: the answers of a few passes over the tables, each asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from leadline.errors import UsageError

if TYPE_CHECKING:
    from leadline.evidence.frames import AsOf
    from leadline.evidence.plan_facts import PlanFacts
    from leadline.evidence.store import Store

CHECKED_MINIMUM = 20  # own: a share of fewer rows is not called a warning
LOOKED_AT = 250_000  # own: of more touches, one person in so many is looked at where people must be followed
# Own defaults of design, evidence section 6, each overridable under [quality] in leadline.toml.
LIMITS: Mapping[str, float] = {
    "coverage.metric": 1.0,  # share of the plan's metrics that must answer
    "coverage.tactic": 1.0,  # share of running tactics that must be seen
    "gap": 1.0,  # days missing in a row
    "gap_weekly": 3.0,  # the same for sources that come every week or more seldom, beyond their rhythm
    "stale": 2.0,  # times the source's own rhythm
    "late": 0.05,  # share of rows that come more than a day late
    "restated": 0.05,  # ninth decile of the change of spend
    "rejects.share": 0.01,  # share of a file's records
    "duplicates": 0.01,  # share of events
    "direct.share": 0.40,  # share of visits
    "direct.rise": 0.10,  # share of visits above the mean of eight weeks
    "unassigned.share": 0.05,  # share of touches
    "deals.without_people": 0.10,  # share of deals
    "deals.without_people_error": 0.40,  # share of deals from which on nothing can be attributed
    "deals.no_source": 0.30,  # share of deals
    "bridge.people_per_deal": 5.0,  # persons
    "machine.share": 0.20,  # share of touches
    "anonymous.share": 0.10,  # share of touches
    "identity.weak": 0.10,  # share of revenue
    "level.shift": 5.0,  # times the usual distance from the median of the same weekday
}

Level = Literal["note", "warning", "error"]
Rows = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Fact:
    """One thing about the evidence. value: number, share 0..1 or list · threshold: what it was held against."""

    name: str
    where: str
    value: float | int | str | None
    threshold: float | None
    level: Level
    text: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """What every fact may look at.

    limits: thresholds of the workspace, over the defaults · window: of journeys, seconds · outcome: a state they end in, or ""
    """

    store: Store
    facts: PlanFacts
    at: AsOf
    limits: Mapping[str, float] = field(default_factory=dict)
    window: int = 90 * 86_400  # the longest look-back of the large ad platforms, as settings.PATH_WINDOW_DAYS
    outcome: str = ""
    _asked: dict[tuple[object, ...], Rows] = field(default_factory=dict, repr=False, compare=False)

    def rows(self, query: str, **params: object) -> Rows:
        """Return the answer of a named query as rows; the same question is asked once."""
        key = (query, *sorted(params.items()))
        if key not in self._asked:
            self._asked[key] = tuple(self.store.ask(query, **{**self.at.params, **params}).to_pylist())
        return self._asked[key]

    def limit(self, name: str) -> float:
        """Return a threshold: the workspace's own, else the default."""
        return self.limits.get(name, LIMITS[name])

    @cached_property
    def touches(self) -> int:
        """Return how many touches there are."""
        return sum(row["rows"] for row in self.rows("fact_touches"))

    @cached_property
    def sample(self) -> int:
        """Return of how many people one is looked at, where every person's touches would have to be put in order."""
        return max(1, -(-self.touches // LOOKED_AT))

    @property
    def sampled(self) -> str:
        """Say that a sample was looked at, "" where everything was."""
        return f" (of one person in {self.sample})" if self.sample > 1 else ""


def checked_limits(given: Mapping[str, float]) -> Mapping[str, float]:
    """Return thresholds as a workspace sets them. Raises UsageError for a name that no fact has."""
    for name in given:
        if name not in LIMITS:
            raise UsageError.unknown("leadline.toml: [quality] key", name, known=LIMITS)
    return given


def share_fact(
    ask: Question,
    name: str,
    *,
    where: str,
    counted: tuple[int, int],
    words: str,
    detail: Mapping[str, Any] | None = None,
) -> Fact:
    """Return a fact about a share: some of all, a warning above its threshold where there are enough to tell."""
    some, everything = counted
    share, threshold = some / everything, ask.limit(name)
    level: Level = "warning" if share > threshold and everything >= CHECKED_MINIMUM else "note"
    return Fact(name, where, share, threshold, level, f"{some} of {everything} {words}.", detail or {})


def shown(names: list[str], most: int = 5) -> str:
    """Return names for a sentence, and how many more there are.

    >>> shown(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
