"""Pictures of a mix: only what can be told is drawn, with its interval, and what lies beyond the data is marked."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from leadline.measure.mix import charts, curve_charts
from leadline.measure.mix.result import Quantity
from leadline.measure.mix.scenario import Folded, levers
from leadline.report.charts import draw

DRAWN = (charts.returns, curve_charts.curves, charts.decomposition, charts.fit)


def rows_of(spec):
    return {row["row"]: row for row in spec["data"]["values"]}


def test_returns_show_both_intervals_and_what_was_assumed(result):
    rows = rows_of(result.chart())
    assert list(rows) == ["tv", "search", "radio + video"]  # letters were not paid for
    tv = rows["tv"]
    assert tv["p05"] < tv["p25"] < tv["p50"] == 1.6 < tv["p75"] < tv["p95"]
    assert (tv["prior_p05"], tv["prior_p95"]) == (0.28, 5.4)
    assert (rows["radio + video"]["prior_p05"], rows["radio + video"]["words"]) == (
        None,
        "1.3 (0.9–1.8), only together",
    )
    assert rows["search"]["words"].endswith(", 60 % assumed")
    assert result.chart()["title"]["text"] == "For tv between 1.0 and 2.6 comes back for each 1 spent"


def test_what_came_back_without_spend_is_what_was_brought(result):
    unpaid = tuple(dataclasses.replace(one, roi=None, spend=None, told=None) for one in result.channels)
    spec = dataclasses.replace(result, channels=unpaid).chart()
    assert list(rows_of(spec)) == ["tv", "search", "letters"]
    assert rows_of(spec)["letters"]["prior_p05"] is None  # the prior speaks of a share, the picture of money


def test_a_curve_is_marked_beyond_what_was_seen_and_not_drawn_where_it_was_assumed(result):
    spec = curve_charts.curves(result)
    assert [part["title"]["text"] for part in spec["concat"]] == ["tv", "search", "radio + video", "letters"]
    beyond = spec["concat"][0]["layer"][0]
    assert (beyond["mark"]["style"], beyond["data"]["values"]) == ("no-data", [{"multiple": 1.5, "end": 2.0}])
    tops = {
        json.dumps(layer["encoding"]["y"]["scale"])
        for part in spec["concat"]
        for layer in part["layer"]
        if "y" in layer["encoding"]
    }
    assert len(tops) == 1  # one scale


def test_parts_of_channels_that_cannot_be_told_apart_are_added_up(result):
    parts = dict(charts.parts(result))
    assert list(parts) == ["tv", "search", "letters", "video and radio, not told apart"]
    whole = result.series.contributions.sum(axis=0)
    assert sum(parts.values()) == pytest.approx(whole)


def test_unsettled_chains_draw_nothing_of_a_channel(unsettled):
    assert charts.lines(unsettled) == []
    assert unsettled.chart()["data"]["values"] == []
    assert curve_charts.curves(unsettled)["concat"] == []


@pytest.mark.slow
@pytest.mark.parametrize("width", [680, 300])
def test_every_picture_is_drawn_within_its_width(result, width):
    for make in DRAWN:
        spec = make(result, width=width)
        svg = draw(spec, live=False)
        assert float(svg.split('width="')[1].split('"')[0]) <= width + 8, make.__name__
        assert "NaN" not in svg
        assert spec["description"].endswith(".")


def varied(result, **given):
    """Give the result with fields of single channels replaced."""
    channels = tuple(dataclasses.replace(one, **given.get(one.name, {})) for one in result.channels)
    return dataclasses.replace(result, channels=channels)


def test_the_next_money_works_hardest_only_where_two_channels_are_known_and_may_be_recommended(result):
    def title(given, **rest):
        return curve_charts.curves(given, **rest)["title"]["text"]

    open_yet = "Where the next money works hardest can't be told yet"
    far = Quantity(9.0, 8.0, 9.0, 10.0)
    ahead = varied(result, tv={"marginal_roi": far})
    assert title(ahead) == open_yet  # search leans on what was assumed: tv is the only one that is known
    both = varied(result, tv={"marginal_roi": far}, search={"verdict": "identified"})
    assert title(both) == "The next money works hardest in tv"
    assert title(both, may_recommend=lambda name: name != "tv") == open_yet
    assert curve_charts.hardest(varied(result, tv={"verdict": "weak"}).channels) == (None, False)


def test_the_next_money_works_hardest_in_no_channel_where_a_set_told_together_may_do_better(result):
    near = Quantity(1.5, 1.4, 1.5, 1.6)
    both = varied(
        result,
        tv={"marginal_roi": near},
        search={"verdict": "identified", "marginal_roi": Quantity(0.1, 0.0, 0.1, 0.2)},
    )
    drawn = curve_charts.bent(both)
    (pair,) = (one for one in levers(both) if len(one.members) > 1)
    rising = np.linspace(-1, 1, len(pair.curve.multiple)) * pair.spend  # 1 for each 1
    for factor, is_ahead in ((1.0, True), (2.0, False)):
        folded = Folded.of(np.tile(factor * rising, (3, 1)))
        beside = [dataclasses.replace(pair, folded=folded)]
        assert curve_charts.hardest(drawn, beside=beside)[1] is is_ahead


def test_the_title_of_returns_rests_on_nothing_that_was_partly_assumed(result):
    weak = varied(result, tv={"verdict": "weak"}, letters={"verdict": "weak"})
    assert weak.chart()["title"]["text"] == "For radio + video between 0.9 and 1.8 comes back for each 1 spent"
    none = varied(weak, radio={"told": None}, video={"told": None})
    assert none.chart()["title"]["text"] == "The number of every channel leans on what was assumed"
    unpaid = varied(result, **{one.name: {"roi": None, "spend": None} for one in result.channels})
    apart = varied(unpaid, radio={"told": None}, video={"told": None})
    assert apart.chart()["title"]["text"] == "tv brought most: practically certain (> 99 %)"
    alone = varied(apart, letters={"verdict": "weak"})
    assert alone.chart()["title"]["text"].startswith("tv brought 1.6 MEUR (90 %:")


def test_a_set_that_shares_a_channel_is_not_added_to_it(result):
    assert "radio + video" in charts.decomposition_words(result)
    shared = dataclasses.replace(result.channel("radio").told, channels=("radio", "tv"))
    over = varied(result, radio={"told": shared}, video={"told": None})
    assert [one.name for one in charts.lines(over)] == ["tv", "search", "radio + tv", "letters"]
    assert [one.name for one in charts.additive(over)] == ["tv", "search", "letters"]
    assert "radio" not in charts.decomposition_words(over)


def test_what_marketing_made_is_no_finding_where_the_data_cannot_tell_it(result):
    spec = charts.decomposition(dataclasses.replace(result, all_told=False))
    assert spec["title"]["text"] == "How much of revenue marketing made can't be told"
    assert "MEUR" not in spec["description"]
