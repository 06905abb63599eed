import json

import numpy as np
import pytest

from leadline.measure.bridge import BridgeOptions, fit_bridge, fit_bridges
from leadline.measure.bridge.intervals import Interval
from leadline.measure.bridge.wording import days_words, plural, rate_words


@pytest.fixture(scope="module")
def fitted(world):
    return fit_bridge(world(51, 1200, tactic=np.array(["a", "b"] * 600)), BridgeOptions(draws=400))


def test_the_table_has_stable_keys_and_plain_values(fitted):
    rows = fitted.table()
    assert len({tuple(row) for row in rows}) == 1
    assert list(rows[0]) == [
        "step", "group", "name", "entered", "moved", "raw_ratio", "raw_ratio_p05", "raw_ratio_p95", "horizon_days",
        "rate_within", "rate_within_p05", "rate_within_p95", "final_rate", "final_rate_p05", "final_rate_p95",
        "median_lag_days", "median_lag_days_p05", "median_lag_days_p95", "note",
    ]  # fmt: skip
    assert json.loads(json.dumps(rows)) == rows
    assert rows[0]["moved"] == sum(row["moved"] for row in rows[1:])


def test_every_estimate_stands_inside_its_interval(fitted):
    for row in fitted.table():
        for name in ("raw_ratio", "rate_within", "final_rate", "median_lag_days"):
            assert row[f"{name}_p05"] < row[name] < row[f"{name}_p95"], (name, row["name"])


def fields(spec, inherited=()):
    """Yield the data rows and the fields each mark of a specification reads."""
    values = spec.get("data", {}).get("values", inherited)
    if "encoding" in spec:
        yield values, {channel["field"] for channel in spec["encoding"].values() if "field" in channel}
    for key in ("layer", "hconcat"):
        for part in spec.get(key, ()):
            yield from fields(part, values)


@pytest.mark.parametrize("which", ["step", "funnel"])
def test_a_chart_is_plain_data_without_colours(fitted, world, which):
    spec = fitted.chart() if which == "step" else fit_bridges([world(52, 300)], BridgeOptions(by="none")).chart()
    text = json.dumps(spec)
    assert "#" not in text
    assert "config" not in spec
    marks = list(fields(spec))
    assert len(marks) >= 6
    for values, names in marks:
        assert values
        assert all(names <= set(row) for row in values), names


def test_the_curve_shows_bands_twin_and_where_data_end(fitted):
    spec = fitted.chart()
    styles = json.dumps(spec)
    for wanted in ('"style": "observed"', '"style": "no-data"', '"style": "interval"', "no data here"):
        assert wanted in styles
    assert spec["title"]["text"] in fitted.sentence()
    curve = next(part["data"]["values"] for part in spec["layer"] if part.get("mark", {}).get("style") == "estimate")
    assert all(row["p05"] <= row["p25"] <= row["p50"] <= row["p75"] <= row["p95"] for row in curve)
    assert curve[-1]["days"] > fitted.oldest


@pytest.mark.slow
def test_the_charts_are_valid_vega_lite(fitted, world):
    vl_convert = pytest.importorskip("vl_convert")
    for spec in (fitted.chart(), fit_bridges([world(52, 300)], BridgeOptions(by="none")).chart()):
        svg = vl_convert.vegalite_to_svg(spec)
        assert svg.startswith("<svg")
        assert "NaN" not in svg


def test_no_digit_stands_that_the_interval_does_not_carry():
    assert rate_words(Interval(0.061, 0.041, 0.083)) == "6 % (90 %: 4 to 8)"
    assert rate_words(Interval(0.1234, 0.115, 0.131)) == "12.3 % (90 %: 11.5 to 13.1)"
    assert rate_words(Interval(0.00321, 0.0031, 0.0034)) == "0.32 % (90 %: 0.31 to 0.34)"


@pytest.mark.parametrize(("days", "words"), [(120.0, "120 days"), (1.5, "36 hours"), (0.02, "29 minutes")])
def test_a_time_span_is_said_in_the_unit_that_reads_best(days, words):
    assert days_words(days) == words


@pytest.mark.parametrize(
    ("one", "many"), [("lead", "leads"), ("inquiry", "inquiries"), ("sales", "sales"), ("day", "days")]
)
def test_a_state_has_a_plural(one, many):
    assert plural(one) == many
