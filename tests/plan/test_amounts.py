"""Numbers in base units, and the faults of those that cannot be read."""

import pytest

from leadline.plan.amounts import Amounts
from leadline.plan.estimate import Widening
from leadline.plan.source import parse_plan
from leadline.units import Quantity

HEAD = """plan: {id: p, window: 2027-01-01..2027-12-31, currency: EUR, budget: 9 MEUR,
  rates: [{currency: USD, date: 2026-06-01, per_plan: 2.0}, {currency: USD, date: 2026-12-01, per_plan: 1.25}]}
metrics:
  - {id: lead, unit: count}
  - {id: aware, unit: "%"}
  - {id: rev, unit: kEUR, value_event: true, worth: 5 kUSD}
  - {id: wait, unit: days, better: down}
  - {id: reply, unit: h}
  - {id: score, unit: score}
"""


def amounts(more="", **options):
    document = parse_plan(HEAD + more)
    assert document.faults == ()
    return Amounts(document.plan, **options)


def q(text):
    return Quantity.parse(text)


def test_numbers_come_in_base_units():
    base = amounts()
    assert base.money(q("400 kEUR")) == 400_000
    assert base.money(q("5 kUSD")) == 4000  # the latest dated rate holds
    assert base.money(q("5 kGBP")) is None
    assert base.money(q("5")) is None
    assert base.money(q("5"), implied=True) == 5
    assert base.money(q("5 kEUR/year")) is None
    assert (base.days(q("2 weeks")), base.hours(q("90 min"))) == (14, 1.5)
    assert base.hours_per_week(q("40 h/week")) == pytest.approx(40)
    assert base.per_week(q("45 count/week")) == pytest.approx(45)
    assert base.per_week(q("30 count/month")) == pytest.approx(30 / 30.436875 * 7)
    assert base.money_per_hour(q("62 EUR/h")) == pytest.approx(62)
    assert base.share(q("14 %")) == pytest.approx(0.14)
    assert (base.share(q("14 pp")), base.share(None)) == (None, None)
    assert (base.count(q("12")), base.count(q("12 count")), base.count(q("12 h"))) == (12, 12, None)


def test_a_value_of_a_metric_comes_in_the_metrics_base_unit():
    base = amounts()
    assert base.in_metric(q("12 count"), "lead") == base.in_metric(q("12"), "lead") == 12
    assert base.in_metric(q("9 %"), "aware") == base.in_metric(q("9"), "aware") == pytest.approx(0.09)
    assert base.in_metric(q("3 kEUR"), "rev") == base.in_metric(q("3"), "rev") == 3000  # the metric counts in kEUR
    assert base.in_metric(q("2 weeks"), "wait") == 14
    assert base.in_metric(q("1 days"), "reply") == 24
    assert base.in_metric(q("7 score"), "score") == 7
    assert base.in_metric(q("7 h"), "lead") is None
    assert base.in_metric(q("9 pp"), "aware") is None
    assert base.change_in_metric(q("3 pp"), "aware") == pytest.approx(0.03)
    assert base.change_in_metric(q("3 %"), "aware") is None  # a change of a share is in points
    assert base.change_in_metric(q("-2 h"), "reply") == -2


BRIDGE = "tactics: {bridge: [{from: lead, to: TO, rate: RATE, lag: LAG}]}\n"


def fault_kinds(more):
    base = amounts(more)
    return [(fault.kind, ".".join(map(str, fault.path))) for fault in (*base.faults, *base.estimate_faults)]


