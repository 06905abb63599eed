"""The web app without a mouse: everything is reached, seen when it has the focus, left again; and nothing runs sideways."""

from __future__ import annotations

import pytest

from leadline.plan.examples import example
from served import serve

pytestmark = pytest.mark.proof
ADDRESSES = (
    "/", "/start", "/plan/tactics/fix", "/plan/new/tactic", "/maps/strategy", "/control/waive", "/interview/ladder",
)  # fmt: skip
RING = 2  # px, WCAG 2.4.13 and style.md 2.8
# What a person may want to reach; of a group of radio buttons one.
REACHABLE = """() => {
  const all = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')];
  const groups = new Set();
  return all.filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.disabled && one.type !== 'hidden').filter((one) => {
    if (one.type !== 'radio') return true;
    const seen = groups.has(one.name);
    groups.add(one.name);
    return !seen;
  }).filter((one) => !('reached' in one.dataset)).map((one) => one.outerHTML.slice(0, 120));
}"""
# Marks what has the focus and says how it is seen: its ring, and whether anything else lies over its middle.
FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const within = one.dataset.reached === 'last';  // a field for a day has several stops, drawn by the browser
  const again = 'reached' in one.dataset && !within;
  for (const other of document.querySelectorAll('[data-reached=last]')) other.dataset.reached = '';
  one.dataset.reached = 'last';
  if (one.type === 'radio') for (const other of document.getElementsByName(one.name)) other.dataset.reached = '';
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const bar = document.querySelector('.keep');
  const over = bar && !bar.contains(one) ? bar.getBoundingClientRect() : null;
  return {again, within, what: one.outerHTML.slice(0, 120), ring: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    inside: box.bottom > 0 && box.top < innerHeight, covered: !!over && box.height < over.top && box.bottom > over.top + 1 && box.top < over.bottom - 1};
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keyboard")
    (folder / "plan.yaml").write_text(example("tidewater-cycles"), encoding="utf-8")
    with serve(folder) as running:
        yield running


@pytest.fixture(scope="module")
def page(browser, inside):
    with browser.new_context(viewport={"width": 1280, "height": 800}, storage_state=inside) as context:
        yield context.new_page()


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_tabulator_reaches_everything_shows_where_it_is_and_leaves_again(page, served, address):
    page.goto(served.base + address)
    page.evaluate("document.activeElement.blur()")
    met = []
    for _ in range(400):
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        if now is None or now["again"]:
            break
        if not now["within"]:
            met.append(now)
    else:
        raise AssertionError("the tabulator never came round")
    assert met
    assert [one["what"] for one in met if one["ring"] < RING] == []
    assert [one["what"] for one in met if not one["inside"] or one["covered"]] == []
    assert page.evaluate(REACHABLE) == []


def test_the_first_stop_skips_the_navigation(page, served):
    page.goto(served.base + "/plan")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_escape_closes_what_is_open_and_gives_the_focus_back(page, served):
    page.goto(served.base + "/plan/tactics/fix")
    page.focus("#seldom > summary")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#seldom .element-fields') !== null")
    page.keyboard.press("Escape")
    assert not page.evaluate("document.getElementById('seldom').open")
    assert page.evaluate("document.activeElement.matches('#seldom > summary')")


def test_the_focus_goes_on_to_the_next_question_and_the_console_stays_silent(browser, inside, served, watched):
    with browser.new_context(storage_state=inside) as context:
        seen = watched(context, served.base + "/interview/ladder")
        seen.page.fill("input[name=line]", "a podcast")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector("#q-ladder-who-line:focus")
        assert seen.complaints == []


@pytest.mark.parametrize("width", [320, 640])
def test_no_page_runs_sideways_on_a_small_screen_or_at_twice_the_size(browser, inside, served, width):
    with browser.new_context(viewport={"width": width, "height": 700}, storage_state=inside) as context:
        page = context.new_page()
        wide = []
        for address in ADDRESSES:
            page.goto(served.base + address)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                wide.append(address)
        assert wide == []
