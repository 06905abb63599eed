"""The attacks on the server: each with the test that proves that it is refused. Those without a file stand below.

cross-site requests ........ test_guarding: a_change_that_another_site_asks_for · what_another_site_reads_behind_its_page
DNS rebinding .............. test_guarding: another_host_name_is_not_answered
one-time address ........... test_guarding: missing (did_not_come_in), stolen (opens_once), guessed, old · a_session_cannot_be_given
XSS, every text field ...... every_text_of_a_plan_stays_text_on_every_page · every_field_of_every_form_takes_texts_only
                             proofs/test_attacks_in_browser: the same pages, and reports, in a real browser
XSS, every imported file ... test_start: nothing_a_file_is_called_or_holds · test_evidence: what_stands_in_an_imported_file
                             test_start: lists_of_activities · proofs: every sample export, its texts made attacks; every format
names that turn what is near  hostile.Harm, on every page of those; proofs: docx, pptx, xlsx, pdf, md
path traversal ............. no_part_of_an_address_is_a_path · test_evidence: no_name_of_a_file · test_jobs: no_order_names
links that lead out ........ evidence/test_imports: a_link_among_the_exports
formulas ................... test_shown: every_table_of_a_page · report/test_spreadsheet: no_text_becomes_a_formula
                             evidence/test_broken: what_is_guarded_against_spreadsheets (rejects)
XML and zip bombs .......... test_start: a_workbook_made_to_do_harm · test_evidence: a_packed_bomb
                             evidence/sources/test_sheet_bounds; aliases in YAML: plan/test_source
oversized uploads .......... test_guarding: a_body_larger_than_any_form · test_evidence: an_upload_larger
                             more_fields_and_files_than_anybody_has · proofs: a_header_longer_than_any
open redirects ............. test_guarding: no_form_sends_the_browser · no_sign_breaks_out_of_a_redirect
other people of the machine . test_jobs: files_of_jobs_are_private · proofs: what_was_found_is_for_its_owner_alone
no end ..................... test_guarding: a_body_that_does_not_come · a_connection_without_a_whole_head · proofs: halves_of_requests
                             more_open_streams · test_jobs: a_queue_that_is_too_long
where it lies on the machine  where_the_workspace_lies; a full disk: a_full_disk_is_said
also ....................... a GET that changes something · a refusal kept as a style sheet · signs that steer a terminal
                             numbers that cost the square of their length: test_units
"""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re

import pytest
from starlette.testclient import TestClient

import hostile
from leadline.cli.options import say
from leadline.plan.elements import KINDS, located
from leadline.web.app import make_app
from leadline.web.jobs import Jobs
from leadline.web.pages.jobs import FOLLOWED, MOST_STREAMS, jobs_of
from leadline.web.renewing import Watch
from leadline.web.taking import MOST_FIELDS, MOST_FILES

HOST = "http://127.0.0.1:8137"
TRAVERSALS = (
    "..%2f..%2fplan.yaml",
    "%2e%2e%2fplan",
    "..%5c..%5cplan",
    "%2fetc%2fpasswd",
    "plan.yaml%00",
    "%00",
    "%0d%0aX-A:%20b",
    "C:%5cplan",
)


@pytest.fixture
def idle(monkeypatch):
    """Let no child process begin, and no review be ordered because nobody has edited for a while."""

    async def nothing(self):
        del self

    monkeypatch.setattr(Jobs, "recover", nothing)
    monkeypatch.setattr(Watch, "look", lambda self, site: None)


@pytest.fixture(params=[False, True], ids=["texts", "everything"])
def attacked(request, site, idle):
    """Give a site whose plan holds attacks wherever a text can stand: in texts alone, and in ids and units too."""
    site.workspace.plan.write_text(hostile.hostile_plan(whole=request.param), encoding="utf-8")
    return site


def routes(app, method):
    return [route.path for route in app.routes if method in (getattr(route, "methods", None) or ())]


