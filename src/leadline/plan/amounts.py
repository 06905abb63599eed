"""Numbers of a plan in base units: money of the plan, days, hours, shares 0..1; what cannot be read is a fault.

A unit that is wrong or missing gives None here and a fault in `Amounts.faults`; an estimate out of order or range gives
None and a fault in `Amounts.estimate_faults`. Nothing is guessed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from leadline.plan.dimensions import Number, numbers, unit_of
from leadline.plan.estimate import DEFAULT_WIDENING, Belief, Scale, Widening, from_triple, point, widen
from leadline.plan.faults import nearest
from leadline.plan.model import Guardrail, Metric, Objective, Plan
from leadline.plan.places import Fault
from leadline.plan.tactics import Delivers, Expects, Tactic
from leadline.units import Estimate, Period, Quantity, Unit, UnitError, period_of

_HOURS_PER_DAY = 24.0  # by definition
_BOUND = re.compile(r"\s*(<=|>=|<|>|=)\s*(.+)")


@dataclass(frozen=True, slots=True)
class Cost:
    """What a tactic costs.

    money: the budget; labour: priced hours, in money of the plan; unpriced_hours: hours of an owner without a rate
    """

    money: float
    labour: float
    unpriced_hours: float

    @property
    def total(self) -> float:
        """Money and priced hours together."""
        return self.money + self.labour


class Amounts:
    """The numbers of one plan in base units."""

    def __init__(
        self, plan: Plan, widening: Widening = DEFAULT_WIDENING, *, only: frozenset[str] | None = None
    ) -> None:
        """Keep the plan; `widening` says how much bare numbers are widened by their method.

        only: ids of the elements whose numbers are looked at for faults (None: all)
        """
        self.plan = plan
        self._only = only
        self.widening = widening
        self.currency = plan.plan.currency
        self.metrics: Mapping[str, Metric] = {metric.id: metric for metric in reversed(plan.metrics)}
        # the latest dated rate of a currency holds: units of that currency for one unit of the plan's
        self._rates = {rate.currency: rate.per_plan for rate in sorted(plan.plan.rates, key=lambda r: r.date)}

    def money(self, quantity: Quantity | None, *, implied: bool = False) -> float | None:
        """Return money in the plan's currency; with `implied`, a number without a unit is such money."""
        if quantity is None:
            return None
        if quantity.unit is None:
            return quantity.value if implied else None
        return _finite(quantity.value, self._factor(unit_of(quantity.unit), ("money",)))

    def days(self, quantity: Quantity | None) -> float | None:
        """Return a time in days."""
        return self._plain(quantity, "time")

    def hours(self, quantity: Quantity | None) -> float | None:
        """Return a time in hours."""
        days = self.days(quantity)
        return None if days is None else days * _HOURS_PER_DAY

    def hours_per_week(self, quantity: Quantity | None) -> float | None:
        """Return work per time (`40 h/week`) in hours a week."""
        days_per_day = self._plain(quantity, "time/time")
        return None if days_per_day is None else days_per_day * _HOURS_PER_DAY * 7

    def per_week(self, quantity: Quantity | None) -> float | None:
        """Return a count per time (`45 count/week`) as a number a week."""
        if quantity is None or quantity.unit is None:
            return None
        unit = unit_of(quantity.unit)
        return _finite(quantity.value, unit.factor * 7) if unit.dimension.endswith("/time") else None

    def money_per_hour(self, quantity: Quantity | None) -> float | None:
        """Return a rate of pay (`62 EUR/h`) in money of the plan an hour."""
        if quantity is None or quantity.unit is None:
            return None
        factor = self._factor(unit_of(quantity.unit), ("money/time",))
        return _finite(quantity.value, None if factor is None else factor / _HOURS_PER_DAY)

    def share(self, quantity: Quantity | None) -> float | None:
        """Return a share as 0..1."""
        return self._plain(quantity, "share")

    def count(self, quantity: Quantity | None) -> float | None:
        """Return a count; a number without a unit is one."""
        if quantity is not None and quantity.unit is None:
            return quantity.value
        return self._plain(quantity, "count")

    def in_metric(self, quantity: Quantity | Estimate | None, metric_id: str | None) -> float | None:
        """Return a value of a metric (the base of an estimate).

        `%` metric: share 0..1; money metric: money of the plan; time metric: in the metric's unit; else the number.
        """
        return self._against(quantity, metric_id, change=False)

    def change_in_metric(self, quantity: Quantity | Estimate | None, metric_id: str | None) -> float | None:
        """Return a signed change of a metric, as `in_metric`; of a `%` metric in pp, as a difference of shares."""
        return self._against(quantity, metric_id, change=True)

    def bound(self, guardrail: Guardrail) -> tuple[str, float] | None:
        """Return the comparison of a guardrail (`<=`, `<`, `>=`, `>`, `=`) and its value in the metric's base unit.

        None where the text is no comparison or the unit does not fit.
        """
        match = _BOUND.fullmatch(guardrail.bound)
        try:
            value = None if match is None else self.in_metric(Quantity.parse(match[2]), guardrail.metric)
        except UnitError:
            return None
        return None if match is None or value is None else (match[1], value)

    def budget(self, tactic: Tactic) -> float:
        """Return the money of a tactic, all periods together; 0 where none is given."""
        return sum(amount for _, amount in self._periods(tactic, tactic.budget))

    def committed(self, tactic: Tactic) -> float:
        """Return the money of a tactic that is bound already, all periods together; 0 where none is given."""
        return sum(amount for _, amount in self._periods(tactic, tactic.committed))

    def budget_by_period(self, tactic: Tactic) -> list[tuple[Period, float]]:
        """Return the money of a tactic by period; a single amount stands for its dates (or the plan's window)."""
        return [(period, amount) for period, amount in self._periods(tactic, tactic.budget) if period is not None]

    def committed_by_period(self, tactic: Tactic) -> list[tuple[Period, float]]:
        """Return the money already bound, as `budget_by_period`."""
        return [(period, amount) for period, amount in self._periods(tactic, tactic.committed) if period is not None]

    def hours_of(self, tactic: Tactic) -> float:
        """Return the planned work of a tactic in hours; 0 where none is given."""
        return self.hours(tactic.hours) or 0.0

    def cost(self, tactic: Tactic) -> Cost:
        """Return money, priced hours and unpriced hours of a tactic; its owner's rate of pay prices the hours."""
        hours, rate = self.hours_of(tactic), self.pay.get(tactic.owner or "")
        if rate is None:
            return Cost(self.budget(tactic), 0.0, hours)
        return Cost(self.budget(tactic), hours * rate, 0.0)

    @cached_property
    def pay(self) -> Mapping[str, float]:
        """Money an hour by person, for those who have a rate."""
        found = {person.id: self.money_per_hour(person.cost) for person in self.plan.action.people}
        return {person: rate for person, rate in found.items() if rate is not None}

    @cached_property
    def worth_days(self) -> float:
        """The time over which worth is counted, in days: `plan.worth_horizon`, by default 12 months."""
        return self.days(self.plan.plan.worth_horizon) or self.days(Quantity(12, "months")) or 0.0

    def rate(self, rate: Estimate | None, to: str | None, *, method: str | None) -> Belief | None:
        """Return a step's rate: in % a share, in any other unit a yield per one."""
        if rate is None or rate.unit is None:
            return None
        unit = unit_of(rate.unit)
        factor = unit.factor if unit.dimension == "share" else self._metric_factor(unit, to, change=True)
        return self.belief(rate, "share" if unit.dimension == "share" else "amount", factor=factor, method=method)

    def lag(self, lag: Estimate | None) -> Belief | None:
        """Return a delay in days; a bare one is a point."""
        if lag is None or lag.unit is None:
            return None
        unit = unit_of(lag.unit)
        factor = unit.factor if unit.dimension == "time" else None
        return self.belief(_as_written(lag), "amount", factor=factor, method=None)

    def delivered(self, bet: Delivers) -> Belief | None:
        """Return what a tactic delivers, in the metric's base unit."""
        return self._bet(bet.count, bet.metric, bet.method, scale="amount")

    def change(self, bet: Expects) -> Belief | None:
        """Return the signed change a tactic expects, in the metric's base unit."""
        return self._bet(bet.change, bet.metric, bet.method, scale="signed")

    def worth(self, metric_id: str) -> Belief | None:
        """Return what one of a value event is worth, in money of the plan over `worth_days`."""
        metric = self.metrics.get(metric_id)
        worth = None if metric is None else metric.worth
        if worth is None or worth.unit is None:
            return None
        return self.belief(worth, "amount", factor=self._factor(unit_of(worth.unit), ("money",)), method=None)

    def without_plan(self, objective: Objective) -> Belief | None:
        """Return what the metric would do without the plan; 0 where nothing is said, a bare number as written."""
        if objective.without_plan is None:
            return point(0.0)
        return self._bet(_as_written(objective.without_plan), objective.metric, None, scale="signed")

    def belief(self, estimate: Estimate, scale: Scale, *, factor: float | None, method: str | None) -> Belief | None:
        """Return an estimate in base units, widened where it is bare; None where order, range or unit are wrong.

        factor: base units in one; method: how it came about, where the estimate itself does not say
        """
        if factor is None or out_of_order(estimate) or out_of_range(estimate, scale, factor=factor) is not None:
            return None
        if estimate.is_bare or estimate.low is None or estimate.high is None:
            base = _finite(estimate.base, factor)
            return None if base is None else widen(base, scale, method=estimate.method or method, factors=self.widening)
        return from_triple((estimate.low * factor, estimate.base * factor, estimate.high * factor), scale)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Numbers whose unit is unknown, of the wrong dimension, or missing where none is implied (PLN004)."""
        return (*self._unit_faults(), *self._bound_faults())

    def _bound_faults(self) -> Iterator[Fault]:
        for index, objective in enumerate(self.plan.objectives):
            if self._only is not None and objective.id not in self._only:
                continue
            for number, guardrail in enumerate(objective.guardrails):
                if self.bound(guardrail) is None:
                    path = ("objectives", index, "guardrails", number, "bound")
                    values = {"text": guardrail.bound, "expected": "a comparison in the metric's unit: '>= 78 %'"}
                    yield Fault("bad_quantity", path, None, guardrail.bound, values, ("objective", objective.id))

    @cached_property
    def _numbers(self) -> tuple[Number, ...]:
        return tuple(numbers(self.plan, self._only))

    def _unit_faults(self) -> Iterator[Fault]:
        return (
            Fault(
                "bad_quantity",
                number.path,
                None,
                str(number.written),
                {"text": str(number.written), "expected": self._expectation(number)},
                number.element,
            )
            for number in self._numbers
            if self._unit_factor(number) is None
        )

    @cached_property
    def estimate_faults(self) -> tuple[Fault, ...]:
        """Estimates out of order (kind estimate_order, PLN011) or out of range (kind estimate_range, PLN012)."""
        found = []
        for number in self._numbers:
            factor = self._unit_factor(number)
            if isinstance(number.written, Estimate) and factor is not None:
                fault = _estimate_fault(number, number.written, factor)
                if fault is not None:
                    found.append(fault)
        return tuple(found)

    def _bet(self, estimate: Estimate | None, metric: str | None, method: str | None, *, scale: Scale) -> Belief | None:
        if estimate is None or metric is None:
            return None
        unit = None if estimate.unit is None else unit_of(estimate.unit)
        factor = self._metric_factor(unit, metric, change=scale == "signed")
        return self.belief(estimate, scale, factor=factor, method=method)

    def _against(self, quantity: Quantity | Estimate | None, metric_id: str | None, *, change: bool) -> float | None:
        if quantity is None:
            return None
        value = quantity.base if isinstance(quantity, Estimate) else quantity.value
        unit = None if quantity.unit is None else unit_of(quantity.unit)
        return _finite(value, self._metric_factor(unit, metric_id, change=change))

    def _metric_factor(self, unit: Unit | None, metric_id: str | None, *, change: bool) -> float | None:
        """Return base units of the metric in one `unit`; None where they do not fit."""
        metric = self.metrics.get(metric_id or "")
        own = None if metric is None or metric.unit is None else unit_of(metric.unit)
        if own is None:
            return 1.0 if unit is None else self._factor(unit, ("money",)) or unit.factor
        wanted = "points" if change and own.dimension == "share" else own.dimension
        if own.dimension.startswith("money:") and "/" not in own.dimension:
            return self._factor(own if unit is None else unit, ("money",))
        if unit is not None and unit.dimension != wanted:
            return None
        if wanted in ("share", "points"):
            return 0.01
        return 1.0 if unit is None else unit.factor / own.factor

    def _plain(self, quantity: Quantity | None, dimension: str) -> float | None:
        if quantity is None or quantity.unit is None:
            return None
        unit = unit_of(quantity.unit)
        return _finite(quantity.value, unit.factor) if unit.dimension == dimension else None

    def _factor(self, unit: Unit, dimensions: tuple[str, ...]) -> float | None:
        """Return base units in one, where the unit has one of the dimensions; money is converted to the plan's."""
        kind, slash, per = unit.dimension.partition("/")
        if not kind.startswith("money:"):
            return unit.factor if unit.dimension in dimensions else None
        if "money" + slash + per not in dimensions:
            return None
        currency = kind.removeprefix("money:")
        if currency == self.currency or self.currency is None:
            return unit.factor
        rate = self._rates.get(currency)
        return unit.factor / rate if rate else None

    def _unit_factor(self, number: Number) -> float | None:
        """Return base units in one of what is written; None where that is a fault."""
        expected, name = number.expected, number.written.unit
        if name is None:
            if expected.implied in ("metric", "change"):
                return self._metric_factor(None, number.metric, change=expected.implied == "change")
            return None if expected.implied is None else 1.0
        unit = unit_of(name)
        for dimension in expected.dimensions:
            if dimension in ("metric", "change", "yield"):
                factor = self._metric_factor(unit, number.metric, change=dimension != "metric")
            elif dimension == "metric/time":
                factor = unit.factor if unit.dimension.endswith("/time") else None
            else:
                factor = self._factor(unit, (dimension,))
            if factor is not None:
                return factor
        return None

    def _expectation(self, number: Number) -> str:
        """Return the expected form in words; a foreign currency and a misspelt unit get their own words."""
        name = number.written.unit
        metric = self.metrics.get(number.metric or "")
        example = number.expected.example
        if (
            metric is not None
            and metric.unit is not None
            and {"metric", "change", "yield"} & set(number.expected.dimensions)
        ):
            example = f"{example} ({metric.id} is in {metric.unit})"
        if name is None:
            return f"{example}; the unit is missing"
        dimension = unit_of(name).dimension
        if dimension.startswith("money:") and self._factor(unit_of(name), ("money", "money/time")) is None:
            return f"{example}; {dimension[6:9]} needs a dated rate under plan.rates"
        known = nearest(name, _SPELLINGS) if dimension.startswith("named:") else None
        return f'{example}; "{name}" is not known, did you mean "{known}"?' if known else example

    def _periods(self, tactic: Tactic, budget: object) -> list[tuple[Period | None, float]]:
        if isinstance(budget, dict):
            return [(period_of(key), self.money(amount) or 0.0) for key, amount in budget.items()]
        amount = self.money(budget) if isinstance(budget, Quantity) else None
        return [] if amount is None else [(tactic.dates or self.plan.plan.window, amount)]


