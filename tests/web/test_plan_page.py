"""Editing a plan in the browser: forms, findings beside fields, lost races, undo, comments."""

from __future__ import annotations

import html
import json
import re

import pytest

from leadline.plan.editing.shapes import SHARED, shapes_of
from leadline.plan.elements import KINDS
from leadline.web import judging
from leadline.web.texts import read_texts

SMALL = """\
plan: {id: p, title: Pumps, organisation: Halden, window: 2027-01-01..2027-12-31, currency: EUR, budget: 60 kEUR, driver: ines, status: draft}
metrics:
  - {id: check, name: Checks, unit: count, stage: output, role: marketing, source: "stage:check"}
  - {id: won, name: Contracts, unit: count, stage: outcome, role: business, value_event: true, worth: 9 kEUR, source: "stage:won"}
objectives:
  - {id: grow, name: More contracts, metric: won, target: {value: 90, by: 2027-12-31}, serves: [firm]}
strategy: {levels: [{id: firm, level: corporate, statement: Grow with service, direction: growth}]}
tactics:
  bridge:
    - {from: check, to: won, rate: 10..14..18 %, lag: 20 days}
  list:
    - id: ads
      name: Search ads
      serves: [grow]
      budget: 20 kEUR   # agreed in May
      delivers: {metric: check, count: 90..120..160}
"""


@pytest.fixture
def small(site):
    (site.workspace.folder / "plan.yaml").write_text(SMALL)
    return site


@pytest.fixture
def browser(small, enter):
    return enter(small)


def text(site):
    return (site.workspace.folder / "plan.yaml").read_text()


def form(page):
    """Return what a browser would post of the element's form as it stands: names and values."""
    body = re.search(r'<form method="post" action="[^"]*" class="element"[^>]*>(.*?)</form>', page.text, re.DOTALL)[1]
    found = []
    for tag in re.finditer(r"<input ([^>]*)>", body):
        given = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag[1]))
        if given.get("type") != "checkbox" or " checked" in tag[1]:
            found.append((given["name"], html.unescape(given.get("value", ""))))
    for name, inside in re.findall(r'<textarea [^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', body, re.DOTALL):
        found.append((name, html.unescape(inside.removeprefix("\n"))))
    for name, inside in re.findall(r'<select [^>]*name="([^"]*)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.findall(r'<option value="([^"]*)" selected>', inside)
        found += [(name, html.unescape(one)) for one in chosen or [""]]
    return found


def post(browser, address, page, **changed):
    changed = {name.replace("__", "."): value for name, value in changed.items()}
    fields = [(name, value) for name, value in form(page) if name not in changed] + list(changed.items())
    grouped = {}
    for name, value in fields:
        grouped.setdefault(name, []).append(value)
    return browser.post(address, data=grouped)


def test_the_plan_lists_its_sections_in_order_with_every_element(browser):
    page = browser.get("/plan")
    assert page.status_code == 200
    order = [page.text.index(f'id="{name}"') for name in ("situation", "objectives", "strategy", "tactics", "action")]
    assert order == sorted(order)
    for address in ("/plan/tactics/ads", "/plan/objectives/grow", "/plan/metrics/won", "/plan/bridge", "/plan/head"):
        assert f'href="{address}"' in page.text
        assert browser.get(address).status_code == 200


def test_a_form_posted_as_it_stands_changes_nothing(browser, small):
    for address in ("/plan/tactics/ads", "/plan/objectives/grow", "/plan/metrics/won", "/plan/bridge", "/plan/head"):
        answer = post(browser, address, browser.get(address))
        assert answer.status_code == 303
        assert answer.headers["location"] == address
    assert text(small) == SMALL
    assert not small.workspace.edits.exists()


def test_every_element_of_an_example_posted_as_it_stands_changes_nothing(planned, enter):
    browser = enter(planned)
    for address in re.findall(r'<li><a href="(/plan/[^"]*)"', browser.get("/plan").text)[::9]:
        answer = post(browser, address, browser.get(address))
        assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert not planned.workspace.edits.exists()


