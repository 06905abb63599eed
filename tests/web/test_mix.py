"""The mix from the browser: the job does what `leadline measure mix` does, and its page says how far it is or what is missing."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import json
import re
import time

import pytest

import leadline.measure.mix
from leadline.errors import NothingDone, UsageError
from leadline.measure.mix.sampler import Progress
from leadline.report.kept import latest
from leadline.review.documents import MeasureDocument
from leadline.review.mix_running import cache_folder
from leadline.review.run import Request, review
from leadline.web.job_files import append
from leadline.web.pages.jobs import address_of, jobs_of
from leadline.web.tasks import KINDS, mix_task
from made_up_mix import SPEND_MAPPING, made_up_mix, unsettled_mix

from .test_jobs import now

PLAN = """\
plan: {id: small, title: Small, window: 2027-01-01..2027-12-31, currency: EUR, budget: 40 kEUR, driver: ada, status: active}
metrics:
  - {id: lead, name: Leads, unit: count, better: up, stage: outcome, source: "stage:lead", every: week, owner: ada}
tactics:
  list:
    - {id: ads, name: Search ads, dates: 2027-01-01..2027-12-31, budget: 30 kEUR, owner: ada, mechanism: They find it,
       delivers: {metric: lead, count: 120..160..200, method: expert}}
action:
  people:
    - {id: ada, name: Ada, capacity: 30 h/week, cost: 50 EUR/h}
"""
LEADS = """\
mapping: 1
table: stages
match: {header: [id, stage, at]}
file: {encoding: utf-8, delimiter: ",", dates: "%Y-%m-%d"}
key: [id, stage]
columns: {subject_kind: {const: person}, stage: stage, entered_at: at}
identifiers: {crm: id}
"""
DAYS = 198
NO_SPEND = "What each channel brought could not be measured: No spend was imported"


def day(at):
    return dt.date(2027, 1, 1) + dt.timedelta(days=at)


def put(folder, name, rows, mapping):
    (folder / f"{name}.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / f"{name}.mapping.yaml").write_text(mapping, encoding="utf-8")


@pytest.fixture
def without_spend(site, monkeypatch):
    """Give a site over a workspace of half a year of leads that nobody paid for; nothing is imported yet."""
    monkeypatch.setenv("LEADLINE_KEY", "00" * 32)
    monkeypatch.setattr("leadline.report.keeping.kept_names", lambda _: [("mix", "What each channel brought")])
    monkeypatch.setattr("leadline.report.keeping.Pen.draw", lambda _, page: page)
    site.workspace.plan.write_text(PLAN, encoding="utf-8")
    site.workspace.settings.write_text(f'as_of = {day(DAYS - 1)}\n[mix]\noutcome = "stage:lead"\n', encoding="utf-8")
    site.workspace.exports.mkdir()
    rows = [f"c{at}-{one},lead,{day(at)}" for at in range(DAYS) for one in range(1 + at // 14 % 2 + at % 3 // 2)]
    put(site.workspace.exports, "leads", ["id,stage,at", *rows], LEADS)
    return site


@pytest.fixture
def spent(without_spend):
    """Give the same with spend on one channel: more for a fortnight, less for the next."""
    rows = [f"{day(at)},search,Paid Search,ads,{20 + 100 * (at // 14 % 2)}.00" for at in range(DAYS)]
    put(without_spend.workspace.exports, "costs", ["day,campaign,channel,tactic,cost", *rows], SPEND_MAPPING)
    return without_spend


class Fits:
    """Fits that answer at once with a result that is made up, of other channels than the tactic's. asked: of each"""

    def __init__(self):
        self.asked, self.answer = [], made_up_mix()

    def __call__(self, panel, options, *, experiments, cache_folder, progress):
        self.asked.append((options.seed, options.sampling.instant, cache_folder))
        progress(Progress("sampling", 50, 200, 1, None, 3.0))
        if self.answer is None:
            raise KeyboardInterrupt
        return dataclasses.replace(self.answer, method="instant" if options.sampling.instant else "sampled")


@pytest.fixture
def fits(monkeypatch):
    found = Fits()
    monkeypatch.setattr(leadline.measure.mix, "fit_mix", found)
    return found


def measured(site, told=None, **arguments):
    def tell(text, share=None):
        if told is not None:
            told.append((text, share))

    checked = KINDS["mix"].check(site.workspace, arguments)
    return json.loads(json.dumps(mix_task(site.workspace, checked, tell=tell)))


def page_of(browser, address="/show/mix"):
    return html.unescape(re.sub(r"\s+", " ", browser.get(address).text))


