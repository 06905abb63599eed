"""Lists of posts and mailings, and reports of GA4: what their samples do not show."""

# ruff: noqa: DTZ001 - stored times are UTC without zone

from __future__ import annotations

from datetime import date, datetime

import pytest

from leadline.errors import ImportRefused
from leadline.evidence.sources.records import Context, ImportOptions
from leadline.evidence.sources.registry import recognise
from leadline.evidence.sources.sniff import open_head


@pytest.fixture
def read(tmp_path):
    def read(text, options=None, name="file.csv"):
        path = tmp_path / name
        path.write_text(text, "utf-8")
        options = options or ImportOptions()
        head = open_head(path, options)
        source, match = recognise(head, options)
        reading = source.read(head, match, context=Context("Europe/Berlin", options))
        return source.name, reading, list(reading)

    return read


X = "Post id,Date,Post text,Post Link,Impressions,Likes,Shares,Reposts\n"
META = "Post ID,Publish time,Permalink,Post type,Date,Views,Reach,Likes\n"
MAIL = "Title,Subject,Send Date,Total Recipients,Successful Deliveries,Total Bounces,Unique Opens,Unique Clicks,Unique Id\n"
GA4 = "# Start date: 20270301\n# End date: 20270303\n"
GA4_HEADER = "Session source / medium,Sessions,Total revenue\n"


def values_of(records, table="posts"):
    return [row.values for record in records for row in record.rows if row.table == table]


def reasons(records):
    return [(reject.column, reject.reason) for record in records for reject in record.rejects]


def test_posts_handed_on_are_unknown_only_where_both_ways_are(read):
    rows = (
        '1,"Tue, Mar 2, 2027",a,https://x.com/a,10,1,,\n'
        '2,"Tue, Mar 2, 2027",b,https://x.com/b,10,1,,4\n'
        '3,"Tue, Mar 2, 2027",c,https://x.com/c,10,1,0,0\n'
    )
    name, _, records = read(X + rows)
    assert name == "x-posts"
    assert [one["shares"] for one in values_of(records)] == [None, 4, 0]


@pytest.mark.parametrize("text", ["Tue, Feb 30, 2027", "soon", "Tue, Mar 2", "", "Tue, Mar 2, 2027 13:00 pm"])
def test_a_day_that_is_none_is_told(read, text):
    _, _, records = read(X + f'1,"{text}",a,https://x.com/a,10,1,0,0\n')
    assert reasons(records) == [("Date", "bad_date")]


def test_an_id_that_a_spreadsheet_cut_is_not_taken(tmp_path, tools, write_workbook):
    rows = [X.strip().split(","), [2.074e18, "Tue, Mar 2, 2027", "a", "https://x.com/a", 10, 1, 0, 0]]
    records = tools.read(write_workbook(tmp_path / "posts.xlsx", {"Posts": rows}))
    assert reasons(records) == [("Post id", "lost_digits")]


def test_numbers_of_one_day_are_no_numbers_of_a_post(read):
    name, _, records = read(
        META + "1,03/01/2027 18:00,https://www.facebook.com/1,Photos,Lifetime,5,4,3\n"
        "2,03/01/2027 18:00,https://www.facebook.com/2,Photos,03/02/2027,5,4,3\n"
    )
    assert name == "meta-posts"
    assert [one["venue"] for one in values_of(records)] == ["facebook"]
    assert reasons(records) == [("Date", "bad_date")]


def test_a_publish_time_is_month_first_even_where_it_could_be_read_the_other_way(read):
    _, reading, records = read(META + "1,03/04/2027 6:05,https://www.instagram.com/p/1,IG reel,Lifetime,5,4,3\n")
    assert reading.dates == "mdy"
    assert values_of(records)[0]["published_at"] == datetime(2027, 3, 4, 5, 5)


def test_what_a_list_does_not_report_is_left_out_and_not_null(read):
    _, _, records = read(META + "1,03/04/2027 6:05,https://www.instagram.com/p/1,IG reel,Lifetime,--,4,3\n")
    values = values_of(records)[0]
    assert (values["impressions"], values["reach"]) == (None, 4)
    assert {"clicks", "saves", "replies"}.isdisjoint(values)


