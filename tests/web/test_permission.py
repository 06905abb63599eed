"""People and permission in the browser: who agreed, who objected, and forgetting somebody for good."""

from __future__ import annotations

import html
import re

import pytest

from leadline.evidence.consent_book import read_gate
from leadline.evidence.store import open_store
from leadline.web.tasks import import_task

MAIL = "eva.huber@alpenmolkerei.example"
HEADER = "entry,person,email,purpose,channel,state,recorded,method\n"
MAPPING = """mapping: 1
table: consent
match: {header: [entry, person, email, purpose, channel, state, recorded, method]}
file: {encoding: utf-8, delimiter: ",", dates: "%Y-%m-%d %H:%M"}
key: [entry]
columns: {purpose: purpose, channel: channel, state: state, recorded_at: recorded, valid_from: recorded, method: method}
identifiers: {crm: person, email: email}
"""


@pytest.fixture
def agreed(planned, monkeypatch):
    """Give a site whose consent list has twelve people for e-mail and three for the telephone."""
    monkeypatch.setenv("LEADLINE_KEY", "11" * 32)
    rows = [
        f"E{n},P{n},{MAIL if n == 1 else f'p{n}@shop.example'},marketing,email,granted,2026-05-01 10:00,form"
        for n in range(1, 13)
    ]
    rows += [f"T{n},P{n},,marketing,phone,granted,2026-05-01 10:00,form" for n in range(1, 4)]
    exports = planned.workspace.exports
    exports.mkdir()
    (exports / "consent.mapping.yaml").write_text(MAPPING)
    (exports / "consent.csv").write_text(HEADER + "\n".join(rows) + "\n")
    done = import_task(planned.workspace, {"files": ["exports/consent.csv"]}, tell=lambda *_, **__: None)
    assert done["files"][0]["status"] == "done", done["files"][0]["message"]
    return planned


def cells(page):
    return [
        tuple(re.findall(r"<t[hd][^>]*>([^<]*)<", row)) for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page)
    ]


def test_who_agreed_is_counted_and_few_people_are_no_number(agreed, enter):
    page = enter(agreed).get("/evidence/permission").text
    assert ("marketing", "email", "12") in cells(page)
    assert ("marketing", "phone", "fewer than 10") in cells(page)
    assert MAIL not in page


def test_an_objection_is_written_down_and_closes_every_door(agreed, enter):
    browser = enter(agreed)
    assert browser.post("/evidence/permission/said", data={"subject": MAIL, "state": "objected"}).status_code == 303
    page = browser.get("/evidence/permission").text
    assert ("marketing", "email", "11") in cells(page)
    assert "Ines" in agreed.workspace.consent.read_text()
    assert MAIL not in agreed.workspace.consent.read_text()
    store = open_store(agreed.workspace)
    (node,) = {row["node"] for row in store.ask("SELECT c.node FROM consent c WHERE source_key = 'E1'").to_pylist()}
    assert not read_gate(agreed.workspace, store).may(node, "marketing", channel="email", now=agreed.clock()).allowed


def test_somebody_is_forgotten_after_a_question_and_the_receipt_stays(agreed, enter):
    browser = enter(agreed)
    asked = browser.post("/evidence/permission/ask", data={"subject": MAIL})
    assert "with 2 identifiers" in html.unescape(asked.text)
    assert open_store(agreed.workspace).ask("SELECT count(*) AS n FROM consent").to_pylist() == [{"n": 15}], (
        "only asked"
    )
    done = browser.post("/evidence/permission/forget", data={"subject": MAIL})
    receipt = browser.get(done.headers["location"]).text
    assert "2 identifiers of one person" in html.unescape(receipt)
    assert "exports/consent.csv" in receipt
    assert MAIL not in receipt
    assert done.headers["location"].rpartition("/")[2] in browser.get("/evidence/permission").text
    assert open_store(agreed.workspace).ask("SELECT count(*) AS n FROM consent").to_pylist() == [{"n": 13}]


def test_a_name_that_nobody_has_is_asked_back_without_being_kept(agreed, enter):
    browser = enter(agreed)
    assert browser.post("/evidence/permission/ask", data={"subject": "Mister Nobody"}).status_code == 303
    assert "Nobody here is known" in html.unescape(browser.get("/evidence/permission").text)
    assert browser.get("/evidence/permission/receipts/0123456789abcdef").status_code == 404
    assert browser.get("/evidence/permission/receipts/nothing").status_code == 404
