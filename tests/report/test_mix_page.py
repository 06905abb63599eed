"""The page of a mix: the answer first, what cannot be told beside what can, and no number where nothing settled."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import html
import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from leadline.report.blocks import Page, Picture
from leadline.report.html import play_script, render_html
from leadline.report.kept import PAGE_SHAPES, shown_page
from leadline.report.md import render_md
from leadline.report.pages.mix import STANDING, lift, mix_page
from leadline.report.pages.registry import lay_out
from leadline.report.pages.review import review_page
from leadline.review.mixing import OUT_OF_DATE, Mixed
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
    assert f"script-src 'sha256-{digest}'; base-uri 'none'" in html.unescape(written)  # the one script, and no other
    assert written.count("<script") == 1
    assert "&lt;img src=" in written
    assert written.count("<svg") == 8 + 4  # four pictures, each wide and narrow, and the curve of each slider
    assert "script-src" not in render_html(mix_page(unsettled_mix(), name="national.csv"))  # nothing to turn


def sliders_of(page):
    section = next(one for one in page.sections if one.id == "curves")
    play = section.blocks[0].play
    return section, () if play is None else play.sliders


def unfolded(slider):
    shapes = np.frombuffer(base64.b64decode(slider.shapes), "<i2").reshape(-1, 41).astype(int)
    weights = np.frombuffer(base64.b64decode(slider.weights), "<i2").reshape(-1, len(shapes)).astype(int)
    return weights @ shapes * slider.step


def test_the_table_of_changes_tells_what_the_sliders_reckon_with():
    result = made_up_mix()
    section, sliders = sliders_of(mix_page(result, name="national.csv"))
    table = section.blocks[1]
    whole = [unfolded(one) for one in sliders]
    for place, share in ((1, 0.5), (2, 0.8), (3, 1.2), (4, 1.5)):
        moved = [one[:, round(20 * share)] for one in whole]
        for row, drawn in zip(table.rows, (*moved, sum(moved)), strict=True):
            told = row[place]
            assert (told.low, told.value, told.high) == pytest.approx(tuple(np.quantile(drawn, (0.05, 0.5, 0.95))))
    assert [row[0] for row in table.rows] == [
        "tv (1 MEUR)", "search (200 kEUR; 60 % assumed)", "radio + video (200 kEUR; only together)", "letters", "all of these at once (1.4 MEUR)",
    ]  # fmt: skip
    assert all(row[1].startswith("−") and row[4].startswith("+") for row in table.rows)
    assert not any(str(cell).endswith("?") for row in table.rows for cell in row)  # seen up to 1.5 times


def test_what_leans_on_what_was_assumed_says_so_at_its_slider_and_what_cannot_be_told_has_none():
    result = made_up_mix()
    alone = tuple(dataclasses.replace(one, told=None) for one in result.channels)
    section, sliders = sliders_of(mix_page(dataclasses.replace(result, channels=alone), name="national.csv"))
    said = {one.name: one.said for one in sliders}
    assert list(said) == ["tv", "search", "letters"]
    assert said["tv"] == ""
    assert said["search"].startswith("What it brought is no measurement yet: what was assumed beforehand")
    assert any(text.startswith("radio has no curve: the data can't tell what it brought (it moves with video") for text in section.known_from)  # fmt: skip


def test_a_change_beyond_what_was_seen_is_questioned():
    short = tuple(
        dataclasses.replace(one, curve=dataclasses.replace(one.curve, seen_to=1.4)) if one.name == "tv" else one
        for one in made_up_mix().channels
    )
    section, _ = sliders_of(mix_page(dataclasses.replace(made_up_mix(), channels=short), name="national.csv"))
    marked = [(row[0], at) for row in section.blocks[1].rows for at, cell in enumerate(row) if cell.endswith("?")]
    assert marked == [("tv (1 MEUR)", 4), ("all of these at once (1.4 MEUR)", 4)]
    assert section.blocks[1].caption.endswith("less or more; ?: outside what was seen")


def test_where_effects_multiply_the_changes_of_several_are_not_added_up():
    section, sliders = sliders_of(mix_page(dataclasses.replace(made_up_mix(), link="log"), name="national.csv"))
    assert len(sliders) == len(section.blocks[1].rows) == 3
    assert "together is not the sum" in section.blocks[1].note
    assert not section.blocks[0].play.adds_up


def test_a_result_that_kept_no_draws_has_its_curves_and_says_why_nothing_can_be_turned():
    bare = dataclasses.replace(made_up_mix().bank, curves=np.zeros((0, 0, 0)))
    section, sliders = sliders_of(mix_page(dataclasses.replace(made_up_mix(), bank=bare), name="national.csv"))
    assert sliders == ()
    assert len(section.blocks) == 1
    assert any("kept no draws" in text for text in section.known_from)


def test_sliders_come_back_from_a_kept_page_but_not_with_a_foreign_drawing():
    page = mix_page(made_up_mix(), name="national.csv")
    told = PAGE_SHAPES.read(json.loads(json.dumps(PAGE_SHAPES.write(page, Page))), Page)
    assert sliders_of(shown_page(told))[1] == sliders_of(page)[1]
    section, sliders = sliders_of(told)
    evil = dataclasses.replace(sliders[0], drawing=sliders[0].drawing.replace("</svg>", "<script>1</script></svg>"))
    play = dataclasses.replace(section.blocks[0].play, sliders=(evil, *sliders[1:]))
    foreign = dataclasses.replace(section, blocks=(dataclasses.replace(section.blocks[0], play=play),))
    with pytest.raises(ValueError, match="kept drawing"):
        shown_page(dataclasses.replace(told, sections=(foreign,)))


def test_a_workspace_has_the_same_page_once_its_mix_was_measured(review):
    def laid(mixed):
        return lay_out("mix", SimpleNamespace(review=dataclasses.replace(review, mix=mixed)))

    page, alone = (
        laid(Mixed(made_up_mix(), notes=("one test of the plan is not finished",))),
        mix_page(made_up_mix(), name="x"),
    )
    assert page.sections[:-1] == alone.sections
    assert (page.title, page.answer) == (alone.title, alone.answer)
    assert page.beside[0] == "60 weeks · totals from 5 Jan 2026 to 22 Feb 2027"
    assert page.beside[-1] == "one test of the plan is not finished"
    never, refused = laid(Mixed()), laid(Mixed(why=OUT_OF_DATE))
    assert never.answer == "Nobody has measured it yet."
    assert never.sections[0].blocks[0].step == "Run leadline measure mix to measure it."
    assert (refused.answer, refused.sections[0].blocks[0].step) == (OUT_OF_DATE, "")


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