def addresses(app, document):
    """Return every address without a part to fill in, the first element of each kind, and the form of a new one."""
    first = {item.kind: f"/plan/{item.path[0]}/{item.element.id}" for item in located(document.plan)}
    new = [f"/plan/new/{kind}" for kind in KINDS.values()]
    return [
        *(path for path in routes(app, "GET") if "{" not in path),
        *first.values(),
        *new,
        "/explain/TAC001",
        "/interview/quick",
        "/interview/first",
    ]


def content(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).digest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_the_reader_of_harm_finds_every_attack_that_was_not_escaped():
    raw = [one for one in hostile.PAYLOADS if re.search("<[a-z]", one)]
    assert len(raw) > 4
    assert all(hostile.Harm(f"<p>{one}</p>").found for one in raw)
    assert hostile.Harm('<a href="javascript:boom(5)">x</a>').found
    assert hostile.Harm(f'<input value="{hostile.PAYLOADS[8]}">').found


@pytest.mark.slow
def test_every_text_of_a_plan_stays_text_on_every_page_and_no_get_changes_a_file(attacked, enter):
    client, before = enter(attacked), content(attacked.workspace.folder)
    document = attacked.plan.now().document
    seen = 0
    for address in addresses(client.app, document):
        answer = client.get(address)
        assert answer.status_code < 500, address
        assert address.count("/") > 1 or client.head(address).status_code == answer.status_code
        if "text/html" in answer.headers.get("content-type", ""):
            assert hostile.Harm(answer.text).found == [], address
            seen += "boom" in answer.text
    assert seen > 25
    assert content(attacked.workspace.folder) == before


@pytest.mark.proof
def test_every_field_of_every_form_takes_texts_only(site, enter, idle):
    site.workspace.plan.write_text(hostile.hostile_plan(), encoding="utf-8")
    client, document, forms = enter(site), site.plan.now().document, {}
    for address in addresses(client.app, document):
        for form in hostile.Harm(client.get(address).text).forms:
            if form["method"] == "post":
                forms.setdefault((form["action"], *sorted(form["fields"])), form["fields"])
    assert len(forms) > 60
    assert hostile.Harm(client.get("/plan").text).found == []
    said = hostile.payloads()
    for (action, *_), fields in forms.items():
        kept = {name: value for name, value in fields.items() if name == "version" or name.startswith("was.")}
        answer = client.post(action, data={name: said() for name in fields} | kept)
        assert answer.status_code < 500, action
        assert hostile.Harm(answer.text).found == [], action
        to = answer.headers.get("location", "/")
        assert to.startswith("/"), action
        assert not to.startswith(("//", "/\\")), action


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_part_of_an_address_is_a_path(planned, enter, idle, method):
    client, before = enter(planned), content(planned.workspace.folder)
    filled = [
        re.sub(r"\{[^}]+\}", hole, path) for path in routes(client.app, method) if "{" in path for hole in TRAVERSALS
    ]
    assert len(filled) > 60
    for address in filled:
        answer = client.request(method, address)
        assert 300 <= answer.status_code < 500, address
        assert "tidewater" not in answer.headers.get("content-disposition", "")
        assert "x-a" not in answer.headers
        assert "root:" not in answer.text
    assert content(planned.workspace.folder) == before


@pytest.mark.parametrize(
    "back", ["/\t/evil.example", "/\r\nSet-Cookie: a=b", "/\n/evil.example", "/\x00//evil.example", " //evil.example"]
)
def test_no_sign_breaks_out_of_a_redirect(site, enter, back):
    answer = enter(site).post("/scheme", data={"scheme": "dark", "back": back})
    assert re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", answer.headers["location"])
    assert len(answer.headers.get_list("set-cookie")) == 1


def test_more_fields_and_files_than_anybody_has_are_refused(planned, enter, idle):
    client = enter(planned)
    assert client.post("/scheme", data={f"x{number}": "" for number in range(MOST_FIELDS + 1)}).status_code == 400
    files = [("files", (f"{number}.csv", b"a")) for number in range(MOST_FILES + 1)]
    assert client.post("/evidence/files", files=files).status_code == 400
    assert not planned.workspace.exports.exists()
    assert client.post("/scheme", content=b"", headers={"content-length": "9" * 5000}).status_code == 413


