"""A new key: everybody goes over to it, nobody is doubled or revived, and nothing of the old one is left."""

from __future__ import annotations

import datetime as dt
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadline.errors import UsageError, WarehouseError
from leadline.evidence import compacting, consent_book, keying, ledgers, rekeying, schema
from leadline.evidence.decided import Desk
from leadline.evidence.forgetting import Eraser
from leadline.evidence.letting_go import LettingGo
from leadline.evidence.privacy import Key, Pseudonyms, later, later_node, node_of, workspace_key
from leadline.evidence.record_numbers import number
from leadline.evidence.rotating import Rotation
from leadline.evidence.store import open_store
from leadline.settings import RetentionSettings

HERE = Path(__file__).resolve().parent
NOW, LATER = dt.datetime.fromisoformat("2027-04-01T00:00"), dt.datetime.fromisoformat("2027-06-01T00:00")
MAIL, OTHER = "canary.person@quillfeather.example", "ida@pumps.example"


def touch(key, who, **more):
    return {
        "rows": [["touches", {"source_key": key, "node": who, "happened_at": "2027-03-01T00:00", "class": "activity", "event": "page", **more}]],
        "links": [[who, f"email:{MAIL}"]] if "c1" in who else [],
    }  # fmt: skip


CRM = [
    {
        "rows": [
            ["contacts", {"node": "crm:501", "email": MAIL, "name": "Canaria Quillfeather"}],
            ["stages", {"subject_kind": "person", "subject": "crm:501", "stage": "lead", "entered_at": "2027-03-01T00:00"}],
            ["stages", {"subject_kind": "person", "subject": "crm:502", "stage": "lead", "entered_at": "2027-03-02T00:00"}],
            ["deals", {"source_key": f"pump for {MAIL}", "stage": "won", "created_at": "2027-03-01T00:00"}],
            ["deals", {"source_key": OTHER, "stage": "sqo", "created_at": "2027-03-01T00:00"}],
            ["deal_people", {"deal": OTHER, "person_node": "crm:502"}],
            ["stages", {"subject_kind": "deal", "subject": OTHER, "stage": "sqo", "entered_at": "2027-03-01T00:00"}],
            ["stages", {"subject_kind": "deal", "subject": f"told {OTHER}", "stage": "sqo", "entered_at": "2027-03-01T00:00"}],
        ],
        "links": [["crm:501", f"email:{MAIL}"], ["crm:502", f"email:{OTHER}"]],
    },
    {"rows": [["orders", {"source_key": f"{MAIL}\x1f#1001", "node": f"email:{MAIL}", "ordered_at": "2027-03-04T00:00", "gross": "119.00", "currency": "EUR", "status": "booked"}]]},
    {"rows": [["orders", {"source_key": f"{OTHER}\x1f#1002", "node": f"email:{OTHER}", "ordered_at": "2027-03-05T00:00", "gross": "50.00", "currency": "EUR", "status": "booked"}]]},
    touch("t1", "anonymous:c1"), touch(f"{MAIL}\x1f2", "anonymous:c1", object=MAIL), touch(f"{OTHER}\x1f3", f"email:{OTHER}"),
    touch("0123456789abcdef0123456789abcdef", "anonymous:c2"),
    {"rows": [["consent", {"node": f"email:{OTHER}", "purpose": "marketing", "channel": "email", "state": "granted"}]]},
    {"rows": [["consent", {"source_key": f"{OTHER}\x1fnews", "node": f"email:{OTHER}", "purpose": "newsletter", "channel": "email", "state": "granted", "valid_from": "2027-01-01T00:00"}]]},
]  # fmt: skip


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return tmp_path_factory.mktemp("planted") / "workspace"


@pytest.fixture
def known(planted, make_warehouse, tmp_path):
    """Give a company under a key that lies in a file."""
    file = tmp_path / "config" / "own.key"
    file.parent.mkdir()
    file.write_text("17" * 32)
    if not planted.exists():
        first = make_warehouse(planted)
        first.setup = replace(first.setup, key=Key(b"\x17" * 32))
        first.give("crm.jsonl", CRM)
        path = first.workspace.results / "review" / "0123"
        path.mkdir(parents=True)
        (path / "paths.json").write_text(str(first.rows("SELECT node FROM identities")))
    shutil.copytree(planted, tmp_path / "own")
    made = make_warehouse(tmp_path / "own")
    made.setup = replace(made.setup, key=Key(b"\x17" * 32, file=file))
    return made