def test_an_edit_is_a_splice_that_says_what_it_moved_and_is_taken_back(browser, small):
    page = browser.get("/plan/tactics/ads")
    answer = post(browser, "/plan/tactics/ads", page, budget="30 kEUR", delivers__0__count="100..130..170")
    assert answer.status_code == 303
    assert text(small) == SMALL.replace("20 kEUR   #", "30 kEUR   #").replace("90..120..160", "100..130..170")
    after = browser.get(answer.headers["location"])
    assert "What this edit moved" in after.text
    undo = re.search(r"/plan/history/[0-9a-f]+/undo", after.text)[0]
    done = browser.post(undo)
    assert done.status_code == 303
    assert text(small) == SMALL
    history = browser.get(done.headers["location"]).text.replace("\N{NO-BREAK SPACE}", " ")
    assert "Taken back: ads: budget 20 kEUR → 30 kEUR" in history
    assert browser.post(undo).status_code == 303
    assert "taken back already" in browser.get("/plan/history").text


def test_an_edit_is_judged_before_its_file_is_replaced_and_only_then(browser, small, monkeypatch):
    written_when_judged = []

    def noted(site, standing, kept):
        written_when_judged.append(text(small) != SMALL)
        return judge(site, standing, kept)

    judge = judging._judge
    page = browser.get("/plan/tactics/ads")
    monkeypatch.setattr(judging, "_judge", noted)
    after = post(browser, "/plan/tactics/ads", page, budget="30 kEUR")
    assert "30 kEUR" in browser.get(after.headers["location"]).text
    assert browser.get("/").status_code == 200
    assert written_when_judged == [False]
    plan = small.workspace.folder / "plan.yaml"
    plan.write_text(text(small).replace("Search ads", "Paid search"))  # edited elsewhere: judged when it is read
    assert "Paid search" in browser.get("/plan").text
    assert written_when_judged == [False, True]


def test_what_an_edit_moved_is_told_with_the_hundred_first(browser):
    answer = post(browser, "/plan/tactics/ads", browser.get("/plan/tactics/ads"), serves="", delivers__0__metric="")
    moved = re.search(r'<section class="moved".*?</section>', browser.get(answer.headers["location"]).text, re.DOTALL)[
        0
    ]
    rows = re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td><td>(.*?)</td>', moved)
    assert rows[0][0] == "the hundred"
    assert rows[0][1] != rows[0][2]
    assert "BRG011" in moved


def test_what_does_not_fit_comes_back_as_typed_with_its_error_tied_to_the_field(browser, small):
    page = browser.get("/plan/tactics/ads")
    answer = post(browser, "/plan/tactics/ads", page, hours="lots & lots", name="<b>Ads</b>")
    assert answer.status_code == 422
    assert text(small) == SMALL
    assert 'value="lots &amp; lots"' in answer.text
    assert "&lt;b&gt;Ads&lt;/b&gt;" in answer.text
    assert "<b>Ads" not in answer.text
    assert re.search(
        r'<input id="f-hours"[^>]*aria-describedby="f-hours-hint f-hours-says" aria-invalid="true"', answer.text
    )
    assert '<a href="#f-hours">' in answer.text
    assert "is not a quantity" in answer.text[answer.text.index('id="f-hours-says"') :][:300]
    again = post(browser, "/plan/tactics/ads", answer, hours="3 h")
    assert again.status_code == 303
    assert "hours: 3 h" in text(small)


def test_a_lost_race_shows_three_sides_and_writes_nothing(browser, small):
    mine = browser.get("/plan/tactics/ads")
    (small.workspace.folder / "plan.yaml").write_text(SMALL.replace("20 kEUR", "25 kEUR"))
    answer = post(browser, "/plan/tactics/ads", mine, budget="30 kEUR")
    assert answer.status_code == 409
    sides = re.search(r'<dl class="sides">.*?</dl>', answer.text, re.DOTALL)[0].replace("\N{NO-BREAK SPACE}", " ")
    assert [value for value in ("20 kEUR", "25 kEUR", "30 kEUR") if value in sides] == ["20 kEUR", "25 kEUR", "30 kEUR"]
    assert "25 kEUR" in text(small)
    assert post(browser, "/plan/tactics/ads", answer).status_code == 303
    assert "30 kEUR   # agreed in May" in text(small)


def test_changes_of_different_fields_are_both_kept(browser, small):
    mine = browser.get("/plan/tactics/ads")
    (small.workspace.folder / "plan.yaml").write_text(SMALL.replace("name: Search ads", "name: Ads on search"))
    answer = post(browser, "/plan/tactics/ads", mine, budget="30 kEUR")
    assert answer.status_code == 303
    assert "name: Ads on search" in text(small)
    assert "budget: 30 kEUR" in text(small)
    assert "Both changes stand" in browser.get(answer.headers["location"]).text


