"""Wide tables become panels: columns found or asked for, and everything wrong said at once, with its line."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

import leadline as ll
from leadline.errors import InputError, NothingDone, UsageError

HEADER = "date,revenue,tv_spend,search_cost,search_impressions,price"
ROWS = ("2027-03-01,100,10,5,500,1.5", "2027-03-08,110,0,6,600,1.4", "2027-03-15,,12,7,700,1.6")


def written(tmp_path, *lines, name="national.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_columns_are_found_by_their_names(tmp_path):
    panel = ll.read_panel(written(tmp_path, HEADER, *ROWS))
    assert (panel.grain, panel.geo, panel.channels, panel.kinds) == ("week", ("*",), ("tv", "search"), ("paid", "paid"))
    assert panel.exposure[0].tolist() == [
        [10, 500],
        [0, 600],
        [12, 700],
    ]  # impressions where they are counted, else money
    assert panel.spend[0].tolist() == [[10, 5], [0, 6], [12, 7]]
    assert (panel.control_names, panel.controls[0, :, 0].tolist()) == (("price",), [1.5, 1.4, 1.6])
    assert np.isnan(panel.outcome["revenue"][0, 2])  # an outcome that was not observed is masked, not 0


def test_a_frame_a_german_table_and_another_order_of_columns_are_the_same_panel(tmp_path):
    panel = ll.read_panel(written(tmp_path, HEADER, *ROWS))
    days = [dt.date(2027, 3, day) for day in (1, 8, 15)]
    frame = pa.table({
        "price": [1.5, 1.4, 1.6], "date": days, "revenue": [100.0, 110.0, None], "tv_spend": [10, 0, 12],
        "search_cost": [5, 6, 7], "search_impressions": [500, 600, 700],
    })  # fmt: skip
    assert ll.read_panel(frame).hash == panel.hash
    german = written(
        tmp_path, "Date;revenue;tv_spend;search_cost;search_impressions;price", "1.3.2027;100;10;5;500;1,5",
        "8.3.2027;110;0;6;600;1,4", "15.3.2027;--;12;7;700;1,6", name="german.csv",
    )  # fmt: skip
    assert ll.read_panel(german).hash == panel.hash
    assert ll.read_panel(written(tmp_path, HEADER, *reversed(ROWS), name="backwards.csv")).hash == panel.hash
    with pytest.raises(UsageError, match="not from dict"):
        ll.read_panel({"date": days})


def test_what_could_be_two_things_is_asked_for(tmp_path):
    two = written(tmp_path, "date,revenue,orders,tv_spend", "2027-03-01,1,2,3")
    with pytest.raises(UsageError, match='2 columns may be kpi: "revenue", "orders"'):
        ll.read_panel(two)
    with pytest.raises(UsageError, match="the outcome is orders, and revenue may be outcomes too"):
        ll.read_panel(two, kpi="orders")
    assert ll.read_panel(two, kpi="orders", drop="revenue").control_names == ()
    assert ll.read_panel(two, kpi="orders", controls=["revenue"]).control_names == ("revenue",)
    with pytest.raises(UsageError, match=r'Did you mean "revenue"'):
        ll.read_panel(two, kpi="revenu")
    with pytest.raises(UsageError, match="no column is a channel"):
        ll.read_panel(two, kpi="orders", drop="tv_spend,revenue")
    loose = written(tmp_path, "date,y,radio,tv_note,tv_spend", "2027-03-01,1,2,3,4")
    with pytest.raises(UsageError, match=r"what is radio\? Nothing claims it"):
        ll.read_panel(loose, controls="tv_note")
    with pytest.raises(UsageError, match=r'column role "chanels" is not known\. Did you mean "channels"'):
        ll.read_panel(loose, chanels="radio")
    money = ll.read_panel(written(tmp_path, "date,y,radio", "2027-03-01,1,2"), channels="radio")
    assert (money.channels, money.spend.tolist()) == (("radio",), [[[2]]])
    with pytest.raises(NothingDone, match="no rows"):
        ll.read_panel(written(tmp_path, HEADER))


def test_everything_wrong_is_said_at_once_with_its_line(tmp_path):
    path = written(
        tmp_path, "date,geo,revenue,tv_spend,price", "2027-03-01,north,1,2,1", "2027-03-01,south,1,2,1", "2027-03-08,north,1,2,x",
        "2027-03-08,north,1,2,1", "nonsense,north,1,2,1",
    )  # fmt: skip
    with pytest.raises(InputError) as error:
        ll.read_panel(path)
    text = str(error.value)
    assert "national.csv:4: price: x is not a number" in text
    assert "national.csv:5: 2027-03-08 in north stands on line 4 already" in text
    assert "national.csv:6: date: nonsense is not a date" in text
    assert "south has no row for 2027-03-08" in text


def test_gaps_negative_and_unknown_money_are_refused(tmp_path):
    path = written(
        tmp_path,
        "date,y,tv_spend,web_spend",
        "2027-03-01,1,2,",
        "2027-03-08,1,-2,1",
        "2027-03-22,1,2,1",
        "2027-03-29,1,2,1",
    )
    with pytest.raises(InputError) as error:
        ll.read_panel(path)
    assert len(error.value.problems) == 3, "the spend is the exposure, and is told once"
    text = str(error.value)
    assert "after 2027-03-08 comes 2027-03-22, not 2027-03-15" in text
    assert "spend of tv is negative: 1 of 4 values, the first on 2027-03-08. Correct" in text
    assert "spend of web is not known; fill with 0 only if nothing ran: 1 of 4 values, the first on 2027-03-01" in text


def test_days_that_may_be_months_are_asked_for(tmp_path):
    path = written(tmp_path, "date,y,tv_spend", "1/2/2027,1,2", "2/2/2027,1,2")
    with pytest.raises(UsageError, match="Say dates=mdy or dates=dmy"):
        ll.read_panel(path)
    assert ll.read_panel(path, dates="dmy").grain == "day"
    assert ll.read_panel(path, dates="mdy").grain == "month"


def test_months_dated_by_their_last_day_begin_on_their_first(tmp_path):
    path = written(
        tmp_path, "date,sales,tv_spend", "2027-01-31,1,2", "2027-02-28,1,2", "2027-03-31,1,2", "2027-04-30,1,2"
    )
    panel = ll.read_panel(path)
    assert (panel.grain, str(panel.time[1])) == ("month", "2027-02-01")
    assert panel.notes == ("each row is dated by the last day of its month: the months are taken by their first",)


@pytest.mark.parametrize(
    ("name", "given", "shape"),
    [
        ("mmm_bench/national.csv", {}, (1, 8, 3)),
        ("mmm_bench/geo.csv", {}, None),
        ("mmm_meridian/national_media.csv", {"kpi": "conversions"}, (1, 4, 2)),
        (
            "mmm_small/small.csv",
            {"channels": ["x1_Search-Ads", "x2_Social-Media", "x3_Local-Ads", "x4_Email"]},
            (1, 4, 4),
        ),
        ("pinkham/pinkham.csv", {"channels": ["advertising"]}, (1, 1, 0)),
    ],
)
def test_published_panels_are_read_as_they_are(shared, name, given, shape):
    panel = ll.read_panel(shared / "data" / name, **given)
    controls = 0 if panel.controls is None else panel.controls.shape[2]
    if shape is not None:
        assert (len(panel.geo), len(panel.channels), controls) == shape
    else:
        assert (len(panel.geo) > 1, panel.population.shape) == (True, (len(panel.geo),))
    if "pinkham" in name:
        assert panel.grain == "year"
        assert "yearly data: carry-over inside a year can't be seen" in panel.notes[0]
    else:
        assert (panel.grain, np.isfinite(panel.exposure).all()) == ("week", True)


@pytest.mark.parametrize(
    ("kpi", "given", "currency", "notes"),
    [("net_revenue", None, "money", 0), ("orders", None, "", 0), ("y", None, "money", 1), ("y", "none", "", 0), ("orders", "EUR", "EUR", 0)],
)  # fmt: skip
def test_whether_the_outcome_is_money_is_told_by_its_name_or_asked(tmp_path, kpi, given, currency, notes):
    panel = ll.read_panel(written(tmp_path, f"date,{kpi},tv_spend", "2027-03-01,1,2"), kpi, currency=given)
    assert (panel.currency, len(panel.notes)) == (currency, notes)


def test_a_column_that_a_channel_does_not_hold_is_refused(tmp_path):
    path = written(tmp_path, "date,revenue,tv_spend", "2027-03-01,1,2")
    with pytest.raises(UsageError, match='what tv holds "costs" is not known'):
        ll.read_panel(path, channels={"tv": {"costs": "tv_spend"}})
    with pytest.raises(UsageError, match='column for the spend of tv "tv_spent" is not known'):
        ll.read_panel(path, channels={"tv": {"spend": "tv_spent"}})