@pytest.mark.parametrize(
    ("to", "rate", "kind"),
    [
        ("lead", "10 %", None),
        ("lead", "10", "bad_quantity"),
        ("lead", "0.7 count", None),
        ("rev", "22 kEUR", None),
        ("rev", "22 kGBP", "bad_quantity"),
        ("rev", "22 count", "bad_quantity"),
        ("rev", "10 %", None),
        ("lead", "10 pp", "bad_quantity"),
        ("lead", "0 %", None),
        ("lead", "100 %", None),
        ("lead", "101 %", "estimate_range"),
        ("lead", "0..3..5 %", "estimate_range"),
        ("lead", "3..5..100 %", "estimate_range"),
        ("lead", "0..1..2 count", "estimate_range"),
        ("lead", "1..2..3 count", None),
        ("lead", "-1 count", "estimate_range"),
        ("lead", "3..2..5 %", "estimate_order"),
        ("lead", "3..4..3 %", "estimate_order"),
        ("lead", "5..5..5 %", None),
    ],
)
def test_a_rate_is_a_share_inside_its_range_or_a_yield_in_the_unit_it_reaches(to, rate, kind):
    found = fault_kinds(BRIDGE.replace("TO", to).replace("RATE", rate).replace("LAG", "3 days"))
    assert found == ([] if kind is None else [(kind, "tactics.bridge.0.rate")])


@pytest.mark.parametrize(
    ("lag", "kind"),
    [
        ("0 days", None),
        ("20 days", None),
        ("20", "bad_quantity"),
        ("20 count", "bad_quantity"),
        ("-3 days", "estimate_range"),
        ("0..3..5 days", "estimate_range"),
        ("1..3..5 weeks", None),
    ],
)
def test_a_lag_is_a_time_that_does_not_run_backwards(lag, kind):
    found = fault_kinds(BRIDGE.replace("TO", "lead").replace("RATE", "3 %").replace("LAG", lag))
    assert found == ([] if kind is None else [(kind, "tactics.bridge.0.lag")])


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("tactics: {list: [{id: t, budget: 60000}]}", "tactics.list.0.budget"),
        ("tactics: {list: [{id: t, budget: {2027-Q1: 3 kEUR, 2027-Q2: 4}}]}", "tactics.list.0.budget.2027-Q2"),
        ("tactics: {list: [{id: t, hours: 60}]}", "tactics.list.0.hours"),
        ("tactics: {list: [{id: t, hours: 60 kEUR}]}", "tactics.list.0.hours"),
        (
            "tactics: {list: [{id: t, expects: {metric: aware, change: 3 %}}]}",
            "tactics.list.0.expects.0.change",
        ),
        ("tactics: {list: [{id: t, delivers: {metric: lead, count: 3 h}}]}", "tactics.list.0.delivers.0.count"),
        ("situation: {segments: [{id: s, size: 640 plants}]}", "situation.segments.0.size"),
        ("situation: {touchpoints: [{id: s, promise: {hours: 40 h}}]}", "situation.touchpoints.0.promise.hours"),
        ("objectives: [{id: o, metric: aware, target: {value: 9 pp}}]", "objectives.0.target.value"),
        ("objectives: [{id: o, metric: aware, without_plan: 9 %}]", "objectives.0.without_plan"),
        (
            "objectives: [{id: o, guardrails: [{metric: aware, bound: about 9}]}]",
            "objectives.0.guardrails.0.bound",
        ),
        ("control: {watches: [{id: w, metric: reply, amber: 3 pp}]}", "control.watches.0.amber"),
        ("action: {people: [{id: w, cost: 62 EUR}]}", "action.people.0.cost"),
        ("action: {handovers: [{id: w, metric: lead, capacity: 45 count}]}", "action.handovers.0.capacity"),
    ],
)
def test_a_unit_that_is_wrong_or_missing_is_a_fault_at_its_path(line, path):
    base = amounts(line + "\n")
    (fault,) = base.faults
    assert (fault.kind, ".".join(map(str, fault.path))) == ("bad_quantity", path)
    assert fault.values["expected"]


@pytest.mark.parametrize(
    "line",
    [
        "situation: {segments: [{id: s, size: 640, value: 22}], channels: [{id: c, audience: 100}]}",
        "strategy: {offerings: [{id: o, price: 96 EUR/year, margin: 62 %}, {id: f, price: 74}]}",
        "objectives: [{id: o, metric: aware, baseline: {value: 9}, target: {value: 15 %}, without_plan: 1 pp}]",
        "control: {watches: [{id: w, metric: score, path: [{value: 66}], amber: -3, red: -6 %}]}",
        "control: {watches: [{id: w, metric: aware, amber: -1 pp, red: -20 %}]}",
        "tactics: {list: [{id: t, delivers: {metric: rev, count: 50 kEUR}, expects: {metric: score, change: 1..2..3}}]}",
        "objectives: [{id: o, guardrails: [{metric: aware, bound: '<= 15 %'}]}]",
    ],
)
def test_an_implied_unit_may_be_left_out(line):
    base = amounts(line + "\n")
    assert (base.faults, base.estimate_faults) == ((), ())