def test_an_element_that_went_meanwhile_gives_back_what_was_typed(browser, small):
    mine = browser.get("/plan/tactics/ads")
    (small.workspace.folder / "plan.yaml").write_text(SMALL.replace("id: ads", "id: search"))
    answer = post(browser, "/plan/tactics/ads", mine, mechanism="Because they look for it")
    assert answer.status_code == 409
    assert "Because they look for it" in answer.text


def test_findings_stand_beside_the_field_as_typed_and_nothing_is_written(browser, small):
    page = browser.get("/plan/tactics/ads")
    answer = post(browser, "/plan/tactics/ads/judge", page, delivers__0__count="9..3..1", hours="x", serves="nobody")
    slots = dict(
        re.findall(
            r'<div class="says" id="f-([^"]*)-says" hx-swap-oob="true">(.*?)</div>\n(?=<div class="says"|$)',
            answer.text,
            re.DOTALL,
        )
    )
    assert "PLN011" in slots["delivers-0-count"]
    assert "is not a quantity" in slots["hours"]
    assert "PLN002" in slots["serves"]
    assert slots["name"].strip() == ""
    assert text(small) == SMALL


def test_a_safe_fix_is_one_click_and_stands_in_the_history(site, enter):
    moved = SMALL.replace("serves: [grow]", "serves: [more]") + "moved: [{from: more, to: grow}]\n"
    (site.workspace.folder / "plan.yaml").write_text(moved)
    browser = enter(site)
    page = browser.get("/plan/tactics/ads")
    name = html.unescape(re.search(r'name="mend" value="([^"]*)"', page.text)[1])
    unsaved = post(browser, "/plan/tactics/ads/fix", page, mend=name, hours="4 h")
    assert unsaved.status_code == 409
    assert 'value="4 h"' in unsaved.text
    assert post(browser, "/plan/tactics/ads/fix", page, mend=name).status_code == 303
    assert "serves: [grow]" in text(site)
    assert "write grow as serves" in browser.get("/plan/history").text


def test_an_element_is_begun_renamed_and_taken_out(browser, small):
    assert browser.get("/plan/new/tactic").status_code == 200
    made = browser.post("/plan/new/tactic", data={"name": "Trade fair", "budget": "5 kEUR", "serves": ["", "grow"]})
    assert made.status_code == 303
    assert made.headers["location"].startswith("/plan/tactics/trade-fair?")
    assert browser.post("/plan/new/tactic", data={"id": "ads"}).status_code == 422
    page = browser.get("/plan/objectives/grow")
    version = dict(form(page))["version"]
    refused = browser.post("/plan/objectives/grow/remove", data={"version": version})
    assert refused.status_code == 422
    assert 'href="/plan/tactics/trade-fair"' in refused.text
    moved = browser.post("/plan/objectives/grow/rename", data={"version": version, "new": "more"})
    assert moved.headers["location"].startswith("/plan/objectives/more?")
    assert text(small).count("serves: [more]") == 2
    assert browser.get("/plan/of/grow").headers["location"] == "/plan/objectives/more"
    late = browser.post("/plan/tactics/trade-fair/remove", data={"version": version})
    assert late.status_code == 303
    assert "trade-fair" in text(small)
    version = dict(form(browser.get("/plan/tactics/trade-fair")))["version"]
    assert (
        browser.post("/plan/tactics/trade-fair/remove", data={"version": version})
        .headers["location"]
        .startswith("/plan?")
    )
    assert "trade-fair" not in text(small)


@pytest.mark.parametrize(
    ("named", "address"),
    [("ads", "/plan/tactics/ads"), ("p", "/plan/head"), ("check>won:rate", "/plan/bridge"), ("ads>check", "/plan/tactics/ads"),
     ("ads/check>won", "/plan/tactics/ads"), ("won:worth", "/plan/metrics/won")],
)  # fmt: skip
def test_an_id_of_an_element_or_a_bet_leads_to_its_page(browser, named, address):
    assert browser.get("/plan/of/" + named.replace("/", "%2F")).headers["location"] == address


def test_what_is_not_there_is_not_found(browser):
    for address in (
        "/plan/tactics/nothing",
        "/plan/objectives/ads",
        "/plan/of/nothing",
        "/plan/new/nothing",
        "/plan/x/y",
    ):
        assert browser.get(address).status_code == 404


