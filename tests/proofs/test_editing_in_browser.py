"""A plan edited in a real browser: by keyboard alone, findings as one types, a lost race, undo; each state accessible."""

from __future__ import annotations

import re

import pytest

from leadline.plan.examples import example
from served import plain, serve

pytestmark = pytest.mark.proof
ADDRESS = "/plan/tactics/fix"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("edited")
    (folder / "plan.yaml").write_text(example("tidewater-cycles"), encoding="utf-8")
    with serve(folder) as running:
        running.plan = folder / "plan.yaml"
        yield running


@pytest.fixture
def seen(browser, inside, watched):
    with browser.new_context(viewport={"width": 1280, "height": 900}, storage_state=inside) as context:
        yield watched(context)


@pytest.fixture(scope="module")
def faults():
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="AXE IS ABSENT: make proofs installs it"
    ).Axe()

    def found(page):
        told = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        return [(one["id"], [node["target"] for node in one["nodes"]][:3]) for one in told]

    return found


def focus_on(page, identity):
    """Go on by the tabulator until a control has the focus, as a person without a mouse does."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == identity:
            box = page.locator(f"#{identity}").bounding_box()
            bar = page.locator(".keep").bounding_box()
            assert box["y"] + box["height"] <= bar["y"] + 1 or bar["y"] + bar["height"] <= box["y"]
            return
    raise AssertionError(f"{identity} was not reached by keyboard")


def test_a_field_is_mended_by_keyboard_with_its_findings_beside_it_and_taken_back(served, seen, faults):
    page, before = seen.page, served.plan.read_text()
    page.goto(served.base + ADDRESS)
    focus_on(page, "f-budget")
    focus_on(page, "f-hours")
    page.keyboard.press("Control+a")
    page.keyboard.type("lots")
    page.wait_for_selector("#f-hours-says .field-error")
    assert "is not a quantity" in page.inner_text("#f-hours-says")
    assert page.get_attribute("#f-hours", "aria-describedby").split()[-1] == "f-hours-says"
    page.keyboard.press("Enter")
    page.wait_for_selector(".summary[role=alert]")
    assert served.plan.read_text() == before
    assert faults(page) == []
    page.click(".summary a")
    assert page.evaluate("document.activeElement.id") == "f-hours"
    page.fill("#f-hours", "31 h")
    page.wait_for_selector("#f-hours-says:empty", state="attached")
    page.keyboard.press("Enter")
    page.wait_for_selector(".moved")
    assert served.plan.read_text() == before.replace("hours: 20 h\n", "hours: 31 h\n", 1)
    assert faults(page) == []
    page.click("#edits button")
    page.wait_for_url("**/plan/history?done=*")
    assert served.plan.read_text() == before
    assert faults(page) == []
    assert [one for one in seen.complaints if "422" not in one] == []
    assert all(url.startswith(served.base) for url in seen.requests)


def test_a_lost_race_shows_both_texts_side_by_side(served, seen, faults):
    page, before = seen.page, served.plan.read_text()
    page.goto(served.base + ADDRESS)
    served.plan.write_text(before.replace("budget: 6 kGBP", "budget: 8 kGBP", 1))
    page.fill("#f-budget", "7 kGBP")
    page.click(".keep button")
    page.wait_for_selector(".summary table")
    row = page.locator(".summary tbody tr").inner_text().replace("\N{NO-BREAK SPACE}", " ").split("\t")
    assert [text.strip() for text in row] == ["Budget", "6 kGBP", "8 kGBP", "7 kGBP"]
    assert "budget: 8 kGBP" in served.plan.read_text()
    assert faults(page) == []
    page.click(".keep button")
    page.wait_for_selector(".moved")
    assert "budget: 7 kGBP" in served.plan.read_text()
    assert [one for one in seen.complaints if "409" not in one] == []


def test_what_others_wrote_is_kept_by_one_click_and_what_was_typed_is_let_go(served, seen):
    page, before = seen.page, served.plan.read_text()
    page.goto(served.base + ADDRESS)
    theirs = before.replace("hours: 20 h\n", "hours: 24 h\n", 1)
    served.plan.write_text(theirs)
    page.fill("#f-hours", "31 h")
    page.click(".keep button")
    page.get_by_role("link", name="Keep theirs").click()
    page.wait_for_selector(".summary", state="detached")
    assert page.input_value("#f-hours") == "24 h"
    assert served.plan.read_text() == theirs
    served.plan.write_text(before)
    assert [one for one in seen.complaints if "409" not in one] == []


def test_of_two_edits_the_first_is_taken_back_and_the_second_stands(served, seen, faults):
    page, before = seen.page, served.plan.read_text()
    for field, value in (("#f-hours", "31 h"), ("#f-name", "Repairs by the river")):
        page.goto(served.base + ADDRESS)
        page.fill(field, value)
        page.click(".keep button")
        page.wait_for_selector(".moved")
    page.goto(f"{served.base}/plan/history")
    first = page.get_by_role("heading", name="fix: hours 20 h → 31 h", exact=True)
    page.locator(".edits li").filter(has=first).first.get_by_role("button").click()
    page.wait_for_url("**/plan/history?done=*")
    after = served.plan.read_text()
    assert "hours: 31 h" not in after
    assert "Repairs by the river" in after
    assert faults(page) == []
    page.goto(served.base + ADDRESS)
    page.locator("#edits li").filter(has_text="Repairs by the river").get_by_role("button").click()
    page.wait_for_url("**/plan/history?done=*")
    assert served.plan.read_text() == before
    assert seen.complaints == []


def test_an_element_is_taken_out_and_taken_back_and_a_word_about_it_is_closed(served, seen, faults):
    page, before = seen.page, served.plan.read_text()
    page.goto(f"{served.base}/plan/new/tactic")
    page.fill("#f-name", "Window display")
    page.locator("form.element button.primary, form button.primary").first.click()
    page.wait_for_url("**/plan/tactics/window-display?done=*")
    page.fill("#say", "Who lights it?")
    page.locator("#comments > form button").click()
    page.wait_for_selector(".comments li")
    page.get_by_role("button", name="Dealt with").click()
    page.wait_for_selector(".comments li form", state="detached")
    assert "dealt with" in page.inner_text(".comments li").lower()
    written = served.plan.read_text()
    page.locator("#more details").last.locator("summary").click()
    page.locator("#more details").last.locator("button").click()
    page.wait_for_url("**/plan?done=*")
    assert "window-display" not in served.plan.read_text()
    page.goto(f"{served.base}/plan/history")
    page.get_by_role("button", name="window-display").first.click()
    page.wait_for_url("**/plan/history?done=*")
    assert served.plan.read_text() == written
    page.goto(f"{served.base}/plan/tactics/window-display")
    assert page.locator(".comments li").count() == 1
    assert faults(page) == []
    served.plan.write_text(before)
    assert seen.complaints == []


def test_links_in_doubt_are_said_to_hold_by_one_click(served, seen, faults):
    page, before = seen.page, served.plan.read_text()
    page.goto(served.base + ADDRESS)
    version = page.locator("input[name=version]").first.get_attribute("value")
    own = {"origin": served.base, "sec-fetch-site": "same-origin"}
    stamped = page.request.post(
        f"{served.base}/control/hold", form={"element": "fix", "by": "olive", "version": version}, headers=own
    )
    assert stamped.ok
    head, named, rest = served.plan.read_text().partition("id: collect-2027")
    served.plan.write_text(head + named + re.sub(r"(target: \{[^}]*value: )\d+", r"\g<1>77", rest, count=1))
    page.goto(f"{served.base}/control")
    form = page.locator("form.suspect")
    assert form.count() == 1
    assert "→ 77" in plain(form.inner_text())
    assert faults(page) == []
    form.locator("select[name=by]").select_option("olive")
    form.get_by_role("button", name="Still holds: ").click()
    page.wait_for_selector("form.suspect", state="detached")
    assert seen.complaints == []
    served.plan.write_text(before)
