"""The numbers that mutants.md states, for each mutant whose rule is in these families: element, values, scores."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from leadline.align.result import CheckResult
from leadline.align.run import CheckOptions, check
from leadline.plan.source import parse_plan

DAYS = {"halden-pumps": "2027-01-02", "tidewater-cycles": "2027-02-01", "safe-harbour-reading": "2027-01-02"}
PP, PERCENTILE, CHANCE = 0.0011, 0.02, 0.03  # expected.md: ±0.1 pp at base, ±2 pp on percentiles, ±0.03 on P


def mutant(shared: Path, name: str, *edits: tuple[str, str]) -> CheckResult:
    text = (shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return check(parse_plan(text), CheckOptions(as_of=dt.date.fromisoformat(DAYS[name])))


def the(result: CheckResult, code: str) -> object:
    (finding,) = (one for one in result.findings if one.code == code)
    return finding


def without_line(shared: Path, name: str, pattern: str) -> CheckResult:
    text = (shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8")
    text, removed = re.subn(rf"(?m)^{pattern}.*\n", "", text)
    assert removed == 1
    return check(parse_plan(text), CheckOptions(as_of=dt.date.fromisoformat(DAYS[name])))


def coverage(result: CheckResult, objective: str) -> object:
    return next(one for one in result.scores.coverage if one.objective == objective)


def parts(result: CheckResult) -> list[float]:
    one = result.scores.hundred
    return [100 * part for part in (one.proven, one.believed, one.attention, one.nothing)]


def test_halden_1_target_raised(shared: Path) -> None:
    result = mutant(shared, "halden-pumps", ("target: {value: 1100 kEUR, by", "target: {value: 1300 kEUR, by"))
    finding = the(result, "OBJ009")
    assert finding.element.id == "arr-2027"
    assert finding.values["naive_share"] == pytest.approx(1.039, abs=PP)
    assert finding.values["due_share"] == pytest.approx(0.887, abs=PP)
    assert (finding.values["low"], finding.values["high"]) == pytest.approx((0.613, 1.177), abs=PERCENTILE)
    assert finding.values["lag"] == 140
    follower = the(result, "OBJ017")
    assert follower.caused_by == finding.fingerprint
    assert follower.values["p"] == pytest.approx(0.22, abs=CHANCE)
    assert coverage(result, "arr-2027").needed == pytest.approx(880_000)


def test_halden_3_step_lost(shared: Path) -> None:
    result = without_line(shared, "halden-pumps", r"    - \{from: sqo, +to: contract")
    finding = the(result, "BRG002")
    assert (finding.values["last_state"], finding.values["tactics"]) == ("sqo", ["search", "fair"])
    assert finding.values["money"] == 160_000
    assert result.scores.traced_spend.value == pytest.approx(0.231, abs=PP)
    assert result.scores.traced_spend.total - result.scores.traced_spend.traced == pytest.approx(300_000)
    assert result.scores.traced_hours.value == pytest.approx(0.306, abs=PP)
    assert coverage(result, "arr-2027").naive_share == pytest.approx(0.529, abs=PP)
    assert parts(result) == pytest.approx([0, 25.6, 74.4, 0], abs=0.1)


def test_halden_4_handover_deleted(shared: Path) -> None:
    text = (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")
    text, removed = re.subn(r"    - \{id: h-sqo,.*\n.*\n", "", text)
    assert removed == 1
    finding = the(check(parse_plan(text), CheckOptions(as_of=dt.date(2027, 1, 2))), "BRG004")
    assert finding.values["from_team"] == "desk-team"
    assert (finding.values["to_team"], finding.values["metric"]) == ("sales", "sqo")
    assert finding.values["per_week"] == pytest.approx(4.8, abs=0.05)
    assert finding.tactics == ("search", "fair")


def test_halden_7_single_basket(shared: Path) -> None:
    result = mutant(
        shared,
        "halden-pumps",
        ("channels: [trade-press, linkedin]", "channels: [linkedin]"),
        ("channels: [fair-stand]", "channels: [linkedin]"),
    )
    finding = the(result, "BUD002")
    assert finding.element.id == "linkedin"
    assert finding.values["share"] == pytest.approx(210 / 390, abs=PP)


def test_halden_8_counted_twice(shared: Path) -> None:
    old = "      delivers: {metric: check, count: 120..160..200, method: measured, source: ev-pilot}"
    new = (
        "      delivers:\n        - {metric: check, count: 120..160..200, method: measured, source: ev-pilot}\n"
        "        - {metric: upgrade, count: 30..40..50, method: measured, source: ev-pilot}"
    )
    result = mutant(shared, "halden-pumps", (old, new))
    finding = the(result, "BRG010")
    assert (finding.element.id, finding.values["first"], finding.values["second"]) == ("retrofit", "check", "upgrade")
    assert finding.values["amount"] == pytest.approx(40)
    assert coverage(result, "arr-2027").naive_share == pytest.approx(1.874, abs=PP)


def test_halden_14_enables_nothing(shared: Path) -> None:
    text = (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")
    old = "lag: 300 days, method: expert, source: ev-interviews}\n      enables: [search, fair]"
    assert text.count(old) == 1
    text = text.replace(old, old.partition("\n")[0])
    result = check(parse_plan(text), CheckOptions(as_of=dt.date(2027, 1, 2)))
    assert the(result, "BRG001").values == {"tactic": "thought", "money": 120_000}
    assert result.scores.traced_spend.value == pytest.approx(0.692, abs=PP)
    assert parts(result) == pytest.approx([0, 70.1, 29.9, 0], abs=0.1)


def test_tidewater_3_letters_join_fewer(shared: Path) -> None:
    finding = the(mutant(shared, "tidewater-cycles", ("rate: 1.2..1.7..2.2 %", "rate: 0.8..1.1..1.5 %")), "OBJ008")
    assert finding.element.id == "plans-2027"
    assert finding.values["naive"] == pytest.approx(414.2, abs=0.05)
    assert finding.values["needed"] == pytest.approx(419)
    assert finding.values["missing"] == pytest.approx(4.8, abs=0.05)
    assert finding.values["coverage"] == pytest.approx(0.989, abs=PP)
    assert "97.4 %" in finding.also


def test_tidewater_6_smaller_budget(shared: Path) -> None:
    finding = the(mutant(shared, "tidewater-cycles", ("budget: 45 kGBP", "budget: 40 kGBP")), "BUD001")
    assert finding.values == {"sum": 42_000, "budget": 40_000, "excess": 2_000}


def test_tidewater_7_paid_posts_bring_fewer(shared: Path) -> None:
    finding = the(mutant(shared, "tidewater-cycles", ("count: 700..1000..1300", "count: 280..400..520")), "BUD006")
    assert finding.element.id == "town-social"
    assert finding.values["brings"] == pytest.approx(5_500, abs=50)
    assert finding.values["costs"] == pytest.approx(9_540, abs=50)


def test_tidewater_9_a_rate_above_one(shared: Path) -> None:
    old = "{from: optin,   to: booking,  rate: 20..30..40 %"
    finding = the(mutant(shared, "tidewater-cycles", (old, old.replace("..40", "..140"))), "PLN012")
    assert (finding.values["high"], finding.values["bound"]) == pytest.approx((1.4, 1.0))
    assert finding.element.id == "optin>booking:rate"


def test_tidewater_14_repeat_rests_on_guesses(shared: Path) -> None:
    result = mutant(
        shared,
        "tidewater-cycles",
        ("lag: 270 days, method: expert, source: ev-pilot", "lag: 270 days, method: guess, source: ev-pilot"),
        ("lag: 270 days, method: expert, source: ev-till", "lag: 270 days, method: guess, source: ev-till"),
    )
    shares = {one.element.id: one.values["share"] for one in result.shown}
    assert shares == pytest.approx({"till-ask>repeat": 0.4, "letters>repeat": 0.4})
    one = coverage(result, "repeat-2027")
    assert (one.p, one.reason) == (None, "unknown: 4 of 4 bets are guesses")
    assert (one.p05, one.p50, one.p95) == pytest.approx((0.701, 1.1, 1.5), abs=PERCENTILE)
    assert ("OBJ017", one.reason, "repeat-2027") in {(skip.code, skip.reason, skip.element) for skip in result.skipped}


def test_safe_harbour_1_calls_lead_nowhere(shared: Path) -> None:
    result = without_line(shared, "safe-harbour-reading", r"    - \{from: call, +to: enrolled")
    finding = the(result, "BRG002")
    assert (finding.element.id, finding.values["last_state"], finding.values["money"]) == ("radio-spot", "call", 6_000)
    one = coverage(result, "children-2027")
    assert (one.naive, one.naive_share) == pytest.approx((280, 0.933), abs=PP)
    assert one.p == pytest.approx(0.305, abs=CHANCE)
    assert "radio-spot" not in result.scores.traced_spend.untraced


def test_safe_harbour_2_guests_counted_twice(shared: Path) -> None:
    finding = the(mutant(shared, "safe-harbour-reading", ("rate: 60..70..80 %", "rate: 80..90..95 %")), "BRG013")
    assert finding.values["state"] == "attendee"
    assert sorted(finding.values["rates"]) == pytest.approx([0.27, 0.9])
    assert finding.values["sum"] == pytest.approx(1.17)


def test_safe_harbour_4_referrals_take_200_days(shared: Path) -> None:
    old = "{from: referral,  to: enrolled,  rate: 40..50..60 %, lag: 14 days"
    result = mutant(shared, "safe-harbour-reading", (old, old.replace("14 days", "200 days")))
    finding = the(result, "OBJ009")
    assert finding.level == "error"
    assert (finding.values["naive_share"], finding.values["due_share"]) == pytest.approx((1.233, 0.740), abs=PP)
    assert (finding.values["low"], finding.values["high"]) == pytest.approx((0.577, 0.918), abs=PERCENTILE)
    assert finding.values["lag"] == 200
    assert coverage(result, "children-2027").p == pytest.approx(0.01, abs=CHANCE)


def test_safe_harbour_6_a_gift_without_worth(shared: Path) -> None:
    old = "value_event: true, worth: 100..132..160 USD, "
    result = mutant(shared, "safe-harbour-reading", (old, "value_event: true, "))
    assert the(result, "BRG009").values == {"metric": "gift"}
    skipped = {skip.element for skip in result.skipped if skip.code == "BUD006"}
    assert {"paid-social", "letters", "upgrade", "match-evening", "search-grant-run"} <= skipped


def test_safe_harbour_8_low_above_base(shared: Path) -> None:
    finding = the(mutant(shared, "safe-harbour-reading", ("rate: 15..20..26 %", "rate: 20..15..26 %")), "PLN011")
    assert finding.values == pytest.approx({"low": 0.20, "base": 0.15, "high": 0.26})


def test_safe_harbour_9_the_desk_enables_only_the_fees(shared: Path) -> None:
    result = mutant(
        shared, "safe-harbour-reading", ("enables: [school-partners, radio-spot]", "enables: [agency-fees]")
    )
    finding = the(result, "BRG012")
    assert (finding.element.id, finding.values["money"], finding.values["hours"]) == ("form-desk", 0, 140)
    assert result.scores.traced_hours.value == pytest.approx(0.893, abs=PP)
    assert result.scores.traced_spend.value == 1.0
    assert parts(result) == pytest.approx([0, 94.8, 5.2, 0], abs=0.1)


def test_safe_harbour_11_tutors_who_bring_two_more(shared: Path) -> None:
    step = '  - {from: tutor,     to: applicant, rate: 1.2..2.0..3.4 count, lag: 180 days, owner: joy, touchpoint: table, tracking: "volunteer record", method: measured, source: ev-joy}\n'
    old = "  list:\n    - id: paid-social"
    result = mutant(shared, "safe-harbour-reading", (old, f"  {step}{old}"))
    finding = the(result, "BRG015")
    assert finding.values["loop"] == ["applicant", "tutor"]
    assert finding.values["yield_base"] == pytest.approx(1.0)
    assert finding.values["yield_p95"] == pytest.approx(1.75, abs=0.05)
    assert finding.values["lag"] == 210
    one = coverage(result, "tutors-2027")
    assert (one.naive, one.due) == pytest.approx((200.0, 159.8), abs=0.05)
    assert (one.p05, one.p95) == pytest.approx((1.107, 2.393), abs=PERCENTILE)
    assert one.p == pytest.approx(0.98, abs=CHANCE)


def test_safe_harbour_14_a_bare_guess(shared: Path) -> None:
    old = "delivers: {metric: signup, count: 800..1200..1600, method: measured, source: ev-crm}"
    result = mutant(shared, "safe-harbour-reading", (old, "delivers: {metric: signup, count: 1200}"))
    finding = the(result, "BRG005")
    assert (finding.element.id, finding.values["share"]) == ("paid-social>signup", pytest.approx(0.239, abs=PP))
    assert "600..1" in finding.also
    one = coverage(result, "donors-2027")
    assert one.naive_share == pytest.approx(1.045, abs=PP)
    assert (one.p05, one.p95) == pytest.approx((0.837, 1.371), abs=PERCENTILE)
    assert one.p == pytest.approx(0.63, abs=CHANCE)
    other = coverage(result, "income-2027")
    assert (other.p05, other.p95) == pytest.approx((0.836, 1.412), abs=PERCENTILE)


def test_olist_names_the_guesses_that_carry_it_and_what_does_not_pay(shared: Path) -> None:
    text = (shared / "examples" / "olist" / "plan.yaml").read_text(encoding="utf-8")
    result = check(parse_plan(text), CheckOptions(as_of=dt.date(2018, 12, 31)))
    guesses = {one.element.id: one.values["share"] for one in result.findings if one.code == "BRG005"}
    expected = {"lead>seller:rate": 0.848, "organic-search>lead": 0.311, "paid-search>lead": 0.222}
    assert guesses == pytest.approx(expected, abs=PP)
    pays = the(result, "BUD006")
    assert (pays.values["brings"], pays.values["costs"]) == pytest.approx((27_000, 30_000))
    gap = the(result, "OBJ008")
    assert (gap.values["missing"], gap.values["needed"]) == pytest.approx((137, 900))
    assert ("OBJ017", "unknown: 7 of 7 bets are guesses") in {(skip.code, skip.reason) for skip in result.skipped}
    assert ("BRG004", "no teams") in {(skip.code, skip.reason) for skip in result.skipped}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("halden-pumps", {"retrofit": (280.0, 86.4), "search": (283.2, 78.6), "fair": (150.3, 101.0)}),
        ("tidewater-cycles", {"local-search": (29.3, 12.6), "town-social": (13.7, 9.5)}),
        (
            "safe-harbour-reading",
            {"match-evening": (57.1, 16.3), "school-partners": (86.8, 9.6), "letters": (26.4, 14.0)},
        ),
    ],
)
def test_what_a_tactic_brings_and_costs(shared: Path, name: str, expected: dict[str, tuple[float, float]]) -> None:
    from leadline.align.run import case_of

    text = (shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8")
    case = case_of(parse_plan(text), CheckOptions(as_of=dt.date(2027, 1, 2)))
    for tactic, (brings, costs) in expected.items():
        assert case.graph.brings(tactic) / 1000 == pytest.approx(brings, abs=0.051)
        assert case.costs[tactic].total / 1000 == pytest.approx(costs, abs=0.051)
