"""A real funnel runs the whole line: 8,000 leads and 842 deals of the public Olist data set, read where they lie."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from leadline.evidence.store import open_store
from leadline.plan.graph import Graph
from leadline.plan.source import read_plan
from leadline.review.hang import records
from leadline.review.keep import Keep
from leadline.review.kept_types import KEPT
from leadline.review.measuring import Asking, measure_all
from leadline.review.run import Request, day_of, review
from leadline.settings import read_settings
from leadline.workspace import Workspace

REPOSITORY = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
NOW = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - UTC without zone


@pytest.fixture(scope="module")
def workspace(shared, tmp_path_factory):
    folder = tmp_path_factory.mktemp("olist")
    shutil.copytree(REPOSITORY / "examples" / "olist", folder, dirs_exist_ok=True)
    (folder / "exports").mkdir()
    for file in (shared / "examples" / "olist" / "data").glob("*.csv"):
        shutil.copy(file, folder / "exports")
    return Workspace(folder)


@pytest.fixture(scope="module")
def first(workspace, monkeypatch_module):
    return review(workspace, Request(now=lambda: NOW))


@pytest.fixture(scope="module")
def monkeypatch_module():
    patch = pytest.MonkeyPatch()
    patch.setenv("LEADLINE_KEY", "00" * 32)
    yield patch
    patch.undo()


def test_both_files_come_in_and_every_record_has_one_fate(first):
    records = {Path(one.file).name: one.records for one in first.imports}
    assert records["qualified_leads.csv"].read == 8000
    assert records["closed_deals.csv"].read == 842
    assert all(one.status == "done" for one in first.imports)


def test_the_second_run_imports_nothing_and_computes_nothing(first, workspace, monkeypatch_module):
    again = review(workspace, Request(now=lambda: NOW))
    assert [one.status for one in again.imports] == ["already_imported"] * 2
    assert again.computed == ()
    assert set(again.kept) == set(first.computed)
    assert (again.answer, again.bets, again.forecasts) == (first.answer, first.bets, first.forecasts)


@pytest.mark.parametrize(
    ("origin", "share"), [("paid search", 0.123), ("organic search", 0.118), ("social", 0.056), ("email", 0.030)]
)
def test_conversion_per_origin_is_what_the_files_say(first, origin, share):
    group = next(one for one in first.steps[0].groups if one.name == origin)
    assert group.rate.base == pytest.approx(share, abs=0.0006)
    assert group.rate.low < share < group.rate.high


def test_the_lag_is_about_two_weeks_with_a_long_tail(first):
    step = first.steps[0].result
    assert step.median_seen == pytest.approx(14.7, abs=1.0)
    seen = step.draws(2000, 1).cdf([14.0, 162.0]).mean(axis=0)
    assert 0.3 < seen[0] < 0.6  # of all that will ever sign, more than half take longer than two weeks
    assert seen[1] < 0.95


def test_recent_cohorts_are_open_and_not_lost(first):
    counts = first.steps[0].result.counts
    assert counts.open == 8000 - 842 - counts.lost
    assert first.steps[0].measured_rate.base > counts.raw


def test_a_deal_dated_before_its_first_contact_is_reported(first):
    assert any("entered won 2018-03-06 before lead 2018-03-08" in text for text in first.sentences)
    assert first.steps[0].rejected == 1


def test_it_points_out_that_no_deal_is_recorded_before_december_2017(first):
    assert any("no won before 2017-12-05 although lead starts 2017-06-14" in text for text in first.sentences)


def test_it_says_what_the_data_cannot_tell(first):
    said = " ".join(first.sentences)
    assert "No spend was imported" in said
    assert 'The evidence of "lead" ends on 2018-05-31' in said
    assert first.check.scores.hundred.basis == "planned"
    assert first.forecasts[0].p is None


def test_nothing_turns_proven_by_counting_alone(first):
    assert first.check.scores.hundred.proven == 0
    words = {bet.bet: (bet.word, bet.grade) for bet in first.bets}
    assert words["paid-search>lead"] == ("can't tell", "D")
    assert words["lead>seller:rate"][1] == "C"


@pytest.mark.proof
def test_once_recording_is_explained_the_early_cohorts_no_longer_count_against_the_rate(
    first, workspace, monkeypatch_module
):
    (workspace.folder / "leadline.toml").write_text("[bridge.recorded_from]\nwon = 2017-12-01\n", encoding="utf-8")
    again = review(workspace, Request(now=lambda: NOW))
    assert again.steps[0].measured_rate.base > first.steps[0].measured_rate.base + 0.01
    assert not any("although lead starts" in text for text in again.sentences)


@pytest.mark.proof
def test_days_of_which_the_sources_say_nothing_change_neither_rate_nor_lag(workspace, monkeypatch_module):
    (workspace.folder / "leadline.toml").write_text("", encoding="utf-8")
    ends, later = (
        review(workspace, Request(now=lambda: NOW, as_of=day)) for day in (dt.date(2018, 11, 14), dt.date(2019, 12, 31))
    )
    assert later.steps[0].measured_rate == ends.steps[0].measured_rate
    assert later.steps[0].measured_lag == ends.steps[0].measured_lag
    assert any("entries of won are known until 2018-11-14; later days say nothing" in text for text in later.sentences)
    assert not any("later days say nothing" in text for text in ends.sentences)


@pytest.mark.parametrize("day", [None, dt.date(2019, 12, 31)])
def test_a_record_ends_with_the_last_day_of_which_anything_is_known(first, workspace, monkeypatch_module, day):
    settings, plan = read_settings(workspace.settings), read_plan(workspace.plan).plan
    store = open_store(workspace)
    at = day_of(store, plan, settings=settings, request=Request(now=lambda: NOW, as_of=day))
    graph = Graph(plan)
    asking = Asking(store, at, settings, 1, Keep(workspace.results, KEPT), lambda _: None)
    measured = measure_all(graph, asking, currency="BRL")
    found = records(graph, measured, delivered={}, at=at, snapshot=store.snapshot())
    assert {one.window for one in found} == {(dt.date(2017, 6, 14), dt.date(2018, 11, 14))}
