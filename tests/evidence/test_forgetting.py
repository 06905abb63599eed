"""Who asks to be forgotten is gone from every file that Leadline writes, stays gone, and takes no money with them."""

from __future__ import annotations

import datetime as dt
import json
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from leadline.errors import UsageError
from leadline.evidence import compacting, emptying, scrubbing
from leadline.evidence.forgetting import Eraser
from leadline.evidence.imports import Importer
from leadline.evidence.privacy import Pseudonyms
from leadline.evidence.scrubbing import forms_of
from leadline.evidence.subjects import Subject, find

MAIL = "canary.person@quillfeather.example"
NOW = dt.datetime.fromisoformat("2027-04-01T00:00")
CRM = [
    {
        "rows": [
            ["contacts", {"node": "crm:987650177", "email": MAIL, "name": "Canaria Quillfeather", "phone": "+49 555 0101777"}],
            ["stages", {"source_key": "987650177", "subject_kind": "person", "subject": "crm:987650177", "stage": "lead", "entered_at": "2027-03-01T00:00"}],
            ["deals", {"source_key": "D1", "stage": "won", "name": "Pump for Canaria Quillfeather", "created_at": "2027-03-01T00:00"}],
            ["deal_people", {"deal": "D1", "person_node": "crm:987650177"}],
        ],
        "links": [["crm:987650177", f"email:{MAIL}"], ["crm:987650177", "phone:+49 555 0101777"]],
    },
    {"rows": [["orders", {"source_key": "#1001", "node": f"email:{MAIL}", "ordered_at": "2027-03-04T00:00", "gross": "119.00", "tax": "19.00", "currency": "EUR", "status": "booked"}]]},
    {"rows": [["touches", {"source_key": "t1", "node": "anonymous:canary-cookie-1", "happened_at": "2027-03-01T00:00", "class": "activity", "event": "page", "session_key": "s", "click_id": "Cj0K"}]],
     "links": [["anonymous:canary-cookie-1", f"email:{MAIL}"]]},
    {"rows": [["touches", {"source_key": "t2", "node": "anonymous:other", "happened_at": "2027-03-02T00:00", "class": "activity", "event": "page"}]]},
    {"rows": [["orders", {"source_key": "#1002", "node": "email:ida@pumps.example", "ordered_at": "2027-03-05T00:00", "gross": "50.00", "currency": "EUR", "status": "booked"}]]},
]  # fmt: skip
COUNTED = (
    "SELECT sum(net) AS net, count(*) AS n FROM orders",
    "SELECT count(*) AS n, count(DISTINCT happened_at) AS moments FROM touches",
    "SELECT stage, subject_kind, count(DISTINCT subject) AS n FROM stages GROUP BY stage, subject_kind",
    "SELECT count(*) AS n, any_value(state) AS state FROM deals",
)


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    return tmp_path_factory.mktemp("planted") / "workspace"


@pytest.fixture
def known(planted, make_warehouse, tmp_path):
    if not planted.exists():
        make_warehouse(planted).give("crm.jsonl", CRM)
    shutil.copytree(planted, tmp_path / "own")
    return make_warehouse(tmp_path / "own")


def eraser(warehouse):
    return Eraser(warehouse.workspace, warehouse.setup.key, lambda: NOW)


def counted(warehouse):
    return [warehouse.rows(query) for query in COUNTED]


def holding(warehouse, *, apart=("exports",)):
    """Return the files of the workspace in which anything of the canary lies."""
    known = Pseudonyms(warehouse.setup.key)
    named = [("email", MAIL), ("crm", "987650177"), ("anonymous", "canary-cookie-1"), ("phone", "+495550101777")]
    subject = Subject(
        tuple(known.of(*one)[1] for one in named), tuple(known.of(*one)[0] for one in named),
        ("Canaria Quillfeather", "Quillfeather, Canaria", "+49 555 0101777", *(value for _, value in named)),
    )  # fmt: skip
    forms, folder = forms_of(subject), warehouse.workspace.folder
    files = [
        path for path in sorted(folder.rglob("*")) if path.is_file() and path.relative_to(folder).parts[0] not in apart
    ]
    return [path.relative_to(folder).as_posix() for path in files if forms.in_file(path)]


