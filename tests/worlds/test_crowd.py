"""A world made large: its visitors are streamed, and are the visitors that a small one has, only more."""

from __future__ import annotations

import json

import numpy as np
import pytest

from leadline.worlds import make_world, simulate
from leadline.worlds.crowd import months
from leadline.worlds.journeys import conditioned
from leadline.worlds.parameters import NOTHING
from leadline.worlds.writers.ga4_crowd import write_crowd

from .conftest import small_plan, small_world


@pytest.fixture(scope="module")
def large():
    raw = small_world().origin.raw
    world = small_world(
        world={**raw["world"], "scale": 6}, tactics={"search": {}, "thought": {}, "fair": {}, "retrofit": {}}
    )
    return simulate(world, small_plan(), seed=5)


@pytest.fixture(scope="module")
def events(large, tmp_path_factory):
    folder = tmp_path_factory.mktemp("crowd")
    written = write_crowd(large, folder)
    lines = [json.loads(line) for file in written for line in (folder / file.name).read_text("utf-8").splitlines()]
    assert len(lines) == sum(file.counts["records"] for file in written)
    assert sum(line["event_name"] == "session_start" for line in lines) == sum(
        file.counts["event_ignored"] for file in written
    )
    return lines


def test_the_crowd_is_as_large_as_its_demand_and_walks_as_the_chain_says(large):
    first = np.concatenate([crowd.second[crowd.second == crowd.born] for _, crowd in months(large)])
    days = (large.world.world.as_of - large.world.world.start).days + 1
    expected = large.world.visits * large.demand[:days].sum()
    assert len(first) == pytest.approx(expected, abs=4 * np.sqrt(expected))
    moves = conditioned(large.world.chain, NOTHING)
    length = moves.start @ np.linalg.inv(np.eye(len(moves.end)) - moves.between).sum(axis=1)
    visits = sum(len(crowd.second) for _, crowd in months(large))
    assert visits / len(first) == pytest.approx(length, rel=0.1)  # journeys under way at as-of are cut


def test_months_follow_each_other_without_a_visit_lost_or_out_of_order(large):
    seconds = np.concatenate([crowd.second for _, crowd in months(large)])
    assert (np.diff(seconds) >= 0).all()
    for first, crowd in months(large):
        day = (first - large.world.world.start).days
        assert day * 86_400 <= crowd.second.min()
        assert crowd.second.max() < (day + 31) * 86_400


@pytest.mark.proof
def test_events_of_the_crowd_have_a_key_each_and_nothing_comes_after_as_of(large, events):
    keys = {(event["event_bundle_sequence_id"], event["batch_event_index"]) for event in events}
    assert len(keys) == len(events)
    assert max(event["event_date"] for event in events) <= f"{large.world.world.as_of:%Y%m%d}"
    denied = [event for event in events if event["privacy_info"]["analytics_storage"] == "No"]
    assert denied
    assert all(event["user_pseudo_id"] is None for event in denied)
    assert all("ga_session_id" not in {param["key"] for param in event["event_params"]} for event in denied)


@pytest.mark.proof
def test_some_tags_are_lost_on_the_way_and_none_appear_from_nowhere(large, events):
    starts = [event["collected_traffic_source"] for event in events if event["event_name"] == "session_start"]
    tagged = [start["manual_campaign_name"] for start in starts if start]
    assert set(tagged) == {"search--compare"}
    assert len(tagged) < len(starts)


@pytest.mark.proof
def test_a_large_world_is_written_beside_its_truth(tmp_path):
    raw = small_world().origin.raw
    world = small_world(world={**raw["world"], "scale": 2, "as_of": "2027-01-31", "end": "2027-02-10"})
    made = make_world(world, tmp_path, plan=small_plan())
    truth = json.loads(made.truth.read_text("utf-8"))
    streamed = [path for path in made.exports if path.name.startswith("ga4_crowd_")]
    assert streamed
    for path in streamed:
        assert len(path.read_text("utf-8").splitlines()) == truth["files"][path.name]["records"]
    assert truth["scale"] == 2