def test_a_foreign_currency_without_a_rate_and_a_misspelt_unit_are_told_so():
    (fault,) = amounts("tactics: {list: [{id: t, budget: 6 kGBP}]}\n").faults
    assert "GBP needs a dated rate" in fault.values["expected"]
    (fault,) = amounts("tactics: {list: [{id: t, hours: 6 monts}]}\n").faults
    assert 'did you mean "months"' in fault.values["expected"]


def test_a_guardrail_is_read_as_a_comparison_in_the_metrics_unit():
    base = amounts(
        "objectives: [{id: o, guardrails: [{metric: aware, bound: '>= 78 %'}, {metric: wait, bound: '<2 weeks'}]}]\n"
    )
    found = [base.bound(guardrail) for guardrail in base.plan.objectives[0].guardrails]
    assert found == [(">=", 0.78), ("<", 14.0)]


TACTIC = """tactics: {list: [{id: t, owner: OWNER, dates: 2027-02-01..2027-03-31, hours: 10 h, budget: BUDGET}]}
action: {people: [{id: mara, cost: 46 EUR/h}, {id: tom}]}
"""


@pytest.mark.parametrize(
    ("owner", "labour", "unpriced"), [("mara", 460.0, 0.0), ("tom", 0.0, 10.0), ("nobody", 0.0, 10.0)]
)
def test_hours_are_priced_by_the_owners_pay_or_stay_unpriced(owner, labour, unpriced):
    base = amounts(TACTIC.replace("OWNER", owner).replace("BUDGET", "7 kEUR"))
    cost = base.cost(base.plan.tactics.list[0])
    assert (cost.money, cost.labour, cost.unpriced_hours) == (7000, pytest.approx(labour), unpriced)
    assert cost.total == pytest.approx(7000 + labour)


def test_a_budget_by_period_adds_up_and_keeps_its_periods():
    base = amounts(TACTIC.replace("OWNER", "mara").replace("BUDGET", "{2027-Q1: 3 kEUR, 2027-04: 1 kEUR}"))
    tactic = base.plan.tactics.list[0]
    assert base.budget(tactic) == 4000
    assert [(str(period), money) for period, money in base.budget_by_period(tactic)] == [
        ("2027-01-01..2027-03-31", 3000),
        ("2027-04-01..2027-04-30", 1000),
    ]
    base = amounts(TACTIC.replace("OWNER", "mara").replace("BUDGET", "3 kEUR"))
    assert [str(period) for period, _ in base.budget_by_period(base.plan.tactics.list[0])] == ["2027-02-01..2027-03-31"]


def test_bare_bets_are_widened_and_lags_and_without_plan_are_not():
    base = amounts(
        BRIDGE.replace("TO", "lead")
        .replace("RATE", "{base: 10 %, method: expert}")
        .replace("LAG", "{base: 9 days, method: guess}")
        + "objectives: [{id: o, metric: lead, without_plan: 5}]\n",
        widening=Widening(guess=2.0, expert=3.0),
    )
    step = base.plan.tactics.bridge[0]
    rate = base.rate(step.rate, "lead", method="measured")  # what the estimate itself says comes first
    assert rate.low == pytest.approx((1 / 9 / 3) / (1 + 1 / 9 / 3))
    assert base.lag(step.lag).is_point
    assert base.without_plan(base.plan.objectives[0]).is_point
    assert base.worth("rev").base == 4000
    assert (base.worth("rev").low, base.worth("rev").high) == (2000, 8000)
    assert base.worth_days == pytest.approx(365.2425)