def rotate(warehouse):
    rotation = Rotation(warehouse.workspace, warehouse.setup.key, lambda: NOW)
    done = rotation.rotate()
    warehouse.setup = replace(warehouse.setup, key=rotation.key)
    return done


def old_names(warehouse, key):
    """Return every pseudonym and node under a key, as they may lie in a file."""
    named = [("email", MAIL), ("email", OTHER), ("crm", "501"), ("crm", "crm:501"), ("crm", "502"), ("anonymous", "c1"), ("anonymous", "c2")]  # fmt: skip
    found = [Pseudonyms(key).of(*one) for one in named]
    return [text.encode() for pseudonym, node in found for text in (pseudonym, str(node))]


def holding(warehouse, forms):
    files = [path for path in sorted(warehouse.workspace.folder.rglob("*")) if path.is_file()]
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]


def state(warehouse):
    """Return every table of the warehouse but what tells when files came in."""
    left_out = {"imports": "*", "meta": "*", "restatements": "restated_at"}
    found = {}
    for table in schema.TABLES:
        if left_out.get(table.name) == "*":
            continue
        apart = {"import_id", "linked_at", "recorded_at", "valid_from"} | {left_out.get(table.name, "import_id")}
        columns = ", ".join(f'"{name}"' for name in table.names if name not in apart)
        found[table.name] = warehouse.rows(f"SELECT {columns} FROM {table.name} ORDER BY ALL")
    return found


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=8), st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=4))
def test_a_node_goes_on_without_its_pseudonym_to_where_an_import_arrives(value, secrets):
    first, *others = secrets
    pseudonym, node = Pseudonyms(Key(first)).of("user", value)
    for secret in others:
        pseudonym, node = later(secret, pseudonym), later_node(secret, node)
    key = Key(secrets[-1], former=tuple(reversed(secrets[:-1])))
    assert Pseudonyms(key).of("user", value) == (pseudonym, node) == (pseudonym, node_of(pseudonym))
    assert Pseudonyms(key).of_many("user", [value]) == ([pseudonym], [node])
    assert [key.at(era).secret for era in range(key.era + 1)] == secrets


@pytest.mark.slow
def test_nothing_of_the_old_key_is_left_and_importing_again_finds_the_same_rows(known):
    old = old_names(known, known.setup.key)
    assert len(holding(known, old)) >= 4, "the search finds them where they are"
    people = known.rows("SELECT count(DISTINCT person) AS people, count(*) AS nodes FROM people")
    plain = {number("deal", f"crm:{one}") for one in (OTHER, f"told {OTHER}")}
    told = {row["subject"] for row in known.rows("SELECT subject FROM stages WHERE subject_kind = 'deal'")}
    assert len(told) == 2
    assert not told & plain, "a plain hash of an address can be undone"
    assert known.rows(
        "SELECT count(*) AS n FROM deals JOIN deal_people USING (deal) JOIN stages ON subject = deal"
    ) == [{"n": 1}]
    done = rotate(known)
    assert holding(known, old) == []
    assert set(holding(known, old_names(known, known.setup.key))) == {
        "warehouse.duckdb",
        "contacts.duckdb",
        "consent.jsonl",
    }
    assert done.removed == ("results/review/0123",)
    assert known.rows("SELECT count(DISTINCT person) AS people, count(*) AS nodes FROM people") == people
    assert known.rows("SELECT count(*) AS n FROM touches WHERE source_key = '0123456789abcdef0123456789abcdef'") == [
        {"n": 1}
    ]
    before = state(known)
    report = known.give("crm.jsonl", CRM, again=True)
    assert {name: count for name, count in report.tables.items() if count["new"] or count["updated"]} == {}
    assert state(known) == before
    assert (
        workspace_key("own", environment={"LEADLINE_KEY": known.setup.key.file.read_text()}).mark
        == known.setup.key.mark
    )


@pytest.mark.proof
def test_a_key_that_was_changed_twice_gives_what_a_fresh_import_gives(known, make_warehouse, tmp_path):
    rotate(known)
    rotate(known)
    fresh = make_warehouse(tmp_path / "fresh")
    fresh.setup = replace(fresh.setup, key=known.setup.key)
    fresh.give("crm.jsonl", CRM)
    assert state(known) == state(fresh)


