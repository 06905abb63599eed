"""Decisions, exceptions and reviewed links from the browser: written as the verbs write them, and never over somebody else."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest

from leadline.plan.history import History
from leadline.plan.source import read_plan
from leadline.web.judging import judged

DECISION = {"about": "w-plans", "choice": "fix", "reason": "calls came late", "by": "olive", "date": "2026-11-22"}
WAIVER = {
    "code": "BUD002", "target": "fix", "reason": "One town, one paper", "approved_by": "olive", "expires": "2027-12-31",
}  # fmt: skip


def plan_of(site):
    return read_plan(site.workspace.plan).plan


def version_of(site):
    return site.plan.now().version


def elsewhere(site):
    """Change the plan as an editor would."""
    file = site.workspace.plan
    file.write_text(file.read_text(encoding="utf-8").replace("title: ", "title: Our ", 1), encoding="utf-8")


def test_a_decision_stands_in_the_plan_and_in_its_history(planned, enter):
    answer = enter(planned).post("/control/decide", data={**DECISION, "version": version_of(planned)})
    assert (answer.status_code, answer.headers["location"]) == (303, "/control#decisions")
    made = plan_of(planned).control.decisions[-1]
    assert (made.choice, made.by, made.date, made.about) == ("fix", "olive", dt.date(2026, 11, 22), ("w-plans",))
    assert made.reason == "calls came late"
    (entry,) = History(planned.workspace).read().entries
    assert "w-plans" in entry.saying.elements


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"choice": ""}, "Nothing was chosen"), ({"by": ""}, "Nobody decided"), ({"by": "nobody-here"}, "Nearest"),
        ({"date": "tomorrow"}, "Not a day"), ({"date": "2031-01-01"}, "last day that can be named"), ({"about": "w-nix"}, "Nearest"),
    ],
)  # fmt: skip
def test_a_decision_that_says_too_little_is_refused_and_what_was_typed_stays(planned, enter, changed, told):
    before = planned.workspace.plan.read_bytes()
    answer = enter(planned).post("/control/decide", data={**DECISION, **changed, "version": version_of(planned)})
    assert answer.status_code == 422
    assert told in unescape(answer.text)
    assert "calls came late" in answer.text
    assert planned.workspace.plan.read_bytes() == before


@pytest.mark.parametrize(("path", "form"), [("/control/decide", DECISION), ("/control/waive", WAIVER)])
def test_a_lost_race_writes_nothing_and_shows_what_was_typed_beside_what_stands_now(planned, enter, path, form):
    browser, version = enter(planned), version_of(planned)
    elsewhere(planned)
    before = planned.workspace.plan.read_bytes()
    answer = browser.post(path, data={**form, "version": version})
    assert answer.status_code == 409
    assert planned.workspace.plan.read_bytes() == before
    assert form["reason"] in answer.text
    again = re.search(r'name="version" value="(\w+)"', answer.text)[1]
    assert again == version_of(planned) != version
    assert browser.post(path, data={**form, "version": again}).status_code == 303


def test_an_exception_is_written_with_reason_person_and_end_and_ends_by_a_click(planned, enter):
    browser = enter(planned)
    assert browser.post("/control/waive", data={**WAIVER, "version": version_of(planned)}).status_code == 303
    (made,) = plan_of(planned).control.waivers
    assert (made.code, made.target, made.approved_by) == ("BUD002", "fix", "olive")
    assert "One town, one paper" in browser.get("/control").text
    stale = {"waiver": made.id, "version": "0" * 16}
    assert browser.post("/control/end", data=stale).status_code == 303
    assert plan_of(planned).control.waivers
    assert browser.post("/control/end", data={**stale, "version": version_of(planned)}).status_code == 303
    assert not plan_of(planned).control.waivers


@pytest.mark.parametrize(
    "changed", [{"reason": " "}, {"approved_by": ""}, {"expires": ""}, {"expires": "2020-01-01"}, {"code": "TPM004"}, {"target": "nix"}]
)  # fmt: skip
def test_an_exception_that_would_suppress_nothing_is_not_written(planned, enter, changed):
    before = planned.workspace.plan.read_bytes()
    answer = enter(planned).post("/control/waive", data={**WAIVER, **changed, "version": version_of(planned)})
    assert answer.status_code == 422
    assert planned.workspace.plan.read_bytes() == before


def test_a_suspect_link_is_shown_with_what_changed_until_somebody_says_that_it_holds(planned, enter):
    browser = enter(planned)
    by = {"element": "fix", "by": "olive"}
    assert browser.post("/control/hold", data={**by, "version": version_of(planned)}).status_code == 303
    assert planned.workspace.fingerprints.exists()
    assert not judged(planned).case.suspect_links
    text = planned.workspace.plan.read_text(encoding="utf-8")
    at = text.index("id: collect-2027")
    moved = re.sub(r"(target: \{[^}]*value: )(\d+)", lambda found: f"{found[1]}{int(found[2]) + 3}", text[at:], count=1)
    planned.workspace.plan.write_text(text[:at] + moved, encoding="utf-8")
    assert judged(planned).case.suspect_links
    page = unescape(browser.get("/control").text)
    assert "target: " in page
    assert "→" in page
    assert browser.post("/control/hold", data={**by, "version": "0" * 16}).status_code == 303
    assert judged(planned).case.suspect_links  # the plan was another one when that was said
    assert browser.post("/control/hold", data={**by, "version": version_of(planned)}).status_code == 303
    assert not judged(planned).case.suspect_links
    assert [entry.saying.elements for entry in History(planned.workspace).read().entries] == [("fix",), ("fix",)]


def test_what_somebody_wrote_is_text_wherever_it_is_shown_again(planned, enter):
    nasty = "<img src=x onerror=alert(1)>"
    browser = enter(planned)
    form = {**DECISION, "reason": nasty, "other": nasty, "question": nasty, "version": version_of(planned)}
    assert browser.post("/control/decide", data=form).status_code == 303
    assert plan_of(planned).control.decisions[-1].reason == nasty
    for path in ("/control", "/control/decide?about=w-plans", f"/control/waive?code={nasty}&target={nasty}"):
        assert nasty not in browser.get(path).text
    assert nasty not in browser.post("/control/decide", data={**form, "version": "x"}).text


def test_the_monthly_page_has_five_lines_and_one_decision(planned, enter):
    text = enter(planned).get("/control/month").text
    assert len(re.findall(r"<dt>", text)) == 5
    assert 'href="/interview/review-month"' in text
