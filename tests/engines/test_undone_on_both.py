"""What people decide about people does the same to a lake as to a file: links taken apart, somebody forgotten."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path

import pytest

from leadline.evidence.decided import Desk
from leadline.evidence.forgetting import Eraser
from leadline.evidence.scrubbing import forms_of
from leadline.evidence.subjects import find
from leadline.worlds import world_folder

pytestmark = [pytest.mark.spark, pytest.mark.proof]

NOW = dt.datetime.fromisoformat("2027-10-02T08:00")
MAIL = "canary.person@quillfeather.example"
VISITS = """\
mapping: 1
table: touches
match: {header: [visit, who, mail, when, source]}
file: {encoding: utf-8, delimiter: ",", timezone: UTC, dates: "%Y-%m-%d %H:%M"}
key: [visit]
columns: {happened_at: when, class: {const: activity}, event: {const: visit}, utm_source: source}
identifiers: {user: who, email: mail}
"""
HEADER = "visit,who,mail,when,source\n"
TEXT = HEADER + (
    f"1,canary-user,{MAIL},2027-03-01 10:00,google\n2,canary-user,,2027-03-02 10:00,bing\n3,other,,2027-03-01 10:00,google\n"
    "4,ida,ida@pumps.example,2027-04-01 10:00,google\n5,ida,,2027-04-02 10:00,\n"
)
CONSENT = "entry,person,email,purpose,channel,state,recorded,method\n" + "".join(
    f"E{n},P{n},{mail},marketing,email,granted,2027-05-01 10:00,form\n"
    for n, mail in enumerate((MAIL, "ida@pumps.example", "jon@pumps.example"))
)
TABLES = ("touches", "identities", "links", "people", "consent", "imports", "meta", "restatements")


@pytest.fixture
def people(both):
    """Give both engines with two files in them: visits of three people, one of whom asks to be forgotten, and a list."""
    consent = world_folder("halden").parent / "mappings" / "consent.mapping.yaml"
    for engine in (both.duck, both.spark):
        engine.workspace.mappings.mkdir()
        (engine.workspace.mappings / "visits.mapping.yaml").write_text(VISITS, encoding="utf-8")
        (engine.workspace.mappings / consent.name).write_bytes(consent.read_bytes())
    assert both.give("visits.csv", TEXT)["tables"]["touches"]["new"] == 5
    assert both.give("consent.csv", CONSENT)["tables"]["consent"]["new"] == 3
    return both


def state(both):
    """Return the rows of every table, which both engines must have alike."""
    found = {}
    for table in TABLES:
        one, other = (
            sorted(map(str, each.rows(f"SELECT * FROM {table} WHERE TRUE"))) for each in (both.duck, both.spark)
        )
        assert [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]] == [], table
        found[table] = one
    return found


def test_a_file_taken_twice_or_refused_changes_neither_engine(people):
    before = state(people)
    assert people.give("visits.csv", TEXT)["status"] == "already_imported"
    assert people.give("none.csv", "no,header,that,anybody,knows\n1,2,3,4,5\n")["status"] == "refused"
    assert state(people) == before
    assert people.duck.store.snapshot() == people.spark.store.snapshot() != ""


def test_two_identifiers_are_taken_apart_alike(people):
    before = state(people)
    joined = people.duck.rows("SELECT link_id FROM links ORDER BY link_id")
    link = joined[0]["link_id"]
    desks = [Desk(engine.workspace, "mara", lambda: NOW) for engine in (people.duck, people.spark)]
    assert all(desk.are_one(link) for desk in desks)
    assert desks[0].undo(link) == desks[1].undo(link)
    assert not any(desk.are_one(link) for desk in desks)
    after = state(people)
    assert after["touches"] == before["touches"]
    assert after["people"] != before["people"]
    assert people.give("more.csv", TEXT.replace("5,ida", "6,ida"))["status"] == "done"
    assert not any(desk.are_one(link) for desk in desks)  # a person's word stands whatever else is imported
    state(people)


def holding(engine, forms):
    """Return which files below `evidence/` hold anything of a person; no file of the workspace's but those is a lake's."""
    return sorted(
        path.name for path in Path(engine.workspace.evidence).rglob("*") if path.is_file() and forms.in_file(path)
    )


def test_somebody_is_forgotten_alike(people):
    forms = [
        forms_of(find(engine.workspace, engine.store, subject=MAIL, key=engine.setup.key))
        for engine in (people.duck, people.spark)
    ]
    count = "SELECT COUNT(*) AS n, COUNT(DISTINCT happened_at) AS moments FROM touches"
    counted = people.duck.rows(count)
    old, lake = (
        people.spark.workspace.warehouse,
        people.duck.workspace.evidence / "lake",
    )  # of before a move, here and back
    shutil.copy(people.duck.workspace.warehouse, old)
    shutil.copytree(people.spark.workspace.evidence / "lake", lake)
    told = [
        Eraser(engine.workspace, engine.setup.key, lambda: NOW).forget(MAIL) for engine in (people.duck, people.spark)
    ]
    assert (told[0].tables, told[0].imports, told[0].identifiers) == (
        told[1].tables,
        told[1].imports,
        told[1].identifiers,
    )
    assert sum(told[0].tables.values()) > 3
    assert (old.exists(), lake.exists()) == (False, False)
    state(people)
    assert people.duck.rows(count) == people.spark.rows(count) == counted
    assert [holding(engine, one) for engine, one in zip((people.duck, people.spark), forms, strict=True)] == [[], []]
    for engine in (people.duck, people.spark):  # the file, imported once more, brings nobody back
        assert engine.take(engine.workspace.exports / "visits.csv", again=True)[0]["status"] == "done"
    state(people)
    assert [holding(engine, one) for engine, one in zip((people.duck, people.spark), forms, strict=True)] == [[], []]


def test_an_older_file_that_is_read_again_undoes_nothing_of_a_newer_one_alike(people):
    later = TEXT.replace("10:00,google", "10:00,bing", 1).replace(
        "4,ida,ida@pumps.example,2027-04-01 10:00,google\n", ""
    )
    assert people.give("visits2.csv", later)["tables"]["touches"] == {"new": 0, "updated": 1, "unchanged": 3}
    before = {name: rows for name, rows in state(people).items() if name not in {"imports", "meta"}}
    told = people.give("visits.csv", TEXT, again=True)
    assert told["tables"]["touches"] == {"new": 0, "updated": 0, "unchanged": 4}, (
        "all but the one the newer file changed"
    )
    after = state(people)
    assert {name: rows for name, rows in after.items() if name in before} == before


def test_a_rejected_post_goes_alike_when_its_author_deletes_it(people):
    uri = "https://social.example/users/ida/statuses/9"
    post = {"id": "9", "created_at": "2027-03-01T08:00:00Z", "uri": uri, "content": "<p>Good pumps</p>", "visibility": "public",
            "account": {"id": "1", "acct": "ida", "username": "ida"}}  # fmt: skip
    lines = [{**post, "id": str(n), "uri": f"{uri}{n}", **({"created_at": "soon"} if n == 3 else {})} for n in range(8)]
    told = people.give("posts.json", json.dumps(lines), source="mastodon")
    assert (told["records"]["accepted"], told["records"]["rejected"]) == (7, 1)
    raws = "SELECT raw FROM rejects"
    assert uri in people.duck.rows(raws)[0]["raw"]
    gone = {"type": "Delete", "id": "d", "object": f"{uri}3", "published": "2027-03-02T08:00:00Z"}
    people.give("gone.json", json.dumps([gone]), source="mastodon")
    rejects = [sorted(map(str, each.rows("SELECT * FROM rejects WHERE TRUE"))) for each in (people.duck, people.spark)]
    assert rejects[0] == rejects[1]
    assert people.duck.rows(raws) == [{"raw": ""}]
    files = [
        (each.workspace.rejects / f"{told['import_id']}.csv").read_text("utf-8") for each in (people.duck, people.spark)
    ]
    assert files[0] == files[1]
    assert uri not in files[0]