@pytest.mark.slow
def test_an_undated_agreement_imported_again_does_not_beat_a_withdrawal(known):
    def may():
        gate = consent_book.read_gate(known.workspace, known.store)
        node = Pseudonyms(known.setup.key).of("email", OTHER)[1]
        return [gate.may(node, purpose, channel="email", now=LATER).allowed for purpose in ("marketing", "newsletter")]  # fmt: skip

    assert may() == [True, True]
    rotate(known)
    assert may() == [True, True]
    node = Pseudonyms(known.setup.key).of("email", OTHER)[1]
    said = {"node": node, "purpose": "*", "channel": "*", "state": "withdrawn"}
    consent_book.record(known.workspace, said, moment=dt.datetime(2027, 4, 2, tzinfo=dt.UTC))
    assert may() == [False, False]
    rotate(known)
    known.hours = 24 * 40
    known.give("crm.jsonl", CRM, again=True)
    assert may() == [False, False]
    assert known.rows("SELECT count(*) AS n FROM consent") == [{"n": 3}]


@pytest.mark.proof
@pytest.mark.parametrize("changes", [(0, 0), (0, 1), (1, 2)])
def test_who_was_forgotten_stays_forgotten_under_every_later_key(known, changes):
    before, behind = changes
    for _ in range(before):
        rotate(known)
    Eraser(known.workspace, known.setup.key, lambda: NOW).forget(MAIL)
    for _ in range(behind):
        rotate(known)
    was = state(known)
    report = known.give("crm.jsonl", CRM, again=True)
    assert {name: count["new"] for name, count in report.tables.items() if count["new"]} == {}
    assert state(known) == was
    forms = [MAIL.encode(), Pseudonyms(known.setup.key).of("email", MAIL)[0].encode()]
    shutil.rmtree(known.workspace.exports)
    assert holding(known, forms) == []


@pytest.mark.proof
def test_a_merge_that_was_undone_stays_undone(known):
    (link,) = known.rows("SELECT link_id FROM links WHERE reason <> '' ORDER BY link_id LIMIT 1")
    Desk(known.workspace, "mara", lambda: NOW).undo(link["link_id"])
    people = known.rows("SELECT count(DISTINCT person) AS n FROM people")
    rotate(known)
    known.give("crm.jsonl", CRM, again=True)
    assert known.rows("SELECT count(DISTINCT person) AS n FROM people") == people
    assert known.rows("SELECT count(*) AS n FROM links WHERE undone_by = 'mara'") == [{"n": 1}]


@pytest.mark.proof
def test_another_key_is_refused_before_anybody_comes_in_twice(known):
    right = known.setup
    known.setup = replace(right, key=Key(b"\x18" * 32))
    with pytest.raises(WarehouseError, match="another key than the one in LEADLINE_KEY"):
        known.give("more.jsonl", CRM[:1])
    known.setup = replace(right, key=Key(b"\x19" * 32, former=(b"\x17" * 32,)))
    with pytest.raises(WarehouseError, match="evidence --rotate-key"):
        known.give("more.jsonl", CRM[:1])
    rotate(known)
    assert known.give("more.jsonl", CRM[:1]).status == "done"


@pytest.mark.proof
@pytest.mark.parametrize("changes", [1, 3])
def test_evidence_from_a_backup_is_brought_under_the_key_that_came_after_it(known, tmp_path, changes):
    (known.workspace.consent).unlink()  # nobody had said anything yet
    shutil.copytree(known.workspace.evidence, tmp_path / "backup")
    for _ in range(changes):
        rotate(known)
    whole = state(known)
    node = known.rows("SELECT node FROM people LIMIT 1")[0]["node"]
    said = {"node": node, "purpose": "*", "channel": "*", "state": "withdrawn"}
    consent_book.record(known.workspace, said, moment=LATER)
    shutil.rmtree(known.workspace.evidence)
    shutil.copytree(tmp_path / "backup", known.workspace.evidence)
    with pytest.raises(WarehouseError, match="evidence --rotate-key"):
        known.give("more.jsonl", CRM[:1])
    key = known.setup.key
    assert rotate(known).key == key.mark
    assert {name: rows for name, rows in state(known).items() if name != "consent"} == {
        name: rows for name, rows in whole.items() if name != "consent"
    }
    assert [one.node for one in consent_book.entries(known.workspace)] == [node], "what was said since stays theirs"
    assert known.rows(f"SELECT count(*) AS n FROM people WHERE node = {node}") == [{"n": 1}]
    waited = replace(key, secret=key.former[0], former=key.former[1:])
    for store in (known.store, open_store(tmp_path / "not there yet" / "warehouse.duckdb")):
        with pytest.raises(WarehouseError, match="put in while this waited"):
            keying.check(store, waited)
        keying.check(store, key)


