"""Money by month: planned, committed and spent, of every tactic, of the plan, and of nobody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from leadline import words
from leadline.align.case import Case
from leadline.align.phasing import CENTS, Phased, committed, months_of, planned, planned_until
from leadline.review.spending import NO_TACTIC, Spending, Unrated

Kind = Literal["planned", "committed", "spent"]
KINDS: tuple[Kind, ...] = ("planned", "committed", "spent")


@dataclass(frozen=True)
class TacticMoney:
    """The money of one tactic. due: cents of its budget that were to be spent up to the as-of day.

    spent: None where no source reports spend of the tactic · is_run: running cost, shown beside
    """

    tactic: str
    name: str
    is_run: bool
    planned: Phased
    committed: Phased
    spent: Phased | None
    due: int


@dataclass(frozen=True)
class Rate:
    """A dated rate of the plan: units of a currency for one of the plan's."""

    currency: str
    day: dt.date
    per_plan: float


@dataclass(frozen=True)
class MoneyByMonth:
    """All money of a plan by month, in cents of its currency.

    budget: what the plan may spend, None where it does not say · nobodys: spend that no tactic claims
    known_until: last day of which a source of spend speaks, None without evidence of spend
    """

    currency: str
    as_of: dt.date
    months: tuple[dt.date, ...]
    budget: int | None
    tactics: tuple[TacticMoney, ...]
    nobodys: Phased
    unrated: tuple[Unrated, ...] = ()
    rates: tuple[Rate, ...] = ()
    known_until: dt.date | None = None

    @property
    def is_spent_known(self) -> bool:
        """Say whether any source reports spend."""
        return self.known_until is not None

    def total(self, kind: Kind, *, run: bool | None = None) -> Phased:
        """Return one kind of money over all tactics (run: only running cost, or only the rest), nobody's spend included."""
        found = Phased(dict.fromkeys(self.months, 0))
        for one in self.tactics:
            money: Phased | None = getattr(one, kind)
            if money is not None and run in (None, one.is_run):
                found = found.plus(money)
        return found.plus(self.nobodys) if kind == "spent" and run is not True else found

    def running(self, kind: Kind) -> tuple[int, ...]:
        """Return cents from the window's first day to the end of each month; what lies before it is not this plan's."""
        money = self.total(kind)
        return tuple(accumulate(money.months.get(month, 0) for month in self.months))

    def running_reported(self) -> tuple[int, ...]:
        """Return the planned cents since the start of the tactics of which a source reports spend."""
        known = [one.planned for one in self.tactics if one.spent is not None]
        return tuple(accumulate(sum(money.months.get(month, 0) for money in known) for month in self.months))

    @property
    def due(self) -> int:
        """Cents of all budgets that were to be spent up to the as-of day."""
        return sum(one.due for one in self.tactics)

    @property
    def unreported(self) -> tuple[TacticMoney, ...]:
        """Return the tactics whose plan had money up to the as-of day and of which no source reports spend."""
        return tuple(one for one in self.tactics if one.spent is None and one.due > 0)

    def comparable(self) -> tuple[int, int]:
        """Return (due, spent) cents of the tactics of which a source reports: the fair comparison."""
        known = [one for one in self.tactics if one.spent is not None]
        return sum(one.due for one in known), sum(_since_start(one.spent) for one in known)

    @property
    def outside(self) -> tuple[tuple[str, Kind, str, int], ...]:
        """Return (tactic, kind, before, after or undated, cents) of what lies outside the window."""
        found = []
        for one in self.tactics:
            for kind in KINDS:
                money: Phased | None = getattr(one, kind)
                found += [] if money is None else [
                    (one.tactic, kind, part, cents)
                    for part in ("before", "after", "undated")
                    if (cents := getattr(money, part))
                ]  # fmt: skip
        found += [
            (NO_TACTIC, "spent", part, cents) for part in ("before", "after") if (cents := getattr(self.nobodys, part))
        ]
        return tuple(found)

    def sentence(self) -> str:
        """Return the answer in words: what was planned, what is bound, what was spent, and what cannot be told."""
        said = [f"{self.say(self.total('planned').total)} are planned"]
        if self.budget is not None:
            rest = self.budget - self.total("planned").total
            side = f"{self.say(-rest)} more than the plan has" if rest < 0 else f"of {self.say(self.budget)}"
            said[0] = f"{said[0]}, {side}"
        bound = self.total("committed").total
        said.append(f"{self.say(bound)} are committed" if bound else "nothing is written as committed")
        if not self.is_spent_known:
            return f"{'; '.join(said)}; what was spent can't be told, because no source reports it."
        due, spent = self.comparable()
        text = f"{'; '.join(said)}. Where a source reports spend, {self.say(spent)} were spent up to {self.as_of}; the plan had {self.say(due)} for that time"
        nobody = _since_start(self.nobodys)
        return f"{text}. A further {self.say(nobody)} belong to no tactic." if nobody else f"{text}."

    def table(self) -> list[dict[str, object]]:
        """Return one row per tactic, kind and month, money in units of the currency; before, after and undated too."""
        rows: list[dict[str, object]] = []
        for name, kind, money in self._all():
            for part, cents in (
                *money.months.items(),
                ("before", money.before),
                ("after", money.after),
                ("undated", money.undated),
            ):
                if cents or part in money.months:
                    rows.append({"tactic": name, "kind": kind, "month": str(part), "money": cents / CENTS})
        return rows

    def chart(self) -> dict[str, object]:
        """Return the three kinds as lines that add up over the months (Vega-Lite, without theme)."""
        rows = [
            {"month": str(month), "kind": kind, "money": cents / CENTS}
            for kind in KINDS
            for month, cents in zip(self.months, self.running(kind), strict=True)
        ]
        encoding = {
            "x": {"field": "month", "type": "temporal"},
            "y": {"field": "money", "type": "quantitative", "title": self.currency},
            "strokeDash": {"field": "kind", "type": "nominal", "sort": list(KINDS)},
        }
        return {"title": self.sentence(), "data": {"values": rows}, "mark": "line", "encoding": encoding}

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the reader must know: what no source reports, what has no rate, which rates hold."""
        told = []
        if self.is_spent_known and self.unreported:
            money = self.say(sum(one.due for one in self.unreported))
            names = ", ".join(one.name or one.tactic for one in self.unreported)
            told.append(f"No source reports what {names} spent; the plan had {money} for them up to {self.as_of}.")
        told += [f"{words.money(one.amount, one.currency)} of {one.tactic or 'no tactic'} have no rate on their day and are left out." for one in self.unrated]  # fmt: skip
        told += [
            f"1 {self.currency} = {one.per_plan:g} {one.currency} since {one.day} (plan.rates)." for one in self.rates
        ]
        return tuple(told)

    def say(self, cents: int) -> str:
        """Return cents as money is written everywhere."""
        return words.money(cents / CENTS, self.currency)

    def _all(self) -> list[tuple[str, Kind, Phased]]:
        told: list[tuple[str, Kind, Phased]] = []
        for one in self.tactics:
            for kind in KINDS:
                money: Phased | None = getattr(one, kind)
                if money is not None:
                    told.append((one.tactic, kind, money))
        return [*told, (NO_TACTIC, "spent", self.nobodys)] if self.is_spent_known else told


def money_by_month(case: Case, spent: Spending) -> MoneyByMonth:
    """Lay all money of a plan on the months of its window, and put what was spent beside it."""
    months = months_of(case.plan.plan.window)
    budget = case.amounts.money(case.plan.plan.budget)
    tactics = tuple(
        TacticMoney(
            tactic=name,
            name=tactic.name or name,
            is_run=name not in case.growth,
            planned=planned(case, tactic),
            committed=committed(case, tactic),
            spent=spent.by_tactic.get(name),
            due=round(planned_until(case, tactic, day=case.as_of) * CENTS),
        )
        for name, tactic in case.tactics.items()
    )
    nobodys = [money for name, money in spent.by_tactic.items() if name not in case.tactics]
    return MoneyByMonth(
        currency=case.currency,
        as_of=case.as_of,
        months=months,
        budget=None if budget is None else round(budget * CENTS),
        tactics=tactics,
        nobodys=_sum(nobodys, months),
        unrated=spent.unrated,
        rates=tuple(Rate(rate.currency, rate.date, rate.per_plan) for rate in case.plan.plan.rates),
        known_until=spent.last if spent.is_known else None,
    )


def quarters(money: Phased) -> Mapping[str, int]:
    """Return cents by quarter (`2027-Q1`), in order."""
    return _grouped(money, lambda month: f"{month.year}-Q{(month.month + 2) // 3}")


def _grouped(money: Phased, name: Callable[[dt.date], str]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for month, cents in sorted(money.months.items()):
        found[name(month)] = found.get(name(month), 0) + cents
    return found


def _since_start(money: Phased | None) -> int:
    """Return cents since the window began, as the checks count spend."""
    return 0 if money is None else money.inside + money.after


def _sum(parts: list[Phased], months: tuple[dt.date, ...]) -> Phased:
    total = Phased(dict.fromkeys(months, 0))
    for part in parts:
        total = total.plus(part)
    return total
