"""What a reader would stumble over on paper: said twice, cut where it matters, a forecast of what is past."""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.decide.standing import Range
from leadline.report.blocks import Empty
from leadline.report.lettering import wrap_ends
from leadline.report.pages.registry import kept_names, lay_out
from leadline.report.pictures.bets import belief
from leadline.report.pictures.depth import Band, DepthLine
from leadline.review.material import material
from leadline.review.run import Request, review_plan

NOW = dt.datetime(2027, 10, 1)  # noqa: DTZ001 - UTC without zone


@pytest.mark.parametrize("example", ["halden-pumps", "tidewater-cycles"])
def test_no_page_says_its_title_or_its_answer_a_second_time(shared, example):
    seen = material(review_plan(shared / "examples" / example / "plan.yaml", Request(now=lambda: NOW)))
    for name, _ in kept_names(seen):
        page = lay_out(name, seen)
        for section in page.sections:
            assert section.question != page.title, (name, section.id)
            nothing_yet = [type(block) for block in section.blocks] == [Empty]
            assert nothing_yet or section.answer != page.answer, (name, section.id)


def test_a_target_whose_day_is_past_has_no_forecast_in_any_form():
    reached = tuple((dt.date(2027, 4, day), float(day)) for day in (4, 11, 18, 25))
    band = Band(dt.date(2027, 9, 30), 12.8, 12.8, 12.8, 12.8, 12.8)
    line = DepthLine("reply", "h", 2.0, dt.date(2027, 4, 30), dt.date(2027, 9, 30), (band,), reached, p=0.0)
    assert line.sentence() == "reply: 2 h by 30 Apr 2027: missed, it was 12.8 h."
    assert [one.name for one in line.native()[0].series] == ["so far", "plan"]
    assert all(row["p50"] is None for row in line.table())


def test_names_that_differ_at_their_end_differ_when_cut():
    step = "Enquiries with a named plant → Sales-qualified opportunities opened since 2027-01-01"
    cut = {wrap_ends(f"{step}, {what}", 184, lines=3) for what in ("rate", "lag", "rate, Live rig at the spring fair")}
    assert len(cut) == 3
    assert {len(lines) for lines in cut} == {3}


def test_an_interval_below_zero_is_no_row_of_dashes():
    assert belief(Range(-18.0, -17.2, -15.0, "amount"), "h") == "−17.2 h (−18 to −15)"
