"""Every page of the web app in a real browser over the sample company: quiet, small, accessible, readable without scripts.

Accessibility by axe-core (Deque), the rules of WCAG 2.0 to 2.2 at levels A and AA and its best practices; widths 390
(a telephone) and 1280 (a desk), in the light and in the dark.
"""

from __future__ import annotations

import datetime as dt

import pytest

from leadline.report.kept import keep_pages
from leadline.review.material import material
from leadline.review.run import Request, review
from leadline.web.texts import read_texts
from leadline.workspace import Workspace
from served import ADDRESSES, serve

pytestmark = pytest.mark.proof
SETTINGS = ((1280, "light"), (390, "dark"))  # each width and each scheme once
NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC).replace(tzinfo=None)
PAGE_BYTES = 300_000  # issue 4: HTML, CSS and script of a page, charts included


@pytest.fixture(scope="module")
def served(demo_workspace, tmp_path_factory):
    workspace = Workspace(demo_workspace.copy(tmp_path_factory.mktemp("served") / "demo"))
    told = material(review(workspace, Request(now=lambda: NOW)), workspace)
    keep_pages(told, workspace, made_at=NOW)
    with serve(workspace.folder) as running:
        yield running


@pytest.fixture(scope="module", params=SETTINGS, ids=lambda setting: f"{setting[0]}-{setting[1]}")
def window(request, browser, inside):
    width, scheme = request.param
    with browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, storage_state=inside, reduced_motion="reduce"
    ) as context:
        yield context


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_accessible_quiet_and_never_scrolls_sideways(window, served, watched, axe, address):
    seen = watched(window)
    try:
        answer = seen.page.goto(served.base + address)
        assert answer.status == (404 if address == "/nowhere" else 200)
        wide, narrow = seen.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        assert wide <= narrow
        found = axe.run(seen.page, options={"resultTypes": ["violations"]}).response["violations"]
        assert [(one["id"], one["help"], [node["target"] for node in one["nodes"]][:3]) for one in found] == []
        assert all(url.startswith((served.base, "data:")) for url in seen.requests)
        assert [one for one in seen.complaints if "404" not in one] == []
    finally:
        seen.page.close()


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_is_small_and_readable_without_scripts(browser, inside, served, address):
    with browser.new_context(java_script_enabled=False, storage_state=inside) as context:
        page = context.new_page()
        taken = []
        page.on("response", lambda response: taken.append(len(response.body())))
        page.goto(served.base + address)
        scripts = sum(
            len(context.request.get(served.base + one.get_attribute("src")).body())
            for one in page.locator("script[src]").all()
        )
        assert sum(taken) + scripts <= PAGE_BYTES
        assert page.locator("h1").count() == 1
        assert read_texts()("shown.unreviewed") not in page.locator("main").inner_text()
