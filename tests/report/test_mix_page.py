"""The page of a mix: the answer first, what cannot be told beside what can, and no number where nothing settled."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import re

import pytest

from leadline.report.blocks import Picture
from leadline.report.html import play_script, render_html
from leadline.report.md import render_md
from leadline.report.pages.mix import STANDING, lift, mix_page
from leadline.report.pages.review import review_page
from leadline.review.mixing import Mixed
from made_up_mix import made_up_mix, made_up_validity, unsettled_mix


def test_the_page_answers_first_and_then_says_what_cannot_be_told():
    result = made_up_mix()
    page = mix_page(result, name="national.csv", validity=made_up_validity())
    assert page.answer == result.sentence()
    assert [section.id for section in page.sections] == [
        "returns",
        "untold",
        "curves",
        "parts",
        "sure",
        "caveats",
        "appendix",
    ]
    told = render_md(page)
    assert "The numbers of video and radio can't be told on their own." in told
    assert "What would tell: a test that switches radio off in some regions" in told
    assert "| radio + video | 200 kEUR | 260 kEUR (187–361) | 1.3 (0.9–1.8) |" in told
    assert all(text in told for text in (*STANDING, "A refit did not settle.", "off by 8.2 % on average"))
    assert "| geo tv | tv |" in told
    assert "| refresh | mean change of returns | 0.14 | at most 0.1 | no |" in told


def test_a_channel_that_cannot_be_told_has_no_row_of_its_own_but_in_the_appendix():
    page = mix_page(made_up_mix(), name="national.csv")
    tables = {name: table for name, table in page.tables().items() if name != "appendix"}
    assert not [name for name, table in tables.items() for row in table.rows if row[0] in {"radio", "video"}]


def test_where_nothing_settled_no_number_is_on_the_page():
    told = render_md(mix_page(unsettled_mix(), name="national.csv"))
    assert "Chains that start apart have to end alike." in told
    assert not re.search(r"EUR|R-hat of tv alpha is 1.2.*brought", told)
    assert "| tv | paid | roi | 1.2 (0.3–5.4) | – | – | – |" in told  # what was assumed is no result


def test_every_picture_has_its_numbers_and_the_grade():
    page = mix_page(made_up_mix(), name="national.csv")
    pictures = [block for section in page.sections for block in section.blocks if isinstance(block, Picture)]
    assert len(pictures) == 4
    assert all(one.table is not None and one.table.rows and "grade C" in one.source for one in pictures)


def test_a_baseline_below_zero_and_a_mix_without_holdout_are_said():
    odd = dataclasses.replace(made_up_mix(), baseline_negative=0.3, holdout=None, method="instant")
    page = mix_page(odd, name="national.csv")
    assert page.beside[1] == "That revenue without marketing is below zero is rather not (30 %)."
    assert "quick estimate" in page.under
    sure = next(one for one in page.sections if one.id == "sure").answer
    assert "only a fit that keeps some apart would tell" in sure
    assert "--" not in render_md(page).replace("---", "")  # a page names no option of a command


def test_what_the_data_cannot_tell_of_marketing_stands_nowhere_on_the_page():
    page = mix_page(dataclasses.replace(made_up_mix(), all_told=False, baseline_negative=0.3), name="national.csv")
    told = render_md(page)
    assert page.beside == ()
    assert "What all channels brought together can't be told." in page.answer
    assert not re.search(
        r"together made|Marketing made|Without marketing it|without marketing \|", told.split("## How sure")[0]
    )


def test_leads_of_three_capitals_are_counted_and_not_paid_in():
    page = mix_page(dataclasses.replace(made_up_mix(), kpi="MQL", contribution_unit="MQL"), name="national.csv")
    assert "kMQL" not in render_md(page)
    assert "MMQL" not in render_md(page)


@pytest.mark.slow
def test_the_page_is_one_file_that_asks_for_nothing():
    written = render_html(mix_page(made_up_mix(), name='<img src="x">.csv'))
    digest = base64.b64encode(hashlib.sha256(play_script().encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'; base-uri 'none'" in written  # the one script, and no other
    assert written.count("<script") == 1
    assert "&lt;img src=" in written
    assert written.count("<svg") == 8 + 4  # four pictures, each wide and narrow, and the curve of each slider
    assert "script-src" not in render_html(mix_page(unsettled_mix(), name="national.csv"))  # nothing to turn


def test_a_review_tells_the_lift_beside_the_credit_once_it_was_measured(review):
    measured = dataclasses.replace(review, mix=Mixed(made_up_mix()))
    without, told = ([section.id for section in review_page(one).sections] for one in (review, measured))
    assert "lift" not in without
    assert told[told.index("credit") + 1] == "lift"
    section = next(one for one in review_page(measured).sections if one.id == "lift")
    assert section.answer == made_up_mix().sentence()
    assert section.known_from[0].startswith("Lift, estimated by a model")
    assert any("radio can't be told apart from video" in one for one in section.known_from)
    unsettled = lift(unsettled_mix())
    assert unsettled.question == section.question
    assert not any(isinstance(block, Picture) for block in unsettled.blocks)
