"""The document of `drift`; `leadline schema drift` publishes it."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from leadline.align.phasing import CENTS
from leadline.decide.standing import BetStanding
from leadline.review.documents import BetDocument, Document, decide_document
from leadline.review.drift import Drift, Standing
from leadline.review.money import MoneyByMonth
from leadline.review.result import Review


class MonthDocument(Document):
    """Money of one month of the plan's window, in units of the currency; null where nothing can be known yet."""

    month: dt.date = Field(description="first day of the month")
    planned: float
    committed: float
    spent: float | None = Field(
        description="as reported, all tactics and nobody's; null without a source, or in the future"
    )
    unmatched: float | None = Field(description="the part of spent that no tactic claims")
    planned_so_far: float = Field(description="planned from the window's first day to the month's end")
    spent_so_far: float | None


class TacticMoneyDocument(Document):
    """Money of one tactic, in units of the currency."""

    tactic: str
    run: bool = Field(description="running cost, shown beside")
    budget: float
    committed: float
    planned_so_far: float = Field(description="up to the as-of day")
    spent_so_far: float | None = Field(description="since the window's first day; null where no source reports it")
    months: dict[str, float] = Field(description="planned money by month (2027-03-01), outside the window left out")
    outside: dict[str, float] = Field(description="planned money before and after the window, and without a date")


class StandingDocument(Document):
    """Where one number should be and is, in the metric's base unit (shares 0..1, money of the plan)."""

    id: str
    name: str
    unit: str
    day: dt.date = Field(description="day of the reading; without one the as-of day")
    planned: float | None
    actual: float | None
    difference: float | None
    behind: bool
    reason: str


class DriftDocument(Document):
    """What `leadline drift --json` prints."""

    as_of: dt.date
    plan_hash: str
    snapshot: str | None
    currency: str
    sentence: str
    budget: float | None = Field(description="what the plan may spend")
    months: list[MonthDocument]
    tactics: list[TacticMoneyDocument]
    unmatched: float | None = Field(
        description="spend since the window's first day that no tactic claims; null without a source"
    )
    objectives: list[StandingDocument]
    deliveries: list[StandingDocument]
    bets: list[BetDocument] = Field(description="those that something was measured of")
    notes: list[str]


def drift_document(drift: Drift, review: Review) -> DriftDocument:
    """Return the drift as the document that scripts read."""
    money = drift.money
    return DriftDocument(
        as_of=drift.as_of,
        plan_hash=review.plan_hash,
        snapshot=review.snapshot,
        currency=money.currency,
        sentence=drift.sentence(),
        budget=None if money.budget is None else money.budget / CENTS,
        months=_months(money),
        tactics=_tactics(money),
        unmatched=(money.nobodys.inside + money.nobodys.after) / CENTS if money.is_spent_known else None,
        objectives=[_standing(one) for one in drift.objectives],
        deliveries=[_standing(one) for one in drift.deliveries],
        bets=_bets(drift.bets, review),
        notes=list(drift.notes),
    )


def _months(money: MoneyByMonth) -> list[MonthDocument]:
    planned, bound, spent = money.total("planned"), money.total("committed"), money.total("spent")
    so_far, gone = money.running("planned"), money.running("spent")
    told = []
    for index, month in enumerate(money.months):
        is_known = money.is_spent_known and month <= money.as_of
        told.append(
            MonthDocument(
                month=month,
                planned=planned.months.get(month, 0) / CENTS,
                committed=bound.months.get(month, 0) / CENTS,
                spent=spent.months.get(month, 0) / CENTS if is_known else None,
                unmatched=money.nobodys.months.get(month, 0) / CENTS if is_known else None,
                planned_so_far=so_far[index] / CENTS,
                spent_so_far=gone[index] / CENTS if is_known else None,
            )
        )
    return told


def _tactics(money: MoneyByMonth) -> list[TacticMoneyDocument]:
    return [
        TacticMoneyDocument(
            tactic=one.tactic,
            run=one.is_run,
            budget=one.planned.total / CENTS,
            committed=one.committed.total / CENTS,
            planned_so_far=one.due / CENTS,
            spent_so_far=None if one.spent is None else (one.spent.inside + one.spent.after) / CENTS,
            months={month.isoformat(): cents / CENTS for month, cents in one.planned.months.items() if cents},
            outside={part: getattr(one.planned, part) / CENTS for part in ("before", "after", "undated")},
        )
        for one in money.tactics
    ]


def _standing(one: Standing) -> StandingDocument:
    return StandingDocument(
        id=one.id, name=one.name, unit=one.unit, day=one.day, planned=one.planned, actual=one.actual,
        difference=one.difference, behind=one.is_behind, reason=one.reason,
    )  # fmt: skip


def _bets(bets: tuple[BetStanding, ...], review: Review) -> list[BetDocument]:
    wanted = {bet.bet for bet in bets}
    return [one for one in decide_document(review).ledger if one.bet in wanted]
