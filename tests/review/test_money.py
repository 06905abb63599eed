"""Money by month of a whole plan: what is planned, bound and spent, and that every figure is the one of the checks."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from leadline.align.phasing import CENTS, Phased
from leadline.align.routes import elapsed
from leadline.review.money import money_by_month, quarters
from leadline.review.spending import Spending, Unrated

DAY = dt.date


def spent(**tactics: dict[int, int]) -> Spending:
    """Money by tactic (`no` for nobody's) and month of 2027, in cents."""
    months = {DAY(2027, month, 1): 0 for month in range(1, 13)}
    found = {
        "" if name == "no" else name.replace("_", "-"): Phased(
            {**months, **{DAY(2027, m, 1): cents for m, cents in given.items()}}
        )
        for name, given in tactics.items()
    }
    return Spending(found, (), DAY(2027, 1, 2), DAY(2027, 3, 14))


def test_each_tactics_months_add_up_to_its_budget_and_committed_money_lies_in_its_month(told):
    case = told().case
    money = money_by_month(case, Spending())
    for one in money.tactics:
        assert one.planned.total == round(Decimal(case.budgets[one.tactic]) * CENTS)
    by_name = {one.tactic: one for one in money.tactics}
    assert by_name["ads-tactic"].planned.months[DAY(2027, 4, 1)] == round(2_000_000 * 30 / 91)
    assert by_name["ads-tactic"].committed.months[DAY(2027, 2, 1)] == 500_000
    assert by_name["ads-tactic"].committed.total == 500_000
    assert by_name["stand-tactic"].planned.total == 1_000_000  # 12.5 kUSD at 1.25 USD a EUR
    assert by_name["stand-tactic"].planned.after == 1_000_000 - round(1_000_000 * 31 / 61)
    assert by_name["rent"].is_run


def test_run_cost_stands_beside_and_the_whole_is_both(told):
    money = money_by_month(told().case, Spending())
    assert money.total("planned", run=True).total == 3_600_000
    assert money.total("planned", run=False).total == 4_000_000
    assert money.total("planned").total == 7_600_000
    assert sum(quarters(money.total("planned")).values()) == money.total("planned").inside
    assert money.running("planned")[-1] == money.total("planned").inside


def test_what_falls_outside_the_window_is_named_with_its_tactic(told):
    money = money_by_month(told().case, Spending())
    assert money.outside == (("stand-tactic", "planned", "after", 1_000_000 - round(1_000_000 * 31 / 61)),)


def test_without_evidence_nothing_is_said_of_what_was_spent(told):
    money = money_by_month(told().case, Spending())
    assert not money.is_spent_known
    assert "can't be told" in money.sentence()
    assert all(one.spent is None for one in money.tactics)
    assert money.rates[0].per_plan == 1.25


def test_nobodys_money_is_in_the_sum_and_in_no_tactic(told):
    case = told().case
    money = money_by_month(case, spent(ads_tactic={2: 300_000, 3: 100_000}, no={1: 7_000}, gone={1: 500}))
    assert money.nobodys.months[DAY(2027, 1, 1)] == 7_500  # a tactic the plan no longer has is nobody's too
    assert money.total("spent").total == 407_500
    assert money.running("spent")[:3] == (7_500, 307_500, 407_500)
    assert [one.tactic for one in money.unreported] == ["rent"]
    due, known = money.comparable()
    assert known == 400_000
    assert due == round(1_000_000 * 43 / 59)  # Q1's money lies in February and March, 15 March is its 43rd day of 59
    assert any("what Rent spent" in note for note in money.notes)


def test_planned_so_far_is_what_the_hundred_takes_for_spend_that_nobody_reports(told):
    case = told().case
    for one in money_by_month(case, Spending()).tactics:
        assert one.due / CENTS == pytest.approx(
            case.budgets[one.tactic] * elapsed(case, one.tactic, by_money=True), abs=0.01
        )


def test_money_without_a_rate_is_named_and_counted_nowhere(told):
    known = dataclasses.replace(spent(ads_tactic={2: 100}), unrated=(Unrated("ads-tactic", "GBP", 12.5),))
    money = money_by_month(told().case, known)
    assert money.total("spent").total == 100
    assert any("12.5 GBP of ads-tactic" in note for note in money.notes)


def test_rows_of_the_table_add_up_to_the_totals(told):
    money = money_by_month(told().case, spent(ads_tactic={2: 300_000}, no={1: 7_001}))
    for kind in ("planned", "committed", "spent"):
        rows = [row for row in money.table() if row["kind"] == kind]
        assert round(sum(float(str(row["money"])) for row in rows) * CENTS) == money.total(kind).total


def test_a_plan_without_dates_keeps_its_money_undated(told):
    bare = "plan: {id: p, currency: EUR}\ntactics: {list: [{id: a, budget: 9 kEUR}]}\n"
    money = money_by_month(told(plan=bare).case, Spending())
    assert money.months == ()
    assert money.outside == (("a", "planned", "undated", 900_000),)
