"""The terms of a forecast: what each way to the metric still brings, per posterior draw and day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from leadline.align.draws import Draws
from leadline.decide.flow import OpenGroup, StepFlow, fixed_delay, landed, landed_open, reach
from leadline.decide.known import Delivered, Known, LagDraws
from leadline.decide.ledger import Thresholds
from leadline.inputs import Floats, stream
from leadline.plan.bets import Bet, ResolvedStep
from leadline.plan.estimate import Z95
from leadline.plan.graph import Term
from leadline.plan.timing import Spell

# Ages of open entries are put together in this many groups; the chance of one entry changes by less than
# its own posterior spread inside a group (house, checked against one group per entry).
AGE_GROUPS = 16
DRIFT = 0.20  # ω of a delivery per √year, decisions.md 1.3: the pace so far is not the pace to come
LATE_DAYS = (
    31  # evidence that ended earlier than a month ago says little of what comes next (house; exports are monthly)
)
QUARTER_DAYS = 91.3125  # a quarter of 365.25 days
QUARTER_SHOCK = 0.3  # sd of the common shock of a quarter on logit c is HalfNormal(0.3), measurement.md 4.3
LEAST_ELAPSED = 0.05  # share of a delivery that must have been due before its pace is read (house)


@dataclass(frozen=True)
class Horizon:
    """The days of a forecast: day 0 is the as-of date, day `days` the last.

    marks: the days that are asked for, ascending, the last of them `days` · size: draws · seed: of every stream
    """

    as_of: dt.date
    days: int
    marks: tuple[int, ...]
    size: int
    seed: int

    @property
    def grid(self) -> Floats:
        """Return 0..days."""
        return np.arange(self.days + 1, dtype=np.float64)


@dataclass(frozen=True)
class Brought:
    """What one term still brings: random counts times a worth per count, or an expected amount.

    expected: cumulative expected count on the marks, shape (S, K) · waiting: open entries as groups
    each: metric units per count, shape (S,) · steady: an amount without count noise, shape (S, K), or None
    guess: whether its size rests on a guess that nothing has measured · start: what it starts from, for the words
    """

    start: str
    expected: Floats
    waiting: tuple[OpenGroup, ...]
    each: Floats
    guess: bool
    steady: Floats | None = None

    @property
    def mean(self) -> float:
        """Return the expected amount by the last day."""
        if self.steady is not None:
            return float(self.steady[:, -1].mean())
        count = self.expected[:, -1] + sum(group.size * group.chance[:, -1] for group in self.waiting)
        return float((count * self.each).mean())


class Terms:
    """Draws each estimate once, so that tactics that share a step share its fate."""

    def __init__(self, draws: Draws, known: Known, horizon: Horizon) -> None:
        self._draws, self._known, self._horizon = draws, known, horizon
        self._flows: dict[tuple[str, ...], StepFlow] = {}
        self._reached: dict[tuple[int, ...], Floats] = {}

    def deliveries(self, term: Term) -> Brought:
        """Return what a tactic's delivery brings from now on, past entries included where they were not counted."""
        steps = _walked(term)
        is_counted = term.start.metric in self._known.waiting or not steps
        first = min((spell.start for spell in term.spells), default=self._horizon.as_of)
        past = 0 if is_counted else max(0, (self._horizon.as_of - first).days)
        terms = (
            self
            if past == 0
            else Terms(self._draws, self._known, replace(self._horizon, days=self._horizon.days + past))
        )
        within, each = terms.split([terms.flow(step, term.start.tactic or "") for step in steps])
        total, is_guess = self._total(term.start, term.spells)
        density = self._density(term.spells, past)
        marks = [past + mark for mark in self._horizon.marks]
        if within is None:
            share = np.cumsum(density)[marks][None, :]
        else:
            landing = landed(density, within, days=[past, *marks])
            share = landing[:, 1:] - landing[:, :1]
        is_guess = is_guess or self._rests_on_guess(steps)
        return Brought(term.start.id, total[:, None] * share * term.walk.times, (), each, is_guess)

    def in_flight(self, state: str, tactic: str, *, steps: Sequence[ResolvedStep]) -> Brought | None:
        """Return what entries that wait in a state bring along the steps, for one tactic ("" = all others)."""
        waiting = self._known.waiting.get(state)
        measured = self._known.steps.get(steps[0].pair) if steps else None
        if waiting is None or measured is None:
            return None
        own = self._known.groups.get(steps[0].pair, frozenset())
        mine = np.array([(name if name in own else "") == tactic for name in waiting.tactics], dtype=bool)
        ages = waiting.ages[mine]
        if not ages.size:
            return None
        draws = self._measured(steps[0], tactic)
        rest, each = self.split([self.flow(step, tactic) for step in steps[1:]])
        days = np.array(self._horizon.marks if rest is None else range(self._horizon.days + 1), dtype=np.float64)
        groups = []
        for size, age in _grouped(ages):
            first = draws.moves_by(np.full(len(days), age), days)
            chance = first if rest is None else landed_open(first, rest, days=self._horizon.marks)
            groups.append(OpenGroup(size, np.clip(chance, 0.0, 1.0)))
        is_guess = self._rests_on_guess(steps[1:])
        return Brought(f"open {state}{f' of {tactic}' if tactic else ''}", self._nothing, tuple(groups), each, is_guess)

    def unclaimed(self, state: str, steps: Sequence[ResolvedStep]) -> Brought | None:
        """Return what entries that no tactic claims bring, at their recent rate."""
        rate = self._known.arrivals.get(state, 0.0)
        if rate <= 0:
            return None
        # the recent count is Poisson: its rate is known as a gamma with Jeffreys' shape
        shape = rate * self._known.arrival_days + 0.5
        rates = stream(self._horizon.seed, f"unclaimed {state}").gamma(
            shape, 1 / self._known.arrival_days, self._horizon.size
        )
        within, each = self.split([self.flow(step, "") for step in steps])
        density = np.ones(self._horizon.days + 1)
        density[0] = 0.0
        if within is None:
            expected = np.broadcast_to(np.cumsum(density)[list(self._horizon.marks)], self._nothing.shape)
        else:
            expected = landed(density, within, days=self._horizon.marks)
        ends = [seen.until for (_, metric), seen in self._known.delivered.items() if metric == state]
        is_old = bool(ends) and (self._horizon.as_of - max(ends)).days > LATE_DAYS
        is_guess = is_old or self._rests_on_guess(steps)
        return Brought(f"{state} that no tactic claims", rates[:, None] * expected, (), each, is_guess)

    def change(self, term: Term, ramp: Floats) -> Brought:
        """Return what an expected change of level still brings; ramp: share reached on each mark, shape (K,)."""
        size = self._draw(term.start)
        for step, power in term.walk.steps:
            size = size * self.flow(step, term.start.tactic or "").rate ** power
        amount = size[:, None] * ramp[None, :] * term.walk.times
        is_guess = term.start.method == "guess" or self._rests_on_guess([step for step, _ in term.walk.steps])
        return Brought(term.start.id, self._nothing, (), np.ones(self._horizon.size), is_guess, amount)

    @property
    def _nothing(self) -> Floats:
        return np.zeros((self._horizon.size, len(self._horizon.marks)))

    def split(self, flows: Sequence[StepFlow]) -> tuple[Floats | None, Floats]:
        """Return the chance to arrive within τ days, and the units per arrival: rates from the first yield on."""
        each = np.ones(self._horizon.size)
        chained = list(flows)
        first_yield = next((at for at, flow in enumerate(flows) if not flow.is_share), len(flows))
        for at in range(first_yield, len(flows)):
            each = each * flows[at].rate
            chained[at] = replace(flows[at], rate=np.ones_like(flows[at].rate))
        if not chained:
            return None, each
        key = tuple(id(flow) for flow in flows)  # flows are kept, so their ids stand for them
        if key not in self._reached:
            self._reached[key] = reach(chained)
        return self._reached[key], each

    def flow(self, step: ResolvedStep, tactic: str) -> StepFlow:
        """Return a step as measured, for the tactic where it was estimated on its own, else as believed."""
        measured = self._known.steps.get(step.pair) if step.is_share else None
        group = tactic if tactic in self._known.groups.get(step.pair, frozenset()) else ""
        key = (*step.pair, group) if measured is not None else (step.rate.id, step.lag.id)
        if key not in self._flows:
            if measured is not None:
                draws = self._measured(step, group)
                self._flows[key] = StepFlow(draws.rate, draws.cdf(self._horizon.grid))
            else:
                self._flows[key] = fixed_delay(
                    self._draw(step.rate), self._draw(step.lag), days=self._horizon.days, is_share=step.is_share
                )
        return self._flows[key]

    def _measured(self, step: ResolvedStep, group: str) -> LagDraws:
        """Return a measured step's draws, moved by the quarters to come: they will not be what the past was on average.

        One shock per draw on logit c, the same for every entry of the step: they move together. Where months
        differed by more than age explains, the shock is as wide as they did. Over n quarters it averages out by √n.
        """
        measured = self._known.steps[step.pair]
        draws = measured.draws(self._horizon.size, self._horizon.seed, group=group)
        random = stream(self._horizon.seed, f"shock {step.from_metric} {step.to}")
        own = np.abs(random.standard_normal(self._horizon.size)) * QUARTER_SHOCK
        jumped = measured.jump.spread if measured.jump is not None else 0.0
        quarters = max(1.0, self._horizon.days / QUARTER_DAYS)
        shock = np.sqrt(own**2 + jumped**2) / np.sqrt(quarters) * random.standard_normal(self._horizon.size)
        rate = np.clip(draws.rate, 1e-9, 1 - 1e-9)
        return draws.with_rate(1 / (1 + (1 - rate) / rate * np.exp(-shock)))

    def _rests_on_guess(self, steps: Sequence[ResolvedStep]) -> bool:
        """Say whether a rate on the way is a guess that nothing has measured: the weakest bet decides."""
        return any(step.rate.method == "guess" and step.pair not in self._known.steps for step in steps)

    def _total(self, start: Bet, spells: Sequence[Spell]) -> tuple[Floats, bool]:
        """Return draws of the whole delivery, and whether they are a guess: a pace that nobody counted lately is one."""
        if start.belief is None:
            return np.zeros(self._horizon.size), True
        seen = self._known.delivered.get((start.tactic or "", start.metric))
        elapsed = 0.0 if seen is None else sum(spell.weight * _passed(spell, seen.until) for spell in spells)
        if seen is None or elapsed < LEAST_ELAPSED or seen.count < 1 or start.belief.base <= 0:
            return self._draw(start), start.method == "guess"
        is_old = (self._horizon.as_of - seen.until).days > LATE_DAYS
        return self._paced(start, seen, elapsed), is_old

    def _paced(self, start: Bet, seen: Delivered, elapsed: float) -> Floats:
        """Return draws of the whole delivery from the pace so far and the belief, each with its own doubt.

        The belief carries the bias of its method beside its spread, as any record does (decisions.md 1.3).
        """
        pace, pace_variance = np.log(seen.count / elapsed), 1 / seen.count + DRIFT**2
        belief = start.belief
        if belief is None:
            return np.asarray(np.exp(pace + np.sqrt(pace_variance) * self._draws.standard(start)))
        spread = 0.0 if belief.is_point else (np.log(belief.high) - np.log(belief.low)) / (2 * Z95)
        doubt = spread**2 + Thresholds().bias_caused[start.method] ** 2
        variance = 1 / (1 / pace_variance + 1 / doubt)
        middle = variance * (pace / pace_variance + np.log(belief.base) / doubt)
        return np.asarray(np.exp(middle + np.sqrt(variance) * self._draws.standard(start)))

    def _density(self, spells: Sequence[Spell], past: int) -> Floats:
        """Return the share of a delivery that arrives on each day from `past` days before as-of to the last."""
        days = np.zeros(past + self._horizon.days + 1)
        origin = self._horizon.as_of - dt.timedelta(days=past)
        for spell in spells:
            begin = (spell.start - origin).days
            low, high = max(begin, 0), min(begin + spell.length, days.size)
            if low < high:
                days[low:high] += spell.weight / spell.length
        if past == 0:
            days[0] = 0.0  # what came on the as-of date was counted
        return days

    def _draw(self, bet: Bet) -> Floats:
        """Return draws of a bet's belief, the same wherever the bet is used; 0 where it has no number."""
        if bet.belief is None:
            return np.zeros(self._horizon.size)
        return np.broadcast_to(np.asarray(self._draws.of(bet), dtype=np.float64), (self._horizon.size,))


def _walked(term: Term) -> list[ResolvedStep]:
    return [step for step, power in term.walk.steps for _ in range(power)]


def _passed(spell: Spell, day: dt.date) -> float:
    return min(1.0, max(0.0, ((day - spell.start).days + 1) / max(spell.length, 1)))


def _grouped(ages: Floats) -> list[tuple[int, float]]:
    """Return (size, mean age) of groups of about equal size, in order of age."""
    parts = np.array_split(np.sort(ages), min(AGE_GROUPS, ages.size))
    return [(part.size, float(part.mean())) for part in parts if part.size]