def test_a_key_of_the_environment_is_its_owners_to_change(known):
    known.setup = replace(known.setup, key=Key(b"\x17" * 32))
    with pytest.raises(UsageError, match="openssl rand"):
        rotate(known)
    assert not (known.workspace.evidence / keying.JOURNAL).exists()


def test_an_erasure_that_was_cut_is_finished_before_a_new_key_takes_its_names_away(known, monkeypatch):
    eraser = Eraser(known.workspace, known.setup.key, lambda: NOW)
    with monkeypatch.context() as broken:
        broken.setattr(ledgers, "append", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            eraser.forget(MAIL)
    rotate(known)
    assert not eraser.work_file.exists()
    known.give("crm.jsonl", CRM, again=True)
    assert known.rows("SELECT count(*) AS n FROM identities WHERE kind = 'crm'") == [{"n": 1}], "crm:502 alone"


STEPS = (
    (ledgers, "rewrite"), (rekeying.Rekeying, "warehouse"), (rekeying.Rekeying, "contacts"), (shutil, "rmtree"), (compacting, "compact"),
)  # fmt: skip


@pytest.mark.proof
def test_a_change_that_was_cut_at_any_step_is_finished_and_nobody_is_asked_about_until_then(known, monkeypatch):
    for place, name in STEPS:
        with monkeypatch.context() as broken:
            broken.setattr(place, name, lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                rotate(known)
        with pytest.raises(WarehouseError, match="a new key is being put in"):
            consent_book.read_gate(known.workspace, known.store)
        with pytest.raises(WarehouseError, match="a new key is being put in"):
            LettingGo(known.workspace, RetentionSettings(), lambda: NOW).apply()
    old = old_names(known, known.setup.key)
    known.give("more.jsonl", CRM[:1])  # any import finishes it
    known.setup = replace(
        known.setup, key=workspace_key("own", environment={"LEADLINE_KEY": known.setup.key.file.read_text()})
    )
    assert known.setup.key.era == 1
    assert holding(known, old) == []
    known.give("crm.jsonl", CRM, again=True)
    assert known.rows("SELECT count(*) AS n FROM touches") == [{"n": 4}]


SCRIPT = """
import sys, datetime as dt
from pathlib import Path
from leadline.evidence.record_numbers import number
from leadline.evidence.rotating import Rotation
from leadline.evidence.privacy import read_key
from leadline.workspace import Workspace
print("ready", flush=True)
Rotation(Workspace(Path(sys.argv[1])), read_key(Path(sys.argv[2])), lambda: dt.datetime(2027, 4, 1)).rotate()
"""


def kill_at(known, moments):
    """Kill a change of key at each moment, then finish it; return how many were hit at work."""
    killed = 0
    file = known.setup.key.file
    for after in moments:
        command = [sys.executable, "-c", SCRIPT, str(known.workspace.folder), str(file)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout.readline() == "ready\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        if (known.workspace.evidence / keying.JOURNAL).exists() and killed % 2:
            continue  # another change of key finds it and finishes it, killed or not
        old = workspace_key("own", environment={"LEADLINE_KEY": file.read_text()})
        known.setup = replace(known.setup, key=replace(old, file=file))
        known.give("crm.jsonl", CRM, again=True)
        key = workspace_key("own", environment={"LEADLINE_KEY": file.read_text()})
        for era in range(key.era):
            assert holding(known, old_names(known, key.at(era))) == []
        assert known.rows("SELECT count(*) AS n, count(DISTINCT source_key) AS keys FROM touches") == [
            {"n": 4, "keys": 4}
        ]
        assert known.rows("SELECT count(*) AS n FROM consent") == [{"n": 2}]
    return killed


@pytest.mark.proof
def test_a_kill_at_any_moment_leaves_one_key_whole_or_the_change_to_be_finished(known):
    assert kill_at(known, [0.0, 0.05, 0.12]) >= 2


@pytest.mark.nightly
def test_thirty_kills_leave_one_key_whole(known):
    draw = random.Random(2)  # noqa: S311  moments, not secrets
    assert kill_at(known, [draw.uniform(0.0, 0.6) for _ in range(30)]) >= 10
