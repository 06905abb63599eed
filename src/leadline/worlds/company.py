"""A company's years, simulated day by day: money, demand, cases, awareness. Everything true, nothing written yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from leadline.inputs import Floats, stream
from leadline.plan.model import Plan
from leadline.plan.source import Document
from leadline.worlds.cases import Case, draw_cases, sources
from leadline.worlds.faults import befall
from leadline.worlds.parameters import Trial
from leadline.worlds.pressure import Response, respond
from leadline.worlds.spending import Money, demand, money_of
from leadline.worlds.world import World


@dataclass(frozen=True)
class Company:
    """What happened in one world under one seed, up to the world's end (files stop at `as_of`).

    demand: per day, shape (days,) · money, responses: per tactic · cases: by time, then key
    document: the plan as files tell of it · promise: the plan before a fault took promises out of it
    kept_out: cases that a trial on people kept from happening, by trial
    """

    world: World
    document: Document
    promise: Document
    seed: int
    demand: Floats
    money: Mapping[str, Money]
    responses: Mapping[str, Response]
    cases: tuple[Case, ...]
    kept_out: Mapping[str, tuple[Case, ...]]

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
        """Add up the money of the cases that reached a value event up to a moment."""
        return sum(
            case.worth.get(state, 0.0)
            for case in self.cases
            if without not in case.causes and state in case.entered and case.entered[state] <= until
        )

    @cached_property
    def awareness(self) -> Floats:
        """Return the share who know the offer, per day, shape (days,)."""
        return self.level("awareness", np.full(self.world.days, self.world.awareness))

    def level(self, name: str, before: Floats) -> Floats:
        """Return a level per day: where it would stand by itself, moved by all tactics that move it."""
        return before + self.moved(name)

    def moved(self, name: str) -> Floats:
        """Return by how much all tactics have moved a level, per day."""
        parts = (one.units[name] for one in self.responses.values() if name in one.units)
        return sum(parts, np.zeros(self.world.days))


def simulate(world: World, document: Document, *, seed: int, without: Collection[str] = ()) -> Company:
    """Let the company live; `without` names tactics that spend nothing and so do nothing, with all else as it was.

    Estimates of the world are drawn for this seed and its fault befalls the company, before anything else happens.
    """
    promise = document
    world, document = befall(world.for_seed(seed), document)
    wish, plan = demand(world, seed), document.plan
    money = {name: money_of(world, plan, name=name, seed=seed, wish=wish) for name in world.tactics}
    for name in without:
        money[name] = _none(money[name])
    responses = {
        name: respond(truth, money[name], wish=wish, levels=world.levels) for name, truth in world.tactics.items()
    }
    end = dt.datetime.combine(world.world.end, dt.time(23, 59, 59))
    drawn = [case for source in sources(world, responses, wish=wish) for case in draw_cases(world, source, seed=seed)]
    kept_out = {
        trial.test: frozenset(_kept_out(trial, drawn, seed)) for trial in world.trials if trial.unit == "person"
    }
    gone = frozenset().union(*kept_out.values())
    cases = sorted((_until(case, end) for case in drawn if case.key not in gone), key=lambda case: (case.at, case.key))
    apart = {test: tuple(case for case in drawn if case.key in keys) for test, keys in kept_out.items()}
    return Company(world, document, promise, seed, wish, money, responses, tuple(cases), apart)


def _none(money: Money) -> Money:
    """Return the money of a tactic that does nothing."""
    zeros = np.zeros_like(money.spent)
    return replace(
        money,
        spent=zeros,
        effort=None if money.effort is None else np.zeros(len(zeros)),
        by_geo=None if money.by_geo is None else np.zeros_like(money.by_geo),
    )


def _kept_out(trial: Trial, cases: Collection[Case], seed: int) -> Iterator[str]:
    """Yield the keys of cases whose people a trial kept from a tactic, drawn case by case."""
    for case in cases:
        is_in = case.brought_by == trial.tactic and trial.from_ <= case.at.date() <= trial.until
        if is_in and stream(seed, f"world: arm in {trial.test} of {case.key}").random() < trial.share:
            yield case.key


def _until(case: Case, end: dt.datetime) -> Case:
    """Cut off what would happen after the end of the world."""
    if max(case.entered.values()) <= end and (case.lost is None or case.lost <= end):
        return case
    lost = case.lost if case.lost is not None and case.lost <= end else None
    seen = case.seen_by(end)
    return replace(
        case, entered=seen, lost=lost, worth={state: money for state, money in case.worth.items() if state in seen}
    )