def _as_written(estimate: Estimate) -> Estimate:
    """Return an estimate that is never widened: lags and `without_plan` are taken as they stand."""
    return replace(estimate, method="measured")


# Units that a misspelt one may have meant.
_SPELLINGS = ("count", "days", "weeks", "months", "years", "h", "min", "pp", "h/week", "count/week", "count/month")


def _finite(value: float, factor: float | None) -> float | None:
    if factor is None:
        return None
    result = value * factor
    return result if math.isfinite(result) else None


def out_of_order(estimate: Estimate) -> bool:
    """Say whether not low ≤ base ≤ high (PLN011)."""
    return estimate.low is not None and estimate.high is not None and not estimate.low <= estimate.base <= estimate.high


def out_of_range(estimate: Estimate, scale: Scale, *, factor: float) -> float | None:
    """Return the bound (in base units) that an estimate leaves, or None (PLN012).

    A share stays inside 0 to 100 %, an amount above 0; a point may stand on the bound. Signed changes have none.
    """
    if scale == "signed":
        return None
    low = estimate.base if estimate.is_bare or estimate.low is None else estimate.low
    high = estimate.base if estimate.is_bare or estimate.high is None else estimate.high
    is_point = low == high
    if low * factor < 0 or (low == 0 and not is_point):
        return 0.0
    if scale == "share" and (high * factor > 1 or (high * factor == 1 and not is_point)):
        return 1.0
    return None


def _estimate_fault(number: Number, estimate: Estimate, factor: float) -> Fault | None:
    low = estimate.base if estimate.low is None else estimate.low
    high = estimate.base if estimate.high is None else estimate.high
    values: dict[str, object] = {"low": low * factor, "base": estimate.base * factor, "high": high * factor}
    if out_of_order(estimate):
        return Fault("estimate_order", number.path, None, str(estimate), values, number.element)
    is_share = "yield" in number.expected.dimensions and estimate.unit == "%"
    scale: Scale = "share" if is_share else "signed" if "change" in number.expected.dimensions else "amount"
    bound = out_of_range(estimate, scale, factor=factor)
    if bound is None:
        return None
    return Fault("estimate_range", number.path, None, str(estimate), values | {"bound": bound}, number.element)
