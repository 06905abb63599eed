"""What a change does: the numbers the mutants state, nothing for layout, the same findings whatever their numbers."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from leadline.align.consequences import Consequences, consequences
from leadline.align.run import CheckOptions, case_of, check_case
from leadline.align.writers.difference import write_difference
from leadline.plan.edits import apply
from leadline.plan.reviewing import stamp_splices, stamps
from leadline.plan.source import parse_plan

DAYS = {"halden-pumps": "2027-01-02", "tidewater-cycles": "2027-02-01", "safe-harbour-reading": "2027-01-02"}
PP, PERCENTILE, CHANCE = 0.0011, 0.02, 0.03  # expected.md: ±0.1 pp at base, ±2 pp on percentiles, ±0.03 on P


@pytest.fixture(scope="module")
def texts(shared):
    return {name: (shared / "examples" / name / "plan.yaml").read_text(encoding="utf-8") for name in DAYS}


@pytest.fixture
def following(texts):
    """Compare an example plan with itself after edits; `without` takes a line out."""

    def follow(name: str, *edits: tuple[str, str], without: str = "", start: str = "") -> Consequences:
        before = start or texts[name]
        text = re.sub(rf"(?m)^{without}.*\n", "", before) if without else before
        assert not without or text != before
        for old, new in edits:
            assert text.count(old) == 1, old
            text = text.replace(old, new)
        options = CheckOptions(as_of=dt.date.fromisoformat(DAYS[name]))
        return consequences(parse_plan(before), parse_plan(text), options=options)

    return follow


def number(seen: Consequences, score: str, subject: str, name: str) -> tuple[float | None, float | None]:
    (row,) = (r for r in seen.table() if (r["score"], r["subject"], r["number"]) == (score, subject, name))
    return row["before"], row["after"]


def codes(findings: object) -> list[str]:
    return sorted(finding.code for finding in findings)


def test_halden_1_a_higher_target_is_told_with_coverage_before_and_after(following):
    seen = following("halden-pumps", ("target: {value: 1100 kEUR, by", "target: {value: 1300 kEUR, by"))
    assert [str(change) for change in seen.changes] == ["~ objective arr-2027 target.value: 1100 kEUR → 1300 kEUR"]
    assert number(seen, "coverage", "arr-2027", "naive_share") == pytest.approx((1.345, 1.039), abs=PP)
    assert number(seen, "coverage", "arr-2027", "due_share") == pytest.approx((1.148, 0.887), abs=PP)
    assert number(seen, "coverage", "arr-2027", "p95") == pytest.approx((1.523, 1.177), abs=PERCENTILE)
    assert number(seen, "coverage", "arr-2027", "p") == pytest.approx((0.71, 0.22), abs=CHANCE)
    assert number(seen, "coverage", "arr-2027", "needed") == pytest.approx((680_000, 880_000))
    assert codes(seen.gained) == ["OBJ009"]
    assert seen.folded == {seen.gained[0].fingerprint: ("OBJ017",)}
    assert {one.score for one in seen.moved} == {"coverage"}
    assert "arr-2027 115 → 89 % of what is needed in time (90 %: " in seen.sentence()
    assert seen.sentence().endswith("P 0.71 → 0.22.")


def test_halden_3_a_lost_step_moves_the_hundred_and_the_traced_spend(following):
    seen = following("halden-pumps", without=r"    - \{from: sqo, +to: contract")
    assert seen.moved[0].score == "the hundred"
    assert number(seen, "the hundred", "", "believed") == pytest.approx((1, 0.256), abs=PP)
    assert number(seen, "the hundred", "", "attention") == pytest.approx((0, 0.744), abs=PP)
    assert number(seen, "traced spend", "", "value") == pytest.approx((1, 0.231), abs=PP)
    assert number(seen, "traced hours", "", "value") == pytest.approx((1, 0.306), abs=PP)
    assert number(seen, "coverage", "arr-2027", "naive_share") == pytest.approx((1.345, 0.529), abs=PP)
    assert [(change.sign, change.kind, change.id) for change in seen.changes] == [("-", "step", "sqo>contract")]
    assert codes(seen.gained) == ["BRG002"]
    assert seen.reaches("error")


def test_halden_5_fewer_hours_are_told_as_load(following):
    seen = following(
        "halden-pumps",
        ("capacity: 38 h/week, skills: {inside_sales: 3}", "capacity: 26 h/week, skills: {inside_sales: 3}"),
    )
    assert number(seen, "load", "mara", "weeks_over") == (0, 8)
    assert number(seen, "load", "mara", "available") == pytest.approx((30.4, 20.8))
    (load,) = seen.moved
    assert load.after.numbers["heaviest"] == pytest.approx(24.04, abs=0.01)
    assert codes(seen.gained) == ["RES001"]


def test_a_score_that_stays_is_not_told_though_it_is_a_share_of_less(following):
    seen = following(
        "halden-pumps", ("      budget: 60 kEUR\n      hours: 480 h", "      budget: 50 kEUR\n      hours: 480 h")
    )
    assert {one.score for one in seen.moved} == {"planned cost", "concentration"}
    text = write_difference(seen, "a → b")
    assert "concentration" in text
    assert "100.0 %" not in text


def test_halden_14_what_enables_nothing_stops_at_attention(following):
    seen = following(
        "halden-pumps", ("      enables: [search, fair]\n      stop_when: awareness", "      stop_when: awareness")
    )
    assert number(seen, "the hundred", "", "attention") == pytest.approx((0, 0.299), abs=PP)
    assert number(seen, "traced spend", "", "value") == pytest.approx((1, 0.692), abs=PP)


def test_tidewater_2_a_promise_nobody_keeps_is_told(following):
    seen = following(
        "tidewater-cycles",
        ("promise: {first_response: 8 h, hours: 16 h/week}", "promise: {first_response: 2 h, hours: 63 h/week}"),
    )
    assert number(seen, "promise coverage", "", "value")[1] == pytest.approx(0.41, abs=PP)
    assert codes(seen.gained) == ["TPM004"]


def test_tidewater_14_a_probability_that_can_no_longer_be_told_is_null(following):
    seen = following(
        "tidewater-cycles",
        ("lag: 270 days, method: expert, source: ev-pilot", "lag: 270 days, method: guess, source: ev-pilot"),
        ("lag: 270 days, method: expert, source: ev-till", "lag: 270 days, method: guess, source: ev-till"),
    )
    before, after = number(seen, "coverage", "repeat-2027", "p")
    assert before is not None
    assert after is None
    assert "P unknown: 4 of 4 bets are guesses" in write_difference(seen, "a → b").replace("\n                  ", " ")


def test_safe_harbour_9_only_priced_hours_move(following):
    seen = following("safe-harbour-reading", ("enables: [school-partners, radio-spot]", "enables: [agency-fees]"))
    assert number(seen, "the hundred", "", "attention")[1] == pytest.approx(0.052, abs=PP)
    assert number(seen, "traced hours", "", "value")[1] == pytest.approx(0.893, abs=PP)
    assert not [row for row in seen.table() if (row["score"], row["number"]) == ("traced spend", "value")]


def test_the_way_back_loses_what_the_way_there_gained(following, texts):
    edit = ("target: {value: 1100 kEUR, by", "target: {value: 1300 kEUR, by")
    back = following("halden-pumps", edit[::-1], start=texts["halden-pumps"].replace(*edit))
    assert (codes(back.gained), codes(back.lost)) == ([], ["OBJ009"])
    assert not back.reaches("note")


def test_layout_has_no_consequence(following):
    seen = following("halden-pumps", ("budget: 400 kEUR", "budget: 0.4 MEUR  # the same"))
    assert (seen.changes, seen.moved, seen.gained, seen.lost, seen.suspect) == ((), (), (), (), ())
    assert seen.sentence().startswith("The two plans mean the same")


def test_a_name_changes_the_plan_and_moves_nothing(following):
    seen = following("halden-pumps", ("name: Maintenance podcast", "name: A podcast"))
    assert len(seen.changes) == 1
    assert seen.sentence() == "1 change; no score, load, finding or reviewed link moves."


def test_a_rename_under_moved_costs_no_finding_and_no_score(texts):
    before = texts["tidewater-cycles"].replace(
        "count: 700..1000..1300", "count: 280..400..520"
    )  # BUD006 on town-social
    after = before.replace("town-social", "town-posts") + "moved: [{from: town-social, to: town-posts}]\n"
    seen = consequences(parse_plan(before), parse_plan(after), options=CheckOptions(as_of=dt.date(2027, 2, 1)))
    assert [str(change) for change in seen.changes] == ["> tactic town-social → town-posts"]
    assert (seen.gained, seen.lost, seen.moved) == ((), (), ())


def test_a_finding_that_is_waived_now_is_neither_lost_nor_gained(following):
    seen = following("halden-pumps", ("target: fair, reason", "target: search, reason"))
    assert codes(seen.gained) == ["MEA001"]
    back = following("halden-pumps", ("name: Maintenance podcast", "name: A podcast"))
    assert not back.waived


def test_what_reads_the_same_before_and_after_did_not_move(following):
    seen = following("halden-pumps", ("    budget: 90 kEUR\n", "    budget: 90.01 kEUR\n"))
    assert not [one for one in seen.moved if one.before and one.after and one.before.text == one.after.text]


def test_a_link_that_became_suspect_is_told_with_what_changed(texts):
    document = parse_plan(texts["halden-pumps"])
    (stamp,) = stamps(document.plan, ("search",))
    before = apply(document, stamp_splices(document, stamp, date=dt.date(2027, 1, 2), by="ines"))
    text = before.texts["plan.yaml"].replace("target: {value: 85 count, by", "target: {value: 88 count, by")
    seen = consequences(before, parse_plan(text), options=CheckOptions(as_of=dt.date(2027, 1, 2)))
    (link,) = seen.suspect
    assert (link.element, link.ref, link.field) == ("search", "sqo-2027", "target")
    told = write_difference(seen, "a → b")
    assert "? search → sqo-2027: target 85 count → 88 count" in told
    assert "leadline review-link search" in told
    assert codes(seen.gained) == ["PLN006"]


@pytest.mark.parametrize("is_stamped", [False, True])
def test_what_was_judged_already_tells_the_same_consequences(texts, is_stamped):
    before = parse_plan(texts["halden-pumps"])
    if is_stamped:  # then only the plan before knows what the stamp stands for, and the plan is judged anew
        (stamp,) = stamps(before.plan, ("search",))
        before = apply(before, stamp_splices(before, stamp, date=dt.date(2027, 1, 2), by="ines"))
    text = before.texts["plan.yaml"].replace("target: {value: 85 count, by", "target: {value: 88 count, by")
    after, options = parse_plan(text), CheckOptions(as_of=dt.date(2027, 1, 2))
    cases = [case_of(document, options) for document in (before, after)]
    told = [(case, check_case(case, options)) for case in cases]
    seen = consequences(before, after, options=options, told=told)
    assert seen == consequences(before, after, options=options)
    assert [link.field for link in seen.suspect] == ["target"] * is_stamped


def test_a_plan_without_elements_can_be_compared(texts):
    empty = parse_plan("plan: {id: pumpwatch-2027, status: draft}\n")
    seen = consequences(empty, parse_plan(texts["halden-pumps"]), options=CheckOptions(as_of=dt.date(2027, 1, 2)))
    assert any("the first plan was not checked" in note for note in seen.notes)
    assert {change.sign for change in seen.changes} == {"+", "~"}


def test_the_text_keeps_to_its_width_and_tells_the_edits_first(following):
    seen = following(
        "halden-pumps",
        ("target: {value: 1100 kEUR, by", "target: {value: 1300 kEUR, by"),
        ("channels: [trade-press, linkedin]", "channels: [linkedin]"),
        ("capacity: 38 h/week, skills: {inside_sales: 3}", "capacity: 26 h/week, skills: {inside_sales: 3}"),
    )
    lines = write_difference(seen, "a.yaml → b.yaml", width=80).splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0] == "a.yaml → b.yaml"
    assert lines[2].startswith("3 changes: 1 error gained (RES001)")
    edits, follows = lines.index("~ objective arr-2027  Recurring revenue of 1.1 million"), lines.index("what follows")
    assert edits < follows < lines.index("findings gained")
    assert lines[edits + 1] == "    target.value: 1100 kEUR → 1300 kEUR"