def test_a_refusal_is_never_kept_where_a_style_sheet_was_asked_for(site, enter):
    client = enter(site)
    for headers, path in (({"host": "evil.example"}, "/static/style.css"), ({}, "/static/nothing.css")):
        assert client.get(path, headers=headers).headers["cache-control"] == "no-store"
    assert "immutable" in client.get("/static/style.css").headers["cache-control"]


def test_a_session_cannot_be_given_to_a_browser_from_outside(site):
    client = TestClient(make_app(site), base_url=HOST, cookies={site.address.cookie: "chosen"})
    assert client.get("/plan").status_code == 403
    answer = client.get("/enter", params={"key": site.entry.new_key()})
    assert "chosen" not in answer.headers["set-cookie"]
    assert (
        TestClient(client.app, base_url=HOST, cookies={site.address.cookie: "chosen"}).get("/plan").status_code == 403
    )


def test_no_name_steers_the_terminal(planned, enter, monkeypatch, caplog, capsys):
    def fail(site):
        raise RuntimeError("\x1b]0;owned\x07\x9b31m")

    monkeypatch.setattr("leadline.web.pages.shown.current", fail)
    with caplog.at_level(logging.ERROR):
        enter(planned).get("/show/%1b%5b2J")
    say("ads\x1b[41m.csv: \x9b2J\r one record\n")
    told = caplog.messages[-1] + capsys.readouterr().out
    assert "\\u001b]0;owned\\u0007" in told
    assert "ads\\u001b[41m.csv" in told
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", told)


@pytest.mark.parametrize("text", ["plan: [\n", "a: *x\n", "\x00"])
def test_where_the_workspace_lies_on_the_machine_is_told_on_no_page(site, enter, idle, text):
    folder = str(site.workspace.folder)
    site.workspace.plan.write_text(text, encoding="utf-8")
    site.workspace.evidence.mkdir()
    site.workspace.warehouse.write_bytes(b"no warehouse" * 100)
    client = enter(site)
    for address in ("/", "/plan", "/plan/text", "/interview", "/evidence", "/control", "/api/plan", "/api/check"):
        assert folder not in client.get(address).text, address
    assert "plan.yaml:1:" in client.get("/").text.replace("plan.yaml:2:", "plan.yaml:1:")


def test_a_full_disk_is_said_and_what_stood_before_still_stands(planned, enter, idle, monkeypatch):
    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(planned.workspace.plan))

    client, before = enter(planned), content(planned.workspace.folder)
    edit = {"name": "More", "was.name": "419 service plans", "version": ""}
    for address, form, files in (
        ("/plan/objectives/plans-2027", edit, None),
        ("/evidence/files", {}, [("files", ("a.csv", b"a"))]),
        ("/api/jobs", None, None),
    ):
        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", full)
            answer = (
                client.post(address, data=form, files=files)
                if form is not None
                else client.post(address, json={"kind": "review"})
            )
        assert answer.status_code in (422, 507), address
        assert "No space left on device" in answer.text
        assert "a fault of Leadline" not in answer.text
        assert str(planned.workspace.folder) not in answer.text
    left = {name: digest for name, digest in content(planned.workspace.folder).items() if not name.startswith("ledger")}
    assert left == before
    assert client.post("/plan/objectives/plans-2027", data=edit).status_code == 303


def test_more_open_streams_than_a_person_has_pages_are_refused(planned, enter, idle):
    client, job = enter(planned), jobs_of(planned).start("review", {})
    planned.shared[FOLLOWED] = MOST_STREAMS
    assert client.get(f"/jobs/{job.id}/events").status_code == 429
    planned.shared[FOLLOWED] = 0
    jobs_of(planned).cancel(job.id)
    assert "event: end" in client.get(f"/jobs/{job.id}/events").text
    assert planned.shared[FOLLOWED] == 0
