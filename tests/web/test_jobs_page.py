"""Background jobs in the browser: readable without a script, told as they go, and stopped by a button."""

from __future__ import annotations

import pytest

from leadline.web.job_files import append
from leadline.web.pages.jobs import address_of, jobs_of
from leadline.web.tasks import Kind

from .test_jobs import HERE, now


@pytest.fixture
def jobs(site, monkeypatch):
    """Give jobs of a site whose review is made up: it counts to a number."""
    monkeypatch.setenv("PYTHONPATH", str(HERE))
    monkeypatch.setattr("leadline.web.jobs.POLL_SECONDS", 0.02)
    found = jobs_of(site)
    found._kinds = {"review": Kind("made_up_work:count", lambda workspace, given: dict(given))}
    return found


def tell(site, job, what, **more):
    append(site.workspace.evidence / "jobs" / f"{job.id}.jsonl", {"at": now().isoformat(), "is": what, **more})


@pytest.fixture
def quiet(jobs, monkeypatch):
    """Give jobs that nobody works: a test says what happens to them."""
    monkeypatch.setattr(jobs, "_take_lock", lambda: False)
    return jobs


def test_a_job_is_followed_to_its_end_and_the_stream_closes_itself(site, jobs, enter):
    browser = enter(site)
    job = jobs.start("review", {"upto": 40})
    with browser.stream("GET", f"{address_of(job)}/events") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        messages = "".join(answer.iter_text()).strip().split("\n\n")
    numbers = [int(message.split("\n")[0].removeprefix("id: ")) for message in messages[:-1]]
    assert numbers == sorted(numbers)
    assert any("<progress" in message and "counted" in message for message in messages)
    assert "Done." in messages[-2]
    assert "40 &lt;counted&gt;." in messages[-2]
    assert messages[-1] == "event: end\ndata:"
    assert all(line.startswith(("id: ", "data: ")) for message in messages[:-1] for line in message.split("\n"))


def test_a_listener_that_has_heard_the_end_is_told_once_more_and_let_go(site, quiet, enter):
    browser, job = enter(site), quiet.start("review", {})
    tell(site, job, "cancelled")
    heard = browser.get(f"{address_of(job)}/events", headers={"last-event-id": "1"}).text
    assert heard.startswith("id: 1\ndata: ")
    assert heard.endswith("event: end\ndata:\n\n")
    for strange in ("-1", "9" * 400, "one", "1\u0661"):
        answer = browser.get(f"{address_of(job)}/events", headers={"last-event-id": strange.encode("utf-8")})
        assert (answer.status_code, answer.text[-18:]) == (200, "event: end\ndata:\n\n")


def test_a_page_without_script_reloads_itself_until_the_job_is_over_and_has_a_button_to_stop_it(site, quiet, enter):
    browser, first, job = enter(site), quiet.start("review", {"upto": 1}), quiet.start("review", {"upto": 2})
    page = browser.get(address_of(job)).text
    assert '<noscript><meta http-equiv="refresh"' in page
    assert "One comes before it." in page
    tell(site, first, "begun")
    tell(site, first, "told", told="measuring <b>lead", share=0.25)
    page = browser.get(address_of(first)).text
    assert "measuring &lt;b&gt;lead" in page
    assert 'value="25.0"' in page
    answer = browser.post(f"{address_of(job)}/cancel")
    assert (answer.status_code, answer.headers["location"]) == (303, address_of(job))
    page = browser.get(address_of(job)).text
    assert "Stopped, as you asked." in page
    assert "http-equiv" not in page
    assert browser.get("/jobs").text.count('<a href="/jobs/') == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"is": "failed", "reason": "refused", "error": "the <file> is empty."}, "the &lt;file&gt; is empty."),
        ({"is": "failed", "reason": "internal", "error": "ZeroDivisionError"}, "fault of Leadline, not of your files: ZeroDivisionError"),
        ({"is": "failed", "reason": "killed", "error": "9"}, "ended from outside (signal 9)"),
        ({"is": "cut", "orderly": False, "again": True}, "begun again; nothing was lost or counted twice"),
        ({"is": "cut", "orderly": False, "again": False}, "Cut off, and not begun again."),
        ({"is": "cancel"}, "Stopping."),
    ],
)  # fmt: skip
def test_however_a_job_ended_the_page_says_it_in_words(site, quiet, enter, line, said):
    browser, job = enter(site), quiet.start("review", {})
    tell(site, job, "begun")
    tell(site, job, line["is"], **{name: value for name, value in line.items() if name != "is"})
    assert said in browser.get(address_of(job)).text


@pytest.mark.parametrize("name", ["0" * 16, "lock", "%2e%2e%2fplan", "x"])
def test_an_address_of_no_job_is_no_file(site, quiet, enter, name):
    browser = enter(site)
    quiet.start("review", {})
    assert [browser.get(f"/jobs/{name}{end}").status_code for end in ("", "/events")] == [404, 404]
    assert browser.post(f"/jobs/{name}/cancel").status_code == 404


def test_a_workspace_that_was_only_looked_at_stays_as_it_is(site, jobs, enter):
    assert enter(site).get("/jobs").status_code == 200
    assert not site.workspace.evidence.exists()
