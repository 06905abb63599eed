"""A real funnel: 8,000 leads and 842 deals of a Brazilian marketplace (public data of Olist)."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from leadline.inputs import Stages
from leadline.measure.bridge import BridgeOptions, fit_bridge, replay_bridge
from leadline.measure.bridge.clean import clean
from leadline.measure.bridge.replay import as_known

AS_OF = dt.datetime(2018, 12, 31)  # noqa: DTZ001 - moments in inputs are UTC without zone
BEGAN = dt.datetime(2017, 12, 5)  # noqa: DTZ001 - same


@pytest.fixture(scope="module")
def stages(shared) -> Stages:
    folder = shared / "examples/olist/data"
    with (folder / "closed_deals.csv").open(encoding="utf-8") as lines:
        deals = {row["mql_id"]: row for row in csv.DictReader(lines)}
    with (folder / "qualified_leads.csv").open(encoding="utf-8") as lines:
        leads = list(csv.DictReader(lines))
    won = [deals.get(lead["mql_id"]) for lead in leads]
    moved = np.array([deal["won_date"] if deal else "NaT" for deal in won], dtype="datetime64[us]")
    blank = np.full(len(leads), "")
    return Stages(
        from_state="lead",
        to_state="seller",
        subject=np.array([lead["mql_id"] for lead in leads]),
        entered_at=np.array([lead["first_contact_date"] for lead in leads], dtype="datetime64[us]"),
        moved_at=moved,
        ended_at=moved,
        end=np.array(["won" if deal else "" for deal in won]),
        amount=np.array([float(deal["declared_monthly_revenue"]) if deal else np.nan for deal in won]),
        tactic=blank,
        origin=np.array([lead["origin"] for lead in leads]),
        segment=blank,
        as_of=AS_OF,
    )


@pytest.fixture(scope="module")
def fitted(stages):
    return fit_bridge(stages)


def test_the_deal_dated_before_its_first_contact_is_reported(fitted):
    assert [reject.reason for reject in fitted.rejects] == ["entered seller 2018-03-06 before lead 2018-03-08"]
    assert (fitted.counts.entered, fitted.counts.moved, fitted.counts.rejected) == (7999, 841, 1)


def test_the_won_took_two_weeks(fitted):
    assert fitted.median_seen == pytest.approx(14.5, abs=1)


def test_december_2017_is_seen_to_be_a_matter_of_recording(fitted):
    late = next(note for note in fitted.notes if "set recorded_from" in note)
    assert late.startswith("no seller before 2017-12-05 although lead starts 2017-06-14")
    assert fitted.jump is not None
    assert fitted.jump.is_jump
    assert any("not a result of marketing" in note for note in fitted.notes)


def test_the_revenue_nobody_filled_in_is_missing(fitted):
    assert "amount is 0 in 797 of 842 won deals: read as not filled in, not as worth nothing" in fitted.notes


def test_the_rates_by_origin_are_those_counted(fitted):
    counted = {group.name: (group.entered, group.moved) for group in fitted.groups if group.column == "origin"}
    # one deal of organic search is the reject
    assert counted == {
        "organic search": (2295, 270), "paid search": (1586, 195), "social": (1350, 75), "unknown": (1099, 179),
        "direct traffic": (499, 56), "email": (493, 15), "referral": (284, 24), "other": (150, 4), "display": (118, 6),
        "other publicities": (65, 3), "": (60, 14),
    }  # fmt: skip
    mostly = {group.name for group in fitted.groups if group.is_mostly_others}
    assert {"other", "other publicities"} <= mostly
    assert not {"organic search", "paid search", "social", "unknown"} & mostly


def test_knowing_when_records_began_raises_the_rate_and_quiets_the_warning(stages, fitted):
    told = fit_bridge(replace(stages, recorded_from=BEGAN), BridgeOptions(by="none"))
    assert not any("set recorded_from" in note for note in told.notes)
    assert told.jump is not None
    assert fitted.jump is not None
    assert told.jump.statistic < fitted.jump.statistic / 4
    # leads that entered after recording began and are at least 200 days old moved at 12.6 %
    entries = clean(stages)
    ripe = entries.entered_at >= np.datetime64(BEGAN)
    ripe_rate = float(entries.moved[ripe].mean())
    assert fitted.rate.high < ripe_rate
    assert told.rate.low < ripe_rate < told.rate.high


def test_the_misfit_of_every_simple_lag_shape_is_said(fitted):
    assert fitted.family == "log-normal"
    assert any(note.startswith("lag shape doesn't fit") for note in fitted.notes)


@pytest.mark.proof
def test_past_forecasts_beat_the_share_of_closed_deals(stages):
    told = replace(stages, recorded_from=BEGAN)
    dates = [dt.datetime(2018, month, 1) for month in range(3, 10)]  # noqa: DTZ001 - UTC without zone
    result = replay_bridge([told, *(as_known(told, date) for date in dates)])
    assert result.dates == 7
    # the bar for a real funnel: better than naive at two thirds of the dates
    assert result.better_than_naive >= 2 / 3
    assert result.sentence().startswith("At 7 past dates the 90 % interval held in ")
