"""A plan edited in a real browser: by keyboard alone, findings as one types, a lost race, undo; each state accessible."""

from __future__ import annotations

import pytest

from leadline.plan.examples import example
from served import serve

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
