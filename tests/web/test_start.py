"""Starting in the browser: files dropped, an example, the bare sections; nothing that a file is called or holds does harm."""

from __future__ import annotations

import html.parser
import io
import json
import re
import zipfile

import pytest

import hostile
from leadline.plan.source import read_plan
from leadline.web.jobs import Jobs
from leadline.web.pages.jobs import jobs_of
from leadline.web.tasks import start_task

HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
ADS = """\
Day,Campaign,Campaign ID,Impressions,Clicks,Cost,Conversions,Currency code
2026-03-01,{name},77,1000,50,120.00,3,EUR
2026-03-02,{name},77,900,40,100.00,2,EUR
"""
UNKNOWN = "Wind,Speed\nnorth,4\nsouth,6\n"


class Page(html.parser.HTMLParser):
    """What of a page could do harm, and the first form that asks something."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.scripts, self.handlers = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        if tag == "script":
            self.scripts.append(values.get("src"))
        if tag == "form":
            self.forms.append({})
        if tag == "input" and self.forms and "name" in values:
            self.forms[-1].setdefault(values["name"], values.get("value", ""))

    @property
    def asked(self):
        return next(form for form in self.forms if "key" in form)


@pytest.fixture
def idle(monkeypatch):
    """Let no child process begin: jobs are ordered, and the test does them itself."""

    async def nothing(self):
        del self

    monkeypatch.setattr(Jobs, "recover", nothing)


def done(site, address):
    """Do the ordered job here, and write down that it is done."""
    jobs = jobs_of(site)
    job = jobs.get(address.rpartition("/")[2])
    result = json.loads(json.dumps(start_task(site.workspace, job.arguments, tell=lambda *_: None)))
    jobs._tell(job.id, "begun")
    jobs._tell(job.id, "done", result=result)
    return jobs.get(job.id)


def drop(client, *files, **fields):
    given = [
        ("files", (name, io.BytesIO(content.encode() if isinstance(content, str) else content)))
        for name, content in files
    ]
    return client.post("/start/files", files=given, data=fields)


def test_a_person_without_a_plan_sees_four_ways_to_begin(site, enter):
    text = enter(site).get("/start").text
    for way in ('action="/start/files"', 'href="/interview/quick"', 'action="/start/example"', 'action="/start/empty"'):
        assert way in text
    assert not site.workspace.plan.exists()


def test_dropped_files_are_read_and_what_they_tell_is_shown_with_questions(site, enter, idle):
    client = enter(site)
    answer = drop(client, ("Google Ads May.csv", ADS.format(name="brand")), ("wind.csv", UNKNOWN))
    assert answer.status_code == 303
    address = answer.headers["location"]
    assert re.fullmatch(r"/start/[0-9a-f]{16}", address)
    waiting = client.get(address).text
    assert "hx-sse:connect" in waiting
    assert "<noscript><meta" in waiting
    done(site, address)
    text = client.get(address).text
    assert "220" in text
    assert "<svg" in text
    assert 'style="' not in text
    assert "wind.csv" in text
    assert "Wind" in text.partition("<textarea")[2]
    assert "Whose situation is this" in text
    assert site.workspace.plan.exists()


def begun(client, *files, **fields):
    """Drop files, let them be read, and return the address of what they tell."""
    return drop(client, *files, **fields).headers["location"]


def test_answers_to_what_files_leave_open_go_into_the_plan(site, enter, idle):
    client = enter(site)
    address = begun(client, ("ads.csv", ADS.format(name="brand")))
    done(site, address)
    form = Page(client.get(address).text).asked
    assert form["key"] == "start.organisation@start.organisation"
    sent = {"key": form["key"], "version": form["version"], "do": "answer"}
    refused = client.post(f"{address}/answer", data=sent | {"part.organisation": "Halden", "part.window": "soon"})
    assert refused.status_code == 422
    assert 'value="Halden"' in refused.text
    answer = client.post(f"{address}/answer", data=sent | {"part.organisation": "Halden", "part.window": "2026"})
    assert answer.headers["location"] == f"{address}#questions"
    assert read_plan(site.workspace.plan).plan.plan.organisation == "Halden"
    assert "Show it again with these answers" in client.get(address).text


def test_nothing_a_file_is_called_or_holds_becomes_markup_or_a_path(site, enter, idle):
    client = enter(site)
    address = begun(
        client,
        ("../../../outside.csv", ADS.format(name=HOSTILE.replace('"', '""'))),
        (f"{HOSTILE}.csv", f"{HOSTILE.replace(',', '')},Speed\nnorth,4\nsouth,6\n"),
        (".hidden.csv", UNKNOWN),
    )
    done(site, address)
    shown = Page(client.get(address).text)
    assert all(src and src.startswith("/static/") for src in shown.scripts)
    assert shown.handlers == []
    assert (
        not list(site.workspace.folder.parent.rglob("outside.csv"))
        or site.workspace.folder in next(site.workspace.folder.parent.rglob("outside.csv")).parents
    )
    kept = [path.name for path in (site.workspace.evidence / "inbox").iterdir()]
    assert not any(name.startswith(".") or "/" in name or "<" in name for name in kept), kept


def test_lists_of_activities_full_of_attacks_stay_text(site, enter, idle):
    client = enter(site)
    address = begun(client, ("<b>'{{7*7}}.csv", hostile.activities()), ("list.xlsx", hostile.workbook()))
    read = done(site, address).result["files"]
    assert [one["taken"] > 0 for one in read] == [True, True], read
    assert "list.xlsx" in client.get(address).text
    assert "boom" in client.get("/plan").text
    for page in (address, "/plan", "/jobs"):
        assert hostile.Harm(client.get(page).text).found == [], page


def test_a_mapping_is_written_beside_its_file_and_the_files_are_read_again(site, enter, idle):
    client = enter(site)
    address = begun(client, ("wind.csv", UNKNOWN))
    done(site, address)
    assert not site.workspace.plan.exists()
    assert "None of it was understood" in client.get(address).text
    answer = client.post(f"{address}/again", data={"file": "wind.csv", "mapping": "mapping: 1\n"})
    assert answer.headers["location"] != address
    assert (site.workspace.evidence / "inbox" / "wind.mapping.yaml").read_text(encoding="utf-8") == "mapping: 1\n"
    other = client.post(f"{address}/again", data={"file": "../../plan", "mapping": "plan: {}"})
    assert other.status_code == 422
    assert not site.workspace.plan.exists()


def test_what_is_no_currency_and_no_file_is_refused(site, enter, idle):
    client = enter(site)
    assert drop(client, ("ads.csv", "a,b\n"), currency="euros").status_code == 422
    assert client.post("/start/files", data={}).headers["location"] == "/start"
    assert client.get("/start/0123456789abcdef").status_code == 404


def test_an_example_or_the_bare_sections_become_the_plan_and_nothing_is_overwritten(site, enter, idle):
    client = enter(site)
    assert client.post("/start/example", data={"name": "../secrets"}).status_code == 422
    assert client.post("/start/example", data={"name": "tidewater-cycles"}).headers["location"] == "/"
    before = site.workspace.plan.read_text(encoding="utf-8")
    assert read_plan(site.workspace.plan).plan.plan.id
    for path in ("/start/empty", "/start/example"):
        assert client.post(path, data={"name": "halden-pumps"}).status_code == 422
    assert site.workspace.plan.read_text(encoding="utf-8") == before


@pytest.mark.parametrize("name", ["bomb.xlsx", "entities.xlsx"])
def test_a_workbook_made_to_do_harm_is_refused_with_words(name, site, enter, idle, monkeypatch):
    monkeypatch.setattr("leadline.evidence.sources.sheet_bounds.UNPACKED_LIMIT", 1 << 20)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        part = (
            b" " * (3 << 20)
            if name == "bomb.xlsx"
            else b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><w>&b;</w>'
        )
        archive.writestr("xl/workbook.xml", part)
    client = enter(site)
    address = begun(client, (name, packed.getvalue()))
    file = done(site, address).result["files"][0]
    assert file["status"] == "refused"
    assert name in client.get(address).text
    assert not site.workspace.plan.exists()
