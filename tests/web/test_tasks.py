"""What background jobs do, called as the child process calls them: the documents they give, and what they say meanwhile."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import threading

import pytest

from leadline.errors import UsageError
from leadline.evidence import locking
from leadline.plan.examples import example
from leadline.web.jobs import Jobs
from leadline.web.tasks import import_task, review_arguments, start_arguments, start_task
from leadline.workspace import Workspace

NOW = dt.datetime(2027, 4, 1, tzinfo=dt.UTC).replace(tzinfo=None)
ADS = """\
Campaign report
"March 1, 2025 - March 2, 2025"
Day,Campaign,Campaign ID,Cost,Currency code,Impr.,Clicks,Conversions
2025-03-01,Brand,1,60.00,GBP,100,10,2
2025-03-02,Brand,1,15.50,GBP,90,9,1
"""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_KEY", "00" * 32)
    found = Workspace(tmp_path)
    found.plan.write_text(example("tidewater-cycles"), encoding="utf-8")
    found.exports.mkdir()
    (found.exports / "ads.csv").write_text(ADS, encoding="utf-8")
    (found.exports / "notes.csv").write_text("Who,What\nIda,nothing\n", encoding="utf-8")
    return found


def test_an_import_gives_a_document_per_file_and_says_what_it_does(workspace):
    told = []
    result = import_task(workspace, {"files": []}, tell=lambda text, share=None: told.append((text, share)))
    ads, notes = json.loads(json.dumps(result))["files"]
    assert (ads["file"], ads["status"], ads["records"]["accepted"], ads["totals"]) == (
        "ads.csv", "done", 2, {"spend.amount.GBP": "75.50", "spend.clicks": "19", "spend.impressions": "190", "spend.rows": "2"},
    )  # fmt: skip
    assert (notes["status"], notes["reason"]) == ("refused", "not_recognised")
    assert result["key_made"] is None
    assert [text for text, _ in told] == ["importing what is new of 2 files", "reading ads.csv", "merging ads.csv"]
    again = import_task(workspace, {"files": ["exports/ads.csv"]}, tell=lambda text, share=None: None)
    assert [one["status"] for one in again["files"]] == ["already_imported"]


def test_an_import_says_who_holds_the_warehouse_while_it_waits(workspace, monkeypatch):
    monkeypatch.setattr(locking, "NOTICE_SECONDS", 0.0)
    workspace.evidence.mkdir()
    released, told = threading.Event(), []

    def tell(text, share=None):
        told.append(text)
        if text.startswith("Waiting"):
            released.set()

    with workspace.lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write('{"pid": 7, "command": "leadline import big.csv", "start": "2025-03-05T08:00:00"}')
        held.flush()
        work = threading.Thread(
            target=import_task, args=(workspace, {"files": ["exports/ads.csv"]}), kwargs={"tell": tell}
        )
        work.start()
        assert released.wait(10)
    work.join()
    assert any('held by process 7 ("leadline import big.csv"' in text for text in told)
    assert import_task(workspace, {}, tell=tell)["files"][0]["status"] == "already_imported"


def test_a_start_that_understands_nothing_leaves_what_the_browser_put_there_meanwhile(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_KEY", "00" * 32)
    workspace = Workspace(tmp_path)
    inbox, jobs = workspace.evidence / "inbox", workspace.evidence / "jobs"
    for folder in (inbox, jobs):
        folder.mkdir(parents=True)
    (inbox / "notes.txt").write_text("nothing that anybody reads\n", encoding="utf-8")
    arguments = start_arguments(workspace, {"files": ["evidence/inbox/notes.txt"]})
    monkeypatch.setattr("leadline.review.draft.take_in", _while_another_job_is_asked_for(jobs / "b.json"))
    result = start_task(workspace, arguments, tell=lambda text, share=None: None)
    assert (result["plan"], result["files"][0]["status"]) == (None, "not understood")
    assert (jobs / "b.json").exists()
    assert (inbox / "notes.txt").exists()
    assert not workspace.plan.exists()


def _while_another_job_is_asked_for(order):
    from leadline.review.intake import take_in

    def meanwhile(door, paths):
        order.write_text("{}", encoding="utf-8")
        return take_in(door, paths)

    return meanwhile


def test_a_start_gives_sentences_and_questions_as_a_plain_document(tmp_path, monkeypatch):
    monkeypatch.setenv("LEADLINE_KEY", "00" * 32)
    workspace = Workspace(tmp_path)
    inbox = workspace.evidence / "inbox"
    inbox.mkdir(parents=True)
    (inbox / "ads.csv").write_text(ADS, encoding="utf-8")
    arguments = start_arguments(workspace, {"files": ["evidence/inbox/ads.csv"]})
    told = []
    result = start_task(workspace, arguments, tell=lambda text, share=None: told.append(text))
    assert len(result["sentences"]) == 3
    assert result["hundreds"][0]["currency"] == "GBP"
    assert len(result["questions"]) <= 5
    assert json.loads(json.dumps(result)) == result
    assert "reading ads.csv" in told


def test_a_review_takes_a_day_and_a_seed_and_nothing_else(workspace):
    assert review_arguments(workspace, {"seed": 3, "as_of": "2027-01-01"}) == {"seed": 3, "as_of": "2027-01-01"}
    with pytest.raises(UsageError, match='argument "files" is not known'):
        review_arguments(workspace, {"files": ["a.csv"]})


def test_a_review_is_as_of_the_day_the_server_was_started_with(tmp_path):
    given = {"as_of": "2027-03-31", "seed": 7}
    jobs = Jobs(Workspace(tmp_path), lambda: NOW, given=given)
    assert jobs.start("review", {}).arguments == given
    assert jobs.start("review", {"seed": 9}).arguments == {"as_of": "2027-03-31", "seed": 9}
    assert jobs.start("import", {}).arguments == {"files": []}
    with pytest.raises(UsageError, match="2027-01-31"):
        jobs.start("review", {"as_of": "yesterday"})
