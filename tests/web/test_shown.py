"""Pages of the report in the browser: what they were made from, their tables as files, and what is not there."""

from __future__ import annotations

import csv
import io
import re
import subprocess

import pytest
from python_calamine import CalamineWorkbook

from leadline.report.keeping import keep_pages
from leadline.review.material import material
from leadline.review.run import Request, review_plan
from leadline.web import filing

KEPT = [("roadmap", "Roadmap by quarter"), ("month", "The month"), ("audit", "Own channels and competitors")]
FORMULA = "=HYPERLINK(0)"


@pytest.fixture
def reviewed(planned, monkeypatch):
    """Give a site whose plan was reviewed, with three pages kept; one of its tactics is called like a formula."""
    plan = planned.workspace.plan
    text = plan.read_text(encoding="utf-8").replace("name: Booking slots and a ready-by board", f"name: '{FORMULA}'")
    plan.write_text(text, encoding="utf-8")
    monkeypatch.setattr("leadline.report.keeping.kept_names", lambda _: KEPT)
    monkeypatch.setattr("leadline.report.keeping.Pen.draw", lambda _, page: page)
    keep_pages(material(review_plan(plan, Request(now=planned.clock))), planned.workspace, made_at=planned.clock())
    return planned


def test_before_the_first_review_pages_say_what_will_stand_there_and_offer_one(planned, enter):
    for path in ("/results", "/show/review", "/show/roadmap"):
        answer = enter(planned).get(path)
        assert answer.status_code == 200
        assert 'action="/review"' in answer.text
    assert enter(planned).get("/show/nowhere").status_code == 404


def test_the_sections_of_a_page_are_written_out_once_while_the_review_stands(reviewed, enter, monkeypatch):
    browser = enter(reviewed)
    first = browser.get("/show/month").text
    monkeypatch.setattr("leadline.web.pages.shown.part", lambda *_, **__: pytest.fail("written again"))
    assert browser.get("/show/month").text == first


def test_every_table_of_a_page_stands_beside_it_as_a_file_that_is_no_formula(reviewed, enter):
    browser = enter(reviewed)
    addresses = re.findall(r'href="(/show/roadmap/tables/[\w-]+\.csv)"', browser.get("/show/roadmap").text)
    assert len(addresses) >= 3
    cells = []
    for address in addresses:
        answer = browser.get(address)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert "attachment" in answer.headers["content-disposition"]
        cells += [cell for row in csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))) for cell in row]
    assert f"'{FORMULA}" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@"))]


def test_a_page_says_when_the_plan_has_moved_on_and_offers_a_review(reviewed, enter):
    browser = enter(reviewed)
    assert 'action="/review"' in browser.get("/show/roadmap").text
    assert "<button>Review now" not in browser.get("/show/roadmap").text
    plan = reviewed.workspace.plan
    plan.write_text(plan.read_text(encoding="utf-8").replace("title: ", "title: Our ", 1), encoding="utf-8")
    text = browser.get("/show/roadmap").text
    assert "an earlier state of the plan" in text
    assert "<button>Review now" in text


@pytest.mark.parametrize(
    "path",
    [
        "/show/money", "/show/roadmap.exe", "/show/roadmap/tables/nix.csv", "/show/..%2Fplan.yaml", "/show/deal:", "/show/tactic:nix",
        "/show/%2e%2e%2fmanifest.json", "/show/roadmap/tables/..%2F..%2Fx.csv", "/show/000.json",
    ],
)  # fmt: skip
def test_what_was_not_kept_is_not_there(reviewed, enter, path):
    assert enter(reviewed).get(path).status_code == 404


def test_a_page_is_taken_along_as_a_file_that_never_speaks_in_the_name_of_this_site(reviewed, enter):
    answer = enter(reviewed).get("/show/month.md")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="month.md"'
    assert "What has to be decided this month?" in answer.text
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_file_on_paper_is_made_in_a_process_of_its_own_and_says_what_kept_it_from_being_made(
    reviewed, enter, monkeypatch
):
    browser = enter(reviewed)
    answer = browser.get("/show/month.xlsx")
    assert "What has to be decided this month?" in str(
        CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    )
    made = []
    monkeypatch.setattr(
        filing.subprocess,
        "run",
        lambda *how, **more: (
            made.append(how)
            or subprocess.CompletedProcess(how, filing.REFUSED, b"The engine is absent.", b"warning: a font")
        ),
    )
    answer = browser.get("/show/month.pdf")
    assert (answer.status_code, len(made)) == (422, 1)
    assert "The engine is absent." in answer.text
    assert "a font" not in answer.text


def test_results_lead_to_the_pages_that_are_there_with_their_answers(reviewed, enter):
    text = enter(reviewed).get("/results").text
    assert 'href="/show/audit"' in text
    assert 'href="/show/bridge"' not in text
