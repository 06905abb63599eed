"""`--since`: what changed, what refers to it, and the sums that rest on it; nothing the edit caused is hidden."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.align.run import CheckOptions, case_of, check
from leadline.align.touched import changed, concerns, touched
from leadline.plan.source import parse_plan

DAY = dt.date(2027, 1, 2)
# Edits of the example, each with a finding that it causes.
CAUSES = {
    "OBJ009": ("target: {value: 1100 kEUR, by", "target: {value: 1300 kEUR, by"),
    "BRG001": ("      enables: [search, fair]\n      stop_when: awareness", "      stop_when: awareness"),
    "RES001": ("capacity: 38 h/week, skills: {inside_sales: 3}", "capacity: 26 h/week, skills: {inside_sales: 3}"),
    "OBJ008": ("count: 300..420..520", "count: 200..280..400"),  # the objective depends on the tactic by its number
    "BUD001": ("budget: 90 kEUR", "budget: 190 kEUR"),
    "ENB002": ("dates: 2027-04-10..2027-06-10", "dates: 2027-04-12..2027-04-18"),
    "AUD007": ('a year", proof: [ev-pilot], tone', 'a year", tone'),
    "ENB005": ("due: 2027-02-03", "due: 2027-02-20"),
    "BRG002": (
        '    - {from: sqo,      to: contract, rate: 22..28..34 %,     lag: 90..120..160 days, owner: sven, touchpoint: offer, tracking: "crm stage", method: measured, source: ev-crm}\n',
        "",
    ),
}


@pytest.fixture(scope="module")
def halden(shared):
    return (shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", CAUSES)
def test_what_an_edit_causes_is_among_what_a_limited_check_shows(halden, code):
    old, new = CAUSES[code]
    assert old in halden
    before, after = parse_plan(halden), parse_plan(halden.replace(old, new, 1))
    only = changed(before.plan, after.plan).ids
    was = {(one.code, one.element.id) for one in check(before, CheckOptions(as_of=DAY))}
    options = CheckOptions(as_of=DAY, only=only, since="1 element changed since main")
    caused = {(one.code, one.element.id) for one in check(after, CheckOptions(as_of=DAY))} - was
    shown = {(one.code, one.element.id) for one in check(after, options)}
    assert code in {found for found, _ in caused}
    assert caused <= shown


def test_what_nothing_touched_is_left_out_and_the_last_line_says_so(halden):
    text = halden.replace("target: {value: 1100 kEUR, by", "target: {value: 1300 kEUR, by")
    options = CheckOptions(as_of=DAY, only=frozenset({"i-podcast"}), since="1 element changed since main")
    result = check(parse_plan(text), options)
    assert not result.findings
    assert result.sentence().endswith(", limited to 1 element changed since main and what depends on them (2 in all)")
    assert check(parse_plan(text), CheckOptions(as_of=DAY)).findings


def test_a_person_touches_neither_objectives_nor_other_people(halden):
    case = case_of(parse_plan(halden), CheckOptions(as_of=DAY))
    assert touched(case, frozenset({"mara"})) == {"mara", "desk-team", "desk", "pumpwatch-2027"}
    assert "arr-2027" in touched(case, frozenset({"lead>sqo"}))
    assert {"search", "fair", "arr-2027", "sqo-2027", "pumpwatch-2027"} <= touched(case, frozenset({"lead>sqo"}))
    assert {"lead>sqo", "search"} <= touched(case, frozenset({"sqo"}))


def test_what_referred_to_a_removed_element_is_touched(halden):
    after = parse_plan(halden.replace("    - {id: web-search,", "    - {id: web-searches,"))
    seen = changed(parse_plan(halden).plan, after.plan)
    only = seen.ids
    assert only == {"web-search", "web-searches", "ev-crm"}  # with what the removed one pointed to
    assert seen.count == 2
    shown = check(after, CheckOptions(as_of=DAY, only=only))
    assert {(one.code, one.element.id) for one in shown} >= {("PLN002", "newplants"), ("PLN002", "google-ads")}


@pytest.mark.parametrize(
    ("old", "new"), [("status: review", "status: draft"), ("window: 2027-01-01", "window: 2027-01-02")]
)
def test_a_change_of_the_head_on_which_all_hangs_leaves_nothing_out(halden, old, new):
    plan = parse_plan(halden).plan
    assert changed(plan, parse_plan(halden.replace(old, new, 1)).plan).ids is None
    assert changed(plan, parse_plan(halden.replace("title: PumpWatch 2027", "title: x")).plan).ids == {plan.plan.id}


def test_a_position_that_went_touches_its_segment(halden):
    line = next(line for line in halden.splitlines(keepends=True) if "{id: pos-new," in line)
    text = halden.replace(line, "")
    only = changed(parse_plan(halden).plan, parse_plan(text).plan).ids
    assert ("STR011", "newplants") in {
        (one.code, one.element.id) for one in check(parse_plan(text), CheckOptions(as_of=DAY, only=only))
    }


def test_a_finding_on_a_bet_concerns_its_tactic_and_its_step(halden):
    result = check(
        parse_plan(halden.replace("rate: 10..14..18 %", "rate: 14 %")), CheckOptions(as_of=DAY, preview=True)
    )
    bets = [one for one in result.findings if one.element.kind == "bet"]
    for one in bets:
        step = one.element.id.split("/")[-1].split(":")[0]
        assert concerns(one, frozenset({step}))