def test_a_decision_stays_as_it_was_taken(site, enter):
    (site.workspace.folder / "plan.yaml").write_text(
        SMALL + "control: {decisions: [{id: d1, date: 2026-05-01, choice: yes we do}]}\n"
    )
    browser, before = enter(site), text(site)
    page = browser.get("/plan/control/d1")
    assert "take a new one" in page.text
    assert "/remove" not in page.text
    for address in ("/plan/control/d1", "/plan/control/d1/remove", "/plan/control/d1/rename"):
        assert post(browser, address, page, choice="no", new="d2").headers["location"] == "/plan/control/d1"
    assert text(site) == before


def test_comments_are_said_answered_closed_and_escaped(browser):
    assert browser.post("/plan/comments", data={"element": "ads", "text": "Why <script>?"}).status_code == 303
    page = browser.get("/plan/tactics/ads").text
    assert "Why &lt;script&gt;?" in page
    identity = re.search(r'id="c-([0-9a-f]+)"', page)[1]
    browser.post("/plan/comments", data={"element": "ads", "text": "Because.", "answers": identity})
    browser.post(f"/plan/comments/{identity}/close", data={"element": "ads"})
    page = browser.get("/plan/tactics/ads").text
    assert "Because." in page
    assert "Dealt with by Ines, 2026-11-22" in page
    assert browser.post("/plan/comments", data={"element": "nobody", "text": "x"}).status_code == 404


def test_a_plan_that_cannot_be_read_shows_the_place_and_where_to_mend(browser, small):
    (small.workspace.folder / "plan.yaml").write_text(SMALL.replace("objectives:\n", "objectives: [\n"))
    page = browser.get("/plan")
    assert page.status_code == 200
    assert "fault-line" in page.text
    assert "cannot be read" in page.text
    for address in ("/plan/tactics/ads", "/interview/quick"):
        answer = browser.get(address)
        assert answer.status_code == 422
        assert "fault-line" in answer.text
        assert str(small.workspace.folder) not in answer.text


def test_the_text_has_an_address_for_every_line(browser):
    page = browser.get("/plan/text").text
    assert page.count("<li id=") == SMALL.count("\n")
    assert 'id="plan.yaml-11"' in page


def test_every_field_and_kind_has_a_label_and_no_label_is_left_over():
    texts = read_texts()
    shapes = [shape for kind in ("plan", SHARED, *KINDS.values()) for shape in shapes_of(kind)]
    keys = {"low", "base", "high", "method", "source", "numbers"}
    while shapes:
        shape = shapes.pop()
        keys.add(shape.key)
        shapes += shape.parts
    assert {key.removeprefix("field.") for key in texts.entries if key.startswith("field.")} == keys
    assert all(texts.has(f"kind.{kind}") and texts.has(f"kind.one_{kind}") for kind in KINDS.values())


def test_a_long_history_stands_on_several_pages_and_many_comments_are_asked_for(browser, small):
    edits, comments = small.workspace.edits, small.workspace.comments
    edits.parent.mkdir(exist_ok=True)
    change = {"file": "plan.yaml", "start": 0, "old": "a", "new": "b", "ahead": "", "behind": ""}
    hashes = {"plan.yaml": {"before": "0" * 64, "after": "0" * 64}}
    lines = []
    for number in range(120):
        told = {"id": f"{number:012x}", "at": "2026-11-22T10:00:00", "by": "Ines", "said": f"edit {number} made"}
        lines += [{**told, "elements": ["ads"], "undoes": None, "files": hashes, "splices": [change]}]
        lines += [{"landed": told["id"]}]
    edits.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    first, last = browser.get("/plan/history").text, browser.get("/plan/history?page=999").text
    assert "edit 119 made" in first
    assert "edit 60 made" not in first
    assert "/plan/history?page=2" in first
    assert "edit 0 made" in last
    assert browser.get("/plan/history?page=0&page=x").status_code == 200

    said = (
        {"id": f"{n:012x}", "at": "2026-11-22T10:00:00", "by": "", "element": "ads", "text": f"remark {n}."}
        for n in range(60)
    )
    comments.write_text("".join(json.dumps(line) + "\n" for line in said), encoding="utf-8")
    page = browser.get("/plan/tactics/ads").text
    assert "remark 59." in page
    assert "remark 9." not in page
    assert "remark 9." in browser.get("/plan/tactics/ads?comments=all").text