@pytest.mark.slow
def test_the_job_gives_the_document_of_the_verb_and_keeps_the_page_until_another_is_done(spent, fits, enter):
    told = []
    result = measured(spent, told)
    document = MeasureDocument.model_validate(result)
    assert (document.bridge, document.paths, document.mix.method) == ([], [], "sampled")
    assert (document.mix.channels[0].name, len(document.computed)) == ("radio", 1)
    assert fits.asked == [(1, False, cache_folder())]
    assert ("sampling: 50 of 200, 1 divergence, 3 s left", 0.25) in told
    assert any(text.startswith("measuring the mix of Leads: 27 weeks") for text, _ in told)
    kept, page = latest(spent.workspace), page_of(enter(spent))
    assert kept.page("mix").answer == document.mix.sentence
    assert 0 < page.index(document.mix.sentence) < page.index('id="returns"') < page.index('id="measure"')

    fits.answer = None
    with pytest.raises(KeyboardInterrupt):
        measured(spent, seed=2)
    assert (latest(spent.workspace).key, len(fits.asked)) == (kept.key, 2)
    again = measured(spent, instant=True)  # of what was measured whole nothing is estimated, nor measured again
    assert (again["mix"]["method"], again["kept"][-1:]) == ("sampled", document.computed)
    assert len(fits.asked) == 2


@pytest.mark.proof
def test_a_quick_estimate_is_shown_until_a_whole_fit_has_settled(spent, fits):
    assert measured(spent, instant=True)["mix"]["method"] == "instant"
    assert fits.asked == [(1, True, cache_folder())]
    assert "quick estimate" in " ".join(latest(spent.workspace).page("mix").beside)
    fits.answer = unsettled_mix()
    assert measured(spent)["mix"]["converged"] is False
    assert review(spent.workspace, Request(now)).mix.result.method == "instant"
    assert len(fits.asked) == 2


@pytest.mark.slow
def test_without_anything_to_fit_job_and_page_say_what_is_missing_as_the_verb_does(without_spend, enter, fits):
    browser = enter(without_spend)
    assert "Measure the mix" in page_of(browser)  # what lies in exports/ may be what is missing
    with pytest.raises(NothingDone, match=f"^{NO_SPEND}"):
        measured(without_spend)
    page = page_of(browser)
    assert NO_SPEND in page
    assert 'action="/mix"' not in page
    assert fits.asked == []


def test_before_anything_is_there_to_import_the_page_leads_to_where_it_is_dropped(planned, enter):
    page = page_of(enter(planned))
    assert 'Nothing was imported: every number here is the plan\'s belief. <a href="/evidence">' in page
    assert 'action="/mix"' not in page


@pytest.fixture
def quiet(spent, monkeypatch):
    """Give jobs that nobody works, over exports that nobody imported: a test says what happens to them."""
    found = jobs_of(spent)
    monkeypatch.setattr(found, "_take_lock", lambda: False)
    return found


def tell(site, job, what, **more):
    append(site.workspace.evidence / "jobs" / f"{job.id}.jsonl", {"at": now().isoformat(), "is": what, **more})


def test_the_button_orders_a_whole_fit_and_the_page_follows_it_and_says_why_it_did_not_work(spent, quiet, enter):
    browser = enter(spent)
    assert '<form method="post" action="/mix"' in page_of(browser)
    assert (
        browser.post(
            "/mix", headers={"sec-fetch-site": "cross-site", "origin": "https://elsewhere.example"}
        ).status_code
        == 403
    )
    assert quiet.all() == ()
    whole, quick = (browser.post("/mix", data=data).headers["location"] for data in ({}, {"instant": "1"}))
    assert [job.arguments for job in quiet.all()] == [{"instant": True}, {}]
    assert quick == address_of(quiet.all()[0])
    browser.post(f"{quick}/cancel")
    job = quiet.all()[1]
    tell(spent, job, "begun")
    tell(spent, job, "told", told="sampling: 50 of 200, 3 s left", share=0.25)
    for page in (page_of(browser), page_of(browser, whole)):
        assert 'value="25.0"' in page
        assert "sampling: 50 of 200, 3 s left" in page
        assert 'action="/mix"' not in page
    tell(spent, job, "failed", reason="refused", error="mix.yaml:1: that is none.")
    page = page_of(browser)
    assert "mix.yaml:1: that is none." in page
    assert 'action="/mix"' in page


def test_an_order_is_checked_by_its_names_and_types(spent):
    def ordered(**given):
        return KINDS["mix"].check(spent.workspace, given)

    assert ordered(instant=True, seed=3, as_of="2027-07-01") == {"instant": True, "seed": 3, "as_of": "2027-07-01"}
    with pytest.raises(UsageError, match=r'argument "instat" is not known. Did you mean "instant"\?'):
        ordered(instat=True)
    with pytest.raises(UsageError, match="bool"):
        ordered(instant="yes")


@pytest.mark.proof
def test_a_quick_estimate_that_is_asked_for_by_api_ends_on_its_page(spent, enter):
    browser = enter(spent)
    made = browser.post("/api/jobs", json={"kind": "mix", "arguments": {"instant": True}})
    assert made.status_code == 202
    until = time.monotonic() + 60
    while not (job := browser.get(made.headers["location"]).json())["ended"]:
        assert time.monotonic() < until, job
        time.sleep(0.2)
    assert (job["state"], job["error"]) == ("done", "")
    mix = job["result"]["mix"]
    assert (mix["kpi"], [one["name"] for one in mix["channels"]]) == ("Leads", ["Paid Search"])
    page = page_of(browser, job["page"])
    assert mix["sentence"] in page
    assert 'href="/show/mix"' in page
    assert browser.get("/api/measure").json()["mix"] == mix
    assert mix["sentence"] in page_of(browser)
