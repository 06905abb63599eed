"""The page of who is one person: what waits is decided, what was joined is undone, and nobody is named."""

from __future__ import annotations

import datetime as dt
import json
import re

import pytest

from leadline.evidence import ledgers
from leadline.evidence.import_jobs import Setup
from leadline.evidence.imports import import_files
from leadline.evidence.plan_facts import PlanFacts
from leadline.evidence.privacy import Key
from leadline.evidence.store import open_store
from leadline.evidence.who import who_is_one
from leadline.web.pages.jobs import jobs_of

HEADER = "Record ID,First Name,Last Name,Email,Phone Number,Create Date,Lifecycle Stage\n"
# One person twice, under one telephone: a guard holds the second record back.
TWICE = HEADER + (
    "1,Eva,Klein,eva@halden.example,+49 170 5550001,2026-03-01 09:00,lead\n"
    "2,Ewa,Klein,ewa.k@halden.example,+49 170 5550001,2026-03-02 09:00,lead\n"
)
NAMED = ("Eva", "Klein", "halden.example", "5550001")


@pytest.fixture
def told(planned, enter, monkeypatch):
    """A site whose warehouse holds the two records, and a browser on it."""
    monkeypatch.setenv("LEADLINE_KEY", "11" * 32)
    file = planned.workspace.exports / "contacts.csv"
    file.parent.mkdir()
    file.write_text(TWICE, encoding="utf-8")
    clock = lambda: dt.datetime(2026, 11, 22, 8, tzinfo=dt.UTC)  # noqa: E731 - one moment
    (report,) = import_files(
        planned.workspace, [file], facts=PlanFacts(), setup=Setup(Key(bytes(range(32)))), clock=clock
    )
    assert report.status == "done"
    monkeypatch.setattr(type(jobs_of(planned)), "start", lambda jobs, kind, given: None)
    return planned, enter(planned)


def link_on(page, to):
    return re.search(rf'action="/evidence/people/{to}"><input type="hidden" name="link" value="([^"]+)"', page)[1]


def test_a_proposal_is_joined_seen_and_taken_apart_again_without_a_script(told):
    site, browser = told
    page = browser.get("/evidence/people").text
    assert "would join two records of one CRM" in page
    assert (
        browser.post("/evidence/people/join", data={"link": link_on(page, "join")}).headers["location"]
        == "/evidence/people"
    )
    assert who_is_one(open_store(site.workspace)).people == 1
    page = browser.get("/evidence/people").text
    (person,) = set(re.findall(r'href="(/evidence/people/\d+)"', page))
    assert "contact record" in browser.get(person).text
    browser.post("/evidence/people/undo", data={"link": link_on(page, "undo")})
    assert who_is_one(open_store(site.workspace)).people == 2
    assert [line["do"] for line in ledgers.read(site.workspace.links)] == ["join", "undo"]
    assert "Taken apart by Ines" in browser.get("/evidence/people").text


def test_nothing_on_the_page_and_in_the_ledger_names_anybody(told):
    site, browser = told
    page = browser.get("/evidence/people").text
    browser.post("/evidence/people/undo", data={"link": link_on(page, "undo")})
    shown = [page, *(browser.get(one).text for one in set(re.findall(r'href="(/evidence/people/\d+)"', page)))]
    shown.append(json.dumps(list(ledgers.read(site.workspace.links))))
    assert [(name, place) for place, text in enumerate(shown) for name in NAMED if name in text] == []


def test_a_link_or_a_person_that_is_not_there_is_told(told):
    _, browser = told
    browser.post("/evidence/people/undo", data={"link": "1-2-<b>"})
    page = browser.get("/evidence/people").text
    assert "There is no link" in page
    assert "1-2-<b>" not in page
    for given in ("7", "x", "9" * 40, "%2e%2e"):
        assert browser.get(f"/evidence/people/{given}").status_code == 404


def test_without_a_warehouse_the_page_leads_to_the_evidence(planned, enter):
    assert enter(planned).get("/evidence/people").headers["location"] == "/evidence"
