"""Case: everything a rule may read. Shared computations live here once, as cached properties.

A rule never computes what another rule needs too; it asks the case. A family with sums of its own writes a
function of the case and asks for it by `case.once(function)`, which computes it one time per run.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

from leadline.align.coverage import Coverage, Coverages
from leadline.align.draws import Draws
from leadline.align.facts import EvidenceFacts, SettledBet
from leadline.align.finding import ElementRef, Figure
from leadline.align.settings import CheckSettings
from leadline.plan.amounts import Amounts, Cost
from leadline.plan.bets import Bet
from leadline.plan.estimate import Widening
from leadline.plan.graph import Graph
from leadline.plan.model import Metric, Plan
from leadline.plan.parts import Element
from leadline.plan.places import Path
from leadline.plan.references import Reference, references
from leadline.plan.situation import Channel, Segment, Touchpoint
from leadline.plan.source import Document
from leadline.plan.stamp import SuspectLink, suspect_links
from leadline.plan.tactics import Tactic

Result = TypeVar("Result")

# Groups of intents, as checks.md section 2 names them.
ACQUIRING = frozenset({"acquire", "convert", "expand", "reactivate"})
PROMOTING = ACQUIRING | {"build"}
EXEMPT = frozenset({"serve", "enable", "research", "exit", "run"})


@dataclass(frozen=True)
class Case:
    """A plan with the day it is judged on and, where there is any, what evidence and the ledger know.

    as_of: the one day on which time rules stand · seed: of the draws
    facts: spend and freshness, or None without evidence · settled: bet id -> what records say, or None
    known_contents: fingerprint -> content as it was reviewed (canonical fields), from the ledger
    approved: element id (or `from>to` of a shared step) -> fingerprint stamped by the last approval decision
    approved_on: the day of that decision, None where the plan was never approved
    focus: ids of the elements that are judged; what walks the whole plan for faults looks at them alone (None: all)
    """

    document: Document
    as_of: dt.date
    seed: int = 1
    facts: EvidenceFacts | None = None
    settled: Mapping[str, SettledBet] | None = None
    settings: CheckSettings = field(default_factory=CheckSettings)
    known_contents: Mapping[str, str] = field(default_factory=dict)
    approved: Mapping[str, str] = field(default_factory=dict)
    approved_on: dt.date | None = None
    focus: frozenset[str] | None = None
    _memory: dict[Callable[[Case], Any], Any] = field(default_factory=dict, repr=False, compare=False)

    def once(self, compute: Callable[[Case], Result]) -> Result:
        """Return `compute(case)`, computed the first time it is asked for."""
        if compute not in self._memory:
            self._memory[compute] = compute(self)
        return cast("Result", self._memory[compute])

    @property
    def plan(self) -> Plan:
        """Return the plan."""
        return self.document.plan

    @cached_property
    def amounts(self) -> Amounts:
        """Return the plan's numbers in base units; bare ones are widened as the settings say."""
        widening = Widening(guess=self.settings.widen_guess, expert=self.settings.widen_expert)
        return Amounts(self.plan, widening, only=self.focus)

    @cached_property
    def graph(self) -> Graph:
        """Return serves and bets."""
        return Graph(self.plan, self.amounts)

    @cached_property
    def judged_references(self) -> tuple[Reference, ...]:
        """Return the references between elements, of those in focus alone where there is a focus."""
        return self.graph.references if self.focus is None else tuple(references(self.plan, self.focus))

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Return every element by its id; of two with one id the first."""
        return self.graph.elements

    @property
    def currency(self) -> str:
        """Return the plan's currency, or an empty text."""
        return self.plan.plan.currency or ""

    @property
    def status(self) -> str:
        """Return the plan's status."""
        return self.plan.plan.status

    def path_of(self, element: str) -> Path:
        """Return the model path of an element by its id; of an id that is not defined the whole plan."""
        return self.document.path_of(element) if element in self.elements else ()

    def in_focus(self, element: str, path: Path, *, tactics: tuple[str, ...]) -> bool:
        """Say whether what was found is about an element in focus: it names it, stands in it, or concerns it alone."""
        if self.focus is None or element in self.focus or (len(tactics) == 1 and tactics[0] in self.focus):
            return True
        return any(path[: len(own)] == own for own in self._focus_paths)

    @cached_property
    def _focus_paths(self) -> tuple[Path, ...]:
        return tuple(self.path_of(element) for element in self.focus or () if element in self.elements)

    def name_of(self, element: str) -> str:
        """Return the kind and id of an element as texts call it: `touch point "dm"`."""
        kind = self.graph.kind(element) or "element"
        return f'{KIND_WORDS.get(kind, kind)} "{element}"'

    def metric(self, metric: str | None) -> Metric | None:
        """Return a metric by its id, or None."""
        return self.amounts.metrics.get(metric or "")

    @cached_property
    def touchpoints(self) -> Mapping[str, Touchpoint]:
        """Return touch points by id."""
        return {point.id: point for point in self.plan.situation.touchpoints}

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """Return channels by id."""
        return {channel.id: channel for channel in self.plan.situation.channels}

    @cached_property
    def segments(self) -> Mapping[str, Segment]:
        """Return segments by id."""
        return {segment.id: segment for segment in self.plan.situation.segments}

    # -- tactics and their money ------------------------------------------------------------------

    @cached_property
    def tactics(self) -> Mapping[str, Tactic]:
        """Return all tactics by id, in the order of the file."""
        return {tactic.id: tactic for tactic in self.plan.tactics.list}

    @cached_property
    def growth(self) -> Mapping[str, Tactic]:
        """Return growth tactics by id: every intent other than `run`."""
        return {name: tactic for name, tactic in self.tactics.items() if tactic.intent != "run"}

    @cached_property
    def acquiring(self) -> Mapping[str, Tactic]:
        """Return tactics that acquire, convert, expand or reactivate."""
        return {name: tactic for name, tactic in self.tactics.items() if tactic.intent in ACQUIRING}

    @cached_property
    def promoting(self) -> Mapping[str, Tactic]:
        """Return acquiring tactics and those that build."""
        return {name: tactic for name, tactic in self.tactics.items() if tactic.intent in PROMOTING}

    @cached_property
    def budgets(self) -> Mapping[str, float]:
        """Return the budget of each tactic, money of the plan (0 where none is given)."""
        return {name: self.amounts.budget(tactic) for name, tactic in self.tactics.items()}

    @cached_property
    def growth_budget(self) -> float:
        """Return the sum of budgets of growth tactics."""
        return math.fsum(self.budgets[name] for name in self.growth)

    @cached_property
    def costs(self) -> Mapping[str, Cost]:
        """Return what each tactic costs: money, priced hours, hours of people without a rate."""
        return {name: self.amounts.cost(tactic) for name, tactic in self.tactics.items()}

    def spend_share(self, tactic: str) -> float | None:
        """Return the tactic's budget over that of all growth tactics; None where nobody has a budget."""
        return self.budgets[tactic] / self.growth_budget if self.growth_budget > 0 else None

    def money_of(self, tactics: tuple[str, ...]) -> Figure:
        """Return the budgets of some tactics together, as a figure."""
        return self.money(sum(self.budgets.get(name, 0.0) for name in dict.fromkeys(tactics)))

    @cached_property
    def channel_money(self) -> Mapping[str, float]:
        """Return growth budget by channel; a tactic's budget is split evenly, "" stands for no channel."""
        spread: dict[str, list[float]] = {}
        for name, tactic in self.growth.items():
            channels = tactic.channels or ("",)
            for channel in channels:
                spread.setdefault(channel, []).append(self.budgets[name] / len(channels))
        # fsum: the same sum in any order of the file, so that a threshold is crossed in all of them or in none
        sums = {channel: math.fsum(parts) for channel, parts in spread.items()}
        return {channel: money for channel, money in sums.items() if money > 0}

    # -- serves and bets --------------------------------------------------------------------------

    @cached_property
    def bets(self) -> Mapping[str, Bet]:
        """Return every bet by its id."""
        return {bet.id: bet for bet in self.graph.bets}

    def serves_top(self, tactic: str) -> bool:
        """Say whether a tactic's links lead up to a corporate strategy."""
        return self.graph.serves_path(tactic) is not None

    @cached_property
    def traced(self) -> frozenset[str]:
        """Return growth tactics with a serves path to the top that reach a value event, themselves or by enables."""
        return frozenset(n for n in self.growth if self.serves_top(n) and self.graph.reaches_value_event(n))

    @cached_property
    def coverages(self) -> Coverages:
        """Return what computes coverage, with the draws of this run."""
        down = frozenset(metric.id for metric in self.plan.metrics if metric.better == "down")
        draws = Draws(self.seed, self.settings.shared_optimism, down)
        return Coverages(self.graph, draws, frozenset(self.growth))

    @cached_property
    def coverage(self) -> Mapping[str, Coverage]:
        """Return the coverage of each objective by id."""
        return self.coverages.all()

    @cached_property
    def suspect_links(self) -> tuple[SuspectLink, ...]:
        """Return the reviewed links whose target, or whose child, changed its meaning since."""
        return tuple(suspect_links(self.plan, self.known_contents.get, only=self.focus))

    # -- people, segments -------------------------------------------------------------------------

    @cached_property
    def team_of(self) -> Mapping[str, str]:
        """Return the team of each person by the person's id, and each team under its own id."""
        people = {person.id: person.team for person in self.plan.action.people if person.team}
        return {**people, **{team.id: team.id for team in self.plan.action.teams}}

    @cached_property
    def priority_segments(self) -> tuple[str, ...]:
        """Return segments with priority 1 or 2, or the only one."""
        segments = self.plan.situation.segments
        if len(segments) == 1:
            return (segments[0].id,)
        return tuple(segment.id for segment in segments if segment.priority in (1, 2))

    # -- figures ----------------------------------------------------------------------------------

    def money(self, amount: float) -> Figure:
        """Return an amount in the plan's currency as a figure."""
        return Figure(amount, self.currency)

    def in_unit_of(self, metric: str | None, value: float, *, change: bool = False) -> Figure:
        """Return a value of a metric, or a change of it (base units), as a figure with the metric's unit."""
        unit = getattr(self.elements.get(metric or ""), "unit", None) or "count"
        if unit == "%":
            unit = "share points" if change else "share"
        return Figure(value, unit)

    def bet(self, bet_id: str) -> ElementRef:
        """Return a bet as the element of a finding."""
        return ElementRef("bet", bet_id)


KIND_WORDS = {"touchpoint": "touch point", "level": "strategy level"}


def share(value: float) -> Figure:
    """Return a share 0..1 as a figure."""
    return Figure(value, "share")


def points(value: float) -> Figure:
    """Return a difference of two shares as a figure: 0.05 is said as 5 pp."""
    return Figure(value, "share points")


def count(value: float) -> Figure:
    """Return a count as a figure."""
    return Figure(value, "count")


def days(value: float) -> Figure:
    """Return a number of days as a figure."""
    return Figure(value, "days")


def hours(value: float) -> Figure:
    """Return hours as a figure."""
    return Figure(value, "h")


def hours_a_week(value: float) -> Figure:
    """Return hours a week as a figure."""
    return Figure(value, "h/week")
