"""Statuses of Mastodon: who answered whom, which version stands, what was deleted, what is nobody's business."""

# ruff: noqa: DTZ001 - stored times are UTC without zone

from __future__ import annotations

import json
from datetime import datetime

import pytest

from leadline.evidence.sources.records import Context, Identifier
from leadline.evidence.sources.registry import recognise
from leadline.evidence.sources.sniff import open_head

OURS = "us@social.example"


def status(number, who="other", minute=0, **more):
    given = {
        "id": str(number),
        "uri": f"https://social.example/users/{who}/statuses/{number}",
        "created_at": f"2027-03-01T08:{minute:02}:00.000Z",
        "visibility": "public",
        "content": f"<p>text {number}</p>",
        "favourites_count": 0,
        "account": {"acct": who, "username": who.partition("@")[0], "bot": False},
    }
    return given | more


def uri(number, who="other"):
    return f"https://social.example/users/{who}/statuses/{number}"


def delete(target, when="2027-03-04T08:00:00Z"):
    return {
        "type": "Delete",
        "id": f"{target}#delete",
        "object": {"type": "Tombstone", "id": target},
        "published": when,
    }


@pytest.fixture
def read(tmp_path, tools):
    def read(*statuses, lines=False):
        path = tmp_path / "statuses.json"
        path.write_text("\n".join(map(json.dumps, statuses)) if lines else json.dumps(statuses), "utf-8")
        head = open_head(path)
        source, match = recognise(head)
        assert source.name == "mastodon"
        records = list(source.read(head, match, context=Context("Europe/Berlin", own_accounts=frozenset({OURS}))))
        tools.law(records)
        return records

    return read


def rows(records, table="posts"):
    return [row.values for record in records for row in record.rows if row.table == table]


@pytest.mark.parametrize("lines", [False, True])
@pytest.mark.parametrize("first", [False, True])
def test_a_deletion_empties_its_post_wherever_it_stands_in_the_file(read, first, lines):
    given = [status(1), status(2)]
    given.insert(0 if first else 2, delete(uri(1)))
    records = read(*given, lines=lines)
    gone, kept = rows(records)
    assert sum(record.merged for record in records) == 1
    assert (gone["text"], gone["author"], gone["deleted_at"]) == (None, None, datetime(2027, 3, 4, 8))
    assert (kept["text"], kept["deleted_at"]) == ("text 2", None)
    assert kept["author"] == Identifier("author", "social.example/other")


@pytest.mark.parametrize(
    "gone",
    [
        delete(uri(9)),
        {"type": "Delete", "id": "x", "object": uri(9), "published": "2027-03-04T08:00:00Z"},
        {"type": "Tombstone", "id": uri(9), "deleted": "2027-03-04T08:00:00Z"},
        {"type": "Delete", "id": "x", "object": {"id": uri(9), "deleted": "2027-03-04T08:00:00Z"}, "published": "soon"},
    ],
)
def test_a_deletion_without_its_post_is_a_row_that_empties_it(read, gone):
    records = read(gone, status(1), gone)
    assert rows(records)[0] == {
        "source_key": uri(9),
        "deleted_at": datetime(2027, 3, 4, 8),
        "text": None,
        "author": None,
    }
    assert records[2].skipped == "duplicate_row"


def test_a_deletion_without_a_time_was_made_before_the_newest_of_the_file(read):
    records = read(status(1, minute=7), {"type": "Delete", "id": "x", "object": uri(9)})
    assert rows(records)[1]["deleted_at"] == datetime(2027, 3, 1, 8, 7)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_of_several_versions_in_one_file_the_newest_stands(read, order):
    versions = [
        status(1),
        status(1, content="new", edited_at="2027-03-03T08:00:00Z"),
        status(1, content="old", edited_at="2027-03-02T08:00:00Z"),
    ]
    records = read(*(versions[place] for place in order))
    (kept,) = rows(records)
    assert (kept["text"], kept["version_at"]) == ("new", datetime(2027, 3, 3, 8))
    assert sum(record.merged for record in records) == 2


def test_the_same_status_twice_is_a_duplicate(read):
    assert [record.skipped for record in read(status(1), status(1))] == ["duplicate_row", None]


@pytest.mark.parametrize("visibility", ["direct", "private", "local", None, ["public"], {"public": 1}])
def test_what_is_not_for_everybody_is_not_kept_and_neither_is_its_deletion(read, visibility):
    records = read(status(1, visibility=visibility), delete(uri(1)), status(2))
    assert [record.skipped for record in records] == ["not_public", "deleted", None]


def test_a_thread_has_one_conversation_and_answers_know_what_they_answer(read):
    us = "us"
    records = read(
        status(1, us),
        status(2, minute=1, in_reply_to_id="1"),
        status(3, us, minute=2, in_reply_to_id="2"),
        status(4, us, minute=3, in_reply_to_id="3"),
        status(5, "third", minute=4, in_reply_to_id="2"),
        status(6, "third", minute=5, mentions=[{"acct": "us", "url": "https://social.example/@us"}]),
        status(7, "bot", minute=6, in_reply_to_id="1", account={"acct": "bot", "bot": True}),
    )
    messages = [
        (one["source_key"][-1], one["direction"], one["kind"], one["answers"]) for one in rows(records, "responses")
    ]
    assert messages == [
        ("2", "inbound", "message", None),
        ("3", "outbound", "message", uri(2)),
        ("6", "inbound", "message", None),
        ("7", "inbound", "auto", None),
    ]
    assert {one["conversation"] for one in rows(records, "responses")} == {uri(1, us), uri(6, "third")}


def test_a_loop_of_answers_ends(read):
    records = read(status(1, in_reply_to_id="2"), status(2, in_reply_to_id="1"))
    assert all(one["conversation"] in {uri(1), uri(2)} for one in rows(records))


def test_a_thread_of_any_length_is_followed_once(read):
    records = read(*(status(n, in_reply_to_id=str(n - 1) if n else None) for n in reversed(range(3_000))))
    assert {one["conversation"] for one in rows(records)} == {uri(0)}


def test_an_answer_to_a_status_elsewhere_names_it_as_the_server_does(read):
    (post,) = rows(read(status(1, in_reply_to_id="77")))
    assert (post["in_reply_to"], post["conversation"]) == ("77", "77")


def test_a_visitor_of_another_server_is_known_by_that_server(read):
    (post,) = rows(read(status(1, "eva@other.example")))
    assert post["author"] == Identifier("author", "other.example/eva")
    assert not post["own"]


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"created_at": "2027-13-02T07:00:00Z"}, "created_at", "bad_date"),
        ({"created_at": None}, "created_at", "missing_value"),
        ({"edited_at": "later"}, "edited_at", "bad_date"),
        ({"uri": None}, "uri", "missing_key"),
        ({"favourites_count": -1}, "favourites_count", "bad_number"),
        ({"replies_count": "many"}, "replies_count", "bad_number"),
    ],
)
def test_a_status_that_cannot_be_taken_says_why_and_stays_deleted_all_the_same(read, changes, column, reason):
    records = read(status(1), status(2, **changes), delete(uri(2)))
    assert [(one.column, one.reason) for one in records[1].rejects] == [(column, reason)]
    assert rows(records[2:])[0]["text"] is None


@pytest.mark.parametrize(
    "changes", [{"account": 5}, {"account": {}}, {"reblog": "x"}, {"mentions": [5]}, {"content": {}}]
)
def test_a_status_of_an_odd_shape_is_taken_without_what_it_does_not_say(read, changes):
    assert rows(read(status(1), status(2, **changes)))[1]["source_key"] == uri(2)
