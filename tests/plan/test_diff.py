"""What changed between two plans: by id, in base units, never order or spelling."""

import pytest

from leadline.plan.diff import diff
from leadline.plan.source import parse_plan


@pytest.fixture
def halden(shared):
    return (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")


def changes(before, after):
    return [str(change) for change in diff(parse_plan(before).plan, parse_plan(after).plan)]


def test_a_plan_does_not_differ_from_itself_in_another_order_and_spelling(halden):
    lines = halden.replace("budget: 400 kEUR", "budget: 0.4 MEUR  # the same").splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if "{id: upgrade," in line)
    lines[first], lines[first + 1] = lines[first + 1], lines[first]
    assert changes(halden, "".join(lines)) == []


def test_a_changed_field_is_told_with_old_and_new_in_base_units(halden):
    after = halden.replace("target: {value: 1100 kEUR, by", "target: {value: 1300 kEUR, by")
    assert changes(halden, after) == ["~ objective arr-2027 target.value: 1100000 money:EUR → 1300000 money:EUR"]
    after = halden.replace("rate: 10..14..18 %", "rate: 9..14..18 %")
    assert changes(halden, after) == [
        "~ step lead>sqo rate: 0.1 share..0.14 share..0.18 share → 0.09 share..0.14 share..0.18 share"
    ]


def test_added_and_removed_elements_are_told(halden):
    line = next(line for line in halden.splitlines(keepends=True) if "{id: i-podcast" in line)
    assert changes(halden, halden.replace(line, "")) == ["- idea i-podcast"]
    assert changes(halden.replace(line, ""), halden) == ["+ idea i-podcast"]


def test_a_rename_under_moved_is_one_change_and_its_references_none(halden):
    after = halden.replace("id: search\n", "id: paid-search\n").replace("tactic: search,", "tactic: paid-search,")
    after = after.replace("enables: [search,", "enables: [paid-search,")
    assert "- tactic search" in changes(halden, after)
    moved = after + "moved: [{from: search, to: paid-search}]\n"
    assert changes(halden, moved) == ["> tactic search → paid-search"]
