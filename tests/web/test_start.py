"""Starting in the browser: files dropped, an example, the bare sections; nothing that a file is called or holds does harm."""

from __future__ import annotations

import io
import json
import re

import pytest

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
