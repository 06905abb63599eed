"""A company's two years, simulated day by day: money, demand, cases, awareness. Everything true, nothing written yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from leadline.inputs import Floats
from leadline.plan.model import Plan
from leadline.plan.source import Document
from leadline.worlds.cases import Case, draw_cases, sources
from leadline.worlds.pressure import Response, respond
from leadline.worlds.spending import Money, demand, money_of
from leadline.worlds.world import World


@dataclass(frozen=True)
class Company:
    """What happened in one world under one seed, up to the world's end (files stop at `as_of`).

    demand: per day, shape (days,) · money, responses: per tactic · cases: by time, then key
    awareness: share who know the offer, per day, shape (days,)
    """

    world: World
    document: Document
    seed: int
    demand: Floats
    money: Mapping[str, Money]
    responses: Mapping[str, Response]
    cases: tuple[Case, ...]
    awareness: Floats

    @property
    def plan(self) -> Plan:
        """Return the plan the company lives by."""
        return self.document.plan

    @property
    def as_of(self) -> dt.datetime:
        """Return the last moment that files may tell of, local time."""
        return dt.datetime.combine(self.world.world.as_of, dt.time(23, 59, 59))

    @property
    def end(self) -> dt.datetime:
        """Return the last moment of the world, local time."""
        return dt.datetime.combine(self.world.world.end, dt.time(23, 59, 59))

    def count(self, state: str, until: dt.datetime, *, without: str | None = None, since: dt.date | None = None) -> int:
        """Count entries into a state up to a moment, in the world as it was or without one tactic."""
        return sum(
            1
            for case in self.cases
            if without not in case.causes and state in case.entered and case.entered[state] <= until
            and (since is None or case.entered[state].date() >= since)
        )  # fmt: skip

    def revenue(self, state: str, until: dt.datetime, *, without: str | None = None) -> float:
        """Add up the yearly money of the cases that reached a value event up to a moment."""
        return sum(
            case.amount
            for case in self.cases
            if without not in case.causes and state in case.entered and case.entered[state] <= until
        )


def simulate(world: World, document: Document, *, seed: int, without: Collection[str] = ()) -> Company:
    """Let the company live; `without` names tactics that spend nothing and so do nothing, with all else as it was."""
    wish, plan = demand(world, seed), document.plan
    money = {name: money_of(world, plan, name=name, seed=seed, wish=wish) for name in world.tactics}
    for name in without:
        money[name] = Money(planned=money[name].planned, spent=np.zeros_like(money[name].spent))
    responses = {name: respond(world.tactics[name], money[name], wish=wish) for name in world.tactics}
    end = dt.datetime.combine(world.world.end, dt.time(23, 59, 59))
    cases = [case for source in sources(world, responses, wish=wish) for case in draw_cases(world, source, seed=seed)]
    levels = (
        responses[name].expected
        for name, truth in world.tactics.items()
        if truth.effect and truth.effect.metric == "awareness"
    )
    return Company(
        world=world,
        document=document,
        seed=seed,
        demand=wish,
        money=money,
        responses=responses,
        cases=tuple(sorted((_until(case, end) for case in cases), key=lambda case: (case.at, case.key))),
        awareness=world.awareness + sum(levels, np.zeros(world.days)),
    )


def _until(case: Case, end: dt.datetime) -> Case:
    """Cut off what would happen after the end of the world."""
    if max(case.entered.values()) <= end and (case.lost is None or case.lost <= end):
        return case
    lost = case.lost if case.lost is not None and case.lost <= end else None
    return replace(case, entered=case.seen_by(end), lost=lost)
