"""The board's page as a browser prints it: one sheet of A4 and one of Letter, however much the plan holds."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest
import yaml

from leadline.report.html import render_html
from leadline.report.pages.board import board_page
from leadline.review.material import material
from leadline.review.run import Request, review_plan

pytestmark = pytest.mark.proof
NOW = dt.datetime(2027, 10, 1)  # noqa: DTZ001 - UTC without zone
LONG = "a name that is as long as names become when a committee of nine writes them down together"


@pytest.fixture(params=["as it is", "crowded"])
def board(request, shared, tmp_path):
    """Write the example's board page as HTML: as it is, and with eight times its tactics under long names."""
    path = shared / "examples" / "halden-pumps" / "plan.yaml"
    if request.param == "crowded":
        plan = yaml.safe_load(path.read_text(encoding="utf-8"))
        plan["tactics"]["list"] = [
            {**one, "id": f"{one['id']}-{number}", "name": f"{LONG} {number}", "stop_when": f"{LONG}, {LONG}"}
            for number in range(8)
            for one in plan["tactics"]["list"]
        ]
        path = tmp_path / "plan.yaml"
        path.write_text(json.dumps(plan, default=str), encoding="utf-8")  # JSON is YAML without aliases
    seen = material(review_plan(path, Request(now=lambda: NOW, as_of=dt.date(2027, 6, 30))))
    return render_html(board_page(seen))


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_boards_page_prints_on_one_sheet(browser, board, paper):
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content(board)
        printed = page.pdf(format=paper)
        page.set_content(board.replace(' class="one-sheet"', ""))
        loose = page.pdf(format=paper)
    assert _sheets(printed) == 1
    assert _sheets(loose) > 1  # without its class the same page is longer, so the count can fail


def _sheets(printed: bytes) -> int:
    return max(int(count) for count in re.findall(rb"/Type /Pages\s*/Count (\d+)", printed))
