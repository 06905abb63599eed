"""Amounts to turn, in a real browser, from a file: what the page reckons is what Python says, by hand and by keyboard."""

from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np
import pytest

from contrast import contrast
from leadline.measure.mix.result import Quantity
from leadline.measure.mix.scenario import change, levers, spent
from leadline.plan.examples import example
from leadline.report.html import render_html
from leadline.report.keeping import keep_pages
from leadline.report.pages.mix import mix_page
from leadline.report.pages.mix_said import changed
from leadline.report.saying import money
from leadline.review.material import material
from leadline.review.mixing import Mixed
from leadline.review.run import Request, review_plan
from leadline.workspace import Workspace
from made_up_mix import made_up_mix
from served import plain, serve

pytestmark = pytest.mark.proof
SETTINGS = [(width, scheme) for width in (320, 1280) for scheme in ("light", "dark")]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Give the address of the page of a made-up mix, one of whose channels has a hostile name."""
    result = made_up_mix()
    named = tuple(
        dataclasses.replace(one, name=HOSTILE if one.name == "search" else one.name) for one in result.channels
    )
    file = tmp_path_factory.mktemp("mix") / "mix.html"
    file.write_text(render_html(mix_page(dataclasses.replace(result, channels=named), name="national.csv")), "utf-8")
    return file.as_uri()


NOW = dt.datetime(2027, 2, 1, tzinfo=dt.UTC).replace(tzinfo=None)
HOSTILE = '"><img src=x onerror=alert(1)>'


@pytest.fixture
def desk(browser, watched, written):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        yield watched(context, written)


def turn(page, places):
    for number, percent in places.items():
        page.locator(f"#lever-{number}").fill(str(percent))


def said(page, selector):
    return plain(page.locator(selector).inner_text())


def test_the_browser_reckons_what_python_says_of_each_and_of_all(desk):
    found = levers(made_up_mix())
    for percents in ((60, 100, 150, 100), (0, 200, 45, 5), (105, 95, 100, 100)):
        turn(desk.page, dict(enumerate(percents, start=1)))
        at = {lever.name: percent / 100 for lever, percent in zip(found, percents, strict=True)}
        for number, lever in enumerate(found, start=1):
            if at[lever.name] != 1:
                alone = plain(changed(change(found, {lever.name: at[lever.name]}), "EUR"))
                assert said(desk.page, f"#lever-{number}-out") == f"revenue {alone}"
        assert said(desk.page, ".together .changed") == plain(changed(change(found, at), "EUR"))
        was, would = spent(found, at)
        assert said(desk.page, ".together .spent").startswith(f"{money(was, 'EUR')} → {money(would, 'EUR')} (")
    assert desk.complaints == []
    assert len(desk.requests) == 1


def test_numbers_are_rounded_and_written_as_everywhere_else(desk):
    draw = np.random.default_rng(8)
    ends = [sorted((draw.normal(draw.normal(), 10 ** draw.uniform(-2, 0.5), 3) * 10 ** draw.uniform(-3, 8)).tolist()) for _ in range(400)]  # fmt: skip
    told = desk.page.evaluate("([ends, units]) => ends.map((one) => units.map((unit) => estimate(one, unit)))", [ends, ["EUR", ""]])  # fmt: skip
    for (low, middle, high), texts in zip(ends, told, strict=True):
        for text, unit in zip(texts, ("EUR", "count"), strict=True):
            assert text == changed(Quantity(0.0, low, middle, high), unit), (low, middle, high)
    amounts = [10 ** draw.uniform(-2, 9) for _ in range(200)]
    assert desk.page.evaluate("amounts => amounts.map((one) => money(one, 'EUR'))", amounts) == [money(one, "EUR") for one in amounts]  # fmt: skip


def test_the_keyboard_turns_an_amount_and_puts_all_back(desk):
    page = desk.page
    page.locator("#lever-1").focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    assert plain(page.locator("#lever-1").get_attribute("aria-valuetext")) == "120 % of what it was: 1.2 MEUR"
    page.keyboard.press("End")
    assert said(page, ".lever .beyond >> nth=0") == "Outside what was seen: a guess."
    assert said(page, ".together .beyond") == "Outside what was seen, a guess: tv."
    while page.evaluate("document.activeElement.tagName") != "BUTTON":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.locator("#lever-1").input_value() == "100"
    assert said(page, ".together .changed") == "no change"
    assert not page.locator(".together .beyond").is_visible()
    assert page.locator(".together .changed").get_attribute("aria-live") == "polite"
    assert page.get_by_role("slider", name="radio + video").input_value() == "100"


def test_a_marker_runs_along_the_middle_of_the_curve_over_the_knob(desk):
    page = desk.page
    for percent in (0, 55, 200):
        turn(page, {1: percent})
        knob, dot = page.evaluate(
            """(percent) => {
              const slider = document.querySelector('#lever-1').getBoundingClientRect();
              const dot = document.querySelector('.lever circle.here').getBoundingClientRect();
              return [slider.left + 8 + (slider.width - 16) * percent / 200, dot.left + dot.width / 2];
            }""",
            percent,
        )
        assert abs(knob - dot) < 1.5


@pytest.mark.parametrize(("width", "scheme"), SETTINGS)
def test_the_sliders_fit_the_window_and_every_text_of_theirs_is_read(browser, watched, written, axe, width, scheme):
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        seen = watched(context, written)
        turn(seen.page, {1: 200, 2: 5})
        wide, window = seen.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= window
        colours = seen.page.evaluate(
            """() => [...document.querySelectorAll('.play p, .play label, .play output, .play button')]
              .filter((one) => one.checkVisibility())
              .map((one) => [getComputedStyle(one).color, getComputedStyle(one.closest('.play')).backgroundColor])"""
        )
        assert len(colours) > 15
        assert min(contrast(*pair) for pair in map(parsed, colours)) >= 4.5
        assert seen.page.locator("#lever-1").bounding_box()["height"] >= (44 if width == 320 else 24)
        found = axe.run(seen.page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in found] == []
        assert seen.complaints == []


def parsed(pair):
    return [tuple(int(part) for part in one[one.index("(") + 1 : -1].split(",")[:3]) for one in pair]


def test_without_a_script_and_on_paper_the_curves_and_the_table_stand_instead(browser, written, desk):
    with browser.new_context(java_script_enabled=False) as context:
        bare = context.new_page()
        bare.goto(written)
        desk.page.emulate_media(media="print")
        for page in (bare, desk.page):
            assert not page.locator(".play").is_visible()
            assert page.locator("#curves figure .wide").is_visible()
            assert page.get_by_role("table", name="What revenue changes").is_visible()
    desk.page.emulate_media(media="screen")
    assert desk.page.locator(".play").is_visible()
    assert not desk.page.locator("#curves figure .wide").is_visible()


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """Give a server over a workspace whose mix was measured; of its pages only this one is kept."""
    workspace = Workspace(tmp_path_factory.mktemp("measured"))
    workspace.plan.write_text(example("tidewater-cycles"), encoding="utf-8")
    told = material(review_plan(workspace.plan, Request(now=lambda: NOW)))
    measured = dataclasses.replace(told, review=dataclasses.replace(told.review, mix=Mixed(made_up_mix())))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("leadline.report.keeping.kept_names", lambda _: [("mix", "Mix"), ("month", "Month")])
        keep_pages(measured, workspace, made_at=NOW)
    with serve(workspace.folder) as running:
        yield running


def test_the_workspace_has_the_same_sliders_under_the_policy_of_its_site(browser, watched, served, inside):
    with browser.new_context(storage_state=inside) as context:
        seen = watched(context, f"{served.base}/show/mix")
        turn(seen.page, {1: 60, 2: 170})
        both = changed(change(levers(made_up_mix()), {"tv": 0.6, "search": 1.7}), "EUR")
        assert said(seen.page, ".together .changed") == plain(both)
        assert not seen.page.locator("#curves figure .wide").is_visible()
        assert [address for address in seen.requests if "/static/play.js?v=" in address]
        seen.page.goto(f"{served.base}/results")
        assert seen.page.get_by_role("link", name="Mix").get_attribute("href") == "/show/mix"
        asked = len(seen.requests)
        seen.page.goto(f"{served.base}/show/month")
        assert not [address for address in seen.requests[asked:] if "play.js" in address]
        assert seen.complaints == []
