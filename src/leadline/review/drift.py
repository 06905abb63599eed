"""Plan against reality so far: where each objective should stand and stands, what tactics delivered, what the bets became."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from leadline import words
from leadline.align.case import Case
from leadline.align.pace import on_path, path_of
from leadline.align.routes import spells_of
from leadline.decide.standing import BetStanding
from leadline.plan.control import Watch
from leadline.plan.model import Objective
from leadline.plan.timing import arrived
from leadline.review.material import Material
from leadline.review.money import MoneyByMonth, money_by_month


@dataclass(frozen=True)
class Standing:
    """One number of the plan against what was read or counted, in the metric's base unit.

    planned: where it should be on `day`, None without a path · actual: None where nothing was read, or where it is
    hidden, with the reason
    """

    id: str
    name: str
    unit: str
    planned: float | None
    actual: float | None
    day: dt.date
    better: str
    reason: str = ""
    is_hidden: bool = False

    @property
    def difference(self) -> float | None:
        """Return actual less planned."""
        return None if self.planned is None or self.actual is None else self.actual - self.planned

    @property
    def is_behind(self) -> bool:
        """Say whether it stands on the wrong side of its path."""
        off = self.difference
        return off is not None and (off > 0 if self.better == "down" else off < 0)


@dataclass(frozen=True)
class Drift:
    """How far reality has drifted from the plan. bets: those that something was measured of."""

    as_of: dt.date
    money: MoneyByMonth
    objectives: tuple[Standing, ...]
    deliveries: tuple[Standing, ...]
    bets: tuple[BetStanding, ...]

    @property
    def is_known(self) -> bool:
        """Say whether anything at all was spent, read, counted or measured."""
        known = any(one.actual is not None for one in (*self.objectives, *self.deliveries))
        return known or bool(self.bets) or self.money.is_spent_known

    def sentence(self) -> str:
        """Return the answer in words, what is behind first."""
        if not self.is_known:
            return "Nothing was spent, read, counted or measured yet, so the plan can't be held against reality."
        said = []
        for what, standings in (("objectives", self.objectives), ("deliveries", self.deliveries)):
            read = [one for one in standings if one.difference is not None]
            behind = [one for one in read if one.is_behind]
            if read:
                said.append(f"{len(behind)} of {len(read)} {what} are behind their path")
        late = [bet for bet in self.bets if bet.word == "behind"]
        if self.bets:
            said.append(f"{len(late)} of {len(self.bets)} measured bets are behind")
        text = "; ".join(said)
        return f"{text}. {self.money.sentence()}" if text else self.money.sentence()

    def table(self) -> list[dict[str, object]]:
        """Return one row per objective and delivery: planned, actual, difference, day."""
        return [
            {
                "kind": kind, "id": one.id, "name": one.name, "unit": one.unit, "day": one.day.isoformat(), "planned": one.planned,
                "actual": one.actual, "difference": one.difference, "behind": one.is_behind, "reason": one.reason,
            }
            for kind, rows in (("objective", self.objectives), ("delivers", self.deliveries))
            for one in rows
        ]  # fmt: skip

    def chart(self) -> dict[str, object]:
        """Return actual over planned, one bar an objective or delivery that has both (Vega-Lite, without theme)."""
        rows = [
            {"name": one.name, "share of plan": one.actual / one.planned}
            for one in (*self.objectives, *self.deliveries)
            if one.actual is not None and one.planned
        ]
        encoding = {
            "y": {"field": "name", "type": "nominal", "sort": None},
            "x": {"field": "share of plan", "type": "quantitative", "axis": {"format": ".0%"}},
        }
        return {"title": self.sentence(), "data": {"values": rows}, "mark": "bar", "encoding": encoding}

    @property
    def notes(self) -> tuple[str, ...]:
        """Return why something could not be compared."""
        silent: dict[str, list[str]] = {}
        for one in (*self.objectives, *self.deliveries):
            if one.reason:
                silent.setdefault(one.reason, []).append(one.name)
        return (*(f"{reason}: {', '.join(names)}." for reason, names in silent.items()), *self.money.notes)


def drift_of(material: Material) -> Drift:
    """Hold the plan against reality as far as the evidence tells."""
    case = material.case
    return Drift(
        as_of=case.as_of,
        money=money_by_month(case, material.spent),
        objectives=tuple(_objective(case, one) for one in case.plan.objectives if one.metric),
        deliveries=tuple(_deliveries(case)),
        bets=tuple(bet for bet in material.review.bets if bet.known is not None),
    )


def said(one: Standing, value: float | None) -> str:
    """Return a value of a standing as people read it."""
    if value is None:
        return "–"
    if one.unit == "%":
        return f"{words.number(100 * value)} %"
    if len(one.unit) == 3 and one.unit.isupper():
        return words.money(value, one.unit)
    return f"{words.number(value)} {one.unit}" if one.unit not in ("", "count") else words.number(value)


def _objective(case: Case, objective: Objective) -> Standing:
    metric = case.metric(objective.metric)
    readings = case.facts.readings.get(objective.metric or "", ()) if case.facts else ()
    read = [(day, value) for day, value in readings if day <= case.as_of]
    day, actual = read[-1] if read else (case.as_of, None)
    watches = [
        one for one in case.plan.control.watches if one.objective == objective.id and one.metric == objective.metric
    ]
    points = path_of(
        case, watches[0] if watches else Watch(id=objective.id, metric=objective.metric, objective=objective.id)
    )
    reason = "Nothing reads its metric yet" if actual is None else ""
    return Standing(
        objective.id, objective.name or objective.id, (metric.unit if metric else None) or "count",
        on_path(points, day) if len(points) > 1 else None, actual, day, (metric.better if metric else None) or "up",
        reason if points else "It has no baseline and target to walk between",
    )  # fmt: skip


def _deliveries(case: Case) -> list[Standing]:
    counted = case.facts.delivered if case.facts else {}
    told = []
    for name, tactic in case.tactics.items():
        parts = spells_of(case, name)
        for bet in case.graph.starts(name):
            if bet.kind != "delivers" or bet.base is None or not parts:
                continue
            known = counted.get((name, bet.metric))
            day = case.as_of if known is None else min(known.until, case.as_of)
            metric = case.metric(bet.metric)
            told.append(
                Standing(
                    bet.id, f"{tactic.name or name}: {(metric.name if metric else None) or bet.metric}",
                    (metric.unit if metric else None) or "count", bet.base * arrived(parts, 0.0, by=day),
                    None if known is None or known.hidden else known.count, day, "up",
                    "No export counts what it delivers" if known is None else known.hidden,
                    is_hidden=known is not None and bool(known.hidden),
                )
            )  # fmt: skip
    return told
