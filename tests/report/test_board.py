"""The board's page: four questions on one sheet for plans of any size, nothing claimed that was only counted."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace

import pytest
import yaml

from leadline.decide.standing import Range
from leadline.report import blocks
from leadline.report.md import render_md
from leadline.report.pages import board
from leadline.report.pages.board import board_page, stops
from leadline.report.pdf import render_pdf
from leadline.review.drift import drift_of
from leadline.review.material import Material, material
from leadline.review.run import Request, review_plan

LONG = "a name that is as long as names become when a committee of nine writes them down together in one go"
NOW = dt.datetime(2027, 10, 1)  # noqa: DTZ001 - UTC without zone


def of_plan(path) -> Material:
    return material(review_plan(path, Request(now=lambda: NOW, as_of=dt.date(2027, 6, 30))))


def pages_of(written: bytes) -> int:
    return max(int(count) for count in re.findall(rb"/Type/Pages/Count (\d+)", written))


def table(page: blocks.Page, section: str, caption: str) -> blocks.TableBlock:
    found = next(one for one in page.sections if one.id == section)
    return next(one for one in found.blocks if isinstance(one, blocks.TableBlock) and one.caption.startswith(caption))


@pytest.fixture(scope="module")
def halden(shared) -> Material:
    return of_plan(shared / "examples" / "halden-pumps" / "plan.yaml")


@pytest.fixture(scope="module")
def crowded(shared, sample, tmp_path_factory) -> Material:
    """Halden with more of everything than a sheet can hold, long words in every place, and one finding waived."""
    plan = yaml.safe_load((shared / "examples" / "halden-pumps" / "plan.yaml").read_text(encoding="utf-8"))
    tactics = [
        {**one, "id": f"{one['id']}-{n}", "name": f"{LONG} {n}", "stop_when": f"{LONG}, {LONG}"}
        for n in range(8)
        for one in plan["tactics"]["list"]
    ]
    plan["tactics"]["list"] = tactics
    path = tmp_path_factory.mktemp("crowded") / "plan.yaml"
    path.write_text(json.dumps(plan, default=str), encoding="utf-8")  # JSON is YAML without aliases
    found = of_plan(path)
    events = [one.name or one.id for one in found.case.plan.metrics if one.value_event]
    behind = tuple(
        sample.standing(
            LONG,
            "delivers",
            "count",
            Range(300, 420, 520, "amount"),
            Range(24, 36, 55, "amount"),
            tactic=one["id"],
            word="behind",
        )
        for one in tactics
    )
    first, *others = found.review.check.findings
    review = replace(
        found.review, title=LONG, organisation=LONG, answer=f"{LONG}; " * 20, sentences=(f"{LONG} {LONG}",) * 9, bets=behind,
        forecasts=tuple(sample.forecast(f"{LONG} {n}", 122 + n, None if n % 2 else 0.12) for n in range(12)),
        steps=tuple(replace(sample.steps()[0], from_name=LONG, to_name=events[n % len(events)]) for n in range(6)),
        check=replace(found.review.check, findings=(replace(first, waived_by="wv-one"), *others)),
    )  # fmt: skip
    return replace(found, review=review)


@pytest.mark.parametrize("example", ["halden-pumps", "safe-harbour-reading"])
def test_every_example_fits_one_sheet_and_answers_its_four_questions(shared, example):
    page = board_page(of_plan(shared / "examples" / example / "plan.yaml"))
    assert [section.id for section in page.sections] == ["cost", "brought", "stop", "sure"]
    assert all(section.question.endswith("?") and section.answer for section in page.sections)
    assert pages_of(render_pdf(page)) == 1


def test_an_empty_plan_has_a_board_page_that_says_what_is_missing(tmp_path):
    plan = tmp_path / "plan.yaml"
    plan.write_text("plan: {id: p}\nmetrics: [{id: m}]\n")
    page = board_page(of_plan(plan))
    assert page.sections[0].answer == "No tactic has a budget and no source reports spend, so the cost can't be told."
    assert "no bets" in page.sections[3].answer
    assert pages_of(render_pdf(page)) == 1


def test_a_crowded_plan_is_cut_counted_and_still_fits_one_sheet(crowded):
    page = board_page(crowded)
    assert pages_of(render_pdf(page)) == 1
    said = render_md(page)
    count = len(crowded.case.tactics)
    assert len(table(page, "brought", "Tactics").rows) == board.MOST_TACTICS
    assert len(table(page, "brought", "Objectives").rows) == board.MOST_OBJECTIVES
    assert len(table(page, "stop", "Candidates").rows) == board.MOST_STOPS
    assert re.search(rf"Left out here: 8 objectives; {count - board.MOST_TACTICS} tactics with [\d.]+ [kM]EUR; ", said)
    assert "7 remarks" in said
    assert "leadline report -o review.pdf" in said


def test_open_errors_and_waivers_stand_on_the_board_page(crowded):
    check = crowded.review.check
    errors = list(dict.fromkeys(one.name.replace("-", " ") for one in check.shown if one.level == "error"))
    line = board_page(crowded).sections[3].blocks[0].items[0]
    assert errors
    assert all(name in line for name in errors[: board.MOST_KINDS])
    assert not any(one.code in line for one in check.findings)
    assert line.startswith(f"{check.counts['error']} error")
    assert f"; waived: {check.waived[0].name.replace('-', ' ')}." in line


def test_a_sale_is_called_counted_with_its_worth_and_never_caused(crowded):
    said = board_page(crowded).sections[1].answer
    assert said.startswith("Counted: 58 ")
    assert "How many would have come anyway is not known." in said
    assert not re.search(r"\bcaused\b|\bbrought\b|\bproves?\b", said)


def test_what_should_stop_has_money_to_come_and_a_reason(halden, sample):
    assert stops(halden, drift_of(halden)) == []
    search = next(iter(halden.case.tactics))
    parts = dict(halden.review.check.scores.hundred.tactics)
    others = [key for key in parts if key != search]
    parts |= {others[0]: "nothing", others[1]: "attention"}
    hundred = replace(halden.review.check.scores.hundred, tactics=parts)
    check = replace(halden.review.check, scores=replace(halden.review.check.scores, hundred=hundred))
    bet = sample.standing(
        "b",
        "delivers",
        "count",
        Range(300, 420, 520, "amount"),
        Range(24, 36, 55, "amount"),
        tactic=search,
        word="behind",
    )
    told = replace(halden, review=replace(halden.review, check=check, bets=(bet,)))
    found = {one.money.tactic: one for one in stops(told, drift_of(told))}
    money = {one.tactic: one for one in drift_of(told).money.tactics}
    coming = {key for key in (search, *others[:2]) if money[key].planned.total > money[key].due}
    assert set(found) == coming != set()
    if search in found:
        assert found[search].reason == "delivers less than its bet: 36 (24–55) against 420 (300–520) planned (grade C)"
    assert all(one.left == one.money.planned.total - one.money.due > 0 for one in found.values())
    rows = table(board_page(told), "stop", "Candidates").rows
    assert len(rows) == len(found)


def test_a_tactic_that_runs_the_house_is_no_candidate(halden, sample):
    drift = drift_of(halden)
    running = replace(
        drift, money=replace(drift.money, tactics=tuple(replace(one, is_run=True) for one in drift.money.tactics))
    )
    bets = tuple(
        sample.standing(
            "b",
            "delivers",
            "count",
            Range(3, 4, 5, "amount"),
            Range(1, 1, 2, "amount"),
            tactic=one.tactic,
            word="behind",
        )
        for one in drift.money.tactics
    )
    told = replace(halden, review=replace(halden.review, bets=bets))
    assert stops(told, drift)
    assert stops(told, running) == []


def test_the_first_line_answers_the_four_questions_of_the_page_without_a_formula(halden, crowded):
    told = drift_of(crowded).money
    for material_ in (halden, crowded):
        said = board_page(material_).answer
        assert re.fullmatch(r".*planned.*; .* counted; .*stop.*; \d+ of \d+ bets rest on a test\.", said)
        assert "P(" not in said
    left = sum(one.left for one in stops(crowded, drift_of(crowded)))
    assert f"with {told.say(left)} still to come" in board_page(crowded).answer


def test_a_remark_that_fits_is_shown_before_one_that_would_be_cut(halden):
    review = replace(halden.review, sentences=("long " * 60, "short one.", "short two."))
    notes = board.sure(review, []).blocks[0]
    assert notes.items[1:] == ("short one.", "short two.")
