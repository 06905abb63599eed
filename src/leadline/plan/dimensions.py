"""Which unit each number of a plan may carry, as data; read by `amounts.py` for PLN004.

A quantity without a unit is read in the implied one; where none is implied, the unit must be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from leadline.plan.elements import located
from leadline.plan.model import Plan
from leadline.plan.places import Path
from leadline.units import Estimate, Quantity, Unit


@dataclass(frozen=True, slots=True)
class Expected:
    """What a number may be.

    dimensions: of `leadline.units`, `money` for any convertible currency; `metric` for a value of the element's metric,
                `change` for a difference of it
    implied:    the unit of a number without one, None where the unit must be written
    example:    how it is written, for the fault's text
    """

    dimensions: tuple[str, ...]
    implied: str | None
    example: str


_MONEY = Expected(("money",), None, "money: 400 kEUR")
_PRICE = Expected(("money", "money/time"), "money", "money: 22 kEUR or 22 kEUR/year")
_COUNT = Expected(("count",), "count", "a count: 640 count")
_FLOW = Expected(("count/time",), None, "a count per time: 45 count/week")
_VOLUME = Expected(("count", "count/time"), "count", "a count: 40 count/month")
_SHARE = Expected(("share",), None, "a share: 14 %")
_TIME = Expected(("time",), None, "a time: 20 days")
_STAFF = Expected(("time/time",), None, "hours per week: 40 h/week")
_VALUE = Expected(("metric",), "metric", "a value in the metric's unit")
_CHANGE = Expected(("change",), "change", "a change in the metric's unit, in pp where that is %")
_BAND = Expected(("share", "change"), "change", "% of the path, or a difference in the metric's unit")
_RATE = Expected(("share", "yield"), None, "a share in %, or a yield in the unit of the metric reached")
_COSTS = Expected(("money", "money/time"), None, "money: 5 kEUR or 5 kEUR/month")

# Kind of element -> where its numbers stand ("*" for each item of a list or mapping) and what they may be.
FIELDS: dict[str, dict[tuple[str, ...], Expected]] = {
    "metric": {("worth",): _MONEY},
    "market": {
        ("size",): Expected(("money", "money/time", "count", "count/time"), "count", "money, or a count"),
        ("growth",): Expected(("share", "share/time"), None, "a share: 14 %"),
        ("share",): _SHARE,
        ("share_of_voice",): _SHARE,
        ("purchase_interval",): _TIME,
    },
    "segment": {("size",): _COUNT, ("value",): _PRICE},
    "competitor": {("share",): _SHARE, ("share_of_voice",): _SHARE},
    "channel": {
        ("audience",): _COUNT,
        ("posts",): _VOLUME,
        ("engagement",): _SHARE,
        ("reply", "p50"): _TIME,
        ("reply", "p90"): _TIME,
        ("leads",): _VOLUME,
        ("sales",): _VOLUME,
        ("cost",): _COSTS,
    },
    "venue": {("reach",): _COUNT, ("share_of_segment",): _SHARE},
    "conversation": {("volume",): _VOLUME},
    "touchpoint": {
        ("volume",): _FLOW,
        ("handle_time",): _TIME,
        ("experience", "n"): _COUNT,
        ("promise", "first_response"): _TIME,
        ("promise", "hours"): _STAFF,
        ("staffed",): _STAFF,
        ("loop", "acknowledge_within"): _TIME,
    },
    "objective": {
        ("baseline", "value"): _VALUE,
        ("target", "value"): _VALUE,
        ("milestones", "*", "value"): _VALUE,
        ("without_plan",): _CHANGE,
    },
    "offering": {("price",): _PRICE, ("margin",): _SHARE},
    "tactic": {
        ("budget",): _MONEY,
        ("budget", "*"): _MONEY,
        ("committed",): _MONEY,
        ("committed", "*"): _MONEY,
        ("hours",): _TIME,
        ("delivers", "*", "count"): _VALUE,
        ("expects", "*", "change"): _CHANGE,
        ("expects", "*", "lag"): _TIME,
        ("bridge", "*", "rate"): _RATE,
        ("bridge", "*", "lag"): _TIME,
    },
    "person": {("capacity",): _STAFF, ("cost",): Expected(("money/time",), None, "money per hour: 62 EUR/h")},
    "handover": {
        ("capacity",): Expected(("count/time", "metric/time"), None, "how many per time: 45 count/week"),
        ("promise", "accept"): _TIME,
        ("promise", "first_contact"): _TIME,
    },
    "task": {("hours",): _TIME},
    "watch": {("path", "*", "value"): _VALUE, ("amber",): _BAND, ("red",): _BAND, ("then", "within"): _TIME},
    "test": {
        ("share",): _SHARE,
        ("duration",): _TIME,
        ("effect",): Expected(("share", "points", "change"), "change", "% or pp, or a change in the metric's unit"),
        ("result", "spend_difference"): _MONEY,
    },
}
_HEAD: dict[tuple[str, ...], Expected] = {("plan", "budget"): _MONEY, ("plan", "worth_horizon"): _TIME}
_SHARED: dict[tuple[str, ...], Expected] = {
    ("tactics", "bridge", "*", "rate"): _RATE,
    ("tactics", "bridge", "*", "lag"): _TIME,
}


@dataclass(frozen=True, slots=True)
class Number:
    """One number of the plan with what it may be, and the metric it is read against."""

    path: Path
    written: Quantity | Estimate
    expected: Expected
    metric: str | None
    element: tuple[str, str] | None


def numbers(plan: Plan, only: frozenset[str] | None = None) -> Iterator[Number]:
    """Yield every number of the plan that carries, or may carry, a unit; with `only`, those of the elements named.

    What stands in no element, the head and the shared bridge, goes by the id of the plan.
    """
    for table in (_HEAD, _SHARED) if only is None or plan.plan.id in only else ():
        for pattern, expected in table.items():
            for path, value, metric in _at(plan, pattern, (), None):
                yield Number(path, value, expected, metric, None)
    for item in located(plan):
        if only is not None and item.element.id not in only:
            continue
        fields = item.element.__dict__  # most fields are empty: they are passed over before anything is called
        metric = item.element.id if item.kind == "metric" else None
        for pattern, expected in FIELDS.get(item.kind, {}).items():
            if not fields.get(pattern[0]):
                continue
            for path, value, found in _at(item.element, pattern, item.path, metric):
                yield Number(path, value, expected, found, (item.kind, item.element.id))


def _at(
    value: object, pattern: tuple[str, ...], path: Path, metric: str | None
) -> Iterator[tuple[Path, Quantity | Estimate, str | None]]:
    """Follow a pattern; on the way down the nearest `metric` (for a step: `to`) is what a number is read against."""
    if not pattern:
        if isinstance(value, (Quantity, Estimate)):
            yield path, value, metric
        return
    step, rest = pattern[0], pattern[1:]
    if step == "*":
        items = enumerate(value) if isinstance(value, tuple) else value.items() if isinstance(value, dict) else ()
        for key, item in items:
            yield from _at(item, rest, (*path, key), metric)
        return
    fields = getattr(value, "__dict__", {})  # a model's fields; asking for an absent attribute is slow in pydantic
    own = fields.get("metric") or (fields.get("to") if step == "rate" else None)
    below = fields.get(step)
    if below is not None:
        yield from _at(below, rest, (*path, step), own or metric)


@lru_cache(maxsize=4096)
def unit_of(name: str) -> Unit:
    """Return a unit by name; the same few names come again and again."""
    return Unit.parse(name)
