"""RES and the weekly load: hours are neither lost nor made, and the example plans give their reference loads."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadline.align.load import PersonLoad, Work, loads
from leadline.align.run import CheckOptions, case_of
from leadline.plan.source import parse_plan

DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2029, 12, 31))
WORKS = st.builds(
    lambda start, length, hours: Work("t", hours, start, start + dt.timedelta(days=length)),
    DAYS,
    st.integers(0, 400),
    st.floats(0.1, 2_000),
)


@pytest.mark.parametrize("name", ["halden-pumps", "tidewater-cycles", "safe-harbour-reading"])
def test_the_heaviest_week_of_everybody_meets_the_reference(shared: Path, name: str) -> None:
    folder = shared / "examples" / name
    told = (folder / "expected.md").read_text(encoding="utf-8")
    line = re.search(r"heaviest ISO week: (.+) h\.", told)[1]
    expected = {who: (float(load), float(there)) for who, load, there in re.findall(r"(\w+) ([\d.]+)/([\d.]+)", line)}
    plan = parse_plan((folder / "plan.yaml").read_text(encoding="utf-8"))
    found = loads(case_of(plan, CheckOptions(as_of=dt.date(2027, 1, 2))), 0.8)
    assert set(found) == set(expected)
    for who, (load, there) in expected.items():
        assert (found[who].heaviest, found[who].available) == pytest.approx((load, there), abs=0.051), who


@given(st.lists(WORKS, min_size=1, max_size=6), st.floats(0, 20))
def test_weeks_hold_all_hours_and_no_more(works: list[Work], base: float) -> None:
    load = PersonLoad("p", tuple(works), base, 30.0)
    weeks = load.by_week
    assert sum(weeks.values()) == pytest.approx(sum(work.hours for work in works) + base * len(weeks))
    heaviest = max(weeks, key=lambda week: weeks[week])
    assert sum(load.in_week(heaviest).values()) + base == pytest.approx(weeks[heaviest])
    assert list(weeks) == sorted(weeks)


@given(st.lists(WORKS, min_size=1, max_size=6), st.integers(-60, 60))
def test_a_shift_by_whole_weeks_moves_the_weeks_and_changes_no_hours(works: list[Work], weeks: int) -> None:
    before = PersonLoad("p", tuple(works), 0.0, None).by_week
    after = PersonLoad("p", tuple(work.shifted(7 * weeks) for work in works), 0.0, None).by_week
    assert list(after.values()) == pytest.approx(list(before.values()))


def test_stretches_are_told_apart() -> None:
    weeks = [Work("a", 50, dt.date(2027, 1, 4 + 7 * k), dt.date(2027, 1, 10 + 7 * k)) for k in (0, 1)]
    load = PersonLoad("p", (*weeks, Work("b", 70, dt.date(2027, 2, 1), dt.date(2027, 2, 7))), 1.0, 50.0)
    assert [(run.first, run.weeks, run.peak) for run in load.runs()] == [("2027-W01", 2, 51), ("2027-W05", 1, 71)]
    assert load.by_week["2027-W03"] == 1.0  # contacts go on between the works


def test_a_misspelt_century_ends_in_a_finding_not_in_an_error(judged) -> None:
    for dates in ("0001-01-01..9999-12-31", "9999-12-20..9999-12-31", "0001-01-01..0001-01-02"):
        result = judged("", ("    - id: spring", "2027-03-01..2027-05-31", dates), ("hours: 80 h", "hours: 80000 h"))
        assert "TAC007" in {found.code for found in result.findings}


def test_one_heavy_week_is_borne_two_are_not(judged) -> None:
    week = ("    - id: letters", "2027-02-01..2027-10-31", "2027-02-01..2027-02-07")  # 60 h + 10 h of contacts
    assert not judged("RES001", week).findings
    (found,) = judged("RES001", (week[0], week[1], "2027-02-01..2027-02-14"), ("hours: 60 h", "hours: 120 h")).findings
    assert (found.values["weeks"], found.values["load"]) == (2, pytest.approx(70))


def test_contacts_are_shared_by_those_who_cover_a_place(judged) -> None:
    busy = ("handle_time: 10 min", "handle_time: 30 min")  # 30 h a week
    capacity = ("cost: 30 EUR/h, capacity: 38 h/week", "cost: 30 EUR/h, capacity: 20 h/week")
    assert {found.element.id for found in judged("RES001", busy, capacity).findings} == {"sam"}
    shared_by_both = ("capacity: 20 h/week}", "capacity: 20 h/week, covers: [shop]}")
    loaded = {found.element.id: found for found in judged("RES001", shared_by_both, busy, capacity).findings}
    assert "mia" in loaded


def test_the_proposed_shift_fits(judged) -> None:
    double = ("hours: 80 h", "hours: 160 h")
    (found,) = judged("RES001", double).findings
    ((path, dates),) = found.repairs[0].edits
    assert path == ("tactics", "list", 0, "dates")
    assert not judged("RES001", double, ("2027-03-01..2027-09-30", dates)).findings
    start = dt.date.fromisoformat(dates[:10])
    sooner = [str(day - dt.timedelta(days=7)) for day in (start, dt.date.fromisoformat(dates[12:]))]
    assert judged("RES001", double, ("2027-03-01..2027-09-30", "..".join(sooner))).findings


def test_who_has_no_capacity_is_skipped_by_name_and_without_people_all(judged) -> None:
    result = judged("RES001", (", capacity: 20 h/week", ""))
    assert [(skip.element, skip.reason) for skip in result.skipped] == [("mia", "the person has work and no capacity")]
    result = judged("", ("  people:\n", "  teams:\n"), ("    - {id: mia, team: marketing, skills: {content: 2, paid_search: 2}, cost: 32 EUR/h, capacity: 20 h/week}\n", ""),
                    ("    - {id: sam, team: sales, skills: {sales: 3}, cost: 30 EUR/h, capacity: 38 h/week, covers: [shop]}\n  teams:\n", ""))  # fmt: skip
    assert ("RES001", "no people") in {(skip.code, skip.reason) for skip in result.skipped}


@pytest.mark.parametrize(
    ("skills", "fires"),
    [
        ("paid_search: 2", False),
        ("paid_search: 1", True),
        ("Paid search: 3", False),
        ("SEA: 2", False),
        ("art: 3", True),
    ],
)
def test_a_channel_asks_for_somebody_who_works_alone(judged, skills: str, fires) -> None:
    found = judged("RES002", ("paid_search: 2", skills)).findings
    assert [(one.values["channels"], one.values["skill"]) for one in found] == (
        [(["search"], "paid_search")] if fires else []
    )


def test_the_craft_follows_from_the_venue_or_else_from_the_name(judged) -> None:
    placeless = ("media: paid, mode: broadcast, venues: [web]", "media: paid, mode: broadcast")
    assert judged("RES002", ("paid_search: 2", "art: 3"), placeless).findings  # "Search ads"
    renamed = ("name: Search ads", "name: Banners")
    other = ("    - {id: search,", "    - {id: banners,"), ("channels: [search]\n", "channels: [banners]\n")
    assert not judged("RES002", ("paid_search: 2", "art: 3"), placeless, renamed, *other).findings
    in_person = ("Search ads, media: paid", "Search ads, media: person")
    assert not judged("RES002", ("paid_search: 2", "art: 3"), in_person).findings


def test_without_listed_skills_nobody_is_judged(judged) -> None:
    bare = ("skills: {content: 2, paid_search: 2}, ", ""), ("skills: {sales: 3}, ", "")
    result = judged("", *bare, select=("RES002", "RES003"))
    assert [(skip.code, skip.reason) for skip in result.skipped] == [("RES002", "nobody's skills are listed")]


MORE = "    - {id: t-stock, tactic: ads, accountable: mia, due: 2027-02-26}\n"


@pytest.mark.parametrize(
    ("tasks", "fires"),
    [
        (2 * MORE.replace("t-stock", "t-a"), True),  # 4 of 6
        (MORE, False),  # 3 of 5: too few to judge
        (MORE + MORE.replace("accountable: mia", "accountable: sam"), False),  # 3 of 6
        (2 * MORE.replace("due: 2027-02-26", "due: 2027-02-26, done: true"), False),  # done is done
    ],
)
def test_one_person_may_answer_for_half(judged, tasks: str, fires) -> None:
    found = judged("RES003", ("control:\n", f"{tasks}control:\n")).findings
    assert [(one.values["person"], one.values["number"]) for one in found] == ([("mia", 4)] if fires else [])


def test_a_team_is_no_single_person(judged) -> None:
    tasks = "".join(MORE.replace("t-stock", f"t-{n}").replace("mia", "marketing") for n in range(9))
    assert not judged("RES003", ("control:\n", f"{tasks}control:\n")).findings


def test_hours_asked_of_a_team_are_counted_once(judged) -> None:
    unagreed = (", agreed: 2026-12-10", "")
    timed = ("    - {id: t-list", "accountable: sam", "accountable: sam, hours: 12 h")
    helping = ("    - {id: t-page", "accountable: mia", "accountable: sam")  # 20 h of the ads, which mia owns
    (found,) = judged("RES004", unagreed, timed, helping).findings
    assert found.values == {"team": "sales", "hours": 60 + 20, "what": ["letters", "t-page", "t-list"]}


def test_only_teams_outside_marketing_have_to_agree(judged) -> None:
    unagreed = (", agreed: 2026-12-10", "")
    assert not judged("RES004", unagreed, ("function: sales", "function: marketing")).findings
    result = judged("", unagreed, ("function: sales", "notes: who knows"), select=("RES004", "RES005"))
    assert [(skip.code, skip.element) for skip in result.skipped] == [("RES004", "sales")]
