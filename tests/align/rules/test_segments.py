"""SIT, AUD, TPM: what is known of people and places, where the money goes, and what was promised and kept."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.align.facts import EvidenceFacts, FirstReplies

D = dt.date
FAMILIES = "    - {{id: families, name: Families, priority: {}, venues: [streets]}}\n  competitors:\n"


def families(priority: int = 2) -> tuple[str, str]:
    return ("  competitors:\n", FAMILIES.format(priority))


# -- the situation --------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "clears"), [("interview", True), ("research", True), ("benchmark", False), ("opinion", False)])  # fmt: skip
def test_only_what_people_said_or_did_is_evidence_of_them(judged, kind: str, clears) -> None:
    found = judged("SIT002", ("id: ev-till, kind: data", f"id: ev-till, kind: {kind}")).findings
    assert [one.values["evidence"] for one in found] == ([] if clears else [[kind]])


def test_what_people_said_in_a_conversation_is_evidence_of_their_segment(judged) -> None:
    silent = (", evidence: [ev-till], priority: 1", ", priority: 1")
    assert judged("SIT002", silent).findings
    heard = ("  findings:\n", "  conversations: [{id: wet, segment: riders, evidence: [ev-till]}]\n  findings:\n")
    assert not judged("SIT002", silent, heard).findings


def test_a_situation_without_the_two_unwelcome_kinds_is_said_in_words(judged) -> None:
    (found,) = judged("SIT006", ("kind: weakness", "kind: strength"), ("kind: threat", "kind: opportunity")).findings
    assert found.text == "2 findings, and none of kind weakness, threat"


@pytest.mark.parametrize(("impact", "fires"), [(3, True), (2, False)])
def test_small_matters_may_stand_unanswered(judged, impact: int, fires) -> None:
    weighed = ("kind: weakness, statement", f"kind: weakness, impact: {impact}, statement")
    assert bool(judged("SIT004", weighed).findings) is fires


# ev-till is of 2026-12-31
@pytest.mark.parametrize(("day", "stale"), [(D(2028, 6, 30), False), (D(2028, 7, 1), True)])
def test_evidence_is_stale_the_day_after_eighteen_months(judged, day: dt.date, stale) -> None:
    assert bool(judged("SIT005", day=day).findings) is stale


def test_a_day_of_expiry_decides_and_evidence_nobody_uses_is_left_alone(judged) -> None:
    def of(change: str) -> list[dict[str, object]]:
        found = judged("SIT005", ("date: 2026-12-31}", change), day=D(2029, 1, 1)).findings
        return [one.values for one in found]

    assert of("date: 2026-12-31, expires: 2029-01-01}") == []
    (past,) = of("date: 2026-12-31, expires: 2028-12-31}")
    assert (past["expires"], past["date"]) == ("2028-12-31", None)
    idle = "date: 2028-12-31}\n    - {id: idle, kind: data, date: 2001-01-01}"
    assert of(idle) == []


def test_what_has_no_day_is_not_called_fresh(judged) -> None:
    result = judged("SIT005", (", date: 2026-12-31}", "}"))
    assert [(one.element, one.reason) for one in result.skipped] == [("ev-till", "it has no date")]


def test_a_voice_below_the_share_matters_only_to_who_wants_to_grow(judged) -> None:
    soft = ("share_of_voice: 8 %", "share_of_voice: 5.5 %")
    (found,) = judged("SIT009", soft).findings
    assert found.values["gap"] == pytest.approx(0.005)
    assert not judged("SIT009", ("share_of_voice: 8 %", "share_of_voice: 6 %")).findings
    assert not judged("SIT009", soft, ("direction: growth", "direction: stability")).findings


# -- segments and the money -----------------------------------------------------------------------


@pytest.mark.parametrize(("letters", "fires"), [("7 kEUR", True), ("8 kEUR", False)])
def test_a_tenth_of_what_is_spent_is_enough(judged, letters: str, fires) -> None:
    # letters speak to both segments: families get half of them, of 17 + 14 + letters (39 kEUR: 4 of 39 are 10.3 %)
    speaks = ("    - id: letters\n", "      segments: [riders]", "      segments: [riders, families]")
    paid = ("    - id: letters\n", "budget: 5 kEUR", f"budget: {letters}")
    no_pay = ((", cost: 30 EUR/h", ""), (", cost: 32 EUR/h", ""))
    found = judged("AUD008", families(), speaks, paid, *no_pay).findings
    assert [one.values["share"] for one in found] == ([pytest.approx(3.5 / 38)] if fires else [])


def test_priced_hours_are_money_and_hours_without_a_price_are_said(judged) -> None:
    speaks = ("    - id: letters\n", "      segments: [riders]", "      segments: [families]")
    free = ("    - id: letters\n", "budget: 5 kEUR\n", "budget: 1 kEUR\n")
    unpriced = (", cost: 30 EUR/h", ""), (", cost: 32 EUR/h", "")
    (found,) = judged("AUD008", families(), speaks, free, *unpriced).findings
    assert (found.values["share"], found.values["unpriced"]) == (pytest.approx(1 / 32), 60)
    assert "60 h of people without a rate of pay" in found.also
    work = ("    - id: letters\n", "hours: 60 h", "hours: 300 h")
    assert not judged("AUD008", families(), speaks, free, work).findings


def test_a_segment_that_volunteers_work_for_is_not_judged_by_its_money(judged) -> None:
    speaks = ("    - id: letters\n", "      segments: [riders]", "      segments: [families]")
    free = ("    - id: letters\n", "budget: 5 kEUR\n", "budget: 1 kEUR\n")
    unpaid = (", cost: 30 EUR/h", ", cost: 0 EUR/h")
    # letters are 60 of 340 hours; with 30 they are less than a tenth of 310
    result = judged("AUD008", families(), speaks, free, unpaid)
    assert (result.findings, [one.element for one in result.skipped]) == ((), ["families"])
    few = ("    - id: letters\n", "hours: 60 h", "hours: 30 h")
    assert judged("AUD008", families(), speaks, free, unpaid, few).findings


CHURN = ("situation:\n", '  - {id: gone, name: Customers who leave, unit: "%", better: down}\nsituation:\n')
STAYS = ("situation:\n", '  - {id: stays, name: Retention after a year, unit: "%"}\nsituation:\n')
NO_CARE = ("intent: retain", "intent: reactivate")


def wish(metric: str, baseline: str) -> tuple[str, str]:
    goal = f"baseline: {{value: {baseline}}}, target: {{value: 50 %}}, serves: [win-town]"
    return ("strategy:\n", f"  - {{id: keep, metric: {metric}, {goal}}}\nstrategy:\n")


@pytest.mark.parametrize(("baseline", "churn"), [("10 %", None), ("11 %", 0.11)])
def test_one_in_ten_may_leave(judged, baseline: str, churn: float | None) -> None:
    found = judged("AUD009", CHURN, wish("gone", baseline), NO_CARE).findings
    assert [one.values for one in found] == (
        [{"churn": pytest.approx(churn), "metric": "gone", "money": 22_000}] if churn else []
    )


def test_where_no_money_is_planned_no_amount_is_named(judged) -> None:
    work = [(f"      budget: {money}\n", "") for money in ("17 kEUR", "14 kEUR", "5 kEUR")]
    silent = ("call_to_action: try one for a week", "tone: plain")
    untaught = ("paid_search: 2", "art: 3")
    edits = [*work, CHURN, wish("gone", "11 %"), NO_CARE, silent, untaught]
    result = judged("", *edits, select=("AUD009", "BRG007", "RES002"))
    texts = {one.code: one.text for one in result.findings}
    assert set(texts) == {"AUD009", "BRG007", "RES002"}
    assert not [text for text in texts.values() if "EUR" in text]


def test_who_does_not_stay_leaves_and_the_latest_reading_counts(judged) -> None:
    (found,) = judged("AUD009", STAYS, wish("stays", "80 %"), NO_CARE).findings
    assert found.values["churn"] == pytest.approx(0.2)
    better = EvidenceFacts(readings={"stays": ((D(2026, 6, 1), 0.7), (D(2027, 1, 1), 0.95), (D(2027, 2, 1), 0.5))})
    assert not judged("AUD009", STAYS, wish("stays", "80 %"), NO_CARE, facts=better).findings  # February is to come
    assert not judged("AUD009", STAYS, wish("stays", "80 %")).findings  # letters retain


def test_without_a_rate_of_leaving_nothing_is_known(judged) -> None:
    assert [one.code for one in judged("", NO_CARE, preview=True).skipped if "leave" in one.reason] == ["AUD009"]


# -- places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("p90", "broken"), [(1.0, False), (1.01, True)])
def test_a_promise_is_kept_to_the_minute(judged, p90: float, broken) -> None:
    facts = EvidenceFacts(first_replies={"shop": FirstReplies(p90, 40)})
    found = judged("TPM005", facts=facts).findings
    assert [one.values for one in found] == (
        [{"touchpoint": "shop", "promised": 1, "p90": pytest.approx(1.01), "n": 40}] if broken else []
    )  # fmt: skip


def test_a_promise_nobody_measured_is_not_called_kept(judged) -> None:
    elsewhere = EvidenceFacts(first_replies={"page": FirstReplies(99, 40)})
    (skip,) = [one for one in judged("", facts=elsewhere, preview=True).skipped if one.code == "TPM005"]
    assert skip.reason == "no first reply was measured at a place with a promise"


def test_all_holes_of_the_map_are_one_finding(judged) -> None:
    far = ("    - {id: comments, stage: aware", "    - {id: comments, stage: advocate")
    (found,) = judged("TPM007", far).findings
    assert found.values == {"missing": ["onboard", "use", "support", "renew"], "before": "buy", "after": "advocate"}
    assert not judged("TPM007").findings


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("n: 30, as_of: 2026-01-02", None),
        ("n: 29", "of 29 answers"),
        ("n: 200, as_of: 2026-01-01", "of 2026-01-01"),
        ("method: opinion", "by opinion"),
        ("n: 5, method: opinion", "of 5 answers, by opinion"),
    ],
)
def test_a_score_is_weak_for_what_is_said(judged, written: str, said: str | None) -> None:
    found = judged("TPM008", ("score: 81, n: 200", f"score: 81, {written}"), day=D(2027, 1, 2)).findings
    assert [one.text for one in found] == ([f"the score of shop, 81, is {said}"] if said else [])
