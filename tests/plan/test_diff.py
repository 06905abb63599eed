"""What changed between two plans: by id, in base units, never order or spelling."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.plan.diff import diff
from leadline.plan.source import parse_plan


@pytest.fixture(scope="module")
def halden(shared):
    return (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")


def changes(before, after):
    return [str(change) for change in diff(parse_plan(before).plan, parse_plan(after).plan)]


def edited(text, *edits):
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def test_a_plan_does_not_differ_from_itself_in_another_order_and_spelling(halden):
    lines = halden.replace("budget: 400 kEUR", "budget: 0.4 MEUR  # the same").splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if "{id: upgrade," in line)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    assert changes(halden, "".join(lines)) == []


def test_a_changed_field_is_told_with_old_and_new_in_one_unit(halden):
    after = edited(halden, ("target: {value: 1100 kEUR, by", "target: {value: 1.3 MEUR, by"))
    assert changes(halden, after) == ["~ objective arr-2027 target.value: 1100 kEUR → 1300 kEUR"]
    (change,) = diff(parse_plan(halden).plan, parse_plan(after).plan)
    assert (change.old, change.new) == ("1100000 money:EUR", "1300000 money:EUR")
    after = edited(halden, ("rate: 10..14..18 %", "rate: 9..14..18 %"))
    assert changes(halden, after) == ["~ step lead>sqo rate: 10..14..18 % → 9..14..18 %"]
    after = edited(halden, ("capacity: 45 count/week", "capacity: 9 count/day"))
    assert changes(halden, after) == ["~ handover h-lead capacity: 45 count/week → 63 count/week"]


def test_a_change_inside_a_list_is_told_at_its_place(halden):
    after = edited(
        halden,
        ("{from: lead, to: sqo, rate: 8..12..16 %}", "{from: lead, to: sqo, rate: 8..12..16 %, owner: tom}"),
        ("count: 200..260..320", "count: 200..250..320"),
        ("{2027-Q1: 30 kEUR", "{2027-Q1: 20 kEUR"),
        ("experience: {score: 63, method: survey, n: 45", "experience: {score: 63, method: survey, n: 46"),
    )
    assert changes(halden, after) == [
        "~ touchpoint desk experience.n: 45 → 46",
        "~ tactic thought budget.2027-Q1: 30 kEUR → 20 kEUR",
        "~ tactic fair delivers.lead.count: 200..260..320 → 200..250..320",
        "~ tactic fair bridge.lead>sqo.owner: nothing → tom",
    ]


def test_a_year_of_months_has_an_order_and_a_list_of_names_has_none(halden):
    assert changes(halden, edited(halden, ("[0.9, 1.0, 1.1, 1.1,", "[1.0, 0.9, 1.1, 1.1,")))
    assert not changes(
        halden, edited(halden, ("venues: [plant-floor, maint-group]", "venues: [maint-group, plant-floor]"))
    )


def test_a_review_stamp_is_no_change_and_a_reason_of_a_link_is_one(halden):
    stamped = edited(halden, ("    - id: search\n", "    - id: search\n      reviewed: {date: 2027-01-02, by: ines}\n"))
    serves = "      owner: jonas\n      mechanism: People comparing"
    assert changes(halden, stamped) == []
    link = "serves: [arr-2027]\n      segments: [installed]"
    seen = edited(halden, (link, link.replace("[arr-2027]", "[{ref: arr-2027, seen: 012345678901}]")))
    assert changes(halden, seen) == []
    why = edited(halden, (link, link.replace("[arr-2027]", "[{ref: arr-2027, why: upgrades pay}]")))
    assert changes(halden, why) == ["~ tactic retrofit serves.arr-2027: arr-2027 → arr-2027 (why upgrades pay)"]
    assert halden.count(serves) == 1


def test_added_and_removed_elements_are_told_with_what_they_are_about(halden):
    line = next(line for line in halden.splitlines(keepends=True) if "{id: i-podcast" in line)
    assert changes(halden, halden.replace(line, "")) == ["- idea i-podcast"]
    assert changes(halden.replace(line, ""), halden) == ["+ idea i-podcast"]
    (change,) = diff(parse_plan(halden.replace(line, "")).plan, parse_plan(halden).plan)
    assert (change.name, change.new_text) == ("Maintenance podcast", "reason: ladder did not reach an objective")


def test_a_rename_under_moved_is_one_change_and_its_references_none(halden):
    after = halden.replace("id: search\n", "id: paid-search\n").replace("tactic: search,", "tactic: paid-search,")
    after = after.replace("enables: [search,", "enables: [paid-search,")
    assert "- tactic search" in changes(halden, after)
    moved = after + "moved: [{from: search, to: paid-search}]\n"
    assert changes(halden, moved) == ["> tactic search → paid-search"]
    twice = moved.replace("paid-search", "ads").replace("moved: [", "moved: [{from: ads, to: ads-2}, ")
    twice = twice.replace("id: ads\n", "id: ads-2\n").replace("tactic: ads,", "tactic: ads-2,")
    assert changes(halden, twice.replace("enables: [ads,", "enables: [ads-2,")) == ["> tactic search → ads-2"]


def test_another_plan_is_told_by_its_id(halden):
    assert changes(halden, edited(halden, ("id: pumpwatch-2027\n", "id: pumpwatch-2028\n"))) == [
        "~ plan plan id: pumpwatch-2027 → pumpwatch-2028"
    ]


@pytest.fixture(scope="module")
def lines(halden):
    """Give the lines that hold one whole element each, so that any of them can go."""
    return [
        number
        for number, line in enumerate(halden.splitlines())
        if line.startswith("    - {id:") and line.endswith("}")
    ]


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_way_back_is_the_way_there_turned_round(halden, lines, seed):
    chance = random.Random(seed)  # noqa: S311 - a test's dice

    def random_edit():
        gone = set(chance.sample(lines, 3))
        text = "\n".join(line for number, line in enumerate(halden.splitlines()) if number not in gone)
        for number in chance.sample(["420", "260", "160", "63", "2900", "45 count", "70 kEUR"], 3):
            text = text.replace(number, f"{chance.randint(2, 9)}{number}", 1)
        return parse_plan(text).plan

    one, other = random_edit(), random_edit()
    turned = {"+": "-", "-": "+", "~": "~"}
    there = {(turned[c.sign], c.kind, c.id, c.field, repr(c.new), repr(c.old)) for c in diff(one, other)}
    assert there == {(c.sign, c.kind, c.id, c.field, repr(c.old), repr(c.new)) for c in diff(other, one)}
    assert diff(one, one) == ()