def test_any_word_for_a_person_finds_all_of_them(known):
    number = str(known.rows("SELECT node FROM identities WHERE kind = 'crm'")[0]["node"])
    words = [MAIL.upper(), "987650177", "crm:987650177", "canary-cookie-1", "+49 555 0101777", number, f"node:{number}"]
    found = [find(known.workspace, known.store, subject=word, key=known.setup.key) for word in words]
    assert {one.nodes for one in found} == {found[0].nodes}
    assert len(found[0].nodes) == 4


def test_nothing_of_a_forgotten_person_is_left_but_amounts_and_counts(known):
    before = counted(known)
    assert "evidence/contacts.duckdb" in holding(known)
    receipt = eraser(known).forget("987650177")
    assert holding(known) == []
    assert counted(known) == before
    assert receipt.identifiers == 4
    assert receipt.tables["contacts deleted"] == 1
    assert receipt.still_hold == ("exports/crm.jsonl",)
    assert receipt.imports == ("crm.jsonl",)
    assert known.rows("SELECT name FROM deals") == [{"name": None}]
    assert known.rows("SELECT count(*) AS n FROM orders WHERE node IS NOT NULL") == [{"n": 1}]
    assert not list(known.workspace.evidence.glob("*forgetting*"))


STEPS = (
    (scrubbing, "clean_ledgers"), (emptying, "empty_contacts"), (emptying.Emptying, "run"), (scrubbing, "clean_evidence"),
    (compacting, "compact"), (scrubbing, "still_hold"),
)  # fmt: skip


