"""Posts in the warehouse: deleted, edited, mended, spoken of under new names, and nobody made a contact of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from leadline.evidence import rules
from leadline.evidence.plan_facts import PlanFacts


def post(text="Eva: call +49 711 1234567", version=1, **more):
    values = {
        "source_key": "p1",
        "published_at": "2027-03-01T08:00:00",
        "own": False,
        "author": "9b0596c2",
        "text": text,
        "reactions": version,
        "version_at": f"2027-03-{version:02}T08:00:00",
    }
    return {"rows": [["posts", values | more]]}


GONE = {"rows": [["posts", {"source_key": "p1", "deleted_at": "2027-03-04T08:00:00", "text": None, "author": None}]]}


def test_a_list_of_deletions_empties_posts_and_leaves_others_alone(warehouse):
    warehouse.give("forum1.jsonl", [post(), {"rows": [["posts", {"source_key": "p2", "text": "stays"}]]}])
    listed = [
        {"rows": [["posts", {"source_key": key, "deleted_at": when}]]}
        for key, when in (("p1", "2027-03-04T08:00:00"), ("p2", None))
    ]
    warehouse.give("forum2.jsonl", listed)
    assert warehouse.rows("SELECT source_key, text, author FROM posts ORDER BY 1") == [
        {"source_key": "p1", "text": None, "author": None},
        {"source_key": "p2", "text": "stays", "author": None},
    ]


@pytest.mark.parametrize("order", [(2, 1, 0), (1, 2, 0)])
def test_a_deletion_ends_the_same_in_every_order(make_warehouse, tmp_path, order):
    warehouse = make_warehouse(tmp_path)
    given = [post(), post("an edit", version=2), GONE]
    for place in order:
        warehouse.give(
            f"mastodon{place}.jsonl", [given[place], {"rows": [["posts", {"source_key": f"x{place}", "text": "y"}]]}]
        )
    (row,) = warehouse.rows("SELECT * FROM posts WHERE source_key = 'p1'")
    assert (row["text"], row["author"], row["brands"]) == (None, None, None)
    assert (str(row["deleted_at"]), str(row["published_at"]), row["reactions"]) == (
        "2027-03-04 08:00:00",
        "2027-03-01 08:00:00",
        2,
    )


def test_what_was_deleted_or_edited_is_kept_nowhere_else(warehouse):
    for place, one in enumerate([post("first words"), post("second words", version=2), GONE]):
        warehouse.give(f"mastodon{place}.jsonl", [one])
    told = warehouse.rows("SELECT * FROM restatements")
    assert {row["column"] for row in told} == {"reactions", "deleted_at"}
    assert "words" not in str(told)
    warehouse.store.close()
    assert b"second words" not in b"".join(path.read_bytes() for path in warehouse.workspace.rejects.glob("*"))


def test_a_text_is_stored_without_the_number_in_it_and_with_the_brands_it_names(warehouse):
    warehouse.facts = replace(warehouse.facts, brands={"competitor-n": ("Competitor N", "#cn"), "halden": ("Halden",)})
    warehouse.give("forum1.jsonl", [post("Halden or  competitor n? Call +49 711 1234567 or eva@x.example")])
    (row,) = warehouse.rows("SELECT text, brands FROM posts")
    assert row == {
        "text": "Halden or  competitor n? Call [phone] or [email]",
        "brands": "competitor-n,halden",
    }


def test_other_names_in_the_plan_match_the_stored_texts_again(warehouse):
    warehouse.give("forum1.jsonl", [post("#cn is louder than Haldenstein")])
    assert warehouse.rows("SELECT brands FROM posts") == [{"brands": None}]
    facts = PlanFacts(brands={"competitor-n": ("#cn",), "halden": ("Halden",)})
    setup = warehouse.setup
    moved = rules.refresh(
        warehouse.workspace, facts, channels=setup.channels, stage_maps=setup.stage_maps, clock=warehouse.clock
    )
    assert moved.rows["posts"] == 1
    assert warehouse.rows("SELECT brands FROM posts") == [{"brands": "competitor-n"}]


RSS = (
    "<rss><channel><link>https://forum.example/</link><item><guid>a</guid><pubDate>Mon, 01 Mar 2027 09:10:00 GMT</pubDate></item>"
    "<item><guid>b</guid><title>late</title><pubDate>yesterday</pubDate></item></channel></rss>"
)
REPORT = "# Start date: 20270301\n# End date: 20270303\nSession campaign,Sessions\nbrand,5\nfair,six\n"


@pytest.mark.parametrize(
    ("name", "text", "change", "asked", "wanted"),
    [
        ("feed.xml", RSS, ("yesterday", "02 Mar 2027 09:10:00 GMT"), "SELECT venue, text FROM posts WHERE source_key = 'b'",
         {"venue": "forum.example", "text": "late"}),
        ("report.csv", REPORT, ("six", "6"), "SELECT CAST(day AS TEXT) AS day, CAST(until AS TEXT) AS until, value FROM metrics WHERE segment = 'fair'",
         {"day": "2027-03-01", "until": "2027-03-03", "value": 6.0}),
    ],
)  # fmt: skip
def test_a_mended_record_takes_along_what_stood_around_it(warehouse, name, text, change, asked, wanted):
    warehouse.setup = replace(warehouse.setup, reader=None)
    path = warehouse.file(name, [])
    path.write_text(text, encoding="utf-8")
    (report,) = warehouse.take(path)
    report.rejects.write_text(report.rejects.read_text("utf-8").replace(*change), "utf-8")
    (mended,) = warehouse.take(report.rejects)
    assert mended.status == "done", mended.message
    assert warehouse.rows(asked) == [wanted]


def test_a_feed_is_read_again_when_it_turns_out_to_be_ours(warehouse):
    warehouse.setup = replace(warehouse.setup, reader=None)
    path = warehouse.file("feed.xml", [])
    path.write_text(RSS, encoding="utf-8")
    warehouse.take(path)
    assert [report.status for report in warehouse.take(path)] == ["already_imported"]
    warehouse.setup = replace(warehouse.setup, own_accounts=("forum.example",))
    assert [report.tables["posts"] for report in warehouse.take(path)] == [{"new": 0, "updated": 1, "unchanged": 0}]
    assert warehouse.rows("SELECT own FROM posts") == [{"own": True}]


@pytest.mark.parametrize(
    "name", ["feeds/forum_rss.xml", "mastodon/statuses.json", "x-posts/account_analytics_content.csv"]
)
def test_listening_makes_no_contact_and_keeps_no_address(warehouse, shared, name):
    warehouse.setup = replace(warehouse.setup, reader=None)
    path = warehouse.file(name.rpartition("/")[2], [])
    path.write_bytes((shared / "exports" / name).read_bytes())
    (report,) = warehouse.take(path)
    assert report.tables["posts"]["new"] > 0
    for table in ("identities", "people", "links", "accounts"):
        assert warehouse.rows(f"SELECT * FROM {table}") == []
    assert not warehouse.workspace.contacts.exists()
    assert b"alpenmolkerei.example" not in warehouse.workspace.warehouse.read_bytes()


def test_a_rejected_post_that_its_author_deleted_is_kept_nowhere(warehouse):
    status = {
        "id": "7",
        "uri": "https://social.example/users/eva/statuses/7",
        "created_at": "at noon",
        "content": "words",
        "visibility": "public",
        "account": {},
    }
    gone = {"type": "Delete", "id": "d", "object": status["uri"], "published": "2027-03-02T08:00:00Z"}
    other = {**status, "id": "8", "uri": f"{status['uri']}8"}
    warehouse.setup = replace(warehouse.setup, reader=None)
    first = warehouse.file("statuses.jsonl", [status, other])
    (report,) = warehouse.take(first, accept_rejects=True)
    assert report.rejects.read_text().count("words") == 2
    warehouse.take(warehouse.file("gone.jsonl", [gone]))
    assert [row["raw"] != "" for row in warehouse.rows("SELECT raw FROM rejects ORDER BY line")] == [False, True]
    assert report.rejects.read_text().count("words") == 1
    (again,) = warehouse.take(warehouse.file("late.jsonl", [{**status, "content": "words again"}]), accept_rejects=True)
    assert "words" not in again.rejects.read_text(), "a deletion that came first counts too"
