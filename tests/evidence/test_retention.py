"""What is known of people is kept as long as somebody said, and what was counted of them stays counted."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace

import duckdb
import pytest

from leadline.errors import UsageError
from leadline.evidence import ledgers
from leadline.evidence.forgetting import Eraser
from leadline.evidence.letting_go import LettingGo
from leadline.evidence.privacy import Pseudonyms
from leadline.settings import RetentionSettings, read_settings

OLD, NEW = "2024-06-01T00:00", "2027-03-01T00:00"


def touch(key, when, who="anonymous:c1"):
    return {
        "rows": [
            ["touches", {"source_key": key, "node": who, "happened_at": when, "class": "activity", "event": "page"}]
        ]
    }


def post(key, when, *, own=False):
    return {
        "rows": [["posts", {"source_key": key, "venue": "v", "published_at": when, "text": f"words {key}", "own": own}]]
    }


def contact(who, when):
    return {
        "rows": [
            ["contacts", {"node": f"crm:{who}", "name": f"Name {who}", "created_at": when, "last_activity_at": when}],
            ["stages", {"source_key": who, "subject_kind": "person", "subject": f"crm:{who}", "stage": "lead", "entered_at": when}],
        ]
    }  # fmt: skip


def names(warehouse):
    with duckdb.connect(str(warehouse.workspace.contacts), read_only=True) as connection:
        return sorted(row[0] for row in connection.execute("SELECT name FROM contacts").fetchall())


def test_what_is_older_than_it_is_kept_loses_who_it_was_and_stays_counted(warehouse):
    records = [
        touch("a", OLD), touch("b", NEW), post("c", "2026-11-01T00:00"), post("d", NEW), post("e", OLD, own=True),
        contact("1", "2023-01-01T00:00"), contact("2", NEW),
    ]  # fmt: skip
    report = warehouse.give("all.jsonl", records)
    assert warehouse.rows("SELECT source_key, node IS NULL AS gone FROM touches ORDER BY source_key") == [
        {"source_key": "a", "gone": True}, {"source_key": "b", "gone": False},
    ]  # fmt: skip
    assert warehouse.rows("SELECT text FROM posts ORDER BY source_key") == [
        {"text": None},
        {"text": "words d"},
        {"text": "words e"},
    ]
    assert names(warehouse) == ["Name 2"]
    assert any("who visited and clicked" in note and "1 let go" in note for note in report.notes)
    assert '"retention.touches_months": 1' in warehouse.rows("SELECT flags FROM imports")[0]["flags"]
    assert warehouse.rows("SELECT count(DISTINCT subject) AS n FROM stages") == [{"n": 2}]


def test_nothing_left_of_an_old_touch_leads_back_and_its_file_again_doubles_nothing(warehouse):
    who = "eva@pumps.example"
    pseudonym, node = Pseudonyms(warehouse.setup.key).of("email", who)
    old, new = (touch(f"{who}\x1f{when}", when, f"email:{who}") for when in (OLD, NEW))
    old["rows"][0][1]["object"] = f"~{pseudonym}"
    asked = "FROM touches ORDER BY happened_at"
    warehouse.give("all.jsonl", [old, new])
    left, kept = warehouse.rows(asked)
    assert (left["node"], kept["node"]) == (None, node)
    assert str(node) not in str(left)
    assert pseudonym not in f"{left}{kept}"
    assert (left["object"], left["source_key"] == kept["source_key"]) == (None, False)
    assert warehouse.give("all.jsonl", [old, new], again=True).tables["touches"]["new"] == 0
    Eraser(warehouse.workspace, warehouse.setup.key, lambda: dt.datetime.fromisoformat("2027-06-01T00:00")).forget(who)
    report = warehouse.give("all.jsonl", [old, new], again=True)
    assert report.tables["touches"]["new"] == 0
    assert [row["source_key"] for row in warehouse.rows(asked)] == [left["source_key"], kept["source_key"]]


def test_an_answer_finds_its_message_by_a_key_that_says_nobody(warehouse):
    key = "eva@pumps.example\x1f1"
    said = [
        {"source_key": key, "direction": "inbound", "happened_at": OLD, "person_node": "email:eva@pumps.example"},
        {"source_key": "a1", "direction": "outbound", "happened_at": OLD, "answers": key},
    ]
    warehouse.give("mails.jsonl", [{"rows": [["responses", {"kind": "message", **one}]]} for one in said])
    answer, message = warehouse.rows("SELECT * FROM responses ORDER BY direction DESC")
    assert answer["answers"] == message["source_key"]
    pseudonym, node = Pseudonyms(warehouse.setup.key).of("email", "eva@pumps.example")
    assert not any(one in f"{answer}{message}" for one in (pseudonym, str(node), "eva@"))


def test_nought_keeps_for_good_and_a_history_is_kept_as_of_the_day_it_is_studied_on(warehouse):
    warehouse.setup = replace(warehouse.setup, retention=RetentionSettings(touches_months=0))
    warehouse.give("a.jsonl", [touch("a", OLD)])
    warehouse.setup = replace(warehouse.setup, retention=RetentionSettings(), as_of=dt.date(2024, 7, 1))
    warehouse.give("a2.jsonl", [touch("b", OLD)])
    assert warehouse.rows("SELECT count(node) AS n FROM touches") == [{"n": 2}]


def test_rejects_go_with_their_file_when_their_import_is_old_enough(warehouse):
    twice = [
        {"rows": [["spend", {"day": "2027-03-01", "campaign": "c", "amount": amount, "currency": "EUR"}]]}
        for amount in ("1.00", "2.00")
    ]
    first = warehouse.give("ads.jsonl", twice, accept_rejects=True)
    assert first.rejects.exists()
    warehouse.hours = 24 * 120
    warehouse.give("ads2.jsonl", [touch("a", NEW)])
    assert warehouse.rows("SELECT count(*) AS n FROM rejects") == [{"n": 0}]
    assert not first.rejects.exists()


def test_settings_say_how_long_and_refuse_what_shows_people_one_by_one(tmp_path):
    (tmp_path / "leadline.toml").write_text("[retention]\ntouches_months = 12\n[privacy]\nsmall_cell = 5\n")
    read = read_settings(tmp_path / "leadline.toml")
    assert (read.retention.touches_months, read.retention.rejects_days, read.privacy.small_cell) == (12, 90, 5)
    (tmp_path / "leadline.toml").write_text("[privacy]\nsmall_cell = 2\n")
    with pytest.raises(UsageError, match="one by one"):
        read_settings(tmp_path / "leadline.toml")


def letting(warehouse):
    return LettingGo(
        warehouse.workspace, warehouse.setup.retention, lambda: dt.datetime.fromisoformat("2027-06-01T00:00")
    )


def test_what_would_go_is_shown_and_then_goes_with_a_receipt_and_no_trace(warehouse):
    warehouse.setup = replace(warehouse.setup, as_of=dt.date(2024, 7, 1))  # the import itself keeps it all
    warehouse.give("all.jsonl", [touch("a", OLD), touch("b", NEW), post("c", OLD), contact("1", "2023-01-01T00:00")])
    before = warehouse.rows("SELECT count(*) AS n, count(node) AS known FROM touches")
    shown = letting(warehouse).show()
    assert warehouse.rows("SELECT count(*) AS n, count(node) AS known FROM touches") == before
    assert dict(shown.rows) == {"touches_months": 1, "social_text_days": 1, "contacts_months": 1}
    assert (shown.receipt, shown.document()["classes"][0]["rows"]) == ("", 1)
    done = letting(warehouse).apply()
    assert done.rows == shown.rows
    assert warehouse.rows("SELECT count(*) AS n, count(node) AS known FROM touches") == [{"n": 2, "known": 1}]
    for path in (warehouse.workspace.warehouse, warehouse.workspace.contacts):
        assert not any(word in path.read_bytes() for word in (b"words c", b"Name 1"))
    last = list(ledgers.read(warehouse.workspace.erasures))[-1]
    assert (last["is"], last["receipt"], last["hash"], last["rows"]) == (
        "retention",
        done.receipt,
        done.hash,
        dict(done.rows),
    )
    assert letting(warehouse).show().rows == {}


SCRIPT = """
import sys, datetime as dt
from pathlib import Path
from leadline.evidence.forgetting import Eraser
from leadline.evidence.letting_go import LettingGo
from leadline.evidence.privacy import Pseudonyms
from leadline.settings import RetentionSettings
from leadline.workspace import Workspace
print("ready", flush=True)
LettingGo(Workspace(Path(sys.argv[1])), RetentionSettings(), lambda: dt.datetime(2027, 6, 1)).apply()
"""


def kill_at(warehouse, moments):
    """Kill letting go at each moment of its own copy, then run it again; return how many were hit at work."""
    killed, old = 0, [touch("a", OLD), touch("b", NEW), post("c", OLD), contact("1", "2023-01-01T00:00")]
    warehouse.setup = replace(warehouse.setup, as_of=dt.date(2024, 7, 1))
    warehouse.give("all.jsonl", old)
    shutil.copytree(warehouse.workspace.evidence, warehouse.workspace.folder / "whole")
    for after in moments:
        shutil.rmtree(warehouse.workspace.evidence)
        shutil.copytree(warehouse.workspace.folder / "whole", warehouse.workspace.evidence)
        warehouse.workspace.erasures.unlink(missing_ok=True)
        command = [sys.executable, "-c", SCRIPT, str(warehouse.workspace.folder)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        assert warehouse.rows("SELECT count(*) AS n FROM touches") == [{"n": 2}]
        done = letting(warehouse).apply()
        told = [line for line in ledgers.read(warehouse.workspace.erasures) if line["is"] == "retention"]
        assert told[0]["rows"] == {"touches_months": 1, "social_text_days": 1, "contacts_months": 1}, (
            "counted once, by whom ever"
        )
        assert done.receipt == told[-1]["receipt"]
        for path in warehouse.workspace.evidence.rglob("*"):
            assert not path.is_file() or not any(word in path.read_bytes() for word in (b"words c", b"Name 1")), path
    return killed


@pytest.mark.proof
def test_a_kill_while_letting_go_leaves_it_to_be_finished(warehouse):
    assert kill_at(warehouse, [0.02, 0.15]) >= 1


@pytest.mark.nightly
def test_thirty_kills_while_letting_go_lose_nothing_but_what_is_too_old(warehouse):
    draw = random.Random(3)  # noqa: S311  moments, not secrets
    assert kill_at(warehouse, [draw.uniform(0.0, 0.5) for _ in range(30)]) >= 10
