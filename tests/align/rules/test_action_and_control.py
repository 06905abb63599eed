"""ACT, CTL and MEA: names, days, red lines, ends and proof."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("accountable", "missing"),
    [
        ("accountable: mia", None),
        ("accountable: [mia]", None),
        ("accountable: [mia, sam]", ["accountable"]),
        ("accountable: []", ["accountable"]),
    ],
)
def test_exactly_one_person_is_accountable(judged, accountable: str, missing: list[str] | None) -> None:
    found = judged("ACT001", ("    - {id: t-live", "accountable: mia", accountable)).findings
    assert [one.values["missing"] for one in found] == ([missing] if missing else [])


def test_a_task_may_start_on_the_day_the_other_is_due(judged) -> None:
    assert not judged("ACT002", ("start: 2027-02-21", "start: 2027-02-20")).findings
    (found,) = judged("ACT002", ("start: 2027-02-21", "start: 2027-02-19")).findings
    assert found.values["days"] == 1


def test_a_task_after_its_tactic_is_wasted(judged) -> None:
    (found,) = judged("ACT002", ("due: 2027-02-26", "due: 2027-10-03")).findings
    assert found.values == {"start": "2027-02-21", "due": "2027-10-03", "days": 3}


def test_a_watch_on_the_metric_watches_the_objective_if_it_names_none(judged) -> None:
    assert not judged("CTL001", ("metric: known, objective: be-known", "metric: known")).findings
    (found,) = judged("CTL001", ("metric: known, objective: be-known", "metric: known, objective: sell")).findings
    assert found.values == {"objective": "be-known", "money": 14_000, "hours": 80}


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("red: -20 %, ", "", ["red"]),
        (", then: {who: mia, what: review, within: 10 days}", "", ["then"]),
        ("{who: mia, what: review, within: 10 days}", "{what: review}", ["then.who", "then.within"]),
    ],
)
def test_a_red_line_needs_somebody_who_does_something_in_time(judged, old: str, new: str, missing: list[str]) -> None:
    (found,) = judged("CTL002", (old, new)).findings
    assert (found.element.id, found.values["missing"]) == ("w-sell", missing)


@pytest.mark.parametrize(("budget", "fires"), [("3.444 kEUR", False), ("3.445 kEUR", True)])
def test_over_a_tenth_of_the_money_needs_an_end_and_a_test(judged, budget: str, fires) -> None:
    money = ("budget: 5 kEUR", f"budget: {budget}")  # 31 kEUR beside it: a tenth is 3.4444
    endless = ("    - id: letters", "      stop_when: under 20 enquiries by 2027-06-30\n", "")
    untested = ("tactic: letters, method: rct", "tactic: letters, method: attribution")
    assert bool(judged("CTL009", money, endless).findings) is fires
    assert bool(judged("MEA001", money, untested).findings) is fires


@pytest.mark.parametrize("intent", ["serve", "enable", "research", "exit", "run"])
def test_exempt_tactics_need_neither_end_nor_test(judged, intent: str) -> None:
    other = ("    - id: letters", "intent: retain", f"intent: {intent}")
    assert not judged(
        "CTL009", other, ("    - id: letters", "      stop_when: under 20 enquiries by 2027-06-30\n", "")
    ).findings
    assert not judged("MEA001", other, ("method: rct", "method: none")).findings


@pytest.mark.parametrize(
    ("method", "fires"),
    [("rct", False), ("geo", False), ("switchback", False), ("holdout", False), ("mix", False),
     ("before_after", True), ("attribution", True), ("none", True)],
)  # fmt: skip
def test_before_after_and_attribution_show_no_cause(judged, method: str, fires) -> None:
    assert bool(judged("MEA001", ("method: rct", f"method: {method}")).findings) is fires


def test_a_test_that_names_the_tactic_is_its_test(judged) -> None:
    assert not judged("MEA001", ("      test: letters-rct\n", "")).findings
    gone = (("      test: letters-rct\n", ""), ("letters-rct, tactic: letters", "letters-rct, tactic: ads"))
    (found,) = judged("MEA001", *gone).findings
    assert found.values["share"] == pytest.approx(5 / 36)


def test_without_a_budget_nobody_takes_a_share(judged) -> None:
    broke = [(f"      budget: {money} kEUR\n", "") for money in (17, 14, 5)]
    for code in ("CTL009", "MEA001"):
        assert not judged(code, *broke).findings
