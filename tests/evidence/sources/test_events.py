"""Events of Segment, Snowplow and Matomo: times, repeats, who is who, where a visit came from."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from pyarrow import parquet

SEGMENT = {
    "messageId": "m1",
    "type": "track",
    "event": "Form",
    "anonymousId": "an-1",
    "userId": None,
    "timestamp": "2027-03-01T08:00:00Z",
}
SNOWPLOW = {
    "event_id": "e1", "event_name": "page_view", "domain_userid": "d1", "user_id": None, "derived_tstamp": "2027-03-01 08:00:00.120",
    "collector_tstamp": "2027-03-01 08:00:01", "page_url": "https://halden.example/a",
}  # fmt: skip
MATOMO = {
    "idVisit": 7, "visitorId": "a1", "userId": None, "firstActionTimestamp": 1803888000, "referrerType": "direct", "siteCurrency": "EUR",
    "actionDetails": [],
}  # fmt: skip


@pytest.fixture
def read(tmp_path, tools):
    def reader(*events):
        path = tmp_path / "events.jsonl"
        path.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
        records = tools.read(path)
        return records, tools.law(records)

    return reader


def touches(records):
    return [row.values for record in records for row in record.rows]


def pairs(records):
    return [
        (f"{link.a.kind}:{link.a.value}", f"{link.b.kind}:{link.b.value}")
        for record in records
        for link in record.links
    ]


def test_an_event_sent_again_is_one_event_though_its_times_differ(read):
    again = SEGMENT | {"timestamp": "2027-03-01T08:00:00.400Z", "receivedAt": "2027-03-01T08:09:00Z"}
    records, law = read(SEGMENT, again, SEGMENT | {"messageId": "m2"})
    assert law == {"accepted": 2, "duplicate_row": 1}
    assert str(touches(records)[0]["happened_at"]) == "2027-03-01 08:00:00"


def test_two_events_of_one_id_that_say_different_things_are_rejected_both(read):
    records, law = read(SEGMENT, SEGMENT | {"event": "Download"})
    assert law == {"rejected": 2}
    assert {one.reason for record in records for one in record.rejects} == {"key_conflict"}


@pytest.mark.parametrize(
    ("lacks", "reason"), [("receivedAt", "bad_date"), ("sentAt", "bad_date"), ("originalTimestamp", "bad_date")]
)
def test_a_time_that_cannot_be_corrected_is_not_guessed(read, lacks, reason):
    times = dict.fromkeys(("receivedAt", "sentAt", "originalTimestamp"), "2027-03-01T08:00:00Z")
    event = {name: value for name, value in (SEGMENT | times).items() if name not in {"timestamp", lacks}}
    records, _ = read(event)
    assert records[0].rejects[0].reason == reason


@pytest.mark.parametrize(
    ("alias", "joined"),
    [
        ({"anonymousId": None, "previousId": "an-9", "userId": "u-1"}, [("anonymous:an-9", "user:u-1")]),
        ({"anonymousId": "an-9", "previousId": "an-9", "userId": "u-1"}, [("anonymous:an-9", "user:u-1")]),
        (
            {"anonymousId": "an-9", "previousId": "u-0", "userId": "u-1"},
            [("anonymous:an-9", "user:u-1"), ("user:u-0", "user:u-1")],
        ),
        ({"anonymousId": None, "previousId": "u-1", "userId": None}, []),
    ],
)
def test_an_alias_joins_whom_it_names(read, alias, joined):
    records, law = read(SEGMENT | {"type": "alias"} | alias)
    assert pairs(records) == joined
    assert law == ({"accepted": 1} if joined else {"event_ignored": 1})


def test_identify_joins_address_and_telephone_and_never_somebody_with_himself(read):
    traits = {"email": "Eva@pumps.example", "phone": "+49 30 1234567"}
    records, _ = read(
        SEGMENT | {"type": "identify", "userId": "eva@pumps.example", "traits": traits},
        SEGMENT | {"messageId": "m2", "type": "identify", "anonymousId": None, "userId": "eva@pumps.example", "traits": traits | {"phone": ""}},
        SEGMENT | {"messageId": "m3", "type": "identify", "userId": None, "traits": {"email": "eva at pumps"}},
    )  # fmt: skip
    assert pairs(records) == [
        ("anonymous:an-1", "email:eva@pumps.example"),
        ("email:eva@pumps.example", "phone:+49 30 1234567"),
    ]
    assert [record.skipped for record in records] == [None, "event_ignored", None]
    assert records[2].rejects[0].reason == "bad_email"


def test_a_page_of_our_own_is_no_referrer(read):
    page = {"url": "https://halden.example/b?utm_source=mail", "referrer": "https://halden.example/a"}
    records, _ = read(SEGMENT | {"context": {"page": page, "consent": {"categoryPreferences": {"Analytics": False}}}})
    (touch,) = touches(records)
    assert (touch["referrer_host"], touch["landing"], touch["utm_source"], touch["consent"]) == (
        None,
        "/b",
        "mail",
        "denied",
    )


def test_snowplow_times_without_zone_are_utc_and_the_collector_stands_in(read):
    records, _ = read(SNOWPLOW, SNOWPLOW | {"event_id": "e2", "derived_tstamp": None})
    assert [str(touch["happened_at"]) for touch in touches(records)] == [
        "2027-03-01 08:00:00.120000",
        "2027-03-01 08:00:01",
    ]


def test_snowplow_tells_robots_line_items_and_our_own_pages(read):
    robot = {
        "contexts_com_iab_snowplow_spiders_and_robots_1": [{"spiderOrRobot": True}],
        "refr_medium": "internal",
        "refr_urlhost": "x.example",
    }
    records, law = read(SNOWPLOW | robot, SNOWPLOW | {"event_id": "e2", "event_name": "transaction_item"})
    (touch,) = touches(records)
    assert (touch["is_machine"], touch["referrer_host"]) == (1.0, None)
    assert law["event_ignored"] == 1


def test_a_click_id_of_an_unknown_network_is_left_out(read):
    known = SNOWPLOW | {"mkt_clickid": "x", "mkt_network": "Microsoft"}
    records, _ = read(known, known | {"event_id": "e2", "mkt_network": "Somebody"})
    assert [(touch["click_id_kind"], touch["click_id"]) for touch in touches(records)] == [
        ("msclkid", "x"),
        (None, None),
    ]


@pytest.mark.parametrize("start", ["utm", "mtm", "pk"])
def test_tags_of_a_visits_first_address_win_over_its_referrer(read, start):
    url = f"https://halden.example/?{start}_campaign=thought&{start}_source=linkedin"
    visit = {"referrerType": "campaign", "referrerName": "other", "actionDetails": [{"type": "action", "url": url}]}
    records, _ = read(MATOMO | visit)
    (touch,) = touches(records)
    assert (touch["utm_campaign"], touch["utm_source"]) == ("thought", "linkedin")


def test_a_visitor_who_may_not_be_followed_is_nobody_but_a_user_who_signed_in_is_known(read):
    records, _ = read(MATOMO | {"visitorId": False}, MATOMO | {"idVisit": 8, "visitorId": False, "userId": "u-1"})
    assert [touch["node"] and touch["node"].kind for touch in touches(records)] == [None, "user"]
    assert pairs(records) == []


def test_a_goal_that_cannot_be_read_leaves_its_visit(read):
    goals = [
        {"type": "goal", "goalName": "Form", "timestamp": "soon"},
        5,
        {"type": "ecommerceOrder", "orderId": "#1", "revenue": "9.50", "timestamp": 1803888060},
        {"type": "ecommerceAbandonedCart", "revenue": "3", "timestamp": 1803888070},
    ]
    records, law = read(MATOMO | {"actionDetails": goals})
    assert law == {"accepted": 1}
    assert [touch["source_key"] for touch in touches(records)] == ["visit:7", "visit:7#2"]
    assert [(one.reason, one.part) for one in records[0].rejects] == [("bad_date", "row")]
    assert str(touches(records)[1]["value"]) == "9.50"


def test_a_time_in_seconds_may_be_absent_at_the_first_action(read):
    visit = {name: value for name, value in MATOMO.items() if name != "firstActionTimestamp"}
    records, _ = read(visit | {"serverTimestamp": 1803888000})
    assert str(touches(records)[0]["happened_at"]) == "2027-03-01 08:00:00"


@pytest.mark.parametrize("name", ["segment/events.jsonl", "snowplow/events.jsonl"])
def test_events_kept_as_parquet_give_the_same_rows(shared, tmp_path, tools, name):
    text = (shared / "exports" / name).read_text("utf-8")
    objects = [json.loads(line) for line in text.splitlines() if line.endswith("}")]
    firsts = {key: type(value) for one in reversed(objects) for key, value in one.items() if value is not None}
    whole = [
        one for one in objects if all(isinstance(value, firsts.get(key, object) | None) for key, value in one.items())
    ]
    written, listed = tmp_path / "events.parquet", tmp_path / "events.jsonl"
    parquet.write_table(pa.Table.from_pylist([{key: one.get(key) for key in firsts} for one in whole]), written)
    listed.write_text("".join(json.dumps(one) + "\n" for one in whole), "utf-8")
    assert len(tools.facts(tools.read(written))) > 3
    assert tools.facts(tools.read(written)) == tools.facts(tools.read(listed))
