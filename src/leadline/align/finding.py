"""What a rule saw (`Found`), what it could not judge (`Skip`), and what a reader gets (`Finding`).

A rule yields `Found`: the place as a path of the model, a sentence with named figures, the figures.
The run turns each into a `Finding`: with code, level, file, line, column, reason and money at stake.
Texts are templates: `"{promised} are promised"` with `values={"promised": hours_a_week(63)}`, so that the
number in the sentence and the number in the document cannot differ.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Literal, NamedTuple

from leadline import words
from leadline.plan.places import Path, Place

Level = Literal["error", "warning", "note"]
_RANGE = re.compile(r"(-?[\d.,\u202f]+) (\S+?)\.\.(-?[\d.,\u202f]+) \2\.\.(-?[\d.,\u202f]+ \2)")
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
# Digits of a number that is not whole: an estimate carries no more, and money is said with as many (style guide 2.7).
SAID_DIGITS = 3


class Figure(NamedTuple):
    """A number with the unit it has in the document: money of the plan, days, hours, share 0..1, a metric's unit.

    The unit `share points` is a difference of two shares: 0.05 is said as 5 pp.
    """

    value: float
    unit: str


Value = Figure | float | int | str | bool | dt.date | None | tuple[object, ...]


class ElementRef(NamedTuple):
    """An element of the plan: its kind (tactic, objective, metric, bet, step, …) and its id."""

    kind: str
    id: str


@dataclass(frozen=True)
class Mention:
    """A second place that belongs to a finding, with what stands there; the label is a template like the text."""

    path: Path
    label: str = "here"


@dataclass(frozen=True)
class Repair:
    """Edits that clear a finding: `safe` may be applied unseen, `unsafe` is shown first.

    edits: (path, new text) pairs; an empty new text removes the value.
    """

    safety: Literal["safe", "unsafe"]
    edits: tuple[tuple[Path, str], ...]


@dataclass(frozen=True)
class Found:
    """One fault as a rule sees it.

    path: where it stands in the model, such as `("tactics", "list", 3, "budget")`; the nearest place that exists is shown
    text: one sentence in the present tense about this plan, with `{key}` for every figure of `values`
    values: the keys of the catalogue, each a Figure, a text, a date, or a tuple of them
    fix: the next step for this plan (template); default the fix of the doc block
    element: what it is about; default the element that holds `path`
    tactics, objectives: the elements whose money is at stake, and which waivers and grouping look at
    level: only where the catalogue lets the rule choose · also: one more line of context (template)
    place: where it stands, for what the model could not take and `path` therefore cannot find
    """

    path: Path
    text: str
    values: Mapping[str, Value] = field(default_factory=dict)
    fix: str = ""
    element: ElementRef | None = None
    tactics: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    level: Level | None = None
    also: str = ""
    related: tuple[Mention, ...] = ()
    repairs: tuple[Repair, ...] = ()
    at_key: bool = False
    place: Place | None = None

    @property
    def unsaid(self) -> frozenset[str]:
        """Return the keys of `values` that no text names, although they hold something; a rule leaves none."""
        templates = [self.text, self.fix, self.also, *(one.label for one in self.related)]
        named = {name for template in templates for _, name, _, _ in Formatter().parse(template)}
        return frozenset(key for key, value in self.values.items() if key not in named and value is not None)


@dataclass(frozen=True)
class Skip:
    """A rule (or its judgement of one element) that could not run, with the reason; a skip is never a pass."""

    reason: str
    element: str | None = None


@dataclass(frozen=True)
class Related:
    """A second place of a finding, resolved."""

    place: Place
    label: str


@dataclass(frozen=True)
class Finding:
    """One judgement about one place of the plan, ready to be shown (checks.md section 4).

    caused_by: fingerprint of the finding that has to be mended first, or None · waived_by: id of the waiver, or None
    money_at_stake: budgets of the tactics concerned and of those that serve the objectives concerned, plan currency
    """

    code: str
    name: str
    level: Level
    text: str
    place: Place
    path: Path
    element: ElementRef
    why: str
    fix: str
    values: Mapping[str, object]
    units: Mapping[str, str]
    money_at_stake: float
    fingerprint: str
    also: str = ""
    related: tuple[Related, ...] = ()
    repairs: tuple[Repair, ...] = ()
    tactics: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    caused_by: str | None = None
    waived_by: str | None = None

    def __str__(self) -> str:
        head = f"{self.place.file}:{self.place.line}:{self.place.column}: {self.level} {self.code} {self.name}"
        return f"{head}: {self.text}"

    def told(self) -> str:
        """Return what is wrong, what mends it and what is to be known beside it, as sentences."""
        beside = f" Also: {self.also.rstrip('.')}." if self.also else ""
        return f"{self.text}. Fix: {self.fix}.{beside}"


def fingerprint(code: str, element: str, *, keys: Mapping[str, object], repeat: int = 0) -> str:
    """Return 16 hex digits that stay the same while the numbers of a finding move.

    Over the code, the element's id and the sorted keys of `values`; `repeat` tells apart several findings of one
    rule on one element (0 for the first).
    """
    parts: list[object] = [code, element, sorted(keys)]
    if repeat:
        parts.append(repeat)
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]


def say(value: object, unit: str | None = None, *, currency: str = "", digits: int = SAID_DIGITS) -> str:
    """Return a value as people read it, with its unit; whole numbers are never rounded.

    >>> say(0.254, "share"), say(63.0, "h/week"), say(9000.0, "GBP", currency="GBP"), say(19.0, "days"), say(("a", "b"))
    ('25.4 %', '63 h/week', '9 kGBP', '19 days', 'a, b')
    """
    if isinstance(value, Figure):
        return say(value.value, value.unit, currency=currency, digits=digits)
    if isinstance(value, tuple):
        return ", ".join(say(part, unit, currency=currency, digits=digits) for part in value) or "none"
    if value is None:
        return "nothing"
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    return _number(float(value), unit, currency, digits)


def _number(value: float, unit: str | None, currency: str, digits: int) -> str:
    if unit in ("share", "%"):
        return words.share(value).replace(".0 %", " %")
    if unit == "share points":
        return f"{words.number(100 * value)} pp"
    if unit and unit == currency:
        return words.money(value, currency)
    if unit in ("days", "weeks") and value == 1:
        return f"1 {unit[:-1]}"
    return words.number(value, digits) + ("" if unit in (None, "", "count") else f" {unit}")


def filled(template: str, values: Mapping[str, Value], *, currency: str) -> str:
    """Return a template with the figures in words; the unit of a range stands once, at its end.

    >>> belief = {"low": Figure(0.2, "share"), "base": Figure(0.3, "share"), "high": Figure(1.4, "share")}
    >>> filled("{low}..{base}..{high} leaves it", belief, currency="")
    '20..30..140 % leaves it'
    """
    digits = SAID_DIGITS + (1 if _would_look_equal(values, currency) else 0)
    text = template.format_map({key: say(value, currency=currency, digits=digits) for key, value in values.items()})
    return _RANGE.sub(r"\1..\3..\4", text)


def _would_look_equal(values: Mapping[str, Value], currency: str) -> bool:
    """Say whether two figures that differ would read the same, as 19.24 hours of the 19.2 that are there."""
    figures = {one for one in values.values() if isinstance(one, Figure)}
    return len({say(one, currency=currency) for one in figures}) < len(figures)


def flat(value: object) -> object:
    """Return a value as it stands in a document: figures as plain numbers, dates as ISO texts, tuples as lists."""
    if isinstance(value, Figure):
        return flat(value.value)
    if isinstance(value, (tuple, list)):
        return [flat(part) for part in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return round(value, 12) if isinstance(value, float) else value


def unit_of(value: object) -> str | None:
    """Return the unit of a figure (of the first one, in a tuple), or None for anything else."""
    if isinstance(value, Figure):
        return value.unit
    return unit_of(value[0]) if isinstance(value, tuple) and not isinstance(value, Figure) and value else None
