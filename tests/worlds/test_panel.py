from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from leadline.worlds import make_panel, simulate

from .conftest import small_plan, small_world

GEOS = {"north": 600.0, "south": 400.0}


@pytest.fixture(scope="module")
def regional():
    raw = small_world().origin.raw
    world = small_world(
        market={"accounts": 300, "installed": 60, "geos": GEOS},
        market_index="5 %",
        tactics={**raw["tactics"], "search": {**raw["tactics"]["search"], "geo": ["north"]}},
    )
    return simulate(world, small_plan(), seed=5)


@pytest.mark.parametrize("name", ["small", "regional"])
def test_a_panel_holds_every_case_and_every_cent_of_its_weeks(request, name):
    company = request.getfixturevalue(name)
    panel = make_panel(company)
    first = panel.time[0].astype(object)
    last = first + dt.timedelta(weeks=len(panel.time), days=-1)
    assert first.weekday() == 0
    assert last <= company.world.world.as_of < last + dt.timedelta(days=7)
    moments = [case.entered["sqo"] for case in company.cases if "sqo" in case.entered]
    assert panel.outcome["sqo"].sum() == sum(first <= moment.date() <= last for moment in moments)
    days = [(first - company.world.world.start).days, (last - company.world.world.start).days + 1]
    for number, channel in enumerate(panel.channels):
        spent = company.money[channel].spent[days[0] : days[1]].sum() / 100
        assert panel.spend[:, :, number].sum() == pytest.approx(spent)
    assert panel.exposure.shape == (len(panel.geo), len(panel.time), len(panel.channels))


def test_a_tactic_of_one_region_spends_nothing_in_another(regional):
    panel = make_panel(regional)
    search = panel.channels.index("search")
    assert panel.exposure[panel.geo.index("north"), :, search].any()
    assert not panel.exposure[panel.geo.index("south"), :, search].any()
    assert panel.controls.shape == (2, len(panel.time), 1)
    assert panel.population.tolist() == [600.0, 400.0]


def test_equal_panels_have_equal_hashes_and_a_changed_cent_another(small):
    one, again = make_panel(small), make_panel(small)
    assert one.hash == again.hash
    other = make_panel(simulate(small.world, small_plan(search=30_001), seed=small.seed))
    assert other.hash != one.hash
    assert np.array_equal(one.time, other.time)