@pytest.mark.proof
def test_an_erasure_that_was_cut_at_any_step_is_finished_by_the_next_import(known, monkeypatch):
    before = counted(known)
    for place, name in STEPS:
        with monkeypatch.context() as broken:
            broken.setattr(place, name, lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                eraser(known).forget(MAIL)
    known.take(known.file("crm2.jsonl", CRM[4:]))
    assert holding(known) == []
    assert counted(known) == before
    told = [json.loads(line) for line in known.workspace.erasures.read_text().splitlines()]
    assert [line["is"] for line in told] == ["begun", "done"]
    assert told[1]["tables"]["contacts deleted"] == 1, "what was done before the cut is counted"


@pytest.mark.proof
def test_who_is_forgotten_while_a_file_is_read_does_not_come_in_with_it(known, monkeypatch):
    prepare = Importer.prepare

    def slowly(self, path):
        staged = prepare(self, path)
        monkeypatch.setattr(Importer, "prepare", prepare)
        eraser(known).forget(MAIL)
        return staged

    monkeypatch.setattr(Importer, "prepare", slowly)
    known.give("later.jsonl", CRM)
    assert holding(known) == []


def test_the_same_export_again_revives_nobody_and_counts_nothing_twice(known):
    eraser(known).forget(MAIL)
    before, snapshot = counted(known), known.rows("SELECT * EXCLUDE (import_id) FROM touches ORDER BY source_key")
    report = known.give("crm.jsonl", CRM, again=True)
    assert report.status == "done"
    assert {name: count["new"] for name, count in report.tables.items() if count["new"]} == {}
    assert holding(known) == []
    assert counted(known) == before
    assert known.rows("SELECT * EXCLUDE (import_id) FROM touches ORDER BY source_key") == snapshot


@pytest.mark.proof
def test_a_rebuilt_warehouse_does_not_know_them_either(known):
    eraser(known).forget(MAIL)
    before = counted(known)
    shutil.rmtree(known.workspace.evidence)
    known.give("crm.jsonl", CRM)
    assert holding(known) == []
    assert counted(known) == before


def test_the_receipt_is_kept_and_says_what_was_done_without_saying_who(known):
    receipt = eraser(known).forget(MAIL)
    *_, last = [json.loads(line) for line in known.workspace.erasures.read_text().splitlines()]
    assert last.pop("is") == "done"
    assert last == receipt.document()
    assert receipt == receipt.signed(), "the hash is over everything the receipt says"


def test_somebody_unknown_is_kept_out_from_now_on(warehouse):
    warehouse.give("other.jsonl", CRM[4:])
    eraser(warehouse).forget(MAIL)
    warehouse.give("crm.jsonl", CRM)
    assert warehouse.rows("SELECT count(*) AS n FROM identities WHERE kind = 'email'") == [{"n": 1}]


def test_a_name_that_means_nobody_or_several_is_asked_back(known):
    with pytest.raises(UsageError, match="Nobody here is known"):
        eraser(known).forget("Mister Nobody")
    known.give("more.jsonl", [{"rows": [["touches", {"source_key": name, "node": f"{name}:same-1", "happened_at": "2027-03-01T00:00", "class": "activity"}]]} for name in ("user", "anonymous")])  # fmt: skip
    with pytest.raises(UsageError, match="different people"):
        find(known.workspace, known.store, subject="same-1", key=known.setup.key)


def test_rejects_that_hold_the_person_go_and_others_stay(known):
    def twice(day, note):
        return [
            {"rows": [["spend", {"day": day, "campaign": "c", "amount": amount, "currency": "EUR"}]], "note": note}
            for amount in ("1.00", "2.00")
        ]

    notes = {"2027-03-01": f"order of {MAIL}", "2027-03-02": "cookie canary-cookie-1;x", "2027-03-03": "somebody else"}
    report = known.give(
        "broken.jsonl", [one for day, note in notes.items() for one in twice(day, note)], accept_rejects=True
    )
    assert report.records.rejected == 6
    assert report.rejects.name in " ".join(holding(known))
    eraser(known).forget(MAIL)
    assert holding(known) == []
    assert known.rows("SELECT count(*) AS n FROM rejects") == [{"n": 2}]
    assert "somebody else" in report.rejects.read_text()
    known.give(
        "broken.jsonl",
        [one for day, note in notes.items() for one in twice(day, note)],
        accept_rejects=True,
        again=True,
    )
    assert holding(known) == []


SCRIPT = """
import sys, datetime as dt
from pathlib import Path
from leadline.evidence.forgetting import Eraser
from leadline.evidence.privacy import Key
from leadline.workspace import Workspace
print("ready", flush=True)
Eraser(Workspace(Path(sys.argv[1])), Key(bytes.fromhex(sys.argv[2])), lambda: dt.datetime(2027, 4, 1)).forget(sys.argv[3])
"""


def kill_at(known, tmp_path, moments):
    """Kill an erasure at each moment, each in a copy of its own; return how many were hit at work."""
    killed, before, home = 0, counted(known), known.workspace.folder
    shutil.copytree(home, tmp_path / "whole")
    for after in moments:
        shutil.rmtree(home)
        shutil.copytree(tmp_path / "whole", home)
        command = [sys.executable, "-c", SCRIPT, str(home), known.setup.key.secret.hex(), MAIL]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        if (known.workspace.evidence / "forgetting.json").exists():
            known.take(known.file("crm2.jsonl", CRM[4:]))  # any import finishes it
        else:
            eraser(known).forget(MAIL)
        assert holding(known) == [], after
        assert counted(known) == before
        told = [json.loads(line)["is"] for line in known.workspace.erasures.read_text().splitlines()]
        assert told.count("done") == told.count("begun") > 0
    return killed


@pytest.mark.proof
def test_a_kill_at_any_moment_leaves_an_erasure_to_be_finished(known, tmp_path):
    assert kill_at(known, tmp_path, [0.05, 0.2]) >= 1


@pytest.mark.nightly
def test_thirty_kills_leave_nobody_half_forgotten(known, tmp_path):
    draw = random.Random(4)  # noqa: S311  moments, not secrets
    assert kill_at(known, tmp_path, [draw.uniform(0.0, 0.8) for _ in range(30)]) >= 10