def test_two_mailings_of_one_day_are_two_parts_of_its_series(read):
    row = '{title},s,"Mar 01, 2027 {time}",10,9,1,5,2,{key}\n'
    text = MAIL + row.format(title="a", time="09:30 am", key="k1") + row.format(title="b", time="11:30 pm", key="k2")
    name, _, records = read(text)
    series = values_of(records, "metrics")
    assert name == "mailchimp"
    assert {(one["day"], one["segment"]) for one in series} == {(date(2027, 3, 1), "k1"), (date(2027, 3, 1), "k2")}
    assert [one["value"] for one in series if one["metric"] == "mail.opened"] == [5.0, 5.0]
    assert values_of(records, "touches") == []


def test_the_report_of_a_single_mailing_is_refused_with_the_way_to_all(read):
    text = (
        'Email Campaign Report\nTitle:,"wave 1"\nSubject Line:,"Seals"\n"Delivery Date/Time:","Mar 01, 2027 09:30 am"\n'
    )
    with pytest.raises(ImportRefused, match="one line per campaign") as refusal:
        read(text)
    assert refusal.value.reason == "not_recognised"


def test_a_report_with_a_date_gives_daily_rows(read):
    text = GA4 + "Date,Session campaign,Sessions,Engaged sessions\n20270301,brand,5,2\n20270302,brand,7,3\n"
    name, _, records = read(text)
    assert name == "ga4-report"
    assert [
        (one["metric"], one["day"], one["until"], one["value"]) for one in values_of(records, "metrics")
    ] == [
        ("ga4.sessions", date(2027, 3, 1), date(2027, 3, 1), 5.0),
        ("ga4.engaged_sessions", date(2027, 3, 1), date(2027, 3, 1), 2.0),
        ("ga4.sessions", date(2027, 3, 2), date(2027, 3, 2), 7.0),
        ("ga4.engaged_sessions", date(2027, 3, 2), date(2027, 3, 2), 3.0),
    ]  # fmt: skip


def test_the_table_below_the_chart_of_a_whole_year_is_found(read):
    chart = "Nth day,Direct,Email\n" + "".join(f"{day:04},140,8\n" for day in range(365))
    _, reading, records = read(
        GA4 + chart + "\n" + GA4 + GA4_HEADER + "google / cpc,5,0\n" + GA4 + "Country,Users\nDE,3\n"
    )
    assert sum(record.skipped == "other_block" for record in records) == 366
    assert [(one["metric"], one["segment"]) for one in values_of(records, "metrics")] == [
        ("ga4.sessions", "google / cpc")
    ]
    assert reading.currency_from is None  # all revenue is 0: nothing has to be known of its currency


def test_revenue_without_a_currency_is_refused_and_the_header_may_name_it(read):
    with pytest.raises(ImportRefused, match="--currency EUR") as refusal:
        read(GA4 + GA4_HEADER + "google / cpc,5,12.5\n")
    assert refusal.value.reason == "no_currency"
    _, reading, records = read(GA4 + GA4_HEADER.replace("revenue", "revenue (CHF)") + "google / cpc,5,12.5\n")
    assert [(one["value"], one["unit"]) for one in values_of(records, "metrics")] == [(5.0, "count"), (12.5, "CHF")]
    assert reading.currency_from == "header Total revenue (CHF)"


@pytest.mark.parametrize("preamble", ["", "# Start date: 20270301\n", "# Start date: 20270231\n# End date: 20270303\n"])
def test_a_report_without_its_days_is_refused_unless_they_are_named(read, preamble):
    text = preamble + GA4_HEADER + "google / cpc,5,0\n"
    with pytest.raises(ImportRefused, match=r"--dates 2027-03-01\.\.2027-03-31") as refusal:
        read(text)
    assert refusal.value.reason == "no_day"
    _, _, records = read(text, ImportOptions(dates="2027-03-01..2027-03-07"))
    assert {(one["day"], one["until"]) for one in values_of(records, "metrics")} == {
        (date(2027, 3, 1), date(2027, 3, 7))
    }


def test_sessions_are_whole_and_key_events_need_not_be(read):
    text = GA4 + "Session campaign,Sessions,Key events\nbrand,5.5,1\nfair,5,1.5\nGrand total,,,10\n"
    _, _, records = read(text)
    assert reasons(records) == [("Sessions", "bad_number")]
    assert [(one["metric"], one["value"]) for one in values_of(records, "metrics")] == [
        ("ga4.sessions", 5.0),
        ("ga4.key_events", 1.5),
    ]
    assert [record.skipped for record in records] == [None, None, "totals"]
